// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// The published models of Self-classifying MNIST Digits in the three forms in which they exist.
#include <nca/systems/mnist/published.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/data.hpp>
#include <common/mnist.hpp>
#include <common/rules.hpp>
#include <filesystem>
#include <io/temporary.hpp>
#include <string>
#include <vector>

namespace {

using nca::GraphTensors;
using Rule = nca::mnist::Rule<>;

bool same(const Rule& a, const Rule& b) {
    return std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin(), b.parameters().end());
}

/// Constants of the right shapes.
GraphTensors constants() {
    GraphTensors tensors;
    std::string name = "a";
    for (const std::vector<std::size_t>& shape :
         std::vector<std::vector<std::size_t>>{{3, 3, 20, 80}, {80}, {1, 1, 80, 80}, {80}, {1, 1, 80, 19}, {19}}) {
        std::size_t count = 1;
        for (const std::size_t extent : shape) count *= extent;
        std::vector<float> values(count);
        for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i + 100'000 * tensors.size());
        tensors.push_back({name, shape, values});
        ++name.front();
    }
    return tensors;
}

} // namespace

TEST_CASE("mnist: errors in a graph file name the file") {
    const nca::tests::TemporaryFolder folder;
    const auto missing = nca::mnist::load_model(folder.file("none.json"));
    REQUIRE_FALSE(missing.ok());
    NCA_CHECK_MESSAGE_HAS(missing.error().message, "none.json': no such file");
    REQUIRE(nca::write_file_atomically(folder.file("bad.json"), nca::as_bytes("{}")).ok());
    const auto bad = nca::mnist::load_model(folder.file("bad.json"));
    REQUIRE_FALSE(bad.ok());
    NCA_CHECK_MESSAGE_HAS(bad.error().message, "bad.json': expected a model that an article published");
}

TEST_CASE("mnist: the published graph has the known norms and sums") {
    const auto path = nca::tests::data_file("mnist/published_model.json");
    if (!path) return;
    const auto tensors = nca::read_file(path->string()).and_then([](const auto& bytes) {
        return nca::parse_tensorflow_graph(nca::as_text(bytes));
    });
    REQUIRE_MESSAGE(tensors.ok(), tensors.error().message);
    const double expected[][2] = {{25.40838, -154.74884}, {1.50306, -1.92924}, {15.41042, -151.96441},
                                  {0.94625, 1.34535},     {4.34842, 0.53086},  {0.20005, 0.40293}};
    REQUIRE(tensors->size() == std::size(expected));
    for (std::size_t t = 0; t < tensors->size(); ++t) {
        double square = 0.0;
        double sum = 0.0;
        for (const float value : (*tensors)[t].values) {
            square += static_cast<double>(value) * static_cast<double>(value);
            sum += static_cast<double>(value);
        }
        INFO((*tensors)[t].name);
        CHECK(std::abs(std::sqrt(square) - expected[t][0]) < 1e-5);
        CHECK(std::abs(sum - expected[t][1]) < 1e-5);
    }
    const auto [least, most] = std::minmax_element(tensors->front().values.begin(), tensors->front().values.end());
    CHECK(*least == doctest::Approx(-3.34678));
    CHECK(*most == doctest::Approx(1.42221));
}

TEST_CASE("mnist: the graph, its decoded tensors and our file of it are one rule, bit for bit") {
    const auto graph = nca::tests::data_file("mnist/published_model.json");
    const auto decoded = nca::tests::data_file("mnist/mnist_l2_noise_mutating.safetensors");
    const auto expected = nca::tests::published_mnist();
    if (!graph || !decoded || !expected) return;
    const auto from_graph = nca::mnist::load_model(graph->string());
    const auto from_tensors = nca::mnist::load_model(decoded->string());
    REQUIRE_MESSAGE(from_graph.ok(), from_graph.error().message);
    REQUIRE_MESSAGE(from_tensors.ok(), from_tensors.error().message);
    CHECK(same(from_graph->rule, *expected));
    CHECK(same(from_tensors->rule, *expected));
    const std::string ours = (std::filesystem::temp_directory_path() / "nca-test-mnist-published.safetensors").string();
    REQUIRE(nca::save_model(from_graph->rule, ours, {{"nca.system", "mnist"}}).ok());
    const auto again = nca::mnist::load_model(ours);
    std::filesystem::remove(ours);
    REQUIRE_MESSAGE(again.ok(), again.error().message);
    CHECK(same(again->rule, *expected));
}

