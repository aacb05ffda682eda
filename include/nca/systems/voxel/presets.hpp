// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_VOXEL_PRESETS_HPP
#define NCA_SYSTEMS_VOXEL_PRESETS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/fields.hpp>
#include <nca/train/schedule.hpp>

#include <cstdint>
#include <string_view>

namespace nca::inline NCA_ABI::voxel {

/// The hyperparameters of a training of Growing 3D Artefacts.
struct Experiment {
    std::string_view name = "growing";
    int hidden_channels = 10; ///< beside the classes and the channel of life
    int width = 32;           ///< of both hidden layers
    int pool_size = 32;
    int batch = 5;
    int min_steps = 48; ///< steps of a rollout are drawn uniformly from [min_steps, max_steps)
    int max_steps = 64;
    int damaged = 0;            ///< how many samples of a batch, those with the lowest losses, are damaged
    int damage_denominator = 4; ///< the radius of damage is the largest extent or the number of channels over this
    double deviation = 0.1;     ///< standard deviation of the first weights, the last layer included
    Schedule learning_rate = exponential_decay(2e-3, 0.9999);
    std::int64_t iterations = 8000;

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using E = Experiment;
        visit(field("experiment", &E::name, "growing or regenerating"));
        visit(field("hidden_channels", &E::hidden_channels, "Channels beside the classes and that of life", 1, 512));
        visit(field("hidden_width", &E::width, "Width of both hidden layers", 1, 4096));
        visit(field("min_steps", &E::min_steps, "Minimum steps of a rollout", 1, 1e6));
        visit(field("max_steps", &E::max_steps, "Steps of a rollout stay below", 2, 1e6));
        visit(field("damaged", &E::damaged, "Samples of a batch that are damaged", 0, 255));
        visit(field("damage_denominator", &E::damage_denominator, "What divides the extent to the radius of damage", 1,
                    1e4));
        visit(field("deviation", &E::deviation, "Standard deviation of the first weights", 0.0, 10.0));
    }
};

/// A structure grows and stays.
inline constexpr Experiment growing{};
/// Damaged samples make it regenerate.
inline constexpr Experiment regenerating{.name = "regenerating", .damaged = 2};

/// The iterations of the recipe `fast` for a structure as large as a house.
inline constexpr std::int64_t fast_iterations = 1'000;

/// The recipe `fast` for one of these experiments: a learning rate that falls to zero at the last iteration.
[[nodiscard]] constexpr Experiment fast(Experiment experiment, std::int64_t iterations = fast_iterations) noexcept {
    experiment.learning_rate = decay_to_zero(iterations, 2e-3);
    experiment.iterations = iterations;
    return experiment;
}

} // namespace nca::inline NCA_ABI::voxel

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_VOXEL_PRESETS_HPP
