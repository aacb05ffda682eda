// SPDX-License-Identifier: Apache-2.0
// `nca voxel train` and `nca voxel eval`: what they write, that they depend on the seed alone, and bad input.
#include <nca/run/model_file.hpp>
#include <nca/systems/voxel/rule.hpp>

#include "training.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <support/block_target.hpp>
#include <support/vox.hpp>
#include <vector>

namespace {

using namespace nca::tests;
using nca::Json;

/// A tower of three blocks on a floor, as a structure and as a .vox file.
struct Workshop {
    TemporaryFolder folder{};
    std::string tower = folder.file("tower.nbt");
    std::string coloured = folder.file("tower.vox");

    Workshop() {
        support::Structure structure;
        structure.size = {3, 4, 3};
        structure.palette = {{"minecraft:stone", ""}, {"minecraft:planks", ""}};
        support::ClassGrid grid{{3, 4, 3}};
        const auto place = [&](int x, int y, int z, int state) {
            structure.blocks.push_back({{x, y, z}, state});
            grid.at(z, y, x) = static_cast<std::uint8_t>(state + 1);
        };
        for (int x = 0; x < 3; ++x)
            for (int z = 0; z < 3; ++z) place(x, 0, z, 0);
        for (int y = 1; y < 4; ++y) place(1, y, 1, 1);
        REQUIRE(support::write_structure(tower, structure).ok());
        REQUIRE(support::write_vox(coloured, grid, std::vector<support::Rgba8>{{}, {9, 9, 9, 255}, {200, 99, 0, 255}})
                    .ok());
    }

