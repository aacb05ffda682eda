// SPDX-License-Identifier: Apache-2.0
// `nca texture run` and `graft`, and what import and info make of textures.
#include <nca/run/model_file.hpp>
#include <nca/systems/texture/presets.hpp>
#include <nca/systems/texture/rule.hpp>

#include "files.hpp"
#include "process.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/rules.hpp>
#include <string>
#include <support/image.hpp>
#include <vector>

namespace {

using namespace nca::tests;
using nca::Json;

/// A state of any number of channels.
struct AnyState {
    std::vector<std::size_t> shape;
    std::vector<float> values;

    friend bool operator==(const AnyState&, const AnyState&) = default;
};
AnyState read_any(const std::string& path) {
    const auto file = nca::read_safetensors(path);
    REQUIRE(file.ok());
    const nca::StoredTensor* const stored = file->find("state");
    REQUIRE(stored != nullptr);
    return {stored->shape, *nca::to_floats(*stored)};
}
/// How much the red of the cells varies.
double deviation(const AnyState& state) {
    double sum = 0.0;
    double square = 0.0;
    const std::size_t stride = state.shape[2];
    const auto cells = static_cast<double>(state.values.size() / stride);
    for (std::size_t i = 0; i < state.values.size(); i += stride) {
        sum += static_cast<double>(state.values[i]);
        square += static_cast<double>(state.values[i]) * static_cast<double>(state.values[i]);
    }
    return std::sqrt(std::max(square / cells - sum * sum / cells / cells, 0.0));
}

/// A model with random weights in a folder of its own.
template <class R = nca::texture::Rule<>>
struct Shop {
    TemporaryFolder folder;
    std::string model = folder.file("model.safetensors");

    Shop() { REQUIRE(nca::save_model(random_rule<R>(1, 1.0), model, {{"nca.system", "texture"}}).ok()); }

    /// The state after a run with these options.
    [[nodiscard]] AnyState run(const Arguments& options) const {
        const std::string out = folder.file("state.safetensors");
        Arguments arguments{"texture", "run", model, "--height", "20", "--width", "24", "--out", out};
        if (std::find(options.begin(), options.end(), "--steps") == options.end()) {
            arguments.insert(arguments.end(), {"--steps", "12"});
        }
        arguments.insert(arguments.end(), options.begin(), options.end());
        static_cast<void>(result_of(arguments));
        return read_any(out);
    }
    void check_refused(const Arguments& arguments, const std::string& culprit) const {
        const auto before = snapshot(folder.file(""));
        const Outcome outcome = run_program(arguments);
        INFO(outcome.error);
        CHECK(outcome.status == 2);
        CHECK(outcome.output.empty());
        CHECK(is_one_line(outcome.error));
        CHECK(outcome.error.find(culprit) != std::string::npos);
        CHECK(snapshot(folder.file("")) == before);
    }
};

} // namespace

TEST_CASE("texture run: the same seed gives the same trajectory with any threads, another seed another one") {
    const Shop shop;
    const AnyState state = shop.run({"--threads", "1"});
    CHECK(state.shape == std::vector<std::size_t>{20, 24, 12});
    CHECK(deviation(state) > 0.01);
    CHECK(shop.run({"--threads", "3"}) == state);
    CHECK(shop.run({"--seed", "2"}) != state);
}

TEST_CASE("texture run: every variant of the article changes the trajectory") {
    const Shop shop;
    const AnyState state = shop.run({});
    for (const Arguments& options : {Arguments{"--lattice", "hex"},
                                     {"--rotate", "30"},
                                     {"--alignment", "polar"},
                                     {"--alignment", "bipolar"},
                                     {"--fire-rate", "0.25"},
                                     {"--speeds", "0.1,0.5"},
                                     {"--late-border", "3"},
                                     {"--quantised"}}) {
        INFO(options.front());
        CHECK(shop.run(options) != state);
    }
    CHECK(shop.run({"--rotate", "360"}) == state);
    CHECK(shop.run({"--speeds", "0.5,0.5"}) == state);
}

TEST_CASE("texture run: outside of the inner square nothing changes before the border comes alive") {
    const Shop shop;
    const AnyState state = shop.run({"--late-border", "12"});
    for (std::size_t row = 0; row < 20; ++row) {
        for (std::size_t column = 0; column < 24; ++column) {
            const bool inside = row >= 5 && row < 15 && column >= 6 && column < 18;
            if (!inside) CHECK(state.values[(row * 24 + column) * 12] == 0.0F);
        }
    }
    CHECK(deviation(state) > 0.0);
}

