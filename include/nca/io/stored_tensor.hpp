// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_STORED_TENSOR_HPP
#define NCA_IO_STORED_TENSOR_HPP

#include <nca/io/detail/json_number.hpp>
#include <nca/io/detail/text.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nca {

static_assert(std::endian::native == std::endian::little,
              "nca::StoredTensor: the host must be little-endian, as the data of model files are");

/// The type of the elements of a stored tensor; the names are those of the safetensors format in lower case.
enum class Dtype : std::uint8_t { f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8, boolean };

namespace detail::io {

struct DtypeEntry {
    Dtype dtype;
    std::string_view name;
    std::size_t size;
};

inline constexpr std::array<DtypeEntry, 13> dtype_table{{
    {Dtype::f64, "F64", 8},
    {Dtype::f32, "F32", 4},
    {Dtype::f16, "F16", 2},
    {Dtype::bf16, "BF16", 2},
    {Dtype::i64, "I64", 8},
    {Dtype::i32, "I32", 4},
    {Dtype::i16, "I16", 2},
    {Dtype::i8, "I8", 1},
    {Dtype::u64, "U64", 8},
    {Dtype::u32, "U32", 4},
    {Dtype::u16, "U16", 2},
    {Dtype::u8, "U8", 1},
    {Dtype::boolean, "BOOL", 1},
}};

// The scalar types that have a Dtype; f16, bf16 and boolean have no portable C++ counterpart.
template <class T>
inline constexpr bool is_stored_scalar = false;
template <class T>
inline constexpr Dtype dtype_of_scalar = Dtype::f64;

#define NCA_IO_STORED_SCALAR(type, dtype)                                                                              \
    template <>                                                                                                        \
    inline constexpr bool is_stored_scalar<type> = true;                                                               \
    template <>                                                                                                        \
    inline constexpr Dtype dtype_of_scalar<type> = Dtype::dtype;
NCA_IO_STORED_SCALAR(double, f64)
NCA_IO_STORED_SCALAR(float, f32)
NCA_IO_STORED_SCALAR(std::int64_t, i64)
NCA_IO_STORED_SCALAR(std::int32_t, i32)
NCA_IO_STORED_SCALAR(std::int16_t, i16)
NCA_IO_STORED_SCALAR(std::int8_t, i8)
NCA_IO_STORED_SCALAR(std::uint64_t, u64)
NCA_IO_STORED_SCALAR(std::uint32_t, u32)
NCA_IO_STORED_SCALAR(std::uint16_t, u16)
NCA_IO_STORED_SCALAR(std::uint8_t, u8)
#undef NCA_IO_STORED_SCALAR

} // namespace detail::io

/// A C++ type whose values can stand in a stored tensor: float, double and the integers of 8 to 64 bits.
template <class T>
concept StoredScalar = detail::io::is_stored_scalar<T>;

/// The Dtype of a C++ type.
template <StoredScalar T>
inline constexpr Dtype dtype_of = detail::io::dtype_of_scalar<T>;

/// The name of a dtype in a safetensors file: "F32", "BOOL", ...
[[nodiscard]] constexpr std::string_view dtype_name(Dtype dtype) noexcept {
    return detail::io::dtype_table[static_cast<std::size_t>(dtype)].name;
}
/// Bytes per element.
[[nodiscard]] constexpr std::size_t dtype_size(Dtype dtype) noexcept {
    return detail::io::dtype_table[static_cast<std::size_t>(dtype)].size;
}
/// The dtype of a name, or nothing if there is none.
[[nodiscard]] constexpr std::optional<Dtype> parse_dtype(std::string_view name) noexcept {
    for (const auto& entry : detail::io::dtype_table) {
        if (entry.name == name) return entry.dtype;
    }
    return std::nullopt;
}

/// The value of an IEEE 754 half (binary16); exact, NaN payloads are kept.
[[nodiscard]] constexpr float float_from_half(std::uint16_t half) noexcept {
    const std::uint32_t sign = (half & 0x8000U) << 16U;
    const std::uint32_t exponent = (half >> 10U) & 0x1FU;
    const std::uint32_t fraction = half & 0x3FFU;
    if (exponent == 0) { // zero or subnormal: fraction * 2^-24
        const float size = static_cast<float>(fraction) * 0x1p-24F;
        return std::bit_cast<float>(std::bit_cast<std::uint32_t>(size) | sign);
    }
    const std::uint32_t wide = exponent == 31 ? 255U : exponent + 112U; // 127 - 15
    return std::bit_cast<float>(sign | (wide << 23U) | (fraction << 13U));
}

