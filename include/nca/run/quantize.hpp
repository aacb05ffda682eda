// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_QUANTIZE_HPP
#define NCA_RUN_QUANTIZE_HPP

#include <nca/core/push_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

/// 8-bit values as in exported headers and Growing NCA's demo: (byte / 255 - 0.5) * scale, one scale per tensor.
namespace nca::inline NCA_ABI {

/// (byte / 255 - 0.5) * scale in double, rounded once: the published float models come out bit for bit.
[[nodiscard]] inline float dequantize(std::uint8_t byte, double scale) noexcept {
    return static_cast<float>((static_cast<double>(byte) / 255.0 - 0.5) * scale);
}

/// Quantises values to round_half_even((value / scale + 0.5) * 255), in float as in the notebook of Growing NCA, and
/// returns the scale, 2 * max|value|. Values beyond half the largest float saturate. Precondition: equal sizes.
inline double quantize(std::span<const float> values, std::span<std::uint8_t> bytes) noexcept {
    float largest = 0.0F;
    for (const float value : values) largest = std::max(largest, std::fabs(value));
    const float scale = std::min(2.0F * largest, std::numeric_limits<float>::max());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const float ratio = scale > 0.0F ? std::clamp(values[i] / scale, -0.5F, 0.5F) : 0.0F;
        bytes[i] = static_cast<std::uint8_t>(std::nearbyint((ratio + 0.5F) * 255.0F));
    }
    return static_cast<double>(scale);
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_QUANTIZE_HPP