TEST_CASE("texture run: resuming from a state continues the same trajectory") {
    const Shop shop;
    const AnyState whole = shop.run({"--fire-rate", "1", "--steps", "20"});
    const AnyState half = shop.run({"--fire-rate", "1", "--steps", "8"});
    CHECK(half != whole);
    const std::string saved = shop.folder.file("half.safetensors");
    nca::SafetensorsWriter writer;
    writer.add("state", half.shape, std::span<const float>(half.values));
    REQUIRE(nca::write_safetensors(saved, writer).ok());
    CHECK(shop.run({"--fire-rate", "1", "--steps", "12", "--state", saved}) == whole);
}

TEST_CASE("texture run: images and animations have the size of the grid times the scale") {
    const Shop shop;
    const std::string png = shop.folder.file("a.png");
    const auto size = [&](const Arguments& options) {
        Arguments arguments{"texture", "run",   shop.model, "--height", "16",
                            "--width", "24",    "--steps",  "2",        "--scale",
                            "4",       "--out", png,        "--out",    shop.folder.file("a.webp")};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Json result = result_of(arguments);
        CHECK(result.find("outputs")->as_array()->size() == 2);
        const auto image = support::read_image(png);
        REQUIRE(image.ok());
        return std::pair{image->width, image->height};
    };
    CHECK(size({}) == std::pair{96, 64});
    CHECK(size({"--show", "components"}) == std::pair{96, 64});
    CHECK(size({"--lattice", "hex"}) == std::pair{96, 55});
    CHECK(size({"--show", "channels"}) == std::pair{4 * 96 + 5 * 4, 3 * 64 + 4 * 4});
}

TEST_CASE("texture run: the rule of the notebooks and ultra-compact ones run too") {
    const Shop<nca::texture::PyTorchRule<>> notebook;
    CHECK(notebook.run({"--steps", "3"}).shape[2] == 12);
    const Shop<nca::texture::MicroRule<4>> micro;
    const Json result = result_of({"texture", "run", micro.model, "--steps", "0"});
    CHECK(number_in(result, "fire_rate") == 1.0);
    CHECK(number_in(result, "largest") > 0.45);
    micro.check_refused({"texture", "run", micro.model, "--show", "components", "--out", micro.folder.file("a.png")},
                        "components");
    micro.check_refused({"texture", "run", micro.model, "--quantised"}, "8 bits");
}

TEST_CASE("texture graft: models that start from one another share a grid") {
    const Shop shop;
    const std::string out = shop.folder.file("graft.safetensors");
    const Json result = result_of(
        {"texture", "graft", shop.model, shop.model, "--mask", "strip", "--steps", "3", "--height", "8", "--out", out});
    CHECK(number_in(result, "width") == 512.0);
    CHECK(read_any(out).shape == std::vector<std::size_t>{8, 512, 12});
    const Shop<nca::texture::PyTorchRule<>> other;
    shop.check_refused({"texture", "graft", shop.model, other.model}, "different rules");
}

TEST_CASE("import: all models of the published collection, bit for bit as others decoded them") {
    const auto collection = data_file("textures/published_models.json");
    const auto decoded = data_file("textures/published");
    if (!collection || !decoded) return;
    const TemporaryFolder folder;
    const Json result = result_of({"import", collection->string(), folder.file("all")});
    CHECK(number_in(result, "count") == 66.0);
    CHECK(snapshot(folder.file("all")).size() == 66);
    for (const auto& entry : std::filesystem::directory_iterator{*decoded}) {
        INFO(entry.path().string());
        const auto theirs = nca::read_safetensors(entry.path().string());
        const auto ours = nca::read_safetensors(folder.file("all") + "/" + entry.path().filename().string());
        REQUIRE(theirs.ok());
        REQUIRE(ours.ok());
        for (const nca::StoredTensor& tensor : theirs->tensors()) {
            CHECK(*ours->to_floats(tensor.name, tensor.shape) == *theirs->to_floats(tensor.name, tensor.shape));
        }
    }
    const Json one = result_of({"import", collection->string(), folder.file("one"), "--only", "mondrian"});
    CHECK(number_in(one, "count") == 1.0);
    CHECK(snapshot(folder.file("one")).size() == 1);
}

TEST_CASE("info: lists the models of a collection, and knows the rules of textures") {
    const Shop<nca::texture::MicroRule<6>> micro;
    const Json model = result_of({"info", micro.model});
    CHECK(text_in(model, "system") == "texture");
    CHECK(number_in(model, "parameters") == 150.0);
    const auto path = data_file("textures/published_models.json");
    if (!path) return;
    const Json collection = result_of({"info", path->string()});
    CHECK(number_in(collection, "count") == 66.0);
    CHECK(*collection.find("models")->as_array()->front().as_string() == "bubbly_0101");
}

