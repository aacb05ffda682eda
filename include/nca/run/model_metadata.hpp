// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_MODEL_METADATA_HPP
#define NCA_RUN_MODEL_METADATA_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/description.hpp>
#include <nca/cell/rule.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/detail/json_number.hpp>
#include <nca/io/safetensors.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

/// What the metadata of a model file say about a rule: either used, or contradicted in words.
namespace nca::inline NCA_ABI::detail {

/// True for equal texts, and for numbers that are the same floats: 0.1, 1e-1 and 0.10000000149.
[[nodiscard]] NCA_COLD inline bool same_value(std::string_view a, std::string_view b) noexcept {
    if (a == b) return true;
    double x = 0.0;
    double y = 0.0;
    return io::read_number(a, x) && io::read_number(b, y) && static_cast<float>(x) == static_cast<float>(y);
}

/// The order of the values that the first layer reads.
enum class PerceptionOrder {
    filter_major, ///< filter * channels + channel, ours
    channel_major ///< channel * filters + filter, as of a depth-wise convolution in PyTorch or TensorFlow
};

[[nodiscard]] NCA_COLD inline Error metadata_error(const SafetensorsFile& file, std::string_view key,
                                                   const std::string& expected) {
    const std::string* const found = file.find_metadata(key);
    std::string message = quote_path(file.file_name());
    if (const std::string* const system = file.find_metadata("nca.system")) {
        message.append(" is a model of the system ").append(quote(*system, 40));
    }
    message.append(": expected ").append(key).append(" to be ").append(expected);
    message.append(", found ").append(quote(found == nullptr ? "none" : *found, 80));
    return Error{std::move(message)};
}

/// The order that a file states, or ours.
[[nodiscard]] NCA_COLD inline Result<PerceptionOrder> perception_order_in(const SafetensorsFile& file) {
    constexpr std::string_view key = "nca.perception_order";
    const std::string* const text = file.find_metadata(key);
    if (text == nullptr || text->starts_with("filter-major")) return PerceptionOrder::filter_major;
    if (text->starts_with("channel-major")) return PerceptionOrder::channel_major;
    return metadata_error(file, key, "'filter-major...' or 'channel-major...'");
}

/// A number in the metadata, from 0 to `max`; or nothing happens to `number` if the key is missing.
[[nodiscard]] NCA_COLD inline Result<void> read_metadata_number(const SafetensorsFile& file, std::string_view key,
                                                                double max, double& number) {
    const std::string* const text = file.find_metadata(key);
    double value = 0.0;
    if (text == nullptr) return {};
    if (!io::read_number(*text, value) || !(value >= 0.0 && value <= max)) {
        return metadata_error(file, key, "a number from 0 to " + number_text(max));
    }
    number = value;
    return {};
}

/// How the file says that its rule is run: boundary, noise, and the fire rate of its training. Errors: no such value,
/// or noise for a rule without.
template <class R>
[[nodiscard]] NCA_COLD Result<StepOptions<R>> step_options_in(const SafetensorsFile& file,
                                                              const RuleDescription& rule) {
    StepOptions<R> options;
    options.fire_rate = rule.fire_rate;
    options.boundary = rule.boundary;
    options.noise = rule.noise.value_or(0.0);
    for (const std::string_view key : {"nca.fire_rate", "training.fire_rate"}) {
        if (const auto read = read_metadata_number(file, key, 1.0, options.fire_rate); !read) return read.error();
    }
    if (const auto read = read_metadata_number(file, "nca.noise", 1e6, options.noise); !read) return read.error();
    if (!rule.noise && options.noise != 0.0) return metadata_error(file, "nca.noise", "0, as the rule has no noise");
    if (const std::string* const word = file.find_metadata("nca.boundary")) {
        const auto found = std::find(std::begin(boundary_names), std::end(boundary_names), *word);
        if (found == std::end(boundary_names)) {
            return metadata_error(file, "nca.boundary", "zero, torus, replicate or reflect");
        }
        options.boundary = static_cast<Boundary>(found - std::begin(boundary_names));
    }
    return options;
}

/// Errors: metadata of another rule than what describe() `expected`, except what StepOptions overrides and, without
/// `nca.format`, is absent; an unknown key of our own.
[[nodiscard]] NCA_COLD inline Result<void> check_metadata(const SafetensorsFile& file, TextPairs expected) {
    constexpr std::string_view elsewhere[] = {"nca.perception_order", "nca.fire_rate", "nca.boundary", "nca.noise"};
    constexpr std::string_view optional[] = {
        "nca.life_channel", "nca.given_life_channel", "nca.life_threshold",  "nca.frozen",
        "nca.clamp",        "nca.activation",         "nca.activation_slope"};
    constexpr std::string_view notes[] = {"nca.system", "nca.source", "nca.name", "nca.classes"};
    const auto has = [](const auto& list, std::string_view key) {
        return std::find(std::begin(list), std::end(list), key) != std::end(list);
    };
    const auto is_expected = [&](std::string_view key) {
        return std::any_of(expected.begin(), expected.end(), [&](const auto& entry) { return entry.first == key; });
    };
    for (const std::string_view key : optional) {
        if (!is_expected(key)) expected.push_back({std::string{key}, "none"});
    }
    const bool complete = file.find_metadata("nca.format") != nullptr;
    for (const auto& [key, wanted] : expected) {
        if (has(elsewhere, key)) continue;
        const std::string* const stated = file.find_metadata(key);
        const std::string found = stated != nullptr ? *stated : complete ? "none" : wanted;
        if (!same_value(found, wanted)) return metadata_error(file, key, quote(wanted));
    }
    for (const auto& [key, value] : file.metadata()) {
        if (!complete || !key.starts_with("nca.") || has(elsewhere, key) || has(notes, key) || is_expected(key))
            continue;
        return Error{quote_path(file.file_name()) + ": unknown metadata " + quote(key, 80) + " of " + quote(value, 80) +
                     ": this version of nca cannot tell what it means for the model"};
    }
    return {};
}

/// The architecture that a file states, of a rule of run-time sizes. Errors: of another type; nothing stated.
template <class R>
[[nodiscard]] NCA_COLD Result<ArchitectureOf<R>> architecture_in(const SafetensorsFile& file) requires(!R::is_static) {
    if (file.find_metadata("nca.format") == nullptr) {
        return Error{
            quote_path(file.file_name()) +
            ": the metadata do not say what rule the file holds (no nca.format): nca import writes a file that does"};
    }
    const auto description =
        read_description("nca.", [&](std::string_view key) { return file.find_metadata("nca." + std::string{key}); });
    if (!description) return about_file(file.file_name(), description.error());
    if (description->dimensions != R::rank) {
        return metadata_error(file, "nca.dimensions", quote(std::to_string(R::rank)));
    }
    if (const auto agrees = check_metadata(file, describe(*description)); !agrees) return agrees.error();
    const auto architecture = ArchitectureOf<R>::from(*description);
    if (!architecture) return about_file(file.file_name(), architecture.error());
    return *architecture;
}
/// The architecture of a rule whose type says everything. Errors: metadata of another one.
template <class R>
[[nodiscard]] NCA_COLD Result<ArchitectureOf<R>> architecture_in(const SafetensorsFile& file) requires(R::is_static) {
    if (const auto agrees = check_metadata(file, describe<R>()); !agrees) return agrees.error();
    return ArchitectureOf<R>{};
}

} // namespace nca::inline NCA_ABI::detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_MODEL_METADATA_HPP
