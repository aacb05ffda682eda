// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_COMPUTE_HPP
#define NCA_CELL_COMPUTE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/policies.hpp>
#include <nca/core/bfloat16.hpp>

/// The policy of a rule that decides in which numbers its network multiplies.
namespace nca::inline NCA_ABI {

/// In which numbers the network multiplies: `float` (the default: those of the rule) or `bfloat16`, twice as fast on
/// processors with AVX512-BF16 and several times slower on others, with the same bits. States, parameters and sums stay
/// float. Files do not describe it.
template <class T>
struct Compute;
template <>
struct Compute<float> {
    static constexpr PolicyKind kind = PolicyKind::compute;
    static constexpr bool may_be_bfloat16 = false;
    static constexpr bool is_bfloat16 = false;
};
template <>
struct Compute<bfloat16> {
    static constexpr PolicyKind kind = PolicyKind::compute;
    static constexpr bool may_be_bfloat16 = true;
    static constexpr bool is_bfloat16 = true;
};

/// In which numbers the network multiplies is chosen at run time, by StepOptions::bfloat16; float unless told.
struct AnyCompute {
    static constexpr PolicyKind kind = PolicyKind::compute;
    static constexpr bool may_be_bfloat16 = true;
    static constexpr bool is_bfloat16 = false;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_COMPUTE_HPP
