// SPDX-License-Identifier: Apache-2.0
// Published models of Growing 3D Artefacts against golden vectors computed in float64.
#include <nca/io/pytorch_file.hpp>
#include <nca/nca.hpp>
#include <nca/systems/voxel/loss.hpp>
#include <nca/systems/voxel/metrics.hpp>
#include <nca/systems/voxel/published.hpp>
#include <nca/systems/voxel/rule.hpp>

#include "common/golden_steps.hpp"
#include "common/rollout_checks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace nca;
using namespace nca::tests;

namespace {

const char* const models[] = {"plain_village_house", "regenerating_caterpillar", "jungle_temple", "dark_oak"};

std::optional<voxel::AnyRule> published(const std::string& name) {
    const auto file = golden_file("voxel/" + name + ".safetensors");
    if (!file) return std::nullopt;
    auto rule = voxel::find_model(file->tensors());
    REQUIRE_MESSAGE(rule.ok(), (rule.ok() ? "" : rule.error().message));
    return std::move(*rule);
}

} // namespace

TEST_CASE("published models follow the golden states") {
    for (const std::string model : models) {
        const auto rule = published(model);
        if (!rule) return;
        const auto golden = golden_file("voxel/golden_" + model + ".safetensors");
        const auto start = floats_of(*golden, "state0");
        for (const std::string mode : {"all", "mask"}) {
            GoldenSteps<voxel::AnyRule> run{*rule, {9, 8, 10}, start};
            for (int step = 1; step <= 8; ++step) {
                run.step(mode == "mask" ? golden->find("masks") : nullptr, step - 1);
                const std::string name = "state" + std::to_string(step) + "_" + mode;
                if (golden->find(name) == nullptr) continue;
                const auto expected = floats_of(*golden, name);
                INFO(model << " " << name);
                CHECK(run.largest_difference(expected) <= 1e-5 * largest(expected));
            }
        }
    }
}

TEST_CASE("a seed in nothing follows the golden state: the first step fills the world with air") {
    for (const std::string model : models) {
        const auto rule = published(model);
        if (!rule) return;
        const auto golden = golden_file("voxel/golden_" + model + ".safetensors");
        const int channels = rule->architecture().channels();
        std::vector<float> seed(static_cast<std::size_t>(9 * 8 * 10 * channels));
        const int cell = (4 * 8 + 4) * 10 + 5;
        for (int c = rule->architecture().life_channel(); c < channels; ++c) {
            seed[static_cast<std::size_t>(cell * channels + c)] = 1.0F;
        }
        GoldenSteps<voxel::AnyRule> run{*rule, {9, 8, 10}, seed};
        for (int step = 0; step < 8; ++step) run.step(golden->find("masks"), step);
        const auto expected = floats_of(*golden, "seed_state8_mask");
        INFO(model);
        CHECK(run.largest_difference(expected) <= 1e-5 * largest(expected));
    }
}

TEST_CASE("the checkpoint of PyTorch holds the same model, whose optimiser is skipped") {
    const auto rule = published("plain_village_house");
    if (!rule) return;
    CHECK(rule->architecture().parameter_count() == 5477);
    const auto file = read_pytorch(data_file("voxel/plain_village_house.pt")->string());
    REQUIRE(file);
    const auto original = voxel::find_model(file->tensors());
    REQUIRE_MESSAGE(original.ok(), (original.ok() ? "" : original.error().message));
    CHECK(std::equal(original->parameters().begin(), original->parameters().end(), rule->parameters().begin()));
}

TEST_CASE("the published house grows to the published figures") {
    const auto rule = published("plain_village_house");
    if (!rule) return;
    const auto targets = golden_file("voxel/targets.safetensors");
    const StoredTensor* const stored = targets->find("plain_village_house");
    REQUIRE(stored != nullptr);
    std::vector<std::int32_t> target;
    for (const std::byte block : stored->bytes) target.push_back(std::to_integer<std::int32_t>(block));
    double right = 0.0;
    double iou = 0.0;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        Simulation<voxel::AnyRule, Dynamic, Dynamic, Dynamic> world{
            *rule, Extents<Dynamic, Dynamic, Dynamic>{{10, 10, 10}}, seed};
        world.plant(5, 5, 5);
        world.step(64);
        const auto state = world.state();
        const auto metrics = voxel::metrics_of<float>(state.values(), rule->architecture().life_channel(), target);
        right += metrics.right / 4;
        iou += metrics.iou_loss / 4;
    }
    CHECK(right > 0.98);
    CHECK(iou < 0.05);
}

