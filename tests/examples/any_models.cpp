// SPDX-License-Identifier: Apache-2.0
// `nca import`, `info`, `run` and `export` with models of goals, of blocks and of isotropic rules.
#include <nca/core/text.hpp>
#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/voxel/rule.hpp>

#include "files.hpp"
#include "process.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/rules.hpp>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace nca::tests;
using nca::Json;

std::vector<float> tensor(const std::string& file, const std::string& name, std::vector<std::size_t>& shape) {
    const auto read = nca::read_safetensors(file);
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().message));
    const nca::StoredTensor* const found = read->find(name);
    REQUIRE_MESSAGE(found != nullptr, name);
    shape = found->shape;
    return *nca::to_floats(*found);
}

/// A folder with golden states of one file.
struct Golden {
    explicit Golden(const std::string& name) {
        if (const auto path = data_file(name)) file = path->string();
    }

    TemporaryFolder folder{};
    std::string file{}; ///< empty: not there

    /// Imports a published model.
    [[nodiscard]] std::string import(const std::string& published, const Arguments& more = {}) const {
        const auto path = data_file(published);
        REQUIRE(path);
        Arguments words{"import", path->string(), folder.file("model.safetensors")};
        words.insert(words.end(), more.begin(), more.end());
        static_cast<void>(result_of(words));
        return folder.file("model.safetensors");
    }
    /// Runs a model from one golden state, and returns the largest difference to another, over the largest value.
    [[nodiscard]] double difference(const std::string& model, const std::string& from, const std::string& to,
                                    const Arguments& more) const {
        std::vector<std::size_t> shape;
        const std::vector<float> start = tensor(file, from, shape);
        nca::SafetensorsWriter writer;
        writer.add("state", shape, std::span{start});
        REQUIRE(nca::write_safetensors(folder.file("start.safetensors"), writer).ok());
        Arguments words{"run",       model, "--state", folder.file("start.safetensors"), "--fire-rate", "1",
                        "--threads", "1",   "--out",   folder.file("end.safetensors")};
        words.insert(words.end(), more.begin(), more.end());
        static_cast<void>(result_of(words));
        const std::vector<float> found = tensor(folder.file("end.safetensors"), "state", shape);
        const std::vector<float> expected = tensor(file, to, shape);
        REQUIRE(found.size() == expected.size());
        double largest = 1.0;
        double apart = 0.0;
        for (std::size_t i = 0; i < found.size(); ++i) {
            largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
            apart = std::max(apart, std::abs(static_cast<double>(found[i]) - static_cast<double>(expected[i])));
        }
        return apart / largest;
    }
};

/// A small model of blocks with random weights.
std::string voxel_model(const TemporaryFolder& folder, const nca::StoredMetadata& notes) {
    using R = nca::voxel::Rule<3, 2, 8>;
    const std::string path = folder.file("voxels.safetensors");
    nca::StoredMetadata all{{"nca.system", "voxel"}};
    all.insert(all.end(), notes.begin(), notes.end());
    REQUIRE(nca::save_model(random_rule<R>(3), path, all).ok());
    return path;
}

} // namespace

TEST_CASE("an imported model of goals runs as published, and changes its goal") {
    const Golden states{"goal_guided/golden.safetensors"};
    if (states.file.empty()) return;
    for (const std::string format : {".pt", ".safetensors"}) {
        const std::string model = states.import("goal_guided/100k_linear_encoder" + format);
        CHECK(states.difference(model, "grown.state_0", "grown.goal5.ones.state_8", {"--goal", "5", "--steps", "8"}) <
              2e-5);
        CHECK(states.difference(model, "grown.state_0", "grown.goal5.ones.state_8", {"--goal", "0", "--steps", "8"}) >
              1e-2);
    }
    // Eight steps under a goal, whatever another would have been told after them.
    const std::string model = states.folder.file("model.safetensors");
    CHECK(states.difference(model, "grown.state_0", "grown.goal0.ones.state_8",
                            {"--goal", "0", "--goal", "5@8", "--steps", "8"}) < 2e-5);
    CHECK(states.difference(model, "grown.state_0", "grown.goal0.ones.state_8",
                            {"--goal", "5@7", "--goal", "0", "--steps", "8"}) > 1e-3);
}

TEST_CASE("an imported model of blocks runs as published") {
    const Golden states{"voxel/golden_plain_village_house.safetensors"};
    if (states.file.empty()) return;
    const std::string model = states.import("voxel/plain_village_house.pt");
    CHECK(states.difference(model, "state0", "state8_all", {"--steps", "8"}) < 1e-5);
    const Json info = result_of({"info", model});
    CHECK(*info.find("system")->as_string() == "voxel");
    CHECK(info.find("dimensions")->as_integer<int>() == 3);
    CHECK(info.find("parameters")->as_integer<int>() == 5477);
}

TEST_CASE("an imported model of blocks runs on the grid that the import names") {
    const auto path = data_file("voxel/plain_village_house.pt");
    if (!path) return;
    const TemporaryFolder folder;
    const std::string model = folder.file("model.safetensors");
    check_program_refuses({"import", path->string(), model, "--grid", "10,11"}, "--grid: expected 3 sides");
    CHECK_FALSE(std::filesystem::exists(model));
    static_cast<void>(result_of({"import", path->string(), model, "--grid", "10,11,12"}));
    const Json run = result_of({"run", model, "--steps", "2", "--out", folder.file("last.safetensors")});
    CHECK(run.find("depth")->as_integer<int>() == 10);
    CHECK(run.find("height")->as_integer<int>() == 11);
    CHECK(run.find("width")->as_integer<int>() == 12);
}

