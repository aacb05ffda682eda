// SPDX-License-Identifier: Apache-2.0
// The published victim, adversary and perturbation against golden vectors computed in float64.
#include <nca/cell/species_step.hpp>
#include <nca/run/perturb.hpp>
#include <nca/systems/mnist/published.hpp>

#include <doctest/doctest.h>

#include <array>
#include <common/adversarial.hpp>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace nca;
using R = growing::Rule<>;
constexpr int rows = 12;
constexpr int columns = 14;

/// Steps two rules from x0, with one fire mask per rule and step.
template <class Rule>
std::vector<float> mixed(const Rule& victim, const Rule& adversary, const std::vector<float>& x0,
                         std::array<int, 2> sizes, const CellMask& adversaries,
                         const std::vector<std::array<CellMask, 2>>& fire, const StepOptions<Rule>& options = {}) {
    FieldOf<Rule> field{sizes};
    field.load(x0.data());
    std::vector<StepWorkspace<Rule>> works(2, StepWorkspace<Rule>{{}, field});
    prepare<Rule>(field, works[0]);
    SpeciesMap species{sizes[0], sizes[1], 2};
    species.assign(1, adversaries);
    for (const auto& masks : fire) {
        step_species<Rule>(species, field, options, SerialExecutor{}, [&](int s) {
            const auto index = static_cast<std::size_t>(s);
            return SpeciesStep<Rule>{(s == 0 ? victim : adversary).parameters().data(), FireMask{masks[index]},
                                     &works[index]};
        });
    }
    std::vector<float> state(x0.size());
    field.store(state.data());
    return state;
}

std::vector<float> perturbed(const R& victim, const std::vector<float>& matrix, const std::vector<float>& x0,
                             const std::vector<CellMask>& fire, PerturbationOrder order, float bound = 3.0F) {
    FieldOf<R> field{{rows, columns}};
    field.load(x0.data());
    StepWorkspace<R> work{{}, field};
    prepare<R>(field, work);
    const auto perturb = [&](PerturbationOrder now) {
        if (now != order) return;
        if (order == PerturbationOrder::before_step) {
            perturb_field<PerturbationOrder::before_step, R>(matrix.data(), bound, field, work);
        } else {
            perturb_field<PerturbationOrder::after_step, R>(matrix.data(), bound, field, work);
        }
    };
    if (fire.empty()) perturb(order);
    for (const CellMask& mask : fire) {
        perturb(PerturbationOrder::before_step);
        step_field<R>(victim.parameters().data(), field, {}, FireMask{mask}, work, SerialExecutor{});
        perturb(PerturbationOrder::after_step);
    }
    std::vector<float> state(x0.size());
    field.store(state.data());
    return state;
}

struct Golden {
    SafetensorsFile file;
    R victim;
    R adversary;
};

std::optional<Golden> load_golden(const std::string& adversary = "growing_adversary_no_tail") {
    auto file = tests::adversarial_file("golden");
    auto victim = tests::adversarial_rule("growing_victim_lizard");
    auto second = tests::adversarial_rule(adversary);
    if (!file || !victim || !second) return std::nullopt;
    return Golden{std::move(*file), std::move(*victim), std::move(*second)};
}

} // namespace

TEST_CASE("one step of victim and adversary on one grid matches the golden vectors") {
    const auto golden = load_golden();
    if (!golden) return;
    const auto mask = [&](const std::string& name) { return tests::mask_of(golden->file, name, rows, columns); };
    const auto found = mixed<R>(golden->victim, golden->adversary, tests::floats_of(golden->file, "x0"),
                                {rows, columns}, mask("adv_mask"), {{mask("fire_victim"), mask("fire_adversary")}});
    CHECK(tests::largest_difference(found, tests::floats_of(golden->file, "step_mixed")) < 1e-5);
}

TEST_CASE("each species has its own alive mask after the step (golden case b)") {
    const auto golden = load_golden("growing_adversary_red_60perc");
    if (!golden) return;
    const auto mask = [&](const std::string& name) { return tests::mask_of(golden->file, name, rows, columns); };
    const auto found =
        mixed<R>(golden->victim, golden->adversary, tests::floats_of(golden->file, "b.x0"), {rows, columns},
                 mask("b.adv_mask"), {{mask("b.fire_victim"), mask("b.fire_adversary")}});
    CHECK(tests::largest_difference(found, tests::floats_of(golden->file, "b.step_mixed")) < 1e-5);
}

