// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_PRESETS_HPP
#define NCA_SYSTEMS_ISOTROPIC_PRESETS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/fields.hpp>
#include <nca/systems/isotropic/auxiliary.hpp>
#include <nca/systems/isotropic/rule.hpp>
#include <nca/train/schedule.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nca::inline NCA_ABI::isotropic {

/// What a state is compared with.
enum class Loss {
    invariant, ///< InvariantLoss: the target in any orientation, of the first and the last state
    fixed      ///< 1000 times the mean squared error of the last state
};
[[nodiscard]] constexpr std::string_view name_of(Loss loss) noexcept {
    return loss == Loss::invariant ? "invariant" : "fixed";
}

/// The hyperparameters of a training of Growing Isotropic NCA.
struct Experiment {
    std::string_view name = "single_seed";
    Variant variant = Variant::laplacian;
    bool hexagonal = false;
    Loss loss = Loss::invariant;
    Auxiliary auxiliary = Auxiliary::binary; ///< with the invariant loss
    int points = 0;                          ///< of a structured seed; 0: a single cell
    double radius = 4.0;                     ///< of a structured seed, in cells
    int pool_size = 256;
    int batch = 8;
    int min_steps = 64; ///< steps of a rollout are drawn uniformly from [min_steps, max_steps)
    int max_steps = 96;
    std::int64_t seed_until = 4000; ///< up to here the first sample becomes the seed in every iteration ...
    int seed_every = 6;             ///< ... and then in every so many
    int damage_every = 6;           ///< iterations from one damage of the last sample to the next; 0: never
    int revive_every = 10;          ///< the same of new seeds in place of dead samples
    double fire_rate = 0.5;
    Schedule learning_rate = triangular2(1e-5, 1e-3, 2000);
    std::int64_t iterations = 50'000;

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using E = Experiment;
        visit(field("experiment", &E::name, "single_seed or structured_seeds"));
        visit(field("variant", &E::variant, "What cells perceive"));
        visit(field("hexagonal", &E::hexagonal, "Whether cells lie on a hexagonal lattice"));
        visit(field("loss", &E::loss, "invariant or fixed"));
        visit(field("auxiliary", &E::auxiliary, "Auxiliary channels of the target"));
        visit(field("points", &E::points, "Points of a structured seed", 0, 64));
        visit(field("radius", &E::radius, "Radius of a structured seed in cells", 0.0, 500.0));
        visit(field("min_steps", &E::min_steps, "Minimum steps of a rollout", 1, 1e6));
        visit(field("max_steps", &E::max_steps, "Steps of a rollout stay below", 2, 1e6));
        visit(field("seed_until", &E::seed_until, "Iterations that all train on the seed", 0, 1e8));
        visit(field("seed_every", &E::seed_every, "Later iterations from one with the seed to the next", 1, 1e6));
        visit(field("damage_every", &E::damage_every, "Iterations from one damage to the next; 0: none", 0, 1e6));
        visit(field("revive_every", &E::revive_every,
                    "Iterations from one search for dead samples to the next; 0: none", 0, 1e6));
        visit(field("fire_rate", &E::fire_rate, "Fraction of the cells that update in a step", 0.0, 1.0));
    }
};

/// A single seed, which leaves the orientation open; the notebook's training on the lizard.
inline constexpr Experiment single_seed{};
/// Seeds of coloured points, which decide the orientation, and an angle in every cell that turns with it.
inline constexpr Experiment structured_seeds{.name = "structured_seeds",
                                             .variant = Variant::steerable,
                                             .loss = Loss::fixed,
                                             .auxiliary = Auxiliary::noaux,
                                             .points = 2,
                                             .seed_every = 5,
                                             .damage_every = 3,
                                             .revive_every = 0,
                                             .iterations = 15'000};
inline constexpr std::array<Experiment, 2> experiments{single_seed, structured_seeds};

} // namespace nca::inline NCA_ABI::isotropic

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_PRESETS_HPP
