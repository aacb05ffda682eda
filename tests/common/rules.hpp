// SPDX-License-Identifier: Apache-2.0
// Rules and states for tests.
#ifndef NCA_TESTS_COMMON_RULES_HPP
#define NCA_TESTS_COMMON_RULES_HPP

#include <nca/cell/rule.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/philox.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nca::tests {

/// Random weights, those of the last layer included, so that cells come alive and die at random.
template <class R>
void randomise(R& rule, std::uint64_t seed, double scale = 0.5) {
    for (int l = 0; l < rule.architecture().layer_count(); ++l) {
        const LayerLayout& layer = rule.architecture().layer(l);
        const Philox random = Philox{seed}.split(static_cast<std::uint32_t>(l));
        for (int o = 0; o < layer.outputs; ++o) {
            rule.bias(l, o) =
                static_cast<typename R::Value>(scale * 0.3 * random.normal(static_cast<std::uint64_t>(o)));
            for (int i = 0; i < layer.inputs; ++i) {
                const auto index = static_cast<std::uint64_t>(1000 + i * layer.outputs + o);
                rule.weight(l, i, o) = static_cast<typename R::Value>(scale * random.normal(index) /
                                                                      std::sqrt(static_cast<double>(layer.inputs)));
            }
        }
    }
    std::uint64_t index = 0;
    visit_filters(rule, [&](auto& weight, int /*channel*/, int /*filter*/, int /*neighbour*/) {
        weight = static_cast<typename R::Value>(scale * Philox{seed, 5}.normal(index++) /
                                                std::sqrt(static_cast<double>(neighbourhood_size(R::rank))));
    });
}
/// A rule with random weights.
template <class R>
[[nodiscard]] R random_rule(std::uint64_t seed, double scale = 0.5) {
    R rule;
    randomise(rule, seed, scale);
    return rule;
}

/// A state in which a fraction of the cells is zero and the others are normal, with alpha around the threshold.
template <class R>
[[nodiscard]] std::vector<typename R::Value> random_state(int cells, std::uint64_t seed, double empty = 0.5,
                                                          int channel_count = R::channels) {
    const Philox random{seed, 77};
    const auto channels = static_cast<std::size_t>(channel_count);
    std::vector<typename R::Value> state(static_cast<std::size_t>(cells) * channels);
    for (std::size_t cell = 0; cell < static_cast<std::size_t>(cells); ++cell) {
        if (random.uniform(cell) < empty) continue;
        for (std::size_t c = 0; c < channels; ++c) {
            state[cell * channels + c] =
                static_cast<typename R::Value>(0.3 * random.normal(1000000 + cell * channels + c));
        }
    }
    return state;
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_RULES_HPP
