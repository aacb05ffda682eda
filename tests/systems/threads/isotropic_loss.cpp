// SPDX-License-Identifier: Apache-2.0
// One rotation-invariant loss for the samples of several threads.
#include <nca/core/executor.hpp>
#include <nca/core/philox.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/systems/isotropic/invariant_loss.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using namespace nca;

constexpr int side = 16;

std::vector<float> picture(std::uint32_t stream) {
    std::vector<float> values(std::size_t{side} * side * 2);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(Philox{1, stream}.normal(i));
    return values;
}

} // namespace

TEST_CASE("threads that share an invariant loss get the gradients of one thread") {
    const std::vector<float> target = picture(0);
    const auto loss = isotropic::InvariantLoss<float>::create({target.data(), side, side, 2, 2}, {.mirror = true});
    REQUIRE(loss.ok());
    constexpr int samples = 12;
    const auto gradients = [&](const ExecutorRef& executor) {
        std::vector<std::vector<float>> result(samples);
        executor.run(samples, [&](int sample) {
            Tape tape;
            const Var x = tape.variable({side, side, 2}, picture(static_cast<std::uint32_t>(sample + 1)));
            tape.backward(isotropic::invariant_loss(x, *loss));
            result[static_cast<std::size_t>(sample)].assign(x.gradient().begin(), x.gradient().end());
        });
        return result;
    };
    SerialExecutor serial;
    ThreadPool pool{3};
    CHECK(gradients(pool) == gradients(serial));
}
