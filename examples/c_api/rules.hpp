// SPDX-License-Identifier: Apache-2.0
// The rules of the C interface, and how a model is read into one of them.
#ifndef NCA_C_API_RULES_HPP
#define NCA_C_API_RULES_HPP

#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/identify.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace c_api {

using Extents = nca::Extents<nca::Dynamic, nca::Dynamic>;
template <class R>
using Simulation = nca::Simulation<R, nca::Dynamic, nca::Dynamic>;

template <class... Rules>
struct RuleTable {
    static_assert(((Rules::rank == 2) && ...), "c_api::RuleTable: worlds of the C interface have two dimensions");
    /// A model, shared by any number of worlds.
    using Model = std::variant<std::shared_ptr<const Rules>...>;
    /// A world of any of the rules.
    using World = std::variant<Simulation<Rules>...>;
};

/// One line per rule. A model is read as the first that fits.
using Table = RuleTable<nca::growing::Rule<16, 128> // Growing NCA: the article's creatures
                        >;

using Model = Table::Model;
using World = Table::World;

/// What the bytes of a model contain before a rule is chosen.
using Source = std::variant<nca::SafetensorsFile, nca::DenseLayers>;

[[nodiscard]] inline nca::Result<Source> parse(std::span<const std::byte> bytes) {
    if (nca::identify(bytes).is_json()) {
        auto layers = nca::growing::parse_quantized_json(nca::as_text(bytes));
        if (!layers) return layers.error();
        return Source{std::move(*layers)};
    }
    auto file = nca::parse_safetensors(bytes, "model");
    if (!file) return file.error();
    return Source{std::in_place_type<nca::SafetensorsFile>, std::move(*file)};
}

template <class R>
[[nodiscard]] nca::Result<R> read_as(const Source& source) {
    if (const auto* const layers = std::get_if<nca::DenseLayers>(&source)) {
        return nca::rule_from<R>(*layers, "model");
    }
    auto model = nca::model_from<R>(*std::get_if<nca::SafetensorsFile>(&source));
    if (!model) return model.error();
    return std::move(model->rule);
}

/// Reads a model as the first rule of the table that fits. Errors: an unknown format, or what each rule of
/// the table found wrong.
template <class... Rules>
[[nodiscard]] nca::Result<Model> read_model(std::span<const std::byte> bytes, RuleTable<Rules...> /*table*/) {
    const auto source = parse(bytes);
    if (!source) return source.error();
    Model model;
    bool found = false;
    std::string reasons;
    const auto attempt = [&]<class R>(std::type_identity<R> /*rule*/) {
        auto rule = read_as<R>(*source);
        if (rule) {
            model = std::make_shared<const R>(std::move(*rule));
        } else {
            reasons += (reasons.empty() ? "" : "; or ") + rule.error().message;
        }
        return rule.ok();
    };
    found = (attempt(std::type_identity<Rules>{}) || ...);
    if (!found) return nca::Error{reasons};
    return model;
}

} // namespace c_api

#endif // NCA_C_API_RULES_HPP
