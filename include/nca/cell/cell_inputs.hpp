// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_CELL_INPUTS_HPP
#define NCA_CELL_CELL_INPUTS_HPP

#include <nca/core/push_macros.hpp>

#include <cstddef>
#include <cstdint>

namespace nca::inline NCA_ABI {

/// What cells are told from outside (AddedInputs, PerceivedInputs): one vector for all cells or, with a stride, one per
/// position in the bordered grid; without values: zeros. A view.
template <class T>
struct CellInputs {
    const T* values = nullptr;
    std::ptrdiff_t stride = 0;

    /// The inputs of a cell. Precondition: there are values.
    [[nodiscard]] const T* at(std::int32_t cell) const noexcept {
        return values + static_cast<std::ptrdiff_t>(cell) * stride;
    }
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_CELL_INPUTS_HPP
