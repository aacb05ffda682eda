// SPDX-License-Identifier: Apache-2.0
// Ports of Growing NCA: the same rule under other names, in other orders and in other files.
#include <nca/io/safetensors.hpp>
#include <nca/systems/growing/published.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/data.hpp>
#include <common/pytorch_archive.hpp>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using nca::growing::PerceptionOrder;
using nca::growing::PortOptions;
using Rule = nca::growing::Rule<>;
using Floats = std::vector<float>;

/// A tensor of a port.
struct Tensor {
    std::string name;
    std::vector<std::size_t> shape;
    Floats values;
};
using Tensors = std::vector<Tensor>;

constexpr std::size_t channels = 16;
constexpr std::size_t hidden = 128;

/// Weights that no two of are alike, [outputs, inputs].
Floats numbers(std::size_t count, float first) {
    Floats values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = first + static_cast<float>(i) * 0x1p-20F;
    return values;
}
/// The first layer with its inputs counted channel by channel: channel * 3 + filter.
Floats interleaved(const Floats& weight, const std::vector<std::size_t>& filters = {0, 1, 2}) {
    Floats out(weight.size());
    for (std::size_t o = 0; o < hidden; ++o) {
        for (std::size_t i = 0; i < 3 * channels; ++i) {
            out[o * 3 * channels + i] = weight[o * 3 * channels + filters[i % 3] * channels + i / 3];
        }
    }
    return out;
}
const Floats first = numbers(hidden * 3 * channels, -0.003F);
const Floats second = numbers(channels * hidden, -0.001F);
const Floats bias = numbers(hidden, 0.25F);

/// The kernels of a depth-wise convolution, these filters for each channel.
Tensor kernels(const std::vector<std::size_t>& filters, std::size_t count = channels, float scale = 0.125F) {
    const Floats sobel{-1, 0, 1, -2, 0, 2, -1, 0, 1};
    Tensor tensor{"perception.filters", {count * filters.size(), 1, 3, 3}, {}};
    for (std::size_t c = 0; c < count; ++c) {
        for (const std::size_t f : filters) {
            for (std::size_t k = 0; k < 9; ++k) {
                const std::size_t transposed = k % 3 * 3 + k / 3;
                tensor.values.push_back(f == 0 ? (k == 4 ? 1.0F : 0.0F) : scale * sobel[f == 1 ? k : transposed]);
            }
        }
    }
    return tensor;
}

Tensors port(const std::string& fc0 = "fc0", const std::string& fc1 = "fc1", bool convolution = false) {
    std::vector<std::size_t> shape0{hidden, 3 * channels};
    std::vector<std::size_t> shape1{channels, hidden};
    if (convolution) shape0.resize(4, 1);
    if (convolution) shape1.resize(4, 1);
    return {{fc0 + ".weight", shape0, interleaved(first)},
            {fc0 + ".bias", {hidden}, bias},
            {fc1 + ".weight", shape1, second}};
}

std::vector<std::byte> safetensors(const Tensors& tensors, const nca::StoredMetadata& metadata = {}) {
    nca::SafetensorsWriter writer;
    for (const Tensor& tensor : tensors) writer.add(tensor.name, tensor.shape, tensor.values);
    for (const auto& [key, text] : metadata) writer.set_metadata(key, text);
    const auto bytes = writer.to_bytes();
    REQUIRE_MESSAGE(bytes.ok(), bytes.error().message);
    return *bytes;
}

std::string pytorch(const Tensors& tensors) {
    std::vector<std::pair<std::string, std::string>> items;
    nca::tests::ZipFiles storages;
    for (const Tensor& tensor : tensors) {
        nca::tests::SavedTensor saved{.key = std::to_string(storages.size()),
                                      .elements = static_cast<int>(tensor.values.size())};
        saved.shape.assign(tensor.shape.begin(), tensor.shape.end());
        saved.strides.resize(saved.shape.size(), 1);
        for (std::size_t axis = saved.shape.size(); axis-- > 1;) {
            saved.strides[axis - 1] = saved.strides[axis] * saved.shape[axis];
        }
        items.emplace_back(tensor.name, saved.opcodes());
        storages.emplace_back(saved.key, nca::tests::bytes_of(tensor.values));
    }
    return nca::tests::pytorch_file(nca::tests::pickle::dict(items, nca::tests::pickle::ordered_dict), storages);
}

/// The rule that all ports here stand for.
Rule expected() {
    nca::DenseLayers layers{{3 * channels, hidden, Floats(first.size()), bias},
                            {hidden, channels, Floats(second.size()), Floats(channels)}};
    for (std::size_t o = 0; o < hidden; ++o) {
        for (std::size_t i = 0; i < 3 * channels; ++i) layers[0].weight[i * hidden + o] = first[o * 3 * channels + i];
        for (std::size_t c = 0; c < channels; ++c) layers[1].weight[o * channels + c] = second[c * hidden + o];
    }
    return *nca::rule_from<Rule>(layers);
}

