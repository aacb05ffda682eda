// SPDX-License-Identifier: Apache-2.0
// The rules of the C interface, and how a model is read into one of them.
#ifndef NCA_C_API_RULES_HPP
#define NCA_C_API_RULES_HPP

#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/growing/rule.hpp>
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

/// The rule in the bytes of a model: our safetensors, or the 8-bit JSON of the article.
template <class R>
[[nodiscard]] nca::Result<R> read_as(std::span<const std::byte> bytes) {
    if (nca::identify(bytes).is_json()) {
        const auto layers = nca::growing::parse_quantized_json(nca::as_text(bytes));
        if (!layers) return layers.error();
        return nca::rule_from<R>(*layers, "model");
    }
    auto model = nca::parse_model<R>(bytes, "model");
    if (!model) return model.error();
    return std::move(model->rule);
}

/// Reads a model as the first rule of the table that fits. Errors: an unknown format, or what each rule of
/// the table found wrong.
template <class... Rules>
[[nodiscard]] nca::Result<Model> read_model(std::span<const std::byte> bytes, RuleTable<Rules...> /*table*/) {
    Model model;
    std::string reasons;
    const auto attempt = [&]<class R>(std::type_identity<R> /*rule*/) {
        auto rule = read_as<R>(bytes);
        if (rule) {
            model = std::make_shared<const R>(std::move(*rule));
        } else if (const std::string& reason = rule.error().message; reasons.find(reason) == std::string::npos) {
            reasons += (reasons.empty() ? "" : "; or ") + reason;
        }
        return rule.ok();
    };
    if (!(attempt(std::type_identity<Rules>{}) || ...)) return nca::Error{reasons};
    return model;
}

} // namespace c_api

#endif // NCA_C_API_RULES_HPP
