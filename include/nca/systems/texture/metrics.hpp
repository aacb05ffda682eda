// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_METRICS_HPP
#define NCA_SYSTEMS_TEXTURE_METRICS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/texture/image_loss.hpp>
#include <nca/systems/texture/rule.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nca::inline NCA_ABI::texture::inline NCA_ISA {

/// The colours of the cells of a grid: rgb_scale * x + 1/2, not clamped, [height, width, 3].
template <class R, class World>
[[nodiscard]] std::vector<float> image_of(const World& world) {
    const auto state = world.state();
    std::vector<float> image;
    for (int cell = 0; cell < state.extents().cells(); ++cell) {
        for (std::size_t c = 0; c < 3; ++c) {
            image.push_back(static_cast<float>(rgb_scale<R> * static_cast<double>(state.view().cell(cell)[c]) + 0.5));
        }
    }
    return image;
}

/// A world at its seed, zeros or, for muNCA, noise, on a grid of side x side cells. The rule outlives it.
template <class R>
[[nodiscard]] Simulation<R, Dynamic, Dynamic> seeded_world(const R& rule, int side, std::uint64_t seed,
                                                           int concurrency = 1) {
    using World = Simulation<R, Dynamic, Dynamic>;
    World world{borrow(rule), typename World::Shape{{side, side}}, seed, {.concurrency = concurrency}};
    if constexpr (R::layer_count == 1) {
        auto state = world.state();
        plant_noise(state.values(), Philox{seed});
        world.load(state);
    }
    return world;
}

/// What a rule shows after `steps` steps from its seed on a grid of side x side cells.
template <class R>
[[nodiscard]] std::vector<float> grown_image(const R& rule, int side, int steps, std::uint64_t seed) {
    auto world = seeded_world(rule, side, seed);
    for (int i = 0; i < steps; ++i) world.step();
    return image_of<R>(world);
}

/// The losses of `count` textures, grown from the seeds 1, 2, ... on a square grid of the loss's size. The loss is
/// evaluated as it was drawn last, the same for all; how far states lie out of range does not count.
template <class R>
[[nodiscard]] std::vector<double> evaluate(const R& rule, const ImageLoss& loss, int steps, int count,
                                           const ExecutorRef& executor) {
    std::vector<double> losses(static_cast<std::size_t>(count));
    executor.run(count, [&](int i) {
        const std::vector<float> image = grown_image(rule, loss.height(), steps, static_cast<std::uint64_t>(i) + 1);
        const auto scratch = loss.make_scratch();
        losses[static_cast<std::size_t>(i)] = loss.evaluate(image, {}, *scratch);
    });
    return losses;
}

} // namespace nca::inline NCA_ABI::texture::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_METRICS_HPP