bool same(const Rule& a, const Rule& b) {
    return std::ranges::equal(a.parameters(), b.parameters());
}
nca::Result<nca::Model<Rule>> read(const Tensors& tensors, const PortOptions& options = {}) {
    return nca::growing::parse_model(safetensors(tensors), "port", options);
}
bool reads(const Tensors& tensors, const PortOptions& options = {}) {
    const auto model = read(tensors, options);
    REQUIRE_MESSAGE(model.ok(), model.error().message);
    return same(model->rule, expected());
}
bool refuses(const Tensors& tensors, std::string_view reason, const PortOptions& options = {}) {
    const auto model = read(tensors, options);
    REQUIRE_FALSE(model.ok());
    INFO(model.error().message);
    CHECK(model.error().message.find(reason) != std::string::npos);
    return model.error().message.find(reason) != std::string::npos;
}
Tensors with(Tensors tensors, const Tensor& more) {
    tensors.push_back(more);
    return tensors;
}
std::string note(const nca::Model<Rule>& model, std::string_view key) {
    const auto found = std::ranges::find(model.metadata, key, [](const auto& entry) { return entry.first; });
    return found == model.metadata.end() ? "" : found->second;
}

} // namespace

TEST_CASE("ports: any names, any prefix, dense layers or convolutions of 1 x 1, in either format") {
    for (const auto& [fc0, fc1] : {std::pair{"fc0", "fc1"},
                                   {"dmodel.0", "dmodel.2"},
                                   {"update_module.0", "update_module.2"},
                                   {"module.conv1", "module.conv2"},
                                   {"_orig_mod.model.layers.0", "_orig_mod.model.layers.2"},
                                   {"z", "a"}}) {
        const std::string name{fc0};
        INFO(name);
        for (const bool convolution : {false, true}) {
            CHECK(reads(port(fc0, fc1, convolution)));
            const std::string file = pytorch(port(fc0, fc1, convolution));
            const auto model = nca::growing::parse_model(nca::as_bytes(file), "port.pt");
            REQUIRE_MESSAGE(model.ok(), model.error().message);
            CHECK(same(model->rule, expected()));
        }
    }
    CHECK(
        reads({{"w1", {hidden, 48}, interleaved(first)}, {"b1", {hidden}, bias}, {"w2", {channels, hidden}, second}}));
    CHECK(reads(port("perceive_to_hidden", "hidden_to_update", true)));
}

TEST_CASE("ports: biases are optional") {
    CHECK(reads(with(port(), {"fc1.bias", {channels}, Floats(channels)})));
    Tensors without = port();
    without.erase(without.begin() + 1);
    const auto model = read(without);
    REQUIRE(model.ok());
    CHECK_FALSE(same(model->rule, expected()));
}

TEST_CASE("ports: what lies beside the model in a checkpoint is skipped") {
    Tensors tensors = port("model_state_dict.fc0", "model_state_dict.fc1");
    tensors.push_back({"optimizer_state_dict.state.0.exp_avg", {hidden, 48}, first});
    tensors.push_back({"optimizer_state_dict.state.1.exp_avg", {hidden}, bias});
    tensors.push_back({"pool", {2, 16, 8, 8}, Floats(2048)});
    tensors.push_back({"picture", {4, 40, 40}, Floats(6400)});
    tensors.push_back({"best_loss", {}, {0.5F}});
    CHECK(reads(tensors));
}

TEST_CASE("ports: what may be part of another model is refused") {
    CHECK(
        refuses(with(port(), {"norm.weight", {hidden}, bias}), "'norm.weight' [128] has no place in a growing model"));
    CHECK(refuses(with(port(), {"conv", {16, 16, 5, 5}, Floats(6400)}), "'conv' [16, 16, 5, 5] has no place"));
    Tensors two = port();
    for (const Tensor& tensor : port("ema.fc0", "ema.fc1")) two.push_back(tensor);
    CHECK(refuses(two, "expected the two weights of a growing model, [hidden, 3 * channels] and [channels, hidden]"));
    CHECK(refuses({{"fc0", {64, 48}, Floats(3072)}, {"fc1", {16, 64}, Floats(1024)}},
                  "expected 48 inputs and 128 outputs"));
    Tensors infinite = port();
    infinite[0].values[7] = std::numeric_limits<float>::infinity();
    CHECK(refuses(infinite, "tensor 'fc0.weight' holds a value that is not finite"));
}

