// SPDX-License-Identifier: Apache-2.0
// `nca import` and `nca info`.
#include <nca/systems/growing/published.hpp>

#include "files.hpp"
#include "process.hpp"

#include <doctest/doctest.h>

namespace {

using namespace nca::tests;
using nca::Json;

} // namespace

TEST_CASE("import: the weights are those that others decoded, bit for bit") {
    const auto published = data_file("growing/published_json/ex2_grinning.json");
    const auto decoded = data_file("growing/published/ex2_grinning.safetensors");
    if (!published || !decoded) return;
    const TemporaryFolder folder;
    const std::string imported = folder.file("imported.safetensors");
    const Json result = result_of({"import", published->string(), imported});
    CHECK(text_in(result, "model") == imported);
    CHECK(text_in(result, "source") == published->string());
    CHECK(number_in(result, "parameters") == 8336.0);
    const auto ours = nca::read_safetensors(imported);
    const auto theirs = nca::read_safetensors(decoded->string());
    REQUIRE(ours.ok());
    REQUIRE(theirs.ok());
    CHECK(theirs->tensors().size() == 4);
    for (const nca::StoredTensor& tensor : theirs->tensors()) {
        INFO(tensor.name);
        const auto expected = theirs->to_floats(tensor.name, tensor.shape);
        const auto found = ours->to_floats(tensor.name, tensor.shape);
        REQUIRE(expected.ok());
        REQUIRE(found.ok());
        CHECK(*found == *expected);
    }
}

TEST_CASE("import: a port becomes a model of ours, and the result tells how its perception was read") {
    const TemporaryFolder folder;
    const std::string port = folder.file("port.safetensors");
    const std::string imported = folder.file("imported.safetensors");
    const std::vector<float> first(128 * 48);
    const std::vector<float> second(16 * 128);
    nca::SafetensorsWriter writer;
    writer.add("module.fc0.weight", {128, 48}, first).add("module.fc1.weight", {16, 128}, second);
    REQUIRE(nca::write_safetensors(port, writer).ok());
    const Json told = result_of({"import", port, imported, "--perception-order", "filter-major"});
    CHECK(text_in(told, "perception_order") == "filter-major");
    CHECK(text_in(told, "perception_order_from") == "option");
    const Json result = result_of({"import", port, imported});
    CHECK(text_in(result, "perception_order") == "channel-major");
    CHECK(text_in(result, "perception_order_from") == "default");
    const Json metadata = *result_of({"info", imported}).find("metadata");
    CHECK(text_in(metadata, "nca.source") == "port");
    CHECK(text_in(metadata, "import.perception_order_from") == "default");
}

TEST_CASE("import: learned convolutions become a rule of their own, which runs") {
    const TemporaryFolder folder;
    const std::string port = folder.file("port.safetensors");
    const std::string imported = folder.file("imported.safetensors");
    const std::vector<float> kernels(48 * 9, 0.1F);
    const std::vector<float> biases(48, 0.2F);
    const std::vector<float> first(32 * 48, 0.01F);
    const std::vector<float> second(16 * 32, 0.01F);
    nca::SafetensorsWriter writer;
    writer.add("perception.weight", {48, 1, 3, 3}, kernels).add("perception.bias", {48}, biases);
    writer.add("fc0.weight", {32, 48}, first).add("fc1.weight", {16, 32}, second);
    REQUIRE(nca::write_safetensors(port, writer).ok());
    const Json result = result_of({"import", port, imported});
    CHECK(text_in(result, "perception") == "depth-wise");
    CHECK(text_in(result, "activation_after_perception") == "no");
    const Json metadata = *result_of({"info", imported}).find("metadata");
    CHECK(text_in(metadata, "nca.perception") == "depthwise:3");
    CHECK(text_in(metadata, "nca.life_channel") == "3");
    CHECK(text_in(metadata, "nca.fire_rate") == "0.5");
    CHECK(number_in(result_of({"run", imported, "--steps", "2", "--height", "9", "--width", "9"}), "steps") == 2.0);
    const Json told = result_of({"import", port, imported, "--activation-after-perception", "yes", "--no-life"});
    CHECK(text_in(told, "perception") == "learned");
    CHECK(text_in(told, "activation_after_perception_from") == "option");
    CHECK(result_of({"info", imported}).find("metadata")->find("nca.life_channel") == nullptr);
}

TEST_CASE("import: options of learned convolutions are refused for other models") {
    const auto published = data_file("growing/published_json/ex2_grinning.json");
    if (!published) return;
    const TemporaryFolder folder;
    for (const Arguments& option : {Arguments{"--no-life"}, Arguments{"--activation-after-perception", "no"}}) {
        Arguments arguments{"import", published->string(), folder.file("out.safetensors")};
        arguments.insert(arguments.end(), option.begin(), option.end());
        const Outcome outcome = run_program(arguments);
        CHECK(outcome.status == 2);
        CHECK(outcome.error.find("is not a model of learned convolutions") != std::string::npos);
        CHECK_FALSE(std::filesystem::exists(folder.file("out.safetensors")));
    }
}

TEST_CASE("info: reports the architecture, the size of the weights and the metadata") {
    const TemporaryFolder folder;
    const std::string model = folder.file("model.safetensors");
    write_model(model, {{"training.target", "a \"strange\" name"}});
    const Json result = result_of({"info", model});
    CHECK(text_in(result, "model") == model);
    CHECK(text_in(result, "system") == "growing");
    CHECK(number_in(result, "channels") == 16.0);
    CHECK(number_in(result, "parameters") == 8336.0);
    const Json layers = Json::array(
        {Json::object({{"inputs", 48}, {"outputs", 128}}), Json::object({{"inputs", 128}, {"outputs", 16}})});
    REQUIRE(result.find("layers") != nullptr);
    CHECK(*result.find("layers") == layers);
    float largest = 0.0F;
    for (const float weight : weights_of(model)) largest = std::max(largest, std::abs(weight));
    CHECK(number_in(result, "largest_weight") == doctest::Approx(static_cast<double>(largest)));
    REQUIRE(result.find("metadata") != nullptr);
    CHECK(text_in(*result.find("metadata"), "training.target") == "a \"strange\" name");
    CHECK(text_in(*result.find("metadata"), "nca.channels") == "16");
}

TEST_CASE("info: a published model and its import differ in nothing but the metadata") {
    const auto published = data_file("growing/published_json/ex1_explosion.json");
    if (!published) return;
    const TemporaryFolder folder;
    const std::string imported = folder.file("imported.safetensors");
    static_cast<void>(result_of({"import", published->string(), imported}));
    Json before = result_of({"info", published->string()});
    Json after = result_of({"info", imported});
    REQUIRE(after.find("metadata") != nullptr);
    CHECK(text_in(*after.find("metadata"), "nca.source") == "distill");
    CHECK(text_in(*after.find("metadata"), "nca.system") == "growing");
    for (Json* json : {&before, &after}) json->set("model", "").set("metadata", "");
    CHECK(before == after);
}