TEST_CASE("eight steps of victim and adversary match the golden vectors") {
    const auto golden = load_golden();
    if (!golden) return;
    std::vector<std::array<CellMask, 2>> fire;
    for (std::size_t t = 0; t < 8; ++t) {
        fire.push_back({tests::mask_of(golden->file, "roll_fire_victim", rows, columns, t),
                        tests::mask_of(golden->file, "roll_fire_adversary", rows, columns, t)});
    }
    const auto found = mixed<R>(golden->victim, golden->adversary, tests::floats_of(golden->file, "x0"),
                                {rows, columns}, tests::mask_of(golden->file, "adv_mask", rows, columns), fire);
    CHECK(tests::largest_difference(found, tests::floats_of(golden->file, "roll8_mixed")) < 1e-4);
}

TEST_CASE("the perturbation and perturbed steps in both orders match the golden vectors") {
    const auto golden = load_golden();
    if (!golden) return;
    const auto x0 = tests::floats_of(golden->file, "x0");
    const auto matrix = tests::floats_of(golden->file, "matrix");
    const std::vector<CellMask> fire{tests::mask_of(golden->file, "fire_perturbed", rows, columns)};
    constexpr auto before = PerturbationOrder::before_step;
    CHECK(tests::largest_difference(perturbed(golden->victim, matrix, x0, {}, before),
                                    tests::floats_of(golden->file, "perturbed_only")) < 1e-5);
    CHECK(tests::largest_difference(perturbed(golden->victim, matrix, x0, fire, before),
                                    tests::floats_of(golden->file, "step_perturbed")) < 1e-5);
    CHECK(tests::largest_difference(perturbed(golden->victim, matrix, x0, fire, PerturbationOrder::after_step),
                                    tests::floats_of(golden->file, "step_perturbed_demo_order")) < 1e-5);
}

TEST_CASE("eight perturbed steps match the golden vectors") {
    const auto golden = load_golden();
    if (!golden) return;
    std::vector<CellMask> fire;
    for (std::size_t t = 0; t < 8; ++t) {
        fire.push_back(tests::mask_of(golden->file, "roll_fire_victim", rows, columns, t));
    }
    const auto found = perturbed(golden->victim, tests::floats_of(golden->file, "matrix"),
                                 tests::floats_of(golden->file, "x0"), fire, PerturbationOrder::before_step);
    CHECK(tests::largest_difference(found, tests::floats_of(golden->file, "roll8_perturbed")) < 1e-4);
}

TEST_CASE("one step of victim and adversary on a digit matches the golden vectors") {
    const auto file = tests::adversarial_file("golden");
    const auto victim = tests::data_file("adversarial/mnist_victim.safetensors");
    const auto adversary = tests::data_file("adversarial/mnist_adversary_always8.safetensors");
    if (!file || !victim || !adversary) return;
    using Digit = mnist::Rule<>;
    const auto rule_of = [](const std::filesystem::path& path) {
        auto model = mnist::load_model(path.string());
        REQUIRE(model.ok());
        return std::move(model->rule);
    };
    const auto mask = [&](const std::string& name) { return tests::mask_of(*file, "mnist." + name, 14, 12); };
    const CellMask adversaries = mask("adv_mask");
    const std::array<CellMask, 2> fire{mask("fire_victim"), mask("fire_adversary")};
    StepOptions<Digit> options;
    options.noise = 0.0;
    const auto x0 = tests::floats_of(*file, "mnist.x0");
    auto found = mixed<Digit>(rule_of(*victim), rule_of(*adversary), x0, {14, 12}, adversaries, {fire}, options);
    // The file contains the noise itself.
    const std::array<std::vector<float>, 2> noise{tests::floats_of(*file, "mnist.noise_victim"),
                                                  tests::floats_of(*file, "mnist.noise_adversary")};
    for (int cell = 0; cell < 14 * 12; ++cell) {
        const std::size_t species = adversaries.test(cell / 12, cell % 12) ? 1 : 0;
        const auto at = static_cast<std::size_t>(cell);
        if (!(x0[at * 20] > mnist::ink) || !fire[species].test(cell / 12, cell % 12)) continue;
        for (std::size_t c = 0; c < 19; ++c) found[at * 20 + 1 + c] += noise[species][at * 19 + c];
    }
    CHECK(tests::largest_difference(found, tests::floats_of(*file, "mnist.step_mixed")) < 1e-5);
}