TEST_CASE("an imported isotropic rule is the demo's, on either lattice, or that of the notebooks") {
    const Golden states{"isotropic/golden.safetensors"};
    if (states.file.empty()) return;
    const std::string demo = states.import("isotropic/cadata.json");
    CHECK(states.difference(demo, "grown.state_0", "grown.demo.ones.state_8", {"--steps", "8"}) < 1e-5);
    const std::string tensors = states.import("isotropic/cadata.safetensors");
    CHECK(states.difference(tensors, "seed.state_0", "seed.demo.ones.state_8", {"--steps", "8"}) < 1e-5);
    const std::string square = states.import("isotropic/cadata.json", {"--lattice", "square", "--notebook"});
    const auto file = nca::read_safetensors(square);
    REQUIRE(file.ok());
    CHECK(file->find_metadata("nca.lattice") == nullptr);
    CHECK(*file->find_metadata("nca.life_test") == "before");
}

TEST_CASE("a goal that a model does not have, or that is none, is refused") {
    const auto path = data_file("goal_guided/100k_linear_encoder.pt");
    if (!path) return;
    check_program_refuses({"run", path->string(), "--goal", "10"},
                          "there is no goal 10: the goals of the model are 0 to 9");
    check_program_refuses({"run", path->string(), "--goal", "1@"}, "--goal: expected a goal K, or K@STEP");
    check_program_refuses({"run", path->string(), "--goal", "-1"}, "--goal: expected a goal K");
    check_program_refuses({"run", path->string(), "--depth", "3"}, "--depth: the model has 2 dimensions");
}

TEST_CASE("a header of a model with goals holds their codes") {
    const auto path = data_file("goal_guided/100k_linear_encoder.pt");
    if (!path) return;
    const TemporaryFolder folder;
    static_cast<void>(result_of({"export", path->string(), folder.file("emoji.hpp")}));
    CHECK(read_text(folder.file("emoji.hpp")).find("inline constexpr float goals[10][16] = {\n    {-5.10378") !=
          std::string::npos);
}

TEST_CASE("a model of blocks writes structures, is damaged in three dimensions, and prints its extents") {
    const TemporaryFolder folder;
    const std::string model = voxel_model(folder, {{"nca.classes", "AIR,STONE,GLASS"}});
    const Json run = result_of({"run",      model,
                                "--depth",  "5",
                                "--height", "6",
                                "--width",  "7",
                                "--steps",  "4",
                                "--damage", "2:3,3,2,1.5",
                                "--out",    folder.file("s.nbt"),
                                "--out",    folder.file("s.vox"),
                                "--out",    folder.file("s.png"),
                                "--out",    folder.file("s.safetensors")});
    CHECK(run.find("depth")->as_integer<int>() == 5);
    CHECK(run.find("width")->as_integer<int>() == 7);
    std::vector<std::size_t> shape;
    static_cast<void>(tensor(folder.file("s.safetensors"), "state", shape));
    CHECK(shape == std::vector<std::size_t>{5, 6, 7, 6});
    for (const std::string name : {"s.nbt", "s.vox", "s.png"})
        CHECK(std::filesystem::file_size(folder.file(name)) > 50);
    check_program_refuses({"run", model, "--damage", "2:3,3,1.5"}, "--damage: expected STEP:X,Y,Z,R");
    check_program_refuses({"run", model, "--depth", "2000", "--height", "2000", "--width", "2000"}, "is too large");
    check_program_refuses({"run", model, "--state", folder.file("s.safetensors"), "--depth", "4"},
                          "the state has a depth of 5, which differs from --depth");
    check_program_refuses({"run", model, "--adversary", model}, "only creatures of nca grow can be attacked");
    check_program_refuses({"evaluate", model, "--target", "lizard"}, "dimensions should be 2");
}

TEST_CASE("a state of other dimensions than the rule's is refused with its shape") {
    const TemporaryFolder folder;
    const std::string model = voxel_model(folder, {});
    const std::vector<float> values(5 * 6 * 6);
    nca::SafetensorsWriter writer;
    writer.add("state", {5, 6, 6}, std::span{values});
    REQUIRE(nca::write_safetensors(folder.file("flat.safetensors"), writer).ok());
    check_program_refuses({"run", model, "--state", folder.file("flat.safetensors")},
                          "expected shape [depth, height, width, 6] of at most 16777216 cells, found [5, 6, 6]");
}

TEST_CASE("options of an import that do not fit the model are refused") {
    const auto path = data_file("isotropic/cadata.json");
    if (!path) return;
    const TemporaryFolder folder;
    const std::string out = folder.file("out.safetensors");
    check_program_refuses({"import", path->string(), out, "--classes", "4"}, "--classes: ");
    check_program_refuses({"import", path->string(), out, "--perception-order", "filter-major"},
                          "--perception-order: ");
    const std::string model = voxel_model(folder, {});
    check_program_refuses({"import", model, out}, "is a model of nca already");
    CHECK_FALSE(std::filesystem::exists(out));
}
