// SPDX-License-Identifier: Apache-2.0
// The published rule of Growing Isotropic NCA against golden vectors computed in float64.
#include <nca/io/file.hpp>
#include <nca/nca.hpp>
#include <nca/systems/isotropic/invariant_loss.hpp>
#include <nca/systems/isotropic/published.hpp>
#include <nca/systems/isotropic/rule.hpp>

#include "common/golden_steps.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace nca;
using namespace nca::tests;

namespace {

template <class R>
void check_trajectory(const std::string& start, const std::string& name, bool fires, double tolerance) {
    const auto path = data_file("isotropic/cadata.json");
    if (!path) return;
    const auto bytes = read_file(path->string());
    REQUIRE(bytes);
    const auto layers = isotropic::parse_demo(as_text(*bytes));
    REQUIRE_MESSAGE(layers.ok(), (layers.ok() ? "" : layers.error().message));
    const auto rule = rule_from<R>(*layers);
    REQUIRE(rule);
    CHECK(rule->architecture().parameter_count() == 9408);
    const auto golden = golden_file("isotropic/golden.safetensors");
    GoldenSteps<R> run{*rule, {20, 24}, floats_of(*golden, start + ".state_0")};
    int found = 0;
    for (int step = 1; step <= 32; ++step) {
        run.step(fires ? golden->find("fire") : nullptr, step - 1);
        const std::string state = start + "." + name + ".state_" + std::to_string(step);
        if (golden->find(state) == nullptr) continue;
        ++found;
        INFO(state);
        const double allowed = !fires && step == 32 ? 10 * tolerance : tolerance;
        CHECK(run.largest_difference(floats_of(*golden, state)) < allowed);
    }
    CHECK(found >= 4);
}

} // namespace

TEST_CASE("the published rule follows the golden states on hexagons and squares") {
    using isotropic::DemoRule;
    for (const std::string start : {"seed", "grown"}) {
        check_trajectory<DemoRule<>>(start, "demo.fire", true, 1e-5);
        check_trajectory<DemoRule<>>(start, "demo.ones", false, 1e-5);
        check_trajectory<DemoRule<HexagonalLattice, double>>(start, "demo.fire", true, 1e-6);
    }
    check_trajectory<DemoRule<SquareLattice>>("grown", "demo_square.fire", true, 1e-5);
}

TEST_CASE("its weights follow the golden states by the step of the notebooks") {
    check_trajectory<isotropic::Rule<>>("seed", "training_square.fire", true, 1e-5);
    check_trajectory<isotropic::Rule<HexagonalLattice>>("grown", "training_hex.fire", true, 1e-5);
}

TEST_CASE("the published rule grows a lizard's worth of cells") {
    const auto path = data_file("isotropic/cadata.json");
    if (!path) return;
    const auto bytes = read_file(path->string());
    const auto layers = isotropic::parse_demo(as_text(*bytes));
    using R = isotropic::DemoRule<>;
    Simulation<R, 128, 128> world{*rule_from<R>(*layers), 1};
    world.plant(64, 64);
    world.step(500);
    const auto state = world.state();
    int visible = 0;
    double sum = 0.0;
    for (int cell = 0; cell < 128 * 128; ++cell) {
        const float alpha = state.view().cell(cell)[3];
        visible += alpha > 0.1F ? 1 : 0;
        sum += static_cast<double>(alpha);
    }
    CHECK(visible > 782 - 3 * 56);
    CHECK(visible < 782 + 3 * 56);
    CHECK(sum > 521 - 5 * 14);
    CHECK(sum < 521 + 5 * 14);
}

TEST_CASE("on squares most runs of the published rule become the lizard that it was trained on, however turned") {
    const auto path = data_file("isotropic/cadata.json");
    const auto targets = golden_file("isotropic/targets_48.safetensors");
    if (!path || !targets) return;
    const auto bytes = read_file(path->string());
    using R = isotropic::DemoRule<SquareLattice>;
    const R rule = *rule_from<R>(*isotropic::parse_demo(as_text(*bytes)));
    constexpr int side = 72;
    constexpr int padding = 12;
    const auto lizard = floats_of(*targets, "lizard");
    std::vector<float> target(std::size_t{side} * side * 4);
    for (std::size_t row = 0; row < 48; ++row) {
        std::copy_n(lizard.begin() + static_cast<std::ptrdiff_t>(row * 48 * 4), 48 * 4,
                    target.begin() + static_cast<std::ptrdiff_t>(((row + padding) * side + padding) * 4));
    }
    const auto loss = isotropic::InvariantLoss<float>::create({target.data(), side, side, 4, 4}, {.mirror = true});
    REQUIRE(loss.ok());
    isotropic::InvariantLoss<float>::Workspace work;
    std::vector<double> losses;
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        Simulation<R, side, side> world{rule, seed};
        world.plant(side / 2, side / 2);
        world.step(500);
        const auto state = world.state();
        losses.push_back((*loss)({state.values().data(), side, side, 4, 16}, {}, work).loss);
        int visible = 0;
        for (int cell = 0; cell < side * side; ++cell) visible += state.view().cell(cell)[3] > 0.1F ? 1 : 0;
        CHECK(visible > 931 - 4 * 57);
        CHECK(visible < 931 + 4 * 57);
    }
    std::sort(losses.begin(), losses.end());
    INFO(losses[0] << ", " << losses[1] << ", " << losses[2]); // 41 without anything
    CHECK(losses[0] > 3.0);
    CHECK(losses[1] < 11.0);
    CHECK(losses[2] < 15.0);
}
