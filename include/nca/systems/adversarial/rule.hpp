// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_RULE_HPP
#define NCA_SYSTEMS_ADVERSARIAL_RULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/cell_mask.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/species_map.hpp>

/// Adversarial Reprogramming of Neural Cellular Automata (Randazzo, Mordvintsev, Niklasson, Levin, Distill 2021): a
/// trained automaton, the victim, stays as it is; a few adversarial cells among its own make it do something else, or a
/// matrix that perturbs the state of every cell does.
namespace nca::inline NCA_ABI::adversarial {

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
/// fires in `draw`, a mask whose rate is their fraction.
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

} // namespace nca::inline NCA_ABI::adversarial

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ADVERSARIAL_RULE_HPP
