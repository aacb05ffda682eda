// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_HPP
#define NCA_SYSTEMS_ADVERSARIAL_HPP

#include <nca/core/cell_mask.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/species_map.hpp>
#include <nca/train/schedule.hpp>

#include <cstdint>
#include <string_view>

/// Adversarial Reprogramming of Neural Cellular Automata (Randazzo, Mordvintsev, Niklasson, Levin, Distill 2021): a
/// trained automaton, the victim, stays as it is; a few adversarial cells among its own make it do something else, or a
/// matrix that perturbs the state of every cell does.
namespace nca::adversarial {

/// The injection into Self-classifying MNIST: the adversaries make every digit agree on one class.
struct DigitAttack {
    int digit = 8;         ///< the class on which all digits shall agree
    double fraction = 0.1; ///< share of the cells that are adversaries
    int pool_size = 160;
    int batch = 16; ///< a quarter is fresh, a quarter keeps its cells while the picture changes, half continues
    int steps = 20;
    double fire_rate = 0.5;
    double noise = 0.02; ///< of victims and adversaries alike
    std::int64_t iterations = 100'000;

    /// The learning rate of an iteration, as published: it drops after iterations 30,000 and 70,000.
    [[nodiscard]] static constexpr double learning_rate(std::int64_t iteration) noexcept {
        return iteration <= 30'000 ? 1e-3 : iteration <= 70'000 ? 1e-4 : 1e-5;
    }
};

/// The injection into a growing creature: the adversaries stand where the target is and turn the grown creature into
/// it.
struct CreatureAttack {
    double fraction = 0.1; ///< share of the target's cells that are adversaries
    int pool_size = 1024;
    int batch = 8;
    int damaged = 3;    ///< how many samples of a batch, those with the lowest losses, are damaged
    int min_steps = 64; ///< steps of a rollout are drawn uniformly from [min_steps, max_steps)
    int max_steps = 96;
    int grown_steps = 200; ///< steps of the victim, from the seed, after which it counts as grown
    double fire_rate = 0.5;
    StepDecay learning_rate{2e-3, 2000, 0.1};
    std::int64_t iterations = 8000;
};

/// The published attacks on the lizard: without a tail with a tenth of adversaries; red with six tenths (a tenth
/// fails).
inline constexpr CreatureAttack no_tail{};
inline constexpr CreatureAttack red{.fraction = 0.6};
/// The perturbation of a creature's states takes the same numbers and has no adversaries.
inline constexpr CreatureAttack perturbation{.fraction = 0.0};

/// Where adversaries may stand in a creature: alpha of the target is at least this.
inline constexpr double allowed_alpha = 0.1;

/// The cells of a target, premultiplied RGBA, in which adversaries may stand.
template <class T>
[[nodiscard]] CellMask allowed_cells(const Grid<T, 4, Dynamic, Dynamic>& target) {
    CellMask allowed{target.extents()[0], target.extents()[1]};
    for (int row = 0; row < allowed.rows(); ++row) {
        for (int column = 0; column < allowed.columns(); ++column) {
            if (static_cast<double>(target(row, column)[3]) >= allowed_alpha) allowed.set(row, column);
        }
    }
    return allowed;
}

/// A division of a grid between victims, species 0, and adversaries, species 1: each allowed cell is an adversary if it
/// fires in `draw`, a mask whose rate is their share.
[[nodiscard]] inline SpeciesMap draw_adversaries(const FireMask& draw, const CellMask& allowed) {
    SpeciesMap species{allowed.rows(), allowed.columns(), 2};
    CellMask adversaries{allowed.rows(), allowed.columns()};
    for (int row = 0; row < allowed.rows(); ++row) {
        for (int w = 0; w < allowed.words_per_row(); ++w) {
            if (allowed.word(row, w) != 0) adversaries.word(row, w) = allowed.word(row, w) & draw.word(row, w);
        }
    }
    species.assign(1, adversaries);
    return species;
}

} // namespace nca::adversarial

#endif // NCA_SYSTEMS_ADVERSARIAL_HPP