/// The value of a bfloat16, which is the upper half of a float; exact.
[[nodiscard]] constexpr float float_from_bfloat(std::uint16_t upper) noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(upper) << 16U);
}

/// A tensor in a file: its type, its shape and a view of its bytes (little-endian, row-major, maybe unaligned).
struct StoredTensor {
    std::string name;
    Dtype dtype = Dtype::f32;
    std::vector<std::size_t> shape; ///< empty for a scalar; an extent may be 0
    std::span<const std::byte> bytes;

    /// The number of elements.
    [[nodiscard]] std::size_t size() const noexcept { return bytes.size() / dtype_size(dtype); }
};

/// Copies the elements of a tensor without conversion. Allocates only when it fails.
/// Errors: another dtype than that of T, another number of elements than `out` has.
template <StoredScalar T>
[[nodiscard]] Result<void> copy_to(const StoredTensor& tensor, std::span<T> out) {
    const auto mismatch = [&](std::string_view what, std::string_view expected, std::string_view found) {
        std::string message = "tensor " + detail::io::quote(tensor.name) + ": expected ";
        message.append(what).append(expected).append(", found ").append(found);
        return Error{std::move(message)};
    };
    if (tensor.dtype != dtype_of<T>) return mismatch("dtype ", dtype_name(dtype_of<T>), dtype_name(tensor.dtype));
    if (tensor.size() != out.size()) {
        return mismatch("number of elements ", std::to_string(out.size()), std::to_string(tensor.size()));
    }
    if (!out.empty()) std::memcpy(out.data(), tensor.bytes.data(), tensor.bytes.size());
    return {};
}

/// The elements of a tensor without conversion. Errors: another dtype than that of T.
template <StoredScalar T>
[[nodiscard]] Result<std::vector<T>> to_vector(const StoredTensor& tensor) {
    std::vector<T> out(tensor.dtype == dtype_of<T> ? tensor.size() : 0);
    if (Result<void> copied = copy_to(tensor, std::span<T>{out}); !copied) return copied.error();
    return out;
}

/// The elements of a tensor of dtype F32, F16, BF16 or F64 as floats (F64 is rounded to the nearest).
/// Errors: any other dtype.
[[nodiscard]] inline Result<std::vector<float>> to_floats(const StoredTensor& tensor) {
    std::vector<float> out(tensor.size());
    const auto convert = [&]<class Raw>(Raw raw, auto&& meaning) {
        for (std::size_t i = 0; i < out.size(); ++i) {
            std::memcpy(&raw, tensor.bytes.data() + i * sizeof raw, sizeof raw);
            out[i] = meaning(raw);
        }
    };
    switch (tensor.dtype) {
    case Dtype::f32:
        if (!out.empty()) std::memcpy(out.data(), tensor.bytes.data(), tensor.bytes.size());
        return out;
    case Dtype::f16:
        convert(std::uint16_t{}, float_from_half);
        return out;
    case Dtype::bf16:
        convert(std::uint16_t{}, float_from_bfloat);
        return out;
    case Dtype::f64:
        convert(0.0, [](double value) { return static_cast<float>(value); });
        return out;
    default:
        return Error{"tensor " + detail::io::quote(tensor.name) +
                     ": expected floating-point values (F32, F16, BF16 or F64), found " +
                     std::string{dtype_name(tensor.dtype)}};
    }
}

/// Fails at the first NaN or infinity: "tensor 'x' holds a value that is not finite (at index 17)".
[[nodiscard]] inline Result<void> check_finite(std::string_view tensor_name, std::span<const float> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!detail::io::is_finite(values[i])) {
            return Error{"tensor " + detail::io::quote(tensor_name) + " holds a value that is not finite (at index " +
                         std::to_string(i) + ")"};
        }
    }
    return {};
}

} // namespace nca

#endif // NCA_IO_STORED_TENSOR_HPP
