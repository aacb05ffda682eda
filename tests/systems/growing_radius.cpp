// SPDX-License-Identifier: Apache-2.0
// Creatures of rule files whose cells perceive more than 3x3 cells.
#include <nca/run/model_file.hpp>
#include <nca/run/rule_file.hpp>
#include <nca/systems/growing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/trainer_checks.hpp>
#include <io/temporary.hpp>
#include <string_view>

namespace {

using namespace nca;

constexpr int side = 14;
constexpr std::string_view dilated = R"({"channels": 6, "hidden": [8], "life_channel": 3, "life_radius": 2,
    "perception": ["identity", "sobel_x", "sobel_y", "laplacian@2"]})";
constexpr std::string_view learned =
    R"({"channels": 6, "hidden": [8], "life_channel": 3, "perception": "depthwise:2", "radius": 3})";

growing::Task<AnyRule> task(std::string_view rule) {
    growing::Target<AnyRule> target{Extents<Dynamic, Dynamic>{{side, side}}, 4};
    for (int y = 4; y < 10; ++y) {
        for (int x = 4; x < 10; ++x) target(y, x)[3] = 1.0F;
    }
    growing::Experiment experiment = growing::regenerating;
    experiment.batch = 4;
    experiment.damaged = 2;
    experiment.pool_size = 8;
    experiment.min_steps = 8;
    experiment.max_steps = 12;
    return {target, experiment, *ArchitectureOf<AnyRule>::from(*parse_rule_file(rule))};
}

/// Checks that a training that was interrupted goes on as one that was not, and that its model runs from its file.
void check_training(std::string_view rule) {
    SerialExecutor serial;
    const TrainerOptions options{.seed = 1};
    const tests::TemporaryFolder folder;
    Trainer whole{task(rule), options, serial};
    whole.run(12);
    CHECK(std::ranges::all_of(whole.losses(), [](float loss) { return loss > 0.0F && loss < 1e3F; }));
    Trainer first{task(rule), options, serial};
    first.run(7);
    REQUIRE(first.save(folder.file("checkpoint")).ok());
    Trainer second{task(rule), options, serial};
    const auto resumed = second.resume(folder.file("checkpoint"));
    REQUIRE_MESSAGE(resumed.ok(), resumed.error().message);
    second.run(12);
    CHECK(tests::parameters_of(second) == tests::parameters_of(whole));

    REQUIRE(save_model(whole.rule(), folder.file("model")).ok());
    const auto model = load_model<AnyRule>(folder.file("model"));
    REQUIRE_MESSAGE(model.ok(), model.error().message);
    CHECK(std::ranges::equal(model->rule.parameters(), whole.rule().parameters()));
}

} // namespace

TEST_CASE("a creature whose filters are dilated and whose life spreads by two cells trains and resumes bit for bit") {
    check_training(dilated);
}

TEST_CASE("a creature with learned filters of 7x7 cells trains and resumes bit for bit") {
    check_training(learned);
}
