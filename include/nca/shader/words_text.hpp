// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_WORDS_TEXT_HPP
#define NCA_SHADER_WORDS_TEXT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/shader/dialect.hpp>
#include <nca/shader/tables.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// The words of the tables in a shader: constants of its text, or a picture beside it.
namespace nca::inline NCA_ABI::shader {

/// Weights as a picture of straight RGBA: a word of 32 bits is two pixels, its lower half before its upper one, each
/// with its lower byte in red and its upper byte in green. Opaque, so that no loader of pictures changes a value.
struct WeightsPicture {
    static constexpr int width = 256;
    int height = 0;
    std::vector<std::uint8_t> pixels{};
};

} // namespace nca::inline NCA_ABI::shader

namespace nca::inline NCA_ABI::shader::inline NCA_ISA {

namespace isa_detail {

/// The declaration of the picture, and how a pixel of it is read.
[[nodiscard]] NCA_COLD inline std::string picture_text(Language language) {
    if (language == Language::wgsl) {
        return "@group(0) @binding(4) var nca_words: texture_2d<f32>;\n"
               "fn nca_words_at(x: i32, y: i32) -> vec4<f32> { return textureLoad(nca_words, vec2<i32>(x, y), 0); }\n";
    }
    if (language == Language::hlsl) {
        return "Texture2D<float4> nca_words : register(t1);\n"
               "float4 nca_words_at(int x, int y) { return nca_words.Load(int3(x, y, 0)); }\n";
    }
    const std::string hints = language == Language::gdshader ? " : filter_nearest, repeat_disable" : "";
    return "uniform sampler2D nca_words" + hints +
           ";\nvec4 nca_words_at(int x, int y) { return texelFetch(nca_words, ivec2(x, y), 0); }\n";
}

} // namespace isa_detail

/// The functions nca_weights_at(i) and nca_numbers_at(i), which return four words each, with the tables that they read.
[[nodiscard]] NCA_COLD inline std::string words_text(const Tables& tables, Language language, bool in_picture) {
    if (!in_picture) {
        return table("nca_weights", tables.weights, language) + table("nca_numbers", tables.numbers, language) +
               in_language("$fn uvec4 nca_weights_at(int i) {\n    return nca_weights[i];\n}\n"
                           "$fn uvec4 nca_numbers_at(int i) {\n    return nca_numbers[i];\n}\n",
                           language);
    }
    const std::string width = std::to_string(WeightsPicture::width);
    return isa_detail::picture_text(language) +
           in_language("$fn uint nca_half_word(int i) {\n"
                       "    $var vec4 pixel = nca_words_at(i % " +
                           width + ", i / " + width +
                           ");\n"
                           "    return uint(pixel.x * 255.0 + 0.5) + 256u * uint(pixel.y * 255.0 + 0.5);\n}\n"
                           "$fn uint nca_word(int i) {\n"
                           "    return nca_half_word(2 * i) + 65536u * nca_half_word(2 * i + 1);\n}\n"
                           "$fn uvec4 nca_weights_at(int i) {\n"
                           "    return uvec4(nca_word(4 * i), nca_word(4 * i + 1), nca_word(4 * i + 2), nca_word(4 * i "
                           "+ 3));\n}\n"
                           "$fn uvec4 nca_numbers_at(int i) {\n    return nca_weights_at(i + " +
                           std::to_string((tables.weights.size() + 3) / 4) + ");\n}\n",
                       language);
}

/// The picture that a shader of words_text() reads. Allocates.
[[nodiscard]] NCA_COLD inline WeightsPicture picture_of(const Tables& tables) {
    WeightsPicture picture;
    const auto add = [&](const std::vector<std::uint32_t>& words) {
        for (const std::uint32_t word : words) {
            for (const unsigned half : {0U, 16U}) {
                picture.pixels.push_back(static_cast<std::uint8_t>(word >> half & 255U));
                picture.pixels.push_back(static_cast<std::uint8_t>(word >> (half + 8U) & 255U));
                picture.pixels.push_back(0);
                picture.pixels.push_back(255);
            }
        }
    };
    add(tables.weights);
    picture.pixels.resize((tables.weights.size() + 3) / 4 * 32, 255); // numbers begin with an entry of four words
    add(tables.numbers);
    constexpr std::size_t row = 4 * std::size_t{WeightsPicture::width};
    picture.height = static_cast<int>((picture.pixels.size() + row - 1) / row);
    picture.pixels.resize(static_cast<std::size_t>(picture.height) * row, 255);
    return picture;
}

} // namespace nca::inline NCA_ABI::shader::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_WORDS_TEXT_HPP
