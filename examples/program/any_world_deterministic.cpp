// SPDX-License-Identifier: Apache-2.0
// Worlds of any rule, compiled with NCA_DETERMINISTIC.
#include <nca/run/any_model.hpp>

#include "program.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#if !defined(NCA_DETERMINISTIC)
#error "the build defines NCA_DETERMINISTIC for this source"
#endif

namespace program {

namespace {

template <int Rank>
std::unique_ptr<nca::AnySimulation> simulate(const nca::RuleDescription& rule, std::span<const float> parameters,
                                             const nca::StepOptions<nca::AnyRule>& options,
                                             const std::vector<int>& sizes, std::uint64_t seed, int concurrency) {
    using Any = nca::DynamicRule<Rank>;
    nca::Model<Any> model{require(Any::from(rule)), {}, nca::options_as<Any>(options), {}};
    std::ranges::copy(parameters, model.rule.parameters().begin());
    return require(nca::AnyModel::of(std::move(model)).simulate(sizes, {seed, {.concurrency = concurrency}}));
}

} // namespace

std::unique_ptr<nca::AnySimulation> make_deterministic(const nca::RuleDescription& rule,
                                                       std::span<const float> parameters,
                                                       const nca::StepOptions<nca::AnyRule>& options,
                                                       const std::vector<int>& sizes, std::uint64_t seed,
                                                       int concurrency) {
    const auto make = rule.dimensions == 1 ? simulate<1> : rule.dimensions == 3 ? simulate<3> : simulate<2>;
    return make(rule, parameters, options, sizes, seed, concurrency);
}

} // namespace program
