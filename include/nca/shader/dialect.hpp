// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_DIALECT_HPP
#define NCA_SHADER_DIALECT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// One text in several shading languages.
namespace nca::inline NCA_ABI::shader {

/// The languages of exported shaders.
enum class Language : unsigned char {
    glsl,      ///< OpenGL ES 3.0 and WebGL 2: fragment shaders
    gdshader,  ///< Godot 4: canvas items
    shadertoy, ///< Shadertoy: one text for a buffer and for the image
    wgsl,      ///< WebGPU: compute shaders
    hlsl       ///< Direct3D, shader model 5: compute shaders
};

namespace detail {

using Words = std::vector<std::pair<std::string_view, std::string_view>>;

[[nodiscard]] inline bool is_word(char c) noexcept {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// A text with whole words replaced.
[[nodiscard]] NCA_COLD inline std::string replace_words(std::string_view text, const Words& words) {
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size() && is_word(text[end])) ++end;
        if (end == i) {
            result += text[i++];
            continue;
        }
        std::string_view word = text.substr(i, end - i);
        for (const auto& [from, to] : words) {
            if (word == from) word = to;
        }
        result += word;
        i = end;
    }
    return result;
}

/// Words of GLSL in HLSL; those that are the same are left out.
[[nodiscard]] NCA_COLD inline Words hlsl_words() {
    return {{"vec4", "float4"},
            {"ivec2", "int2"},
            {"uvec4", "uint4"},
            {"bits_to_float4", "asfloat"},
            {"bits_to_float", "asfloat"}};
}
/// Types and their constructors in WGSL.
[[nodiscard]] NCA_COLD inline Words wgsl_words() {
    return {{"vec4", "vec4<f32>"},
            {"ivec2", "vec2<i32>"},
            {"uvec4", "vec4<u32>"},
            {"float", "f32"},
            {"int", "i32"},
            {"uint", "u32"},
            {"bits_to_float", "bitcast<f32>"},
            {"bits_to_float4", "bitcast<vec4<f32>>"}};
}

/// Declarations as GLSL and HLSL have them, in WGSL. A line of the text begins with one of these, after blanks:
///
///     $fn TYPE name(TYPE a, TYPE b) {      a function; void: without a result
///     $var TYPE name = value;              a variable; TYPE[N] name; an array
///     $for (i, N) {                        i from 0 to before N
[[nodiscard]] NCA_COLD inline std::string declaration(std::string_view line, Language language) {
    const bool wgsl = language == Language::wgsl;
    const auto split = [](std::string_view text) { // TYPE name
        const std::size_t blank = text.rfind(' ');
        return std::pair{text.substr(0, blank), text.substr(blank + 1)};
    };
    if (line.starts_with("$fn ")) {
        const std::size_t open = line.find('(');
        const std::size_t close = line.find(')');
        const auto [type, name] = split(line.substr(4, open - 4));
        if (!wgsl) return std::string{line.substr(4)};
        std::string parameters;
        std::string_view rest = line.substr(open + 1, close - open - 1);
        while (!rest.empty()) {
            const std::size_t comma = rest.find(", ");
            const auto [parameter_type, parameter] = split(rest.substr(0, comma));
            parameters +=
                (parameters.empty() ? "" : ", ") + std::string{parameter} + ": " + std::string{parameter_type};
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 2);
        }
        return "fn " + std::string{name} + "(" + parameters + ")" + (type == "void" ? "" : " -> " + std::string{type}) +
               std::string{line.substr(close + 1)};
    }
    if (line.starts_with("$var ")) {
        const std::size_t end = line.find_first_of("=;");
        const std::string_view declared = line.substr(5, line[end] == '=' ? end - 6 : end - 5);
        const auto [type, name] = split(declared);
        const std::string rest{line.substr(line[end] == '=' ? end - 1 : end)};
        const std::size_t bracket = type.find('[');
        if (bracket == std::string_view::npos) {
            if (!wgsl) return std::string{type} + " " + std::string{name} + rest;
            return "var " + std::string{name} + ": " + std::string{type} + rest;
        }
        const std::string_view element = type.substr(0, bracket);
        const std::string_view size = type.substr(bracket + 1, type.size() - bracket - 2);
        if (!wgsl) return std::string{element} + " " + std::string{name} + "[" + std::string{size} + "]" + rest;
        return "var " + std::string{name} + ": array<" + std::string{element} + ", " + std::string{size} + ">" + rest;
    }
    const std::size_t comma = line.find(',');
    const std::size_t close = line.find(')', comma);
    const std::string name{line.substr(6, comma - 6)};
    const std::string count{line.substr(comma + 2, close - comma - 2)};
    return std::string{wgsl ? "for (var " : "for (int "} + name + (wgsl ? ": int" : "") + " = 0; " + name + " < " +
           count + (wgsl ? "; " + name + "++" : "; ++" + name) + std::string{line.substr(close)};
}

} // namespace detail

/// A text of GLSL with the declarations of detail::declaration(), in a language.
[[nodiscard]] NCA_COLD inline std::string in_language(std::string_view text, Language language) {
    std::string result;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
        result += line.substr(0, first);
        line.remove_prefix(first);
        result += line.starts_with('$') ? detail::declaration(line, language) : std::string{line};
        result += '\n';
    }
    if (language == Language::hlsl) return detail::replace_words(result, detail::hlsl_words());
    if (language == Language::wgsl) return detail::replace_words(result, detail::wgsl_words());
    return detail::replace_words(result, {{"bits_to_float", "uintBitsToFloat"}, {"bits_to_float4", "uintBitsToFloat"}});
}

/// A constant table of words of 32 bits, indexed at run time: entries of four words, the last filled with zeros, as
/// some compilers take time that grows with the square of the number of entries.
[[nodiscard]] NCA_COLD inline std::string table(std::string_view name, std::span<const std::uint32_t> words,
                                                Language language) {
    const std::size_t entries = (words.size() + 3) / 4;
    const std::string count = std::to_string(entries);
    const std::string label{name};
    std::string text;
    std::string_view entry = "uvec4(";
    switch (language) {
    case Language::glsl:
    case Language::gdshader:
    case Language::shadertoy:
        text = "const uvec4 " + label + "[" + count + "] = uvec4[" + count + "](";
        break;
    case Language::wgsl:
        text = "var<private> " + label + ": array<vec4<u32>, " + count + "> = array<vec4<u32>, " + count + ">(";
        entry = "vec4(";
        break;
    case Language::hlsl:
        text = "static const uint4 " + label + "[" + count + "] = {";
        entry = "{";
        break;
    }
    const std::string_view close = language == Language::hlsl ? "}" : ")";
    for (std::size_t i = 0; i < 4 * entries; ++i) {
        char hexadecimal[16];
        const std::uint32_t word = i < words.size() ? words[i] : 0;
        std::snprintf(hexadecimal, sizeof hexadecimal, "0x%xu", static_cast<unsigned>(word));
        if (i > 0) text += i % 12 == 0 ? ",\n" : ",";
        if (i % 4 == 0) text += entry;
        text += hexadecimal;
        if (i % 4 == 3) text += close;
    }
    return text + (language == Language::hlsl ? "};\n" : ");\n");
}

} // namespace nca::inline NCA_ABI::shader

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_DIALECT_HPP
