// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_LOSS_FEATURES_HPP
#define NCA_LOSS_FEATURES_HPP

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>

#include <cstddef>

namespace nca {

/// What is known about a picture at one level of detail: a vector of `channels` numbers for each of `count` positions,
/// in rows of `stride` values. What stands beyond the channels has no meaning, and must not be read past the last row's
/// stride. Refers to memory of others.
template <class T>
struct Features {
    const T* values = nullptr;
    int count = 0;
    int channels = 0;
    std::ptrdiff_t stride = 0;

    /// The vector of a position.
    [[nodiscard]] const T* at(int position) const noexcept { return values + position * stride; }
};

/// The adjoints of features, written by a loss: rows of `stride` values, at least padded(channels); what stands beyond
/// the channels is overwritten with numbers of no meaning.
template <class T>
struct FeatureAdjoint {
    T* values = nullptr;
    std::ptrdiff_t stride = 0;

    [[nodiscard]] T* at(int position) const noexcept { return values + position * stride; }
};

} // namespace nca

#endif // NCA_LOSS_FEATURES_HPP
