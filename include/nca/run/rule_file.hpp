// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_RULE_FILE_HPP
#define NCA_RUN_RULE_FILE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/description.hpp>
#include <nca/cell/rule_description.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/file.hpp>
#include <nca/io/json.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Rules in JSON: the keys of describe() without "nca.", typed. docs/rule-files.md describes them.
namespace nca::inline NCA_ABI {

namespace detail {

/// A key of a rule file, and what its value is.
struct RuleFileKey {
    enum class Kind : unsigned char { number, word, numbers, perception };
    std::string_view name;
    Kind kind = Kind::number;
};
inline constexpr RuleFileKey rule_file_keys[] = {{"dimensions"},
                                                 {"channels"},
                                                 {"hidden", RuleFileKey::Kind::numbers},
                                                 {"activation", RuleFileKey::Kind::word},
                                                 {"activation_slope"},
                                                 {"perception", RuleFileKey::Kind::perception},
                                                 {"radius"},
                                                 {"boundary", RuleFileKey::Kind::word},
                                                 {"fire_rate"},
                                                 {"life_channel"},
                                                 {"given_life_channel"},
                                                 {"life_threshold"},
                                                 {"frozen"},
                                                 {"clamp"},
                                                 {"clamp_state"},
                                                 {"noise"},
                                                 {"output_bias", RuleFileKey::Kind::word},
                                                 {"added_inputs"},
                                                 {"perceived_inputs"},
                                                 {"life_test", RuleFileKey::Kind::word},
                                                 {"life_radius"},
                                                 {"lattice", RuleFileKey::Kind::word},
                                                 {"gradient", RuleFileKey::Kind::word},
                                                 {"dead_state", RuleFileKey::Kind::numbers}};
inline constexpr std::string_view schema_key = "$schema"; ///< by which editors find the schema

[[nodiscard]] NCA_COLD inline const RuleFileKey* find_rule_file_key(std::string_view name) noexcept {
    const auto* const found = std::find_if(std::begin(rule_file_keys), std::end(rule_file_keys),
                                           [&](const auto& key) { return key.name == name; });
    return found == std::end(rule_file_keys) ? nullptr : found;
}

/// The Levenshtein distance: the fewest insertions, deletions and substitutions that make one text of another.
[[nodiscard]] NCA_COLD inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
        }
    }
    return row.back();
}

[[nodiscard]] NCA_COLD inline Error unknown_rule_file_key(const std::string& key) {
    std::string known;
    std::string_view nearest;
    std::size_t least = 4; // of a distance that is no typing error
    for (const RuleFileKey& candidate : rule_file_keys) {
        known.append(known.empty() ? "" : ", ").append(candidate.name);
        const std::size_t distance = key.size() > 40 ? least : edit_distance(key, candidate.name);
        if (distance < std::min(least, candidate.name.size() / 2 + 1)) {
            least = distance;
            nearest = candidate.name;
        }
    }
    std::string message = "unknown key " + quote(key, 40);
    if (!nearest.empty()) message.append(", perhaps ").append(quote(nearest));
    return Error{message.append(": the keys are ").append(known)};
}

/// The elements of an array as metadata list them, with commas; `text(element)` is null for one of another type.
template <class Text>
[[nodiscard]] Result<std::string> join_elements(std::string_view key, const Json& value, const std::string& expected,
                                                Text&& text) {
    std::string joined;
    const Json::Array* const elements = value.as_array();
    if (elements == nullptr) {
        return Error{"key " + quote(key) + ": expected " + expected + ", found " + std::string{value.kind()}};
    }
    for (const Json& element : *elements) {
        const std::string item = text(element);
        if (item.empty() || item.find(',') != std::string::npos) {
            return Error{"key " + quote(key) + ": expected " + expected + ", found among its elements " +
                         (item.empty() ? std::string{element.kind()} : quote(item, 40))};
        }
        joined.append(joined.empty() ? "" : ",").append(item);
    }
    return joined;
}

/// True for a perception that is no list of filters.
[[nodiscard]] NCA_COLD inline bool is_perception_word(std::string_view text) noexcept {
    return text == "neighbourhood" || text.starts_with("depthwise:") || text.starts_with("per channel and magnitudes:");
}