    [[nodiscard]] std::string out(const std::string& name) const { return folder.file(name); }
    /// A training on a grid of 4 x 5 x 6 cells, a few milliseconds an iteration.
    [[nodiscard]] Arguments training(const std::string& name, long iterations, const Arguments& more = {}) const {
        Arguments words{"voxel",
                        "train",
                        tower,
                        "--grid",
                        "4,5,6",
                        "--hidden-width",
                        "8",
                        "--out",
                        out(name),
                        "--iterations",
                        std::to_string(iterations)};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
    /// The program must refuse, in one line that contains `words`, and write nothing.
    void check_refused(const Arguments& arguments, const std::string& words) const {
        check_program_refuses(arguments, words);
        CHECK_FALSE(std::filesystem::exists(out("odd")));
    }
    void check_target_refused(const std::string& target, const std::string& words) const {
        check_refused({"voxel", "train", target, "--out", out("odd")}, words);
    }
};

} // namespace

TEST_CASE("voxel train: the model tells its system, its blocks and its grid") {
    const Workshop shop;
    const Json result = result_of(shop.training("out", 2));
    CHECK(text_in(result, "target") == "tower");
    const Json* const health = result.find("health");
    REQUIRE(health != nullptr);
    for (const char* key : {"right_64", "iou_64", "blocks_64", "right_200", "iou_200", "blocks_200"}) {
        CHECK(number_in(*health, key) >= 0.0);
    }
    const auto model = nca::load_model<nca::voxel::AnyRule>(model_in(shop.out("out")));
    REQUIRE(model.ok());
    CHECK(model->rule.architecture().channels() == 14); // three classes, life, ten hidden
    const auto has = [&](const std::string& key, const std::string& text) {
        return std::find(model->metadata.begin(), model->metadata.end(), std::pair{key, text}) != model->metadata.end();
    };
    CHECK(has("nca.system", "voxel"));
    CHECK(has("nca.classes", "AIR,PLANKS,STONE"));
    CHECK(has("training.depth", "4"));
    CHECK(has("training.height", "5"));
    CHECK(has("training.width", "6"));
}

TEST_CASE("voxel train: what has grown is a structure and a .vox file of the grid") {
    const Workshop shop;
    static_cast<void>(result_of(shop.training("out", 2)));
    const auto structure = support::read_structure(shop.out("out") + "/structure.nbt");
    REQUIRE(structure.ok());
    CHECK(structure->size == std::array{6, 5, 4});
    CHECK(structure->palette.size() == 3);
    const auto vox = support::read_vox(shop.out("out") + "/structure.vox");
    REQUIRE(vox.ok());
    CHECK(vox->grid.extents.sizes() == std::array{4, 5, 6});
}

TEST_CASE("voxel train: the colours of a .vox file are its classes") {
    const Workshop shop;
    Arguments words = shop.training("out", 1);
    words[2] = shop.coloured;
    static_cast<void>(result_of(words));
    CHECK_FALSE(std::filesystem::exists(shop.out("out") + "/structure.nbt"));
    const auto model = nca::load_model<nca::voxel::AnyRule>(model_in(shop.out("out")));
    REQUIRE(model.ok());
    const auto classes =
        std::ranges::find_if(model->metadata, [](const auto& pair) { return pair.first == "nca.classes"; });
    REQUIRE(classes != model->metadata.end());
    CHECK(classes->second == "AIR,#090909,#c86300");
}

TEST_CASE("voxel train: a training that was stopped resumes bit for bit") {
    const Workshop shop;
    const Arguments more{"--experiment", "regenerating", "--recipe", "fast", "--checkpoint-every", "0"};
    Process process{shop.training("stopped", 400, more)};
    wait_for_checkpoint(process, shop.out("stopped"));
    process.send(SIGINT);
    CHECK(process.wait().status == 128 + SIGINT);
    Arguments resumed = more;
    resumed.insert(resumed.end(), {"--resume", "--threads", "2"});
    static_cast<void>(result_of(shop.training("stopped", 400, resumed)));
    static_cast<void>(result_of(shop.training("whole", 400, more)));
    CHECK(read_text(model_in(shop.out("stopped"))) == read_text(model_in(shop.out("whole"))));
}

TEST_CASE("voxel eval: every figure has a value for every step, and damage changes them from its step on") {
    const Workshop shop;
    static_cast<void>(result_of(shop.training("out", 200, {"--recipe", "fast"})));
    const Arguments words{"voxel", "eval", model_in(shop.out("out")), shop.tower, "--steps", "64,70", "--seeds", "2"};
    const Json whole = result_of(words);
    for (const char* key : {"loss", "class", "air", "iou", "right", "blocks", "alive", "largest"}) {
        CHECK(numbers_in(whole, key).size() == 2);
    }
    CHECK(numbers_in(whole, "right")[0] > 0.9);
    Arguments more = words;
    more.insert(more.end(), {"--damage", "70", "--damage-radius", "3"});
    const Json damaged = result_of(more);
    CHECK(numbers_in(damaged, "loss")[0] == numbers_in(whole, "loss")[0]);
    CHECK(numbers_in(damaged, "right")[1] < numbers_in(whole, "right")[1]);
}

TEST_CASE("voxel eval: a published model has the published figures") {
    const auto model = data_file("voxel/plain_village_house.pt");
    const auto target = data_file("voxel/plain_village_house.nbt");
    if (!model || !target) return;
    const Json result = result_of({"voxel", "eval", model->string(), target->string(), "--steps", "64"});
    CHECK(numbers_in(result, "iou")[0] < 0.05);
    CHECK(numbers_in(result, "right")[0] > 0.98);
    CHECK(numbers_in(result, "alive")[0] > 0.98);
}

TEST_CASE("voxel: bad input is refused in one line") {
    const Workshop shop;
    write_text(shop.out("text.nbt"), "no structure");
    shop.check_target_refused(shop.out("text.nbt"), "text.nbt' ");
    shop.check_target_refused(shop.out("none.nbt"), "none.nbt': no such file");
    shop.check_target_refused(shop.out("text.png"), "expected a Minecraft structure");
    write_text(shop.out("text.vox"), "no model");
    shop.check_target_refused(shop.out("text.vox"), "text.vox' ");
    support::Structure air;
    air.size = {2, 2, 2};
    air.palette = {{"minecraft:air", ""}};
    air.blocks = {{{0, 0, 0}, 0}};
    REQUIRE(support::write_structure(shop.out("air.nbt"), air).ok());
    shop.check_target_refused(shop.out("air.nbt"), "holds no block but air");
    REQUIRE(support::write_vox(shop.out("air.vox"), support::ClassGrid{{2, 2, 2}},
                               std::vector<support::Rgba8>{support::Rgba8{}})
                .ok());
    shop.check_target_refused(shop.out("air.vox"), "holds no voxel");
    air.palette = {{"mod:a,b", ""}};
    REQUIRE(support::write_structure(shop.out("comma.nbt"), air).ok());
    shop.check_target_refused(shop.out("comma.nbt"), "the name of a block has a comma");
    shop.check_refused({"voxel", "train", shop.tower, "--grid", "3,3,3", "--out", shop.out("odd")}, "do not fit");
    shop.check_refused({"voxel", "train", shop.tower, "--grid", "3,3", "--out", shop.out("odd")}, "--grid: expected");
    shop.check_refused({"voxel", "train", shop.tower, "--grid", "128,128,128", "--out", shop.out("odd")}, "too large");
    shop.check_refused({"voxel", "eval", shop.tower, shop.tower}, "tower.nbt");
}

TEST_CASE("voxel eval: a target of other blocks than the model's is refused") {
    const Workshop shop;
    static_cast<void>(result_of(shop.training("out", 1)));
    support::Structure lamp;
    lamp.size = {1, 1, 1};
    lamp.palette = {{"minecraft:lamp", ""}};
    lamp.blocks = {{{0, 0, 0}, 0}};
    REQUIRE(support::write_structure(shop.out("lamp.nbt"), lamp).ok());
    shop.check_refused({"voxel", "eval", model_in(shop.out("out")), shop.out("lamp.nbt")}, "none of the 3 classes");
}
