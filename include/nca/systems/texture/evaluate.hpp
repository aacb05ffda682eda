// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_EVALUATE_HPP
#define NCA_SYSTEMS_TEXTURE_EVALUATE_HPP

#include <nca/core/executor.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/texture.hpp>
#include <nca/systems/texture/picture_loss.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace nca::texture::inline NCA_ISA {

/// The colours of the cells of a grid: rgb_scale * x + 1/2, not cut off, [height, width, 3].
template <class R, class World>
[[nodiscard]] std::vector<float> picture_of(const World& world) {
    const auto state = world.state();
    std::vector<float> picture;
    for (int cell = 0; cell < state.extents().cells(); ++cell) {
        for (std::size_t c = 0; c < 3; ++c) {
            picture.push_back(static_cast<float>(rgb_scale<R> * static_cast<double>(state.view().cell(cell)[c]) + 0.5));
        }
    }
    return picture;
}

/// What a rule shows after `steps` steps from the seed on a grid of the experiment's side.
template <class R>
[[nodiscard]] std::vector<float> grown_picture(const R& rule, const Experiment& experiment, int steps,
                                               std::uint64_t seed) {
    using World = Simulation<R, Dynamic, Dynamic>;
    World world{borrow(rule), typename World::Shape{{experiment.side, experiment.side}}, seed};
    StepOptions<R> options;
    options.fire_rate = experiment.fire_rate;
    world.set_options(options);
    if (experiment.start == Start::small_normal) {
        auto state = world.state();
        plant_noise(state.values(), Philox{seed});
        world.load(state);
    }
    for (int i = 0; i < steps; ++i) world.step();
    return picture_of<R>(world);
}

/// The losses of `count` textures, grown from the seeds 1, 2, ... on a grid of the loss's size. The loss is evaluated as
/// it is drawn, the same for all, without any overflow of states.
template <class R>
[[nodiscard]] std::vector<double> evaluate(const R& rule, const PictureLoss& loss, const Experiment& experiment,
                                           int steps, int count, const ExecutorRef& executor) {
    std::vector<double> losses(static_cast<std::size_t>(count));
    executor.run(count, [&](int i) {
        const std::vector<float> picture = grown_picture(rule, experiment, steps, static_cast<std::uint64_t>(i) + 1);
        const auto scratch = loss.make_scratch();
        losses[static_cast<std::size_t>(i)] = loss.evaluate(picture, {}, *scratch);
    });
    return losses;
}

} // namespace nca::texture::inline NCA_ISA

#endif // NCA_SYSTEMS_TEXTURE_EVALUATE_HPP
