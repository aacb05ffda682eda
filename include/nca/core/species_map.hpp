// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_SPECIES_MAP_HPP
#define NCA_CORE_SPECIES_MAP_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/cell_mask.hpp>
#include <nca/core/config.hpp>

#include <cstddef>
#include <vector>

namespace nca::inline NCA_ABI {

/// Which of the species (rules) 0, 1, ... each cell of a grid follows, initially 0. Allocates on construction and copy.
class SpeciesMap {
public:
    /// Precondition: count > 0.
    SpeciesMap(int rows, int columns, int count) : cells_(static_cast<std::size_t>(count), CellMask{rows, columns}) {
        NCA_ASSERT(count > 0, "nca::SpeciesMap: at least one species");
        cells_[0].fill();
    }

    /// The number of species.
    [[nodiscard]] int count() const noexcept { return static_cast<int>(cells_.size()); }
    /// The cells of a species.
    [[nodiscard]] const CellMask& cells(int species) const noexcept {
        NCA_ASSERT(species >= 0 && species < count(), "nca::SpeciesMap: no such species");
        return cells_[static_cast<std::size_t>(species)];
    }
    /// The species of a cell.
    [[nodiscard]] int at(int row, int column) const noexcept {
        int species = 0;
        while (!cells(species).test(row, column)) ++species;
        return species;
    }

    void assign(int species, int row, int column) noexcept {
        NCA_ASSERT(species >= 0 && species < count(), "nca::SpeciesMap: no such species");
        for (CellMask& mask : cells_) mask.reset(row, column);
        cells_[static_cast<std::size_t>(species)].set(row, column);
    }
    /// Assigns the set cells of a mask of the same shape.
    void assign(int species, const CellMask& chosen) noexcept {
        chosen.for_each([&](int row, int column) { assign(species, row, column); });
    }
    /// Assigns all cells.
    void fill(int species) noexcept {
        NCA_ASSERT(species >= 0 && species < count(), "nca::SpeciesMap: no such species");
        for (CellMask& mask : cells_) mask.clear();
        cells_[static_cast<std::size_t>(species)].fill();
    }

    friend bool operator==(const SpeciesMap&, const SpeciesMap&) = default;

private:
    std::vector<CellMask> cells_;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_SPECIES_MAP_HPP