TEST_CASE("export: a texture becomes a header that spells its rule") {
    const Shop shop;
    const std::string out = shop.folder.file("weave.hpp");
    static_cast<void>(result_of({"export", shop.model, out, "--int8"}));
    const std::string header = read_text(out);
    CHECK(header.find("namespace weave") != std::string::npos);
    CHECK(header.find("nca::Clamp<2>") != std::string::npos);
    shop.check_refused({"export", shop.model, shop.folder.file("weave.json")}, "header only");
    const auto collection = data_file("textures/published_models.json");
    if (!collection) return;
    static_cast<void>(result_of({"export", collection->string() + ":bubbly_0101", out}));
    CHECK(read_text(out) != header);
}

TEST_CASE("info: lists the layers of a feature network") {
    const auto path = data_file("weights/vgg19_distilled_16x_relu5_1_fp16.safetensors");
    if (!path) return;
    const Json network = result_of({"info", path->string()});
    const Json::Array& layers = *network.find("layers")->as_array();
    CHECK(text_in(layers.front(), "name") == "input");
    CHECK(number_in(layers.front(), "channels") == 3.0);
    CHECK(std::any_of(layers.begin(), layers.end(), [](const Json& layer) {
        return text_in(layer, "name") == "relu5_1" && number_in(layer, "channels") == 128.0;
    }));
}

TEST_CASE("texture run: a model of a collection is the same whichever way it is named") {
    const auto path = data_file("textures/published_models.json");
    if (!path) return;
    const TemporaryFolder folder;
    const std::string out = folder.file("state.safetensors");
    const auto state = [&](const std::string& model, const Arguments& options) {
        Arguments arguments{"texture", "run", model, "--height", "48", "--width", "48", "--steps", "200", "--out", out};
        arguments.insert(arguments.end(), options.begin(), options.end());
        static_cast<void>(result_of(arguments));
        return read_any(out);
    };
    const AnyState found = state(path->string() + ":bubbly_0101", {});
    CHECK(deviation(found) > 0.1);
    CHECK(state(path->string(), {"--only", "bubbly_0101"}) == found);
    REQUIRE(result_of({"import", path->string(), folder.file("one"), "--only", "bubbly_0101"}).as_object() != nullptr);
    CHECK(state(folder.file("one") + "/bubbly_0101.safetensors", {}) == found);
}

TEST_CASE("textures: what is wrong is refused in one line, and nothing is written") {
    const Shop shop;
    const std::string model = shop.model;
    const auto refused = [&](const Arguments& options, const std::string& culprit) {
        Arguments arguments{"texture", "run", model};
        arguments.insert(arguments.end(), options.begin(), options.end());
        shop.check_refused(arguments, culprit);
    };
    shop.check_refused({"texture"}, "missing");
    shop.check_refused({"texture", "run", shop.folder.file("no.safetensors")}, "no such file");
    shop.check_refused({"texture", "run", shop.folder.file("no.json:a")}, "no such file");
    refused({"--height", "0"}, "--height");
    refused({"--height", "16384", "--width", "16384"}, "too large");
    refused({"--lattice", "cubic"}, "--lattice");
    refused({"--alignment", "left"}, "--alignment");
    refused({"--fire-rate", "1.5"}, "--fire-rate");
    refused({"--speeds", "1"}, "--speeds");
    refused({"--speeds", "0.5,2"}, "--speeds");
    refused({"--speeds", "0.5,0.5", "--late-border", "3"}, "--late-border");
    refused({"--only", "a"}, "no collection");
    refused({"--out", shop.folder.file("a.gif")}, "a.gif");
    refused({"--out", shop.folder.file("no/a.png")}, "no/a.png");
    refused({"--scale", "64", "--width", "16384", "--out", shop.folder.file("a.png")}, "--scale");
    refused({"--state", model}, "state");
    refused({"--rotate", "nan"}, "--rotate");

    const std::string growing = shop.folder.file("growing.safetensors");
    write_model(growing);
    shop.check_refused({"texture", "run", growing}, "growing.safetensors");
    shop.check_refused({"run", model}, "texture");
    const std::string narrow = shop.folder.file("narrow.safetensors");
    nca::SafetensorsWriter writer;
    const std::vector<float> values(4 * 4 * 3);
    writer.add("state", {4, 4, 3}, std::span<const float>(values));
    REQUIRE(nca::write_safetensors(narrow, writer).ok());
    refused({"--state", narrow}, "12 channels");

    const std::string json = shop.folder.file("collection.json");
    for (const auto& [text, culprit] : {std::pair{R"({"model_names": ["a"], "layers": 1})", "layers"},
                                        {R"({"model_names": ["a"], "layers": [{}]})", "layer 1"},
                                        {R"({"model_names": [], "layers": []})", "model_names"}}) {
        write_text(json, text);
        shop.check_refused({"import", json, shop.folder.file("out")}, culprit);
        shop.check_refused({"info", json}, culprit);
        shop.check_refused({"texture", "run", json}, culprit);
        shop.check_refused({"texture", "run", json + ":a"}, culprit);
    }
    shop.check_refused({"import", model, shop.folder.file("out"), "--only", "a"}, "--only");
}
