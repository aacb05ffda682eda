// SPDX-License-Identifier: Apache-2.0
#include <nca/io/safetensors.hpp>
#include <nca/systems/identify.hpp>

#include <doctest/doctest.h>

#include <common/data.hpp>
#include <common/pytorch_archive.hpp>
#include <cstddef>
#include <io/temporary.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using nca::FileFormat;
using nca::FileKind;
using nca::System;

FileKind kind_of(std::string_view text) {
    return nca::identify(nca::as_bytes(text));
}

/// The kind of a file of zeros.
FileKind kind_of(const std::string& tensor, const std::vector<std::size_t>& shape, const std::string& system = {}) {
    std::size_t size = 1;
    for (const std::size_t extent : shape) size *= extent;
    const std::vector<float> zeros(size);
    nca::SafetensorsWriter writer;
    if (!system.empty()) writer.set_metadata("nca.system", system);
    writer.add(tensor, shape, std::span<const float>(zeros));
    const auto bytes = writer.to_bytes();
    REQUIRE(bytes.ok());
    return nca::identify(*bytes);
}

bool is(const FileKind& kind, System system, FileFormat format) {
    return kind.system == system && kind.format == format;
}

} // namespace

TEST_CASE("JSON files are told apart by their members") {
    CHECK(is(kind_of(R"([{"in_ch": 48}])"), System::growing, FileFormat::layers_json));
    CHECK(is(kind_of(R"({"model_names": [], "layers": []})"), System::texture, FileFormat::collection));
    CHECK(is(kind_of(R"({"format": "graph-model"})"), System::unknown, FileFormat::graph_json));
    CHECK(is(kind_of(R"({"format": "png"})"), System::unknown, FileFormat::json));
    CHECK(is(kind_of("[1, "), System::unknown, FileFormat::json));
}

TEST_CASE("models of goals, of blocks and of isotropic rules are known by their tensors") {
    using Tensors = std::vector<std::pair<std::string, std::vector<std::size_t>>>;
    const auto kind = [](const Tensors& tensors) {
        const std::vector<float> zeros(4096);
        nca::SafetensorsWriter writer;
        for (const auto& [name, shape] : tensors) {
            std::size_t size = 1;
            for (const std::size_t extent : shape) size *= extent;
            writer.add(name, shape, std::span<const float>(zeros).first(size));
        }
        const auto bytes = writer.to_bytes();
        REQUIRE(bytes.ok());
        return nca::identify(*bytes).system;
    };
    const Tensors blocks{{"a", {12, 1, 3, 3, 3}}, {"b", {8, 12}}, {"c", {4, 8}}};
    CHECK(kind(blocks) == System::voxel);
    const Tensors network{{"a", {12, 1, 3, 3}}, {"b", {8, 12}}, {"c", {4, 8}}};
    Tensors goals = network;
    goals.emplace_back("encoder.embedding.weight", std::vector<std::size_t>{3, 2});
    CHECK(kind(goals) == System::goal_guided);
    CHECK(kind(network) == System::convolutional);
    CHECK(kind({{"b", {8, 8}}, {"c", {4, 8}}}) == System::isotropic);
    CHECK(kind({{"b", {8, 8}}, {"c", {4, 8}}, {"d", {4, 4}}}) == System::unknown);
    CHECK(is(kind_of(R"({"w1": {}, "b1": {}, "w2": {}})"), System::isotropic, FileFormat::arrays_json));
    for (const auto& [name, system] :
         {std::pair{"goal_guided", System::goal_guided}, {"voxel", System::voxel}, {"isotropic", System::isotropic}}) {
        CHECK(is(kind_of("x", {2}, name), system, FileFormat::safetensors));
    }
}

TEST_CASE("safetensors files are told apart by their system, or else by names and shapes of tensors") {
    const FileFormat format = FileFormat::safetensors;
    CHECK(is(kind_of("x", {2}, "texture"), System::texture, format));
    CHECK(is(kind_of("features.0.weight", {1}), System::network, format));
    CHECK(is(kind_of("perceive.kernel", {1}), System::mnist, format));
    CHECK(is(kind_of("update.weight", {1}), System::texture, format));
    CHECK(is(kind_of("hidden_to_update.weight", {12, 96}), System::texture, format));
    CHECK(is(kind_of("perceive_to_hidden.weight", {80, 180}), System::mnist, format));
    CHECK(is(kind_of("perceive_to_hidden.weight", {128, 48}), System::growing, format));
    CHECK(is(kind_of("tail", {16, 16}), System::perturbations, format));
    CHECK(is(kind_of("x", {2}), System::unknown, format));
}