TEST_CASE("mnist: the adversary's graph has other names and is read by order") {
    const auto graph = nca::tests::data_file("adversarial/published_json/mnist_always8.json");
    const auto decoded = nca::tests::data_file("adversarial/mnist_adversary_always8.safetensors");
    if (!graph || !decoded) return;
    const auto from_graph = nca::mnist::load_model(graph->string());
    const auto from_tensors = nca::mnist::load_model(decoded->string());
    REQUIRE_MESSAGE(from_graph.ok(), from_graph.error().message);
    REQUIRE_MESSAGE(from_tensors.ok(), from_tensors.error().message);
    CHECK(same(from_graph->rule, from_tensors->rule));
}

TEST_CASE("mnist: constants become weights [input, output] of the three layers") {
    const auto layers = nca::layers_of(constants(), 20);
    REQUIRE_MESSAGE(layers.ok(), layers.error().message);
    const auto rule = nca::rule_from<nca::mnist::Rule<>>(*layers);
    REQUIRE_MESSAGE(rule.ok(), rule.error().message);
    CHECK(rule->weight(0, 179, 78) == 14398.0F);
    CHECK(rule->bias(0, 79) == 100079.0F);
    CHECK(rule->weight(1, 2, 3) == 200163.0F);
    CHECK(rule->bias(1, 1) == 300001.0F);
    CHECK(rule->weight(2, 79, 18) == 401519.0F);
    CHECK(rule->bias(2, 18) == 500018.0F);
}

TEST_CASE("mnist: constants of another number or of other shapes are refused") {
    GraphTensors tensors = constants();
    tensors.pop_back();
    NCA_CHECK_MESSAGE_HAS(nca::layers_of(tensors, 20).error().message, "a bias for every layer, found 5 constants");
    tensors = constants();
    std::swap(tensors[2], tensors[4]);
    NCA_CHECK_MESSAGE_HAS(nca::layers_of(tensors, 20).error().message, "expected a bias of shape [19], found [80]");
    tensors = constants();
    tensors.resize(4);
    const auto layers = nca::layers_of(tensors, 20);
    REQUIRE_MESSAGE(layers.ok(), layers.error().message);
    NCA_CHECK_MESSAGE_HAS(nca::rule_from<nca::mnist::Rule<>>(*layers).error().message, "expected 3 layers, found 2");
}

TEST_CASE("mnist: decoded tensors that are missing or of another shape are refused") {
    const auto decoded = nca::tests::data_file("mnist/mnist_l2_noise_mutating.safetensors");
    if (!decoded) return;
    const auto file = nca::read_safetensors(decoded->string());
    REQUIRE(file.ok());
    for (const nca::StoredTensor& left_out : file->tensors()) {
        if (left_out.name == "perceive.kernel") continue;
        for (const bool reshaped : {false, true}) {
            nca::SafetensorsWriter writer;
            for (nca::StoredTensor tensor : file->tensors()) {
                if (tensor.name == left_out.name) {
                    if (!reshaped) continue;
                    tensor.shape.push_back(1);
                }
                writer.add(tensor);
            }
            const auto bytes = writer.to_bytes();
            REQUIRE(bytes.ok());
            const auto model = nca::mnist::parse_model(*bytes, "a.safetensors");
            REQUIRE_FALSE(model.ok());
            INFO(model.error().message);
            CHECK(model.error().message.find("'" + left_out.name + "'") != std::string::npos);
        }
    }
}
