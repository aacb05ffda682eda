// SPDX-License-Identifier: Apache-2.0
// Training of Growing Isotropic NCA: the loss of a rollout against the notebook's code, and trainings of small targets.
#include <nca/io/file.hpp>
#include <nca/nca.hpp>

#include "common/golden_steps.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

using namespace nca;
using namespace nca::tests;

namespace {

constexpr int side = 24;
constexpr int steps = 4;
constexpr int samples = 2;

/// What the golden vectors say of a batch: the loss, its parts, and the gradients of all parameters.
struct Outcome {
    double loss = 0.0;
    double target = 0.0;
    double overflow = 0.0;
    double change = 0.0;
    std::vector<double> gradient{}; ///< laid out as parameters
};

template <class R>
Outcome batch_of(R& rule, const SafetensorsFile& golden) {
    using T = typename R::Value;
    const auto stored = floats_of(golden, "target");
    constexpr std::size_t pixels = std::size_t{side} * side;
    std::vector<T> target;
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
        for (std::size_t c = 0; c < 5; ++c) target.push_back(static_cast<T>(stored[c * pixels + pixel]));
    }
    const auto invariant = isotropic::InvariantLoss<T>::create({target.data(), side, side, 5, 5}, {.mirror = true});
    REQUIRE(invariant.ok());
    const auto states = floats_of(golden, "state_0");
    const StoredTensor* const fire = golden.find("fire");
    Outcome result;
    result.gradient.resize(rule.parameters().size());
    for (std::size_t sample = 0; sample < samples; ++sample) {
        Grid<T, 16, side, side> start;
        std::copy_n(states.begin() + static_cast<std::ptrdiff_t>(sample * pixels * 16), pixels * 16,
                    start.values().begin());
        BasicTape<T> tape;
        const auto weights = parameters(tape, rule);
        State<R> last = constant_state<R>(tape, std::as_const(start).view());
        const auto advance = [&](const State<R>& state, int step) {
            CellMask mask{side, side};
            for (std::size_t cell = 0; cell < pixels; ++cell) {
                const std::size_t at = (static_cast<std::size_t>(step - 1) * samples + sample) * pixels + cell;
                if (fire->bytes[at] != std::byte{0})
                    mask.set(static_cast<int>(cell) / side, static_cast<int>(cell) % side);
            }
            const State<R> next = nca::step(weights, state, FireMask{mask});
            result.overflow += static_cast<double>(isotropic::state_overflow(next).item());
            result.change += static_cast<double>(isotropic::state_change(state, next).item()) / samples;
            last = next;
            return next;
        };
        const auto of_state = [&](const State<R>& state, int step) {
            const auto loss = isotropic::invariant_loss_of(state, step, steps, *invariant);
            if (loss) result.target += static_cast<double>(loss->item()) / samples;
            return loss;
        };
        const auto loss = isotropic::rollout_loss(last, steps, samples, advance, of_state);
        tape.backward(loss);
        result.loss += static_cast<double>(loss.item()) / samples;
        for (std::size_t i = 0; i < result.gradient.size(); ++i) {
            result.gradient[i] += static_cast<double>(weights.gradient()[i]) / samples;
        }
    }
    return result;
}

/// The largest difference of gradients of one layer, in units of the largest entry, and the norm of what was found.
template <class R>
void check_layer(const R& rule, const Outcome& found, int layer, const std::vector<float>& wanted, bool bias,
                 double norm, double tolerance) {
    const LayerLayout& layout = rule.architecture().layer(layer);
    double squares = 0.0;
    double worst = 0.0;
    double largest = 0.0;
    for (int o = 0; o < layout.outputs; ++o) {
        for (int i = bias ? layout.inputs : 0; i < (bias ? layout.inputs + 1 : layout.inputs); ++i) {
            const std::size_t at = bias ? layout.bias + static_cast<std::size_t>(o)
                                        : layout.weight + static_cast<std::size_t>(i * layout.stride() + o);
            const double g = found.gradient[at];
            const double expected = static_cast<double>(
                wanted[bias ? static_cast<std::size_t>(o) : static_cast<std::size_t>(o * layout.inputs + i)]);
            squares += g * g;
            worst = std::max(worst, std::abs(g - expected));
            largest = std::max(largest, std::abs(expected));
        }
    }
    CHECK(worst / largest < tolerance);
    CHECK(std::sqrt(squares) == doctest::Approx(norm).epsilon(tolerance));
}

/// A disc with a notch, of alpha 1 and green, in the middle of 16 x 16 cells.
isotropic::Target notched_disc() {
    isotropic::Target target{Extents<Dynamic, Dynamic>{{16, 16}}};
    for (int y = 0; y < 16; ++y) {
        for (int x = 0; x < 16; ++x) {
            if (std::hypot(y - 7.5, x - 7.5) > 5.0 || (y > 8 && x > 7)) continue;
            target(y, x)[1] = 1.0F;
            target(y, x)[3] = 1.0F;
        }
    }
    return target;
}

isotropic::Experiment small(isotropic::Experiment experiment) {
    experiment.pool_size = 8;
    experiment.batch = 3;
    experiment.min_steps = 12;
    experiment.max_steps = 18;
    experiment.radius = 3.0;
    experiment.learning_rate = {.initial = 1e-3};
    return experiment;
}

double mean_of(const std::vector<float>& losses, std::ptrdiff_t from, std::ptrdiff_t count) {
    return std::accumulate(losses.begin() + from, losses.begin() + from + count, 0.0) / static_cast<double>(count);
}

} // namespace

