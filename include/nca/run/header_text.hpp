// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_HEADER_TEXT_HPP
#define NCA_RUN_HEADER_TEXT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/bit_cast.hpp>
#include <nca/core/hash.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/base64.hpp>
#include <nca/io/detail/json_number.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/goals.hpp>
#include <nca/run/taken_names.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nca::inline NCA_ABI {

/// What to_header() writes besides the rule.
struct HeaderOptions {
    std::string name;          ///< of the namespace
    bool int8 = false;         ///< 8 bits per weight with scales, else float32
    std::string source{};      ///< the file of the model, for the comment
    std::string command{};     ///< the command that wrote the header, for the comment
    StoredMetadata metadata{}; ///< of the model; the comment quotes a few entries
    Goals goals{};             ///< of the model: the array `goals`
};

namespace detail::io {

[[nodiscard]] constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// At most 80 printable ASCII characters for a one-line comment; no backslash, which would continue it.
[[nodiscard]] inline std::string comment_text(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 80)) out += c < ' ' || c > '~' || c == '\\' ? '_' : c;
    return out;
}

[[nodiscard]] inline std::string array_of_lines(std::string_view name, std::span<const std::byte> bytes) {
    constexpr std::size_t length = 116;
    const std::string text = encode_base64(bytes);
    std::string out = "inline constexpr char " + std::string{name} + "[" +
                      std::to_string((text.size() + length - 1) / length) + "][" + std::to_string(length + 1) +
                      "] = {\n";
    for (std::size_t i = 0; i < text.size(); i += length) out.append("\"").append(text, i, length).append("\",\n");
    return out + "};\n";
}

inline void append_floats(std::vector<std::byte>& bytes, std::span<const float> values) {
    for (const float value : values) {
        auto bits = detail::bit_cast<std::uint32_t>(value);
        for (int i = 0; i < 4; ++i, bits >>= 8U) bytes.push_back(static_cast<std::byte>(bits & 0xFFU));
    }
}

[[nodiscard]] inline std::string header_comment(const HeaderOptions& options) {
    std::string text = "// A neural cellular automaton";
    if (!options.source.empty()) text += ", the model " + comment_text(options.source);
    text += ".\n";
    if (!options.command.empty()) text += "// Written by: " + comment_text(options.command) + "\n";
    for (const auto& [key, value] : options.metadata) {
        constexpr std::string_view told[] = {"nca.system",          "training.experiment", "training.target",
                                             "training.iterations", "training.height",     "training.width"};
        if (std::find(std::begin(told), std::end(told), key) == std::end(told)) continue;
        text += "// " + key + ": " + comment_text(value) + "\n";
    }
    return text;
}

/// The constants `height` and `width` of the training, where they are known.
[[nodiscard]] inline std::string grid_of_training(const StoredMetadata& metadata) {
    std::string text;
    for (const std::string_view side : {"height", "width"}) {
        for (const auto& [key, value] : metadata) {
            if (key != "training." + std::string{side} || value.empty() || value.size() > 5) continue;
            if (value.front() == '0' || !std::all_of(value.begin(), value.end(), is_digit)) continue;
            if (text.empty()) text += "// The grid of the training.\n";
            text.append("inline constexpr int ").append(side).append(" = ").append(value).append(";\n");
        }
    }
    return text.empty() ? text : text + "\n";
}

/// The array `goals` of what all cells are told under each goal, if there are goals.
[[nodiscard]] inline std::string goals_text(const Goals& goals) {
    if (goals.count() == 0) return {};
    std::string text =
        "/// What all cells are told under each goal: world.set_inputs(goals[k]).\ninline constexpr float goals[" +
        std::to_string(goals.count()) + "][" + std::to_string(goals.inputs) + "] = {\n";
    for (std::size_t i = 0; i < goals.values.size(); ++i) {
        const std::size_t column = i % static_cast<std::size_t>(goals.inputs);
        text += column == 0 ? "    {" : ", ";
        std::string number = number_text(goals.values[i]);
        if (number.find_first_of(".en") == std::string::npos) number += ".0";
        text += number + "F";
        if (column + 1 == static_cast<std::size_t>(goals.inputs)) text += "},\n";
    }
    return text + "};\n\n";
}

struct HeaderParts {
    std::string rule_type{};              ///< C++ text
    std::vector<std::string> own_types{}; ///< in rule_type, but not of the library
    std::vector<std::byte> weights{};     ///< see exported_rule()
    std::vector<double> scales{};         ///< of 8-bit weights, else empty
    std::vector<std::byte> updates{};     ///< see exported_self_test()
};