TEST_CASE("a rule with air equals its compile-time twin, bit for bit") {
    using House = voxel::Rule<10>;
    const auto rule = published("plain_village_house");
    if (!rule) return;
    House house;
    std::copy(rule->parameters().begin(), rule->parameters().end(), house.parameters().begin());
    Simulation<House, 10, 10, 10> typed{house, 3};
    Simulation<voxel::AnyRule, 10, 10, 10> any{*rule, 3};
    typed.plant(5, 5, 5);
    any.plant(5, 5, 5);
    for (int i = 0; i < 5; ++i) {
        typed.step(8);
        any.step(8);
        CHECK(typed.hash() == any.hash());
        typed.erase(2.5, 3, 4, 5);
        any.erase(2.5, 3, 4, 5);
    }
}

TEST_CASE("the gradient of four steps matches the golden vectors") {
    const auto file = golden_file("voxel/golden_train.safetensors");
    if (!file) return;
    const auto start = golden_file("voxel/golden_plain_village_house.safetensors");
    using R = voxel::Rule<10, 10, 32, double>;
    R rule;
    {
        const auto any = published("plain_village_house");
        std::copy(any->parameters().begin(), any->parameters().end(), rule.parameters().begin());
    }
    const auto state0 = floats_of(*start, "state0");
    const std::vector<double> first(state0.begin(), state0.end());
    std::vector<std::int32_t> target;
    for (const std::byte block : file->find("target")->bytes) target.push_back(std::to_integer<std::int32_t>(block));

    BasicTape<double> tape;
    const auto weights = parameters(tape, rule);
    auto state = constant_state<R>(tape, GridView<const double, 21, 9, 8, 10>{first.data(), {}});
    const StoredTensor* const masks = start->find("masks");
    for (std::size_t t = 0; t < 4; ++t) {
        CellMask mask{72, 10};
        for (std::size_t cell = 0; cell < 720; ++cell) {
            if (masks->bytes[t * 720 + cell] == std::byte{0}) continue;
            mask.set(static_cast<int>(cell) / 10, static_cast<int>(cell) % 10);
        }
        state = step(weights, state, FireMask{mask});
    }
    const auto loss = voxel::block_loss(first_channels(state, 10), target, voxel::block_counts(target));
    tape.backward(loss);
    R gradient;
    std::copy(weights.gradient().begin(), weights.gradient().end(), gradient.parameters().begin());
    std::vector<double> filters;
    visit_filters(gradient, [&](double g, int, int, int) { filters.push_back(g); });
    const auto check = [&](const std::vector<double>& found, const std::string& name) {
        const auto expected = floats_of(*file, "grad." + name);
        INFO(name);
        CHECK(relative_difference(found, std::vector<double>(expected.begin(), expected.end())) < 1e-5);
    };
    check(filters, "perception.weight");
    for (int l = 0; l < 3; ++l) {
        const LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
        std::vector<double> weight;
        std::vector<double> bias;
        for (int o = 0; o < layer.outputs; ++o) {
            for (int i = 0; i < layer.inputs; ++i)
                weight.push_back(gradient.weight(l, l == 0 ? i % 3 * 21 + i / 3 : i, o));
            bias.push_back(gradient.bias(l, o));
        }
        check(weight, "update." + std::to_string(l) + ".weight");
        if (l < 2) check(bias, "update." + std::to_string(l) + ".bias");
    }
    const auto parts = floats_of(*file, "loss"); // total, class, air, iou, rank
    CHECK(loss.item() == doctest::Approx(static_cast<double>(parts[1] + parts[2]) / 6).epsilon(1e-6));
}
