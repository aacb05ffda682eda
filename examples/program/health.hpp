// SPDX-License-Identifier: Apache-2.0
// The health of what was trained, as JSON: a verdict in words, and the numbers behind it.
#ifndef NCA_EXAMPLES_PROGRAM_HEALTH_HPP
#define NCA_EXAMPLES_PROGRAM_HEALTH_HPP

#include <nca/core/fields.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/systems/growing/health.hpp>

#include "creature.hpp"

#include <span>
#include <string>
#include <type_traits>

namespace program {

/// The fields of a struct: numbers, and words for what is none.
template <class Fields>
[[nodiscard]] nca::Json json_of(const Fields& fields) {
    nca::Json json = nca::Json::object();
    nca::for_each_field(fields, [&](const auto& info, const auto& value) {
        if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>) {
            json.set(std::string{info.name}, value);
        } else {
            json.set(std::string{info.name}, nca::field_text(value));
        }
    });
    return json;
}

/// The same in one line, without lists: "verdict; name number, name number".
[[nodiscard]] std::string health_line(const nca::Json& health);

/// The mean squared error of red, green, blue and alpha over a grid of targets [cells, 4]. Precondition: as many cells.
[[nodiscard]] double error_of(std::span<const float> state, std::span<const float> target);

/// How a creature does that shall grow into a target.
[[nodiscard]] nca::Json creature_health(const Rule& rule, const nca::StepOptions<Rule>& step,
                                        const support::Target& target, nca::ThreadPool& threads,
                                        const nca::growing::HealthOptions& options = {});
[[nodiscard]] nca::Json creature_health(const nca::AnyRule& rule, const nca::StepOptions<nca::AnyRule>& step,
                                        const support::Target& target, nca::ThreadPool& threads,
                                        const nca::growing::HealthOptions& options = {});
/// The same of a rule of another type.
template <class R>
[[nodiscard]] nca::Json creature_health(const R& rule, const nca::StepOptions<R>& step, const support::Target& target,
                                        nca::ThreadPool& threads, const nca::growing::HealthOptions& options) {
    return creature_health(require(nca::AnyRule::from(rule)), nca::options_as<nca::AnyRule>(step), target, threads,
                           options);
}
/// The same in less time, for the end of a training.
inline constexpr nca::growing::HealthOptions short_health{.seeds = 2, .drift_seeds = 1};

/// How an attack does that shall turn a grown creature into a target: without the ranges of the attack, which are
/// chosen here. The attack lasts for 200 steps; 200 steps later the creature may be again what it was.
[[nodiscard]] nca::Json attack_health(const Rule& victim, const nca::StepOptions<Rule>& step, Attack attack,
                                      const support::Target& target, nca::ThreadPool& threads);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_HEALTH_HPP