/// Sixteen hexadecimal digits that tell models apart.
[[nodiscard]] inline std::string header_identity(const HeaderParts& parts) {
    Fnv1a hash;
    for (const char c : parts.rule_type) hash.add(static_cast<unsigned char>(c));
    for (const double scale : parts.scales) hash.add(detail::bit_cast<std::uint64_t>(scale));
    for (const std::byte byte : parts.weights) hash.add(std::to_integer<std::uint64_t>(byte));
    hash.fold();
    std::string digits;
    for (unsigned shift = 64; shift > 0; shift -= 4) digits += "0123456789abcdef"[(hash.value() >> (shift - 4)) & 15U];
    return digits;
}

[[nodiscard]] inline std::string header_text(const HeaderOptions& options, const HeaderParts& parts) {
    const std::string& name = options.name;
    std::string scales;
    for (const double scale : parts.scales) {
        scales += scales.empty() ? "" : ", ";
        append_real(scales, scale);
    }
    std::string text = header_comment(options);
    for (const std::string& type : parts.own_types) {
        text += "// Include the definition of " + comment_text(type) + " before this header.\n";
    }
    const std::string identity = header_identity(parts);
    text += "#ifndef NCA_EXPORTED_" + name + "_" + identity + "\n";
    text += "#define NCA_EXPORTED_" + name + "_" + identity + "\n\n";
    text += "#ifdef NCA_EXPORTED_" + name + "\n";
    text += "#error \"another model was exported under the name " + name + ": give one of them another --name\"\n";
    text += "#endif\n";
    text += "#define NCA_EXPORTED_" + name + "\n\n";
    text += "#ifndef NCA_RUN_HPP // the single header may be included before\n";
    text += "#include <nca/run.hpp>\n";
    text += "#endif\n\n";
    text += "namespace " + name + " {\n\n";
    text += "using Rule = " + parts.rule_type + ";\n\n";
    text += "// Named after the content, so that a program may hold other models of this name in other sources.\n";
    text += "inline namespace model_" + identity + " {\n\n";
    text += "namespace data {\n";
    if (!scales.empty()) text += "inline constexpr double scales[] = {" + scales + "};\n";
    text += array_of_lines("weights", parts.weights);
    text += array_of_lines("updates", parts.updates);
    text += "} // namespace data\n\n";
    text += grid_of_training(options.metadata);
    text += goals_text(options.goals);
    text += "inline namespace NCA_ABI {\ninline namespace NCA_ISA {\n\n";
    text += "/// The trained rule. Allocates.\n";
    text += "[[nodiscard]] inline Rule rule() {\n";
    text += scales.empty() ? "    return nca::exported_rule<Rule>(data::weights);\n}\n\n"
                           : "    return nca::exported_rule<Rule>(data::weights, data::scales);\n}\n\n";
    text += "/// True if the rule computes here what it computed where it was exported. Allocates.\n";
    text += "template <class R = Rule>\n[[nodiscard]] bool self_test() {\n";
    text += "    return nca::exported_self_test(rule(), data::updates);\n}\n\n";
    text += "} // namespace NCA_ISA\n} // namespace NCA_ABI\n\n";
    text += "} // namespace model_" + identity + "\n\n";
    text += "} // namespace " + name + "\n\n";
    text += "#endif // NCA_EXPORTED_" + name + "_" + identity + "\n";
    return text;
}

} // namespace detail::io

/// A name for to_header() from a file name: letters and digits, underscores for the rest; empty if nothing remains.
[[nodiscard]] inline std::string header_name(std::string_view file_stem) {
    std::string name;
    for (const char c : file_stem) {
        if (detail::io::is_letter(c) || detail::io::is_digit(c)) {
            if (name.empty() && detail::io::is_digit(c)) name = "model_";
            name += c;
        } else if (!name.empty() && name.back() != '_') {
            name += '_';
        }
    }
    while (!name.empty() && name.back() == '_') name.pop_back();
    return name;
}

/// Errors: the name is not an identifier that a program may use for a namespace of its own.
[[nodiscard]] inline Result<void> check_header_name(std::string_view name) {
    const auto refuse = [&](std::string_view reason) {
        return Error{"the name " + quote(name) + " cannot be that of a namespace: " + std::string{reason}};
    };
    if (name.empty()) return refuse("it is empty");
    const auto fits = [](char c) { return detail::io::is_letter(c) || detail::io::is_digit(c) || c == '_'; };
    if (!std::all_of(name.begin(), name.end(), fits) || detail::io::is_digit(name.front())) {
        return refuse("expected letters, digits and underscores, not a digit first");
    }
    if (name.front() == '_' || name.find("__") != std::string_view::npos) {
        return refuse("C++ reserves such underscores for compilers");
    }
    if (detail::io::is_taken_name(name)) return refuse("it is a word of C++, or the name of a macro or of a library");
    return {};
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_HEADER_TEXT_HPP
