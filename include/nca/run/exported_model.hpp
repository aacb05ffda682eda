// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_EXPORTED_MODEL_HPP
#define NCA_RUN_EXPORTED_MODEL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/bit_cast.hpp>
#include <nca/run/quantize.hpp>
#include <nca/run/self_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

/// What the headers of to_header() call. They hold base64 in an array of lines, as compilers limit string literals.
namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// Reads zero-terminated base64 lines of equal size. Other characters are zero bits: the self-test finds damage.
class LineReader {
public:
    /// Lines of `size` characters each, the terminating zero included.
    LineReader(const char* lines, std::size_t size) noexcept : line_{lines}, size_{size} {}

    [[nodiscard]] std::uint8_t byte() noexcept {
        while (count_ < 8) {
            bits_ = (bits_ << 6U) | digit(line_[column_]);
            count_ += 6;
            if (++column_ + 1 == size_) {
                line_ += size_;
                column_ = 0;
            }
        }
        count_ -= 8;
        return static_cast<std::uint8_t>(bits_ >> count_);
    }
    /// The next little-endian float32 number. Precondition: there is one.
    [[nodiscard]] float number() noexcept {
        std::uint32_t bits = 0;
        for (unsigned i = 0; i < 4; ++i) bits |= std::uint32_t{byte()} << (8U * i);
        return detail::bit_cast<float>(bits);
    }

private:
    [[nodiscard]] static std::uint32_t digit(char c) noexcept {
        if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
        if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
        if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
        return c == '+' ? 62 : (c == '/' ? 63 : 0);
    }

    const char* line_;
    std::size_t size_;
    std::size_t column_ = 0;
    std::uint32_t bits_ = 0;
    unsigned count_ = 0;
};

/// The number of lines of `size` - 1 base64 characters that `bytes` bytes take.
[[nodiscard]] constexpr std::size_t lines_of(std::size_t bytes, std::size_t size) noexcept {
    return ((bytes + 2) / 3 * 4 + size - 2) / (size - 1);
}

/// The numbers of the layers of a rule, biases included, and of its learned filters.
template <class R>
inline constexpr std::size_t layer_numbers = static_cast<std::size_t>(detail::count_parameters(R::layers, true));
template <class R>
inline constexpr std::size_t filter_numbers = static_cast<std::size_t>(R::learned_filters) *
                                              static_cast<std::size_t>(R::channels) *
                                              static_cast<std::size_t>(R::neighbours);

/// The size of a rule with 8 bits per parameter: per layer a factor for every output, then the parameters; learned
/// filters are floats.
template <class R>
inline constexpr std::size_t quantized_size = [] {
    auto size = layer_numbers<R>;
    for (const LayerLayout& layer : R::layers) size += static_cast<std::size_t>(layer.outputs);
    return size + filter_numbers<R> * sizeof(float);
}();

/// The scale of an output's weights: factor / 255 of the layer's, exactly the layer's if the factor is 255.
[[nodiscard]] inline double output_scale(double layer_scale, std::uint8_t factor) noexcept {
    return layer_scale * static_cast<double>(factor) / 255.0;
}

template <class R>
NCA_COLD void read_filters(R& rule, LineReader& lines) {
    visit_filters(rule, [&](auto& weight, int /*channel*/, int /*filter*/, int /*neighbour*/) {
        weight = static_cast<typename R::Value>(lines.number());
    });
}

template <class R>
[[nodiscard]] NCA_COLD R rule_of_floats(LineReader lines) {
    R rule;
    visit_parameters(rule, [&](auto& parameter, int /*layer*/, int /*input*/, int /*output*/) {
        parameter = static_cast<typename R::Value>(lines.number());
    });
    read_filters(rule, lines);
    return rule;
}

/// The rule with the 8-bit parameters in these lines; `scales` has two entries per layer, for weights and biases.
template <class R>
[[nodiscard]] NCA_COLD R rule_of_bytes(LineReader lines, const double* scales) {
    R rule;
    constexpr auto widest = [] {
        int most = 0;
        for (const LayerLayout& layer : R::layers) most = std::max(most, layer.outputs);
        return static_cast<std::size_t>(most);
    }();
    std::uint8_t factors[widest] = {};
    visit_parameters(rule, [&](auto& parameter, int l, int input, int output) {
        const LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
        if (input == 0 && output == 0) {
            for (std::size_t o = 0; o < static_cast<std::size_t>(layer.outputs); ++o) factors[o] = lines.byte();
        }
        const double scale = input < layer.inputs
                                 ? output_scale(scales[2 * l], factors[static_cast<std::size_t>(output)])
                                 : scales[2 * l + 1];
        parameter = static_cast<typename R::Value>(dequantize(lines.byte(), scale));
    });
    read_filters(rule, lines);
    return rule;
}

template <class R>
[[nodiscard]] bool passes_self_test(const R& rule, LineReader lines) {
    std::vector<float> expected;
    for (std::size_t i = 0; i < SelfTest<R>::size(rule.architecture()); ++i) expected.push_back(lines.number());
    const std::vector<float> found = SelfTest<R>::updates(rule, SelfTest<R>::input(rule.architecture()));
    return SelfTest<R>::first_failure(found, expected) == found.size();
}

} // namespace isa_detail

/// The rule of a header: base64 of little-endian float32, per layer [inputs + 1, outputs], bias last. Allocates.
template <class R, std::size_t Lines, std::size_t Size>
[[nodiscard]] R exported_rule(const char (&weights)[Lines][Size]) {
    static_assert(Lines == isa_detail::lines_of(
                               (isa_detail::layer_numbers<R> + isa_detail::filter_numbers<R>)*sizeof(float), Size),
                  "nca::exported_rule: the header holds the weights of another rule; export the model again");
    return isa_detail::rule_of_floats<R>({weights[0], Size});
}

/// As above with 8 bits, (byte / 255 - 0.5) * scale: per layer factors [outputs] and values [inputs + 1, outputs].
/// `scales`: per layer that of weights, times the output's factor / 255, and that of biases.
template <class R, std::size_t Lines, std::size_t Size, std::size_t Scales>
[[nodiscard]] R exported_rule(const char (&weights)[Lines][Size], const double (&scales)[Scales]) {
    static_assert(Lines == isa_detail::lines_of(isa_detail::quantized_size<R>, Size) && Scales == 2 * R::layers.size(),
                  "nca::exported_rule: the header holds the weights of another rule; export the model again");
    return isa_detail::rule_of_bytes<R>({weights[0], Size}, scales);
}

/// True if a rule's self-test gives the header's updates up to rounding: float32, [4, 4, channels] in 2D. Allocates.
template <class R, std::size_t Lines, std::size_t Size>
[[nodiscard]] bool exported_self_test(const R& rule, const char (&updates)[Lines][Size]) {
    static_assert(Lines == isa_detail::lines_of(isa_detail::SelfTest<R>::size({}) * sizeof(float), Size),
                  "nca::exported_self_test: the header holds the self-test of another rule; export the model again");
    return isa_detail::passes_self_test(rule, {updates[0], Size});
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_EXPORTED_MODEL_HPP
