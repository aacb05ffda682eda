// SPDX-License-Identifier: Apache-2.0
// The rules of the C interface, and how a model is read into one of them.
#ifndef NCA_C_API_RULES_HPP
#define NCA_C_API_RULES_HPP

#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/growing/rule.hpp>

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
    using Model = std::variant<std::shared_ptr<const nca::Model<Rules>>...>;
    /// A world of any of the rules.
    using World = std::variant<Simulation<Rules>...>;
};

/// One line per rule. A model is read as the first that fits.
using Table = RuleTable<nca::growing::Rule<16, 128> // Growing NCA: the article's creatures
                        >;

using Model = Table::Model;
using World = Table::World;

/// Reads a model, ours or a published one, as the first rule of the table that fits. Errors: an unknown format, or what each rule of
/// the table found wrong.
template <class... Rules>
[[nodiscard]] nca::Result<Model> read_model(std::span<const std::byte> bytes, RuleTable<Rules...> /*table*/) {
    Model model;
    std::string reasons;
    const auto attempt = [&]<class R>(std::type_identity<R> /*rule*/) {
        auto read = nca::growing::parse_model<R>(bytes, "model");
        if (read) {
            model = std::make_shared<const nca::Model<R>>(std::move(*read));
        } else if (const std::string& reason = read.error().message; reasons.find(reason) == std::string::npos) {
            reasons += (reasons.empty() ? "" : "; or ") + reason;
        }
        return read.ok();
    };
    if (!(attempt(std::type_identity<Rules>{}) || ...)) return nca::Error{reasons};
    return model;
}

} // namespace c_api

#endif // NCA_C_API_RULES_HPP