TEST_CASE("ports are growing models, whatever their names, also as kernels") {
    nca::SafetensorsWriter writer;
    const std::vector<float> first(128 * 48);
    const std::vector<float> second(16 * 128);
    writer.add("a.weight", {128, 48, 1, 1}, first).add("b.weight", {16, 128, 1, 1}, second);
    CHECK(is(nca::identify(*writer.to_bytes()), System::growing, FileFormat::safetensors));
    writer.add("c.weight", {16, 128}, second).add("d.weight", {64, 32}, second);
    CHECK(is(nca::identify(*writer.to_bytes()), System::unknown, FileFormat::safetensors));
}

TEST_CASE("PyTorch files keep their format when they are damaged") {
    namespace pickle = nca::tests::pickle;
    const auto tensor = [](int rows, int columns) {
        return nca::tests::SavedTensor{.elements = 6144, .shape = {rows, columns}, .strides = {columns, 1}}.opcodes();
    };
    const nca::tests::ZipFiles storages{{"0", std::string(6144 * sizeof(float), '\0')}};
    const std::string port =
        nca::tests::pytorch_file(pickle::dict({{"a", tensor(128, 48)}, {"b", tensor(16, 128)}}), storages);
    CHECK(is(kind_of(port), System::growing, FileFormat::pytorch));
    CHECK_FALSE(nca::identify(nca::as_bytes(port)).is_json());
    CHECK(is(kind_of(nca::tests::pytorch_file(tensor(2, 2), storages)), System::unknown, FileFormat::pytorch));
    CHECK(is(kind_of(port.substr(0, 100)), System::unknown, FileFormat::pytorch));
    CHECK(is(kind_of("\x80\x02\x8A\x0A\x6C\xFC\x9C\x46"), System::unknown, FileFormat::pytorch));
}

TEST_CASE("diagnosis: why a file is of no system is kept") {
    const std::pair<FileKind, std::string_view> kinds[] = {
        {kind_of("[1, "), "expected a value, found the end of the text"},
        {kind_of(R"({"format": "png"})"), "this is JSON, but no model"},
        {kind_of(R"({"format": "graph-model"})"), "key 'modelTopology'"},
        {kind_of("a text"), "not a safetensors file"},
        {kind_of("stem.conv.weight", {4, 4}), "its tensors are of no system: 'stem.conv.weight' [4, 4]"},
        {kind_of("\x80\x02\x8A\x0A\x6C\xFC\x9C\x46"), "PyTorch"}};
    for (const auto& kind : kinds) NCA_CHECK_MESSAGE_HAS(kind.first.reason, kind.second);
    CHECK(kind_of("x", {2}, "texture").reason.empty());
}

TEST_CASE("diagnosis: a file of another system is named") {
    const auto refused = nca::check_system({System::mnist, FileFormat::graph_json}, System::growing, "digit.json");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message ==
          "'digit.json': expected a model of the system 'growing', found a model of the system 'mnist'");
    CHECK(nca::check_system({System::growing, FileFormat::pytorch}, System::growing, "a.pt").ok());
    CHECK(nca::check_system({System::unknown, FileFormat::safetensors}, System::growing, "own.safetensors").ok());
}

TEST_CASE("what is neither JSON nor safetensors is of no kind") {
    CHECK(is(kind_of("a text"), System::unknown, FileFormat::unknown));
    CHECK(is(kind_of(""), System::unknown, FileFormat::unknown));
}

TEST_CASE("the published graphs of creatures and of digits are told apart") {
    const auto folder = nca::tests::data_file("adversarial/published_json");
    if (!folder) return;
    for (const auto& [name, system] :
         {std::pair{"no_tail_model.json", System::growing}, std::pair{"mnist_always8.json", System::mnist}}) {
        const auto bytes = nca::read_file((*folder / name).string());
        REQUIRE_MESSAGE(bytes.ok(), bytes.error().message);
        CHECK(is(nca::identify(*bytes), system, FileFormat::graph_json));
    }
}
