// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_QUANTIZED_HPP
#define NCA_IO_DETAIL_QUANTIZED_HPP

#include <cstdint>

namespace nca::detail::io {

/// (byte / 255 - 0.5) * scale in double, rounded once: the values of the published float files, bit for bit.
[[nodiscard]] inline float dequantize(std::uint8_t byte, double scale) noexcept {
    return static_cast<float>((static_cast<double>(byte) / 255.0 - 0.5) * scale);
}

} // namespace nca::detail::io

#endif // NCA_IO_DETAIL_QUANTIZED_HPP