TEST_CASE("ports: kernels tell the order of perception and of the filters") {
    const auto model = read(with(port(), kernels({0, 1, 2})));
    REQUIRE_MESSAGE(model.ok(), model.error().message);
    CHECK(same(model->rule, expected()));
    CHECK(note(*model, "import.perception_order_from") == "kernels");
    Tensors swapped = with(port(), kernels({2, 0, 1}));
    swapped[0].values = interleaved(first, {2, 0, 1});
    CHECK(reads(swapped));
    Tensors concatenated = with(port(), kernels({1}));
    concatenated[0].values = first;
    CHECK(reads(concatenated));
    const std::string other = "found a model of learned convolutions, which nca import converts";
    CHECK(refuses(with(port(), kernels({0, 1, 2}, channels, 1.0F)), other));
    CHECK(refuses(with(port(), kernels({0, 1, 1})), other));
    CHECK(refuses(with(port(), kernels({0, 1, 2}, 5)),
                  "are not the identity, SobelX and SobelY for each of 16 channels"));
    CHECK(refuses(with(port(), kernels({0, 1, 2})), "kernels contradict", {PerceptionOrder::filter_major}));
}

TEST_CASE("ports: an option or the metadata tell the order of perception") {
    Tensors tensors = port();
    tensors[0].values = first;
    CHECK(reads(tensors, {PerceptionOrder::filter_major}));
    CHECK(reads(port(), {PerceptionOrder::channel_major}));
    const nca::StoredMetadata stated{{"nca.perception_order", "filter-major"}, {"nca.fire_rate", "0.25"}};
    const auto model = nca::growing::parse_model(safetensors(tensors, stated));
    REQUIRE_MESSAGE(model.ok(), model.error().message);
    CHECK(same(model->rule, expected()));
    CHECK(model->options.fire_rate == 0.25);
    const auto contradiction =
        nca::growing::parse_model(safetensors(tensors, stated), "x", {PerceptionOrder::channel_major});
    REQUIRE_FALSE(contradiction.ok());
    CHECK(contradiction.error().message == "'x': its metadata contradict the order of perception that was asked for");
}

TEST_CASE("ports: the fire rate that a port stores is used") {
    const auto model = read(with(port(), {"fire_rate", {}, {0.75F}}));
    REQUIRE(model.ok());
    CHECK(model->options.fire_rate == 0.75);
    CHECK(refuses(with(port(), {"fire_rate", {}, {2.0F}}), "expected a rate from 0 to 1"));
}

TEST_CASE("ports: a trained creature tells by its growth how its perception is counted") {
    const auto path = nca::tests::data_file("growing/published_json/ex3_lizard.json");
    if (!path) return;
    const auto published = nca::growing::load_model(path->string());
    REQUIRE(published.ok());
    const nca::DenseLayers layers = nca::dense_layers(published->rule);
    Floats weight(hidden * 48);
    Floats last(channels * hidden);
    for (std::size_t k = 0; k < weight.size(); ++k) weight[k % hidden * 48 + k / hidden] = layers[0].weight[k];
    for (std::size_t k = 0; k < last.size(); ++k) last[k % channels * hidden + k / channels] = layers[1].weight[k];
    for (const bool interleave : {false, true}) {
        const auto model = read({{"fc0.weight", {hidden, 48}, interleave ? interleaved(weight) : weight},
                                 {"fc0.bias", {hidden}, layers[0].bias},
                                 {"fc1.weight", {channels, hidden}, last},
                                 {"fc1.bias", {channels}, layers[1].bias}});
        REQUIRE_MESSAGE(model.ok(), model.error().message);
        CHECK(same(model->rule, published->rule));
        CHECK(note(*model, "import.perception_order") == (interleave ? "channel-major" : "filter-major"));
        CHECK(note(*model, "import.perception_order_from") == "growth");
    }
}

TEST_CASE("ports: those of public reports are read") {
    for (const char* name : {"models/pt_fc.safetensors", "models/pt_conv1x1.safetensors"}) {
        const auto path = nca::tests::case_file(name);
        if (!path) return;
        const auto model = nca::growing::load_model(path->string());
        REQUIRE_MESSAGE(model.ok(), model.error().message);
        CHECK(note(*model, "import.perception_order_from") == "growth");
    }
}

TEST_CASE("ports: the reader of our format does not guess how a convolution perceives") {
    const auto model =
        nca::parse_model<Rule>(safetensors(with(port("perceive_to_hidden", "hidden_to_update", true),
                                                {"hidden_to_update.bias", {channels}, Floats(channels)})),
                               "x");
    REQUIRE_FALSE(model.ok());
    CHECK(model.error().message.find("no nca.perception_order says how it counts") != std::string::npos);
}

TEST_CASE("ports: a PyTorch file that cannot be read tells why") {
    const std::string file = pytorch(port());
    const auto model = nca::growing::parse_model(nca::as_bytes(std::string_view{file}.substr(0, 1000)), "m.pt");
    REQUIRE_FALSE(model.ok());
    CHECK(model.error().message == "'m.pt': truncated, or not a zip archive: its directory is missing");
}