/// The value of a key as metadata have it. Errors: another type.
[[nodiscard]] NCA_COLD inline Result<std::string> metadata_text(const RuleFileKey& key, const Json& value) {
    const auto number_of = [](const Json& json) { return json.as_number() ? json.dump() : std::string{}; };
    const auto wrong = [&](const std::string& expected) {
        return Error{"key " + quote(key.name) + ": expected " + expected + ", found " +
                     (value.as_string() != nullptr ? quote(*value.as_string(), 40) : std::string{value.kind()})};
    };
    const std::string* const word = value.as_string();
    switch (key.kind) {
    case RuleFileKey::Kind::number:
        return value.as_number() ? Result<std::string>{value.dump()} : wrong("a number");
    case RuleFileKey::Kind::word:
        return word != nullptr ? Result<std::string>{*word} : wrong("a string");
    case RuleFileKey::Kind::numbers:
        return join_elements(key.name, value, "an array of numbers", number_of);
    case RuleFileKey::Kind::perception:
        break;
    }
    if (word != nullptr) {
        if (is_perception_word(*word)) return *word;
        return wrong("an array of filters, \"neighbourhood\" or \"depthwise:N\"");
    }
    return join_elements(
        key.name, value, "an array of filters, \"neighbourhood\" or \"depthwise:N\"",
        [](const Json& json) { return json.as_string() != nullptr ? *json.as_string() : std::string{}; });
}

/// The value of a key in JSON, of a text in metadata.
[[nodiscard]] NCA_COLD inline Json json_value(const RuleFileKey& key, const std::string& text) {
    const bool is_list = !is_perception_word(text);
    if (key.kind == RuleFileKey::Kind::number) return *parse_json(text);
    if (key.kind == RuleFileKey::Kind::numbers) return *parse_json("[" + text + "]");
    if (key.kind == RuleFileKey::Kind::word || !is_list) return text;
    Json list = Json::array();
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        list.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return list;
}

} // namespace detail

/// The rule that a JSON text describes; what is missing, but for the channels, is as nca::Rule has it. `name` is named
/// in messages. Errors: JSON that breaks off, with its place; an unknown key, with the known ones; a value of another
/// type; those of read_description().
[[nodiscard]] NCA_COLD inline Result<RuleDescription> parse_rule_file(std::string_view text,
                                                                      std::string_view name = {}) {
    const auto refuse = [&](const Error& error) { return about_file(name, error); };
    const auto json = parse_json(text, {.depth = 8, .values = 100'000});
    if (!json) return refuse(json.error());
    const Json::Object* const members = json->as_object();
    if (members == nullptr) return refuse(Error{"expected a JSON object, found " + std::string{json->kind()}});
    std::map<std::string, std::string, std::less<>> texts;
    for (const auto& [key, value] : *members) {
        if (key == detail::schema_key) continue;
        const detail::RuleFileKey* const known = detail::find_rule_file_key(key);
        if (known == nullptr) return refuse(detail::unknown_rule_file_key(key));
        auto read = detail::metadata_text(*known, value);
        if (!read) return refuse(read.error());
        texts.emplace(key, *std::move(read));
    }
    const auto find = [&](std::string_view key) {
        const auto found = texts.find(key);
        return found == texts.end() ? nullptr : &found->second;
    };
    if (find("channels") == nullptr) return refuse(Error{"key 'channels' is missing"});
    if (find("life_threshold") != nullptr && find("life_channel") == nullptr && find("given_life_channel") == nullptr) {
        return refuse(Error{"key 'life_threshold': there is no life_channel or given_life_channel beside it"});
    }
    auto rule = read_description({}, find);
    return rule ? rule : refuse(rule.error());
}

/// Reads a rule from a JSON file. Errors: those of read_file() and parse_rule_file().
[[nodiscard]] NCA_COLD inline Result<RuleDescription> read_rule_file(const std::string& path) {
    const auto bytes = read_file(path);
    if (!bytes) return bytes.error();
    return parse_rule_file(as_text(*bytes), path);
}

/// A rule as the text of a rule file, one key a line, which parse_rule_file() reads back. Precondition: check_rule().
/// Allocates. Errors: a filter or an activation that has no name.
[[nodiscard]] NCA_COLD inline Result<std::string> rule_file_text(const RuleDescription& rule) {
    if (!rule.is_named()) return Error{"a rule with a filter or an activation that has no name has no rule file"};
    constexpr std::string_view prefix = "nca.";
    std::string text;
    for (const auto& [key, value] : describe(rule)) {
        const detail::RuleFileKey* const known =
            detail::find_rule_file_key(std::string_view{key}.substr(prefix.size()));
        if (known == nullptr) continue; // of model files alone
        text.append(text.empty() ? "{\n  \"" : ",\n  \"").append(known->name).append("\": ");
        text.append(detail::json_value(*known, value).dump(JsonStyle::spaced));
    }
    return text.append("\n}\n");
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_RULE_FILE_HPP
