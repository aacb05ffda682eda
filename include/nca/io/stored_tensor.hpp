// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_STORED_TENSOR_HPP
#define NCA_IO_STORED_TENSOR_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/bit_cast.hpp>
#include <nca/core/byte_order.hpp>
#include <nca/core/text.hpp>
#include <nca/io/detail/json_number.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI {

/// Element types of the safetensors format; `other` is one of which only the name is known.
enum class Dtype : std::uint8_t { f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8, boolean, other };

namespace detail::io {

inline constexpr std::array<std::string_view, 13> dtype_names{"F64", "F32", "F16", "BF16", "I64", "I32", "I16",
                                                              "I8",  "U64", "U32", "U16",  "U8",  "BOOL"};
inline constexpr std::array<std::size_t, 14> dtype_sizes{8, 4, 2, 2, 8, 4, 2, 1, 8, 4, 2, 1, 1, 1};

} // namespace detail::io

/// C++ types that tensors in files can hold: float, double, and integers of 8 to 64 bits.
template <class T>
concept StoredScalar = std::same_as<T, float> || std::same_as<T, double> ||
    (std::integral<T> && sizeof(T) <= 8 && !std::same_as<T, bool> && !std::same_as<T, char>);

/// The Dtype of a C++ type.
template <StoredScalar T>
inline constexpr Dtype dtype_of = [] {
    if (std::floating_point<T>) return sizeof(T) == 8 ? Dtype::f64 : Dtype::f32;
    constexpr auto first = static_cast<int>(std::signed_integral<T> ? Dtype::i64 : Dtype::u64);
    return static_cast<Dtype>(first + 3 - std::countr_zero(sizeof(T)));
}();

/// The name in safetensors files: "F32", "BOOL", ... Precondition: it is not `other`.
[[nodiscard]] constexpr std::string_view dtype_name(Dtype dtype) noexcept {
    return detail::io::dtype_names[static_cast<std::size_t>(dtype)];
}
/// The bytes of an element; 1 for `other`.
[[nodiscard]] constexpr std::size_t dtype_size(Dtype dtype) noexcept {
    return detail::io::dtype_sizes[static_cast<std::size_t>(dtype)];
}
/// The largest relative error by which a number is rounded; 0 for integers.
[[nodiscard]] constexpr double precision(Dtype dtype) noexcept {
    return dtype == Dtype::f64    ? 0x1p-53
           : dtype == Dtype::f32  ? 0x1p-24
           : dtype == Dtype::f16  ? 0x1p-11
           : dtype == Dtype::bf16 ? 0x1p-8
                                  : 0.0;
}
/// The dtype with that name, or nothing.
[[nodiscard]] constexpr std::optional<Dtype> parse_dtype(std::string_view name) noexcept {
    const auto& names = detail::io::dtype_names;
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Dtype>(found - names.begin());
}

/// Converts IEEE 754 binary16 exactly, keeping NaN payloads.
[[nodiscard]] constexpr float float_from_half(std::uint16_t half) noexcept {
    const std::uint32_t sign = (half & 0x8000U) << 16U;
    const std::uint32_t exponent = (half >> 10U) & 0x1FU;
    const std::uint32_t fraction = half & 0x3FFU;
    if (exponent == 0) { // zero or subnormal: fraction * 2^-24
        const float size = static_cast<float>(fraction) * 0x1p-24F;
        return detail::bit_cast<float>(detail::bit_cast<std::uint32_t>(size) | sign);
    }
    const std::uint32_t wide = exponent == 31 ? 255U : exponent + 112U; // 127 - 15
    return detail::bit_cast<float>(sign | (wide << 23U) | (fraction << 13U));
}

/// Converts bfloat16, the upper half of a float, exactly.
[[nodiscard]] constexpr float float_from_bfloat(std::uint16_t upper) noexcept {
    return detail::bit_cast<float>(static_cast<std::uint32_t>(upper) << 16U);
}

/// A tensor in a file. The bytes are a view: little-endian, row-major, possibly unaligned.
struct StoredTensor {
    std::string name;
    Dtype dtype = Dtype::f32;
    std::vector<std::size_t> shape; ///< empty for a scalar; extents may be 0
    std::span<const std::byte> bytes;
    std::string other_dtype{}; ///< the name of one that is `other`

    /// The number of elements; of bytes, if the dtype is `other`.
    [[nodiscard]] std::size_t size() const noexcept { return bytes.size() / dtype_size(dtype); }
    /// The dtype as the file names it.
    [[nodiscard]] std::string_view dtype_text() const noexcept {
        return dtype == Dtype::other ? std::string_view{other_dtype} : dtype_name(dtype);
    }
};

/// Copies the elements of a tensor without conversion. Errors: the dtype is not that of T, or `out` has another size.
template <StoredScalar T>
[[nodiscard]] Result<void> copy_to(const StoredTensor& tensor, std::span<T> out) {
    const auto mismatch = [&](std::string_view what, std::string_view expected, std::string_view found) {
        std::string message = "tensor " + quote(tensor.name) + ": expected ";
        message.append(what).append(expected).append(", found ").append(found);
        return Error{std::move(message)};
    };
    if (tensor.dtype != dtype_of<T>) return mismatch("dtype ", dtype_name(dtype_of<T>), tensor.dtype_text());
    if (tensor.size() != out.size()) {
        return mismatch("number of elements ", std::to_string(out.size()), std::to_string(tensor.size()));
    }
    detail::copy_little_endian(tensor.bytes.data(), out);
    return {};
}

/// The elements of a tensor without conversion. Errors: the dtype is not that of T.
template <StoredScalar T>
[[nodiscard]] Result<std::vector<T>> to_vector(const StoredTensor& tensor) {
    std::vector<T> out(tensor.dtype == dtype_of<T> ? tensor.size() : 0);
    if (Result<void> copied = copy_to(tensor, std::span<T>{out}); !copied) return copied.error();
    return out;
}

/// The elements of an F32, F16, BF16 or F64 tensor as floats; F64 is rounded. Errors: any other dtype.
[[nodiscard]] inline Result<std::vector<float>> to_floats(const StoredTensor& tensor) {
    std::vector<float> out(tensor.size());
    const auto convert = [&]<class Raw>(Raw raw, auto&& meaning) {
        for (std::size_t i = 0; i < out.size(); ++i) {
            detail::copy_little_endian(tensor.bytes.data() + i * sizeof raw, std::span{&raw, 1});
            out[i] = meaning(raw);
        }
    };
    if (tensor.dtype == Dtype::f32) return to_vector<float>(tensor);
    if (tensor.dtype == Dtype::f16) {
        convert(std::uint16_t{}, float_from_half);
    } else if (tensor.dtype == Dtype::bf16) {
        convert(std::uint16_t{}, float_from_bfloat);
    } else if (tensor.dtype == Dtype::f64) {
        convert(0.0, [](double value) { return static_cast<float>(value); });
    } else {
        return Error{"tensor " + quote(tensor.name) +
                     ": expected floating-point values (F32, F16, BF16 or F64), found " +
                     std::string{tensor.dtype_text()}};
    }
    return out;
}

/// Fails at the first NaN or infinity: "tensor 'x' holds a value that is not finite (at index 17)".
[[nodiscard]] inline Result<void> check_finite(std::string_view tensor_name, std::span<const float> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!detail::io::is_finite(values[i])) {
            return Error{"tensor " + quote(tensor_name) + " holds a value that is not finite (at index " +
                         std::to_string(i) + ")"};
        }
    }
    return {};
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_STORED_TENSOR_HPP
