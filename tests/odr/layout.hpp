// SPDX-License-Identifier: Apache-2.0
// Sizes and alignments that must not depend on compiler flags, as seen by each of two translation units.
#ifndef NCA_TESTS_ODR_LAYOUT_HPP
#define NCA_TESTS_ODR_LAYOUT_HPP

#include "every_header.hpp"

#include <cstddef>
#include <vector>

// Internal linkage: if the functions were shared, the linker would keep one copy and hide any difference.
namespace {

template <class... T>
[[nodiscard]] std::vector<std::size_t> sizes_of() {
    return {sizeof(T)..., alignof(T)...};
}

/// The public data types. A type belongs here if it may be passed between translation units.
[[nodiscard]] std::vector<std::size_t> layout() {
    return sizes_of<nca::Error, nca::Result<int>, nca::AlignedArray<float>, nca::CellMask, nca::Grid<float, 16, 72, 72>,
                    nca::GridView<float, 16, 72, 72>, nca::Philox, nca::FireMask, nca::SparseState<float>,
                    nca::growing::Rule<>, nca::growing::Experiment, nca::Adam<float>>();
}

} // namespace

/// layout() of the translation unit that is compiled for the baseline instruction set.
[[nodiscard]] std::vector<std::size_t> baseline_layout();

#endif // NCA_TESTS_ODR_LAYOUT_HPP
