// SPDX-License-Identifier: Apache-2.0
#include "health.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace program {

namespace {

/// What an attack on a creature achieves, as means over runs.
struct AttackHealth {
    std::string verdict{};
    double error_before = 0.0; ///< of the grown creature, to the target
    double error_200 = 0.0;    ///< to the target, after 200 steps of the attack
    double energy = 0.0;       ///< mean square of the grown creature
    double recovery = 0.0;     ///< error to the grown creature, 200 steps after the attack

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using H = AttackHealth;
        visit(nca::field("verdict", &H::verdict, "What becomes of the creature"));
        visit(nca::field("error_before", &H::error_before, "Error of the grown creature"));
        visit(nca::field("error_200", &H::error_200, "Error after 200 steps of the attack"));
        visit(nca::field("energy", &H::energy, "Mean square of the grown creature"));
        visit(nca::field("recovery", &H::recovery, "Error to the grown creature 200 steps after the attack"));
    }
};

std::string judge(const AttackHealth& health) {
    if (!std::isfinite(health.error_200) || !std::isfinite(health.recovery)) return "overflows";
    if (health.error_200 > 0.5 * health.error_before) return "fails";
    return health.recovery > nca::growing::regenerated_error * health.energy ? "succeeds for good"
                                                                             : "succeeds while it lasts";
}

std::vector<float> colours_of(const StateGrid& state) {
    std::vector<float> colours;
    for (int cell = 0; cell < state.extents().cells(); ++cell) {
        for (std::size_t c = 0; c < 4; ++c) colours.push_back(state.view().cell(cell)[c]);
    }
    return colours;
}

} // namespace

double error_of(std::span<const float> state, std::span<const float> target) {
    const std::size_t cells = target.size() / 4;
    const std::size_t channels = state.size() / cells;
    double total = 0.0;
    for (std::size_t cell = 0; cell < cells; ++cell) {
        for (std::size_t c = 0; c < 4; ++c) {
            const double error =
                static_cast<double>(state[cell * channels + c]) - static_cast<double>(target[cell * 4 + c]);
            total += error * error;
        }
    }
    return total / static_cast<double>(target.size());
}

std::string health_line(const nca::Json& health) {
    std::string line;
    for (const auto& [key, value] : *health.as_object()) {
        if (const std::string* const word = value.as_string()) {
            line.append(*word).append(";");
        } else if (value.as_array() == nullptr) {
            const double number = value.as_number().value_or(NAN);
            std::array<char, 32> text{"not finite"};
            if (std::isfinite(number)) std::snprintf(text.data(), text.size(), "%.3g", number);
            line.append(" ").append(key).append(" ").append(text.data()).append(",");
        }
    }
    if (!line.empty()) line.pop_back();
    return line;
}

nca::Json creature_health(const Rule& rule, const nca::StepOptions<Rule>& step, const support::Target& target,
                          nca::ThreadPool& threads, const nca::growing::HealthOptions& options) {
    return json_of(nca::growing::health(rule, step, grid_of(target), threads, options));
}
nca::Json creature_health(const nca::AnyRule& rule, const nca::StepOptions<nca::AnyRule>& step,
                          const support::Target& target, nca::ThreadPool& threads,
                          const nca::growing::HealthOptions& options) {
    return json_of(nca::growing::health<nca::AnyRule>(rule, step, grid_of(target), threads, options));
}

nca::Json attack_health(const Rule& victim, const nca::StepOptions<Rule>& step, Attack attack,
                        const support::Target& target, nca::ThreadPool& threads) {
    constexpr int seeds = 4;
    constexpr long grown = 200;
    constexpr long ended = 400;
    const Range range{grown, ended - 1};
    if (attack.adversary) {
        attack.injected = range;
        attack.allowed = allowed_in(target, target.height, target.width);
    } else {
        attack.perturbed = {range};
    }
    std::array<AttackHealth, seeds> runs;
    threads.run(seeds, [&](int run) {
        AttackHealth& health = runs[static_cast<std::size_t>(run)];
        AttackedCreature attacked{victim, attack, target.height, target.width, static_cast<std::uint64_t>(run) + 1};
        Creature& creature = attacked.creature();
        creature.set_options(step);
        creature.plant(target.width / 2, target.height / 2);
        while (creature.steps() < grown) attacked.step();
        const std::vector<float> before = colours_of(creature.state());
        health.energy = error_of(std::vector<float>(creature.state().values().size()), before);
        health.error_before = error_of(attacked.state(), target.rgba);
        while (creature.steps() < ended) attacked.step();
        health.error_200 = error_of(attacked.state(), target.rgba);
        while (creature.steps() < ended + 200) attacked.step();
        health.recovery = error_of(attacked.state(), before);
    });
    AttackHealth mean;
    for (const AttackHealth& run : runs) {
        mean.energy += run.energy / seeds;
        mean.error_before += run.error_before / seeds;
        mean.error_200 += run.error_200 / seeds;
        mean.recovery += run.recovery / seeds;
    }
    mean.verdict = judge(mean);
    return json_of(mean);
}

} // namespace program