TEST_CASE_TEMPLATE("the loss of a rollout and its gradient are those of the notebook", T, float, double) {
    const auto golden = golden_file("isotropic/golden_train.safetensors");
    const auto path = data_file("isotropic/cadata.json");
    if (!golden || !path) return;
    const auto bytes = read_file(path->string());
    REQUIRE(bytes);
    using R = isotropic::Rule<SquareLattice, T>;
    R rule = *rule_from<R>(*isotropic::parse_demo(as_text(*bytes)));
    const Outcome found = batch_of(rule, *golden);
    const double tolerance = std::is_same_v<T, double> ? 2e-6 : 1e-4;
    CHECK(found.loss == doctest::Approx(27.1972600).epsilon(tolerance));
    CHECK(found.target == doctest::Approx(26.3294108).epsilon(tolerance));
    CHECK(found.overflow == doctest::Approx(0.241053380).epsilon(tolerance));
    CHECK(found.change == doctest::Approx(0.0626795802).epsilon(tolerance));
    check_layer(rule, found, 0, floats_of(*golden, "grad.dense1.weight"), false, 18.4799632, tolerance);
    check_layer(rule, found, 0, floats_of(*golden, "grad.dense1.bias"), true, 8.34547062, tolerance);
    check_layer(rule, found, 1, floats_of(*golden, "grad.dense2.weight"), false, 43.405999, tolerance);
}

TEST_CASE("a training from a single seed learns the picture in any orientation") {
    SerialExecutor serial;
    for (const bool hexagonal : {false, true}) {
        CAPTURE(hexagonal);
        auto experiment = small(isotropic::single_seed);
        experiment.hexagonal = hexagonal;
        Trainer trainer{*isotropic::Task::create(notched_disc(), experiment), {.seed = 2}, serial};
        trainer.run(150);
        const double first = mean_of(trainer.losses(), 0, 10);
        const double last = mean_of(trainer.losses(), 140, 10);
        INFO("from " << first << " to " << last);
        CHECK(last < 0.7 * first);
    }
}

TEST_CASE("a training from structured seeds learns the picture with every perception") {
    SerialExecutor serial;
    for (const isotropic::Variant variant : isotropic::variants) {
        CAPTURE(std::string{name_of(variant)});
        auto experiment = small(isotropic::structured_seeds);
        experiment.variant = variant;
        Trainer trainer{*isotropic::Task::create(notched_disc(), experiment), {.seed = 3}, serial};
        trainer.run(100);
        const double first = mean_of(trainer.losses(), 0, 10);
        const double last = mean_of(trainer.losses(), 90, 10);
        INFO("from " << first << " to " << last);
        CHECK(last < 0.8 * first);
    }
}

TEST_CASE("an isotropic training resumes bit for bit") {
    SerialExecutor serial;
    for (const auto& experiment : {small(isotropic::single_seed), small(isotropic::structured_seeds)}) {
        CAPTURE(std::string{experiment.name});
        const auto task = [&] { return *isotropic::Task::create(notched_disc(), experiment); };
        Trainer whole{task(), {.seed = 5}, serial};
        whole.run(8);
        Trainer first{task(), {.seed = 5}, serial};
        first.run(5);
        const auto bytes = first.checkpoint();
        REQUIRE(bytes);
        Trainer second{task(), {.seed = 5}, serial};
        const auto resumed = second.resume(*bytes);
        REQUIRE_MESSAGE(resumed.ok(), (resumed.ok() ? "" : resumed.error().message));
        second.run(8);
        CHECK(std::equal(whole.rule().parameters().begin(), whole.rule().parameters().end(),
                         second.rule().parameters().begin()));
        auto other = experiment;
        other.auxiliary = isotropic::Auxiliary::minimal;
        Trainer wrong{*isotropic::Task::create(notched_disc(), other), {.seed = 5}, serial};
        CHECK_FALSE(wrong.resume(*bytes));
    }
}

TEST_CASE("a seed of a rule with angles draws one in every cell") {
    const auto task = *isotropic::Task::create(notched_disc(), small(isotropic::structured_seeds));
    const auto seed = task.seed(Philox{1});
    REQUIRE(seed.count() == 256);
    float smallest = 7.0F;
    float largest = 0.0F;
    int planted = 0;
    for (std::size_t i = 0; i < seed.values.size(); i += 16) {
        smallest = std::min(smallest, seed.values[i + 15]);
        largest = std::max(largest, seed.values[i + 15]);
        planted += seed.values[i + 3] == 1.0F ? 1 : 0;
    }
    CHECK(planted == 2);
    CHECK(smallest < 0.2F);
    CHECK(largest > 6.0F);
    CHECK(task.seed(Philox{2}).values != seed.values);
}

TEST_CASE("a target that no isotropic training takes is refused in words") {
    const isotropic::Target wide{Extents<Dynamic, Dynamic>{{16, 20}}};
    CHECK(isotropic::Task::create(wide).error().message ==
          "the rotation-invariant loss needs a square target of at least 4 pixels along each side, not 20 x 16");
    auto far = small(isotropic::structured_seeds);
    far.radius = 8.0;
    CHECK(isotropic::Task::create(notched_disc(), far).error().message ==
          "a structured seed of radius 8 does not fit into 16 x 16 cells");
    CHECK(isotropic::Task::create(wide, isotropic::structured_seeds).ok());
}
