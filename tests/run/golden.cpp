// SPDX-License-Identifier: Apache-2.0
// The published regenerating lizard against golden vectors computed in float64.
#include <nca/io/safetensors.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/rule.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/data.hpp>
#include <string>
#include <vector>

namespace {

using namespace nca;
using R = growing::Rule<>;
using World = Simulation<R, 24, 24>;

struct Golden {
    SafetensorsFile file;
    R rule;

    [[nodiscard]] std::vector<float> floats(const std::string& name) const {
        auto values = to_floats(*file.find(name));
        return std::move(*values);
    }
};

std::optional<Golden> load_golden() {
    const auto path = tests::data_file("growing/golden_ex3_lizard.safetensors");
    if (!path) return std::nullopt;
    auto file = read_safetensors(path->string());
    REQUIRE(file.ok());
    auto model = model_from<R>(*file);
    REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    return Golden{std::move(*file), model->rule};
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    REQUIRE(a.size() == b.size());
    double worst = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, static_cast<double>(std::abs(a[i] - b[i])));
    return worst;
}

} // namespace

TEST_CASE("perception and update of every cell match the golden vectors") {
    const auto golden = load_golden();
    if (!golden) return;
    const auto state = golden->floats("state0");
    struct Case {
        Boundary boundary;
        double angle;
        const char* perception;
        const char* update;
    };
    for (const Case& c : {Case{Boundary::zero, 0.0, "perception_zero", "update_zero"},
                          Case{Boundary::torus, 0.0, "perception_wrap", "update_wrap"},
                          Case{Boundary::zero, 3.14159265358979323846 / 6.0, "perception_zero_rot30", ""}}) {
        FieldOf<R> field{{24, 24}};
        field.set_boundary(c.boundary);
        field.load(state.data());
        field.fill_border();
        TileBuffers<R> tiles{ArchitectureOf<R>{}};
        const Tile<R> tile = tiles[0];
        std::vector<float> perception;
        std::vector<float> update;
        for (int row = 0; row < 24; ++row) {
            for (int column = 0; column < 24; ++column) {
                const std::int32_t cell = field.position(row, column);
                cell_update<R>({}, golden->rule.parameters().data(), field.values(), field.offsets(), &cell, 1,
                               Rotations<float>{isa_detail::rotation_by<float>(c.angle)}, tile);
                perception.insert(perception.end(), tile.perception(), tile.perception() + R::perceived);
                update.insert(update.end(), tile.update(), tile.update() + R::channels);
            }
        }
        CHECK(largest_difference(perception, golden->floats(c.perception)) < 1e-5);
        if (*c.update != '\0') CHECK(largest_difference(update, golden->floats(c.update)) < 1e-5);
    }
}

TEST_CASE("states after 1 and 8 steps match the golden vectors") {
    const auto golden = load_golden();
    if (!golden) return;
    const auto state = golden->floats("state0");
    const auto bits = golden->file.find("masks")->bytes;
    std::vector<CellMask> masks;
    for (std::size_t t = 0; t < 8; ++t) {
        CellMask& mask = masks.emplace_back(24, 24);
        for (std::size_t i = 0; i < 576; ++i) {
            if (bits[t * 576 + i] != std::byte{0}) mask.set(static_cast<int>(i / 24), static_cast<int>(i % 24));
        }
    }
    struct Case {
        const char* name;
        bool masked;
        Boundary boundary;
        double angle;
        float step_size;
    };
    for (const Case& c :
         {Case{"fireall_zero", false, Boundary::zero, 0.0, 1.0F}, Case{"mask_zero", true, Boundary::zero, 0.0, 1.0F},
          Case{"fireall_wrap", false, Boundary::torus, 0.0, 1.0F}, Case{"mask_wrap", true, Boundary::torus, 0.0, 1.0F},
          Case{"mask_zero_rot30", true, Boundary::zero, 3.14159265358979323846 / 6.0, 1.0F},
          Case{"mask_zero_stepsize05", true, Boundary::zero, 0.0, 0.5F}}) {
        CAPTURE(c.name);
        FieldOf<R> field{{24, 24}};
        field.set_boundary(c.boundary);
        field.load(state.data());
        StepWorkspace<R> work{{}, field};
        prepare<R>(field, work);
        StepOptions<R> options;
        options.boundary = c.boundary;
        options.angle = c.angle;
        options.step_size = c.step_size;
        std::vector<float> found(state.size());
        for (std::size_t t = 0; t < 8; ++t) {
            const FireMask fire = c.masked ? FireMask{masks[t]} : FireMask{Philox{1}, t, 1.0};
            step_field<R>(golden->rule.parameters().data(), field, options, fire, work, SerialExecutor{});
            if (t != 0 && t != 7) continue;
            field.store(found.data());
            CHECK(largest_difference(found, golden->floats("state" + std::to_string(t + 1) + "_" + c.name)) < 1e-5);
        }
    }
}

TEST_CASE("alive masks match the golden vectors") {
    const auto golden = load_golden();
    if (!golden) return;
    const auto state = golden->floats("state0");
    FieldOf<R> field{{24, 24}};
    field.load(state.data());
    StepWorkspace<R> work{{}, field};
    prepare<R>(field, work);
    step_field<R>(golden->rule.parameters().data(), field, {}, FireMask{Philox{1}, 0, 1.0}, work, SerialExecutor{});
    const auto pre = golden->file.find("pre_alive_fireall_zero")->bytes;
    const auto post = golden->file.find("post_alive_fireall_zero")->bytes;
    for (int i = 0; i < 576; ++i) {
        const bool before = pre[static_cast<std::size_t>(i)] != std::byte{0};
        const bool both = before && post[static_cast<std::size_t>(i)] != std::byte{0};
        REQUIRE(work.pre.test(i / 24, i % 24) == before);
        REQUIRE(field.occupied().test(i / 24, i % 24) == both);
    }
}

TEST_CASE("the published lizard grows to its published size and stays there") {
    const auto golden = load_golden();
    if (!golden) return;
    Simulation<R, 72, 72> world{golden->rule, 1};
    world.plant(36, 36);
    for (int i = 0; i < 200; ++i) world.step();
    const auto state = world.state();
    int visible = 0;
    for (int cell = 0; cell < 72 * 72; ++cell) visible += state.view().cell(cell)[3] > 0.1F ? 1 : 0;
    CHECK(visible > 640);
    CHECK(visible < 720);
}
