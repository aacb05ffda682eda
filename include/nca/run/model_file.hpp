// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_MODEL_FILE_HPP
#define NCA_RUN_MODEL_FILE_HPP

#include <nca/cell/rule.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/distill.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/io/tensorflow_graph.hpp>
#include <nca/run/self_test.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Rules in files. docs/model-format.md describes the format.
namespace nca {

/// The number of the file format, in the metadata as `nca.format`.
inline constexpr int model_format = 1;

/// Whether a file has to hold the bias of the last layer; without it, it is zero.
enum class LastBias { required, optional };

} // namespace nca

namespace nca::inline NCA_ISA {

/// A rule that was read, and what the file says about it.
template <class R>
struct Model {
    R rule{};
    StoredMetadata metadata{};
};

namespace isa_detail {

[[nodiscard]] constexpr std::string_view boundary_name(Boundary boundary) noexcept {
    switch (boundary) {
    case Boundary::zero:
        return "zero";
    case Boundary::torus:
        return "torus";
    case Boundary::replicate:
        return "replicate";
    case Boundary::reflect:
        return "reflect";
    }
    return "zero";
}

template <class F>
inline constexpr std::string_view filter_name = "custom";
template <>
inline constexpr std::string_view filter_name<Identity> = "identity";
template <>
inline constexpr std::string_view filter_name<SobelX> = "sobel_x";
template <>
inline constexpr std::string_view filter_name<SobelY> = "sobel_y";
template <>
inline constexpr std::string_view filter_name<SobelZ> = "sobel_z";
template <>
inline constexpr std::string_view filter_name<Laplacian> = "laplacian";
template <>
inline constexpr std::string_view filter_name<HexSobelX> = "hex_sobel_x";
template <>
inline constexpr std::string_view filter_name<HexSobelY> = "hex_sobel_y";
template <>
inline constexpr std::string_view filter_name<HexLaplacian> = "hex_laplacian";

/// The name of a filter, after its factor: "8*sobel_x".
template <class F>
struct filter_text {
    [[nodiscard]] static std::string get() { return std::string{filter_name<F>}; }
};
template <int Factor, class F>
struct filter_text<Times<Factor, F>> {
    [[nodiscard]] static std::string get() { return std::to_string(Factor) + "*" + filter_text<F>::get(); }
};

template <class P>
struct perception_name {
    [[nodiscard]] static std::string get() { return "neighbourhood"; }
};
template <class... F>
struct perception_name<Perception<F...>> {
    [[nodiscard]] static std::string get() {
        std::string name;
        ((name += (name.empty() ? "" : ","), name += filter_text<F>::get()), ...);
        return name;
    }
};
template <class... F>
struct perception_name<FilterPerChannel<F...>> {
    [[nodiscard]] static std::string get() {
        return "per channel and magnitudes:" + perception_name<Perception<F...>>::get();
    }
};

/// The names of a layer's tensors: perceive_to_hidden, hidden_to_hidden.0, ..., hidden_to_update; update if there is no
/// hidden layer.
[[nodiscard]] inline std::string layer_name(int layer, int count) {
    if (count == 1) return "update";
    if (layer == 0) return "perceive_to_hidden";
    if (layer + 1 == count) return "hidden_to_update";
    return "hidden_to_hidden." + std::to_string(layer - 1);
}

/// What the metadata says about the architecture: pairs of key and value.
template <class R>
[[nodiscard]] StoredMetadata describe() {
    std::string hidden;
    for (int l = 0; l + 1 < R::layer_count; ++l) {
        hidden += (l == 0 ? "" : ",") + std::to_string(R::layers[static_cast<std::size_t>(l)].outputs);
    }
    StoredMetadata text{{"nca.format", std::to_string(model_format)},
                        {"nca.dimensions", std::to_string(R::rank)},
                        {"nca.channels", std::to_string(R::channels)},
                        {"nca.hidden", hidden},
                        {"nca.perception", perception_name<typename R::PerceptionPolicy>::get()},
                        {"nca.perception_order", "filter-major: filter * channels + channel"},
                        {"nca.boundary", std::string{boundary_name(R::boundary)}},
                        {"nca.fire_rate", number_text(R::fire_rate)}};
    if constexpr (R::has_life) {
        text.emplace_back("nca.life_channel", std::to_string(R::LifePolicy::channel));
        text.emplace_back("nca.life_threshold", number_text(R::LifePolicy::threshold));
    }
    if constexpr (R::has_given_life) {
        text.emplace_back("nca.given_life_channel", std::to_string(R::LifePolicy::channel));
        text.emplace_back("nca.life_threshold", number_text(R::LifePolicy::threshold));
    }
    if constexpr (R::frozen > 0) text.emplace_back("nca.frozen", std::to_string(R::frozen));
    if constexpr (R::has_clamp) text.emplace_back("nca.clamp", number_text(R::clamp_limit));
    if constexpr (R::has_noise) text.emplace_back("nca.noise", number_text(R::noise));
    return text;
}

} // namespace isa_detail

/// Writes a rule as safetensors: per layer `<name>.weight` [outputs, inputs] and `<name>.bias` [outputs], float32, as a
/// PyTorch user expects them; everything that is needed to rebuild the rule, and `notes`, as metadata; and a self-test.
/// Whole or not at all. Errors: the file cannot be written.
template <class R>
[[nodiscard]] Result<void> save_model(const R& rule, const std::string& path, const StoredMetadata& notes = {}) {
    SafetensorsWriter writer;
    for (const auto& [key, value] : isa_detail::describe<R>()) writer.set_metadata(key, value);
    for (const auto& [key, value] : notes) writer.set_metadata(key, value);
    std::vector<std::vector<float>> tensors;
    tensors.reserve(2 * R::layers.size() + 2);
    for (int l = 0; l < R::layer_count; ++l) {
        const LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
        std::vector<float>& weight = tensors.emplace_back();
        for (int o = 0; o < layer.outputs; ++o) {
            for (int i = 0; i < layer.inputs; ++i) weight.push_back(static_cast<float>(rule.weight(l, i, o)));
        }
        std::vector<float>& bias = tensors.emplace_back();
        for (int o = 0; o < layer.outputs; ++o) bias.push_back(static_cast<float>(rule.bias(l, o)));
        const auto outputs = static_cast<std::size_t>(layer.outputs);
        const std::string name = isa_detail::layer_name(l, R::layer_count);
        writer.add(name + ".weight", {outputs, static_cast<std::size_t>(layer.inputs)}, std::span<const float>(weight));
        writer.add(name + ".bias", {outputs}, std::span<const float>(bias));
    }
    const std::vector<float>& input = tensors.emplace_back(isa_detail::SelfTest<R>::input());
    writer.add("self_test.state", isa_detail::SelfTest<R>::shape(), std::span<const float>(input));
    const std::vector<float>& updates = tensors.emplace_back(isa_detail::SelfTest<R>::updates(rule, input));
    writer.add("self_test.update", isa_detail::SelfTest<R>::shape(), std::span<const float>(updates));
    return write_safetensors(path, writer);
}

namespace isa_detail {

template <class R>
[[nodiscard]] Result<void> read_layers(const SafetensorsFile& file, R& rule, LastBias last_bias) {
    for (int l = 0; l < R::layer_count; ++l) {
        const LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
        const auto inputs = static_cast<std::size_t>(layer.inputs);
        const auto outputs = static_cast<std::size_t>(layer.outputs);
        const std::string name = layer_name(l, R::layer_count);
        const auto weight = file.to_finite_floats(name + ".weight", {outputs, inputs});
        if (!weight) return weight.error();
        const bool zero_bias =
            l + 1 == R::layer_count && last_bias == LastBias::optional && file.find(name + ".bias") == nullptr;
        const auto bias = zero_bias ? Result<std::vector<float>>{std::vector<float>(outputs)}
                                    : file.to_finite_floats(name + ".bias", {outputs});
        if (!bias) return bias.error();
        for (std::size_t o = 0; o < outputs; ++o) {
            rule.bias(l, static_cast<int>(o)) = static_cast<typename R::Value>((*bias)[o]);
            for (std::size_t i = 0; i < inputs; ++i) {
                rule.weight(l, static_cast<int>(i), static_cast<int>(o)) =
                    static_cast<typename R::Value>((*weight)[o * inputs + i]);
            }
        }
    }
    return {};
}

template <class R>
[[nodiscard]] Result<void> check_self_test(const SafetensorsFile& file, const R& rule) {
    if (file.find("self_test.state") == nullptr && file.find("self_test.update") == nullptr) return {};
    const auto state = file.to_finite_floats("self_test.state", SelfTest<R>::shape());
    if (!state) return state.error();
    const auto expected = file.to_finite_floats("self_test.update", SelfTest<R>::shape());
    if (!expected) return expected.error();
    const std::vector<float> found = SelfTest<R>::updates(rule, *state);
    if (const std::size_t i = SelfTest<R>::first_failure(found, *expected); i < found.size()) {
        return Error{"'" + file.file_name() + "': the self-test of the model failed: update " + std::to_string(i) +
                     " should be " + number_text(static_cast<double>((*expected)[i])) + " and is " +
                     number_text(static_cast<double>(found[i]))};
    }
    return {};
}

} // namespace isa_detail

/// Takes a rule out of a safetensors file. Files without our metadata are accepted if the tensors have the names and
/// shapes; metadata that is present has to agree with R, and the self-test to pass. Errors: in words, naming the file.
template <class R>
[[nodiscard]] Result<Model<R>> model_from(const SafetensorsFile& file, LastBias last_bias = LastBias::required) {
    for (const auto& [key, wanted] : isa_detail::describe<R>()) {
        // The fire rate may be chosen anew at run time; a file of another training is no error.
        if (key == "nca.perception_order" || key == "nca.fire_rate" || key == "nca.boundary" || key == "nca.noise") {
            continue;
        }
        const std::string* const found = file.find_metadata(key);
        if (found != nullptr && *found != wanted) {
            const std::string* const system = file.find_metadata("nca.system");
            return Error{"'" + file.file_name() + "'" +
                         (system == nullptr ? "" : " is a model of the system '" + *system + "'") + ": expected " +
                         key + " to be '" + wanted + "', found '" + *found + "'"};
        }
    }
    Model<R> model;
    if (const auto read = isa_detail::read_layers<R>(file, model.rule, last_bias); !read) return read.error();
    if (const auto passed = isa_detail::check_self_test<R>(file, model.rule); !passed) return passed.error();
    model.metadata = file.metadata();
    return model;
}

/// Takes a rule out of a published Distill file. Errors: the layers have other sizes than those of R.
template <class R>
[[nodiscard]] Result<R> rule_from(const DistillLayers& layers, const std::string& file_name = {}) {
    const auto wrong = [&](const std::string& what) { return Error{"'" + file_name + "': " + what}; };
    if (layers.size() != R::layers.size()) {
        return wrong("expected " + std::to_string(R::layers.size()) + " layers, found " +
                     std::to_string(layers.size()));
    }
    R rule;
    for (int l = 0; l < R::layer_count; ++l) {
        const LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
        const DistillLayer& from = layers[static_cast<std::size_t>(l)];
        if (from.in != static_cast<std::size_t>(layer.inputs) || from.out != static_cast<std::size_t>(layer.outputs)) {
            return wrong("layer " + std::to_string(l) + ": expected " + std::to_string(layer.inputs) + " inputs and " +
                         std::to_string(layer.outputs) + " outputs, found " + std::to_string(from.in) + " and " +
                         std::to_string(from.out));
        }
        for (std::size_t o = 0; o < from.out; ++o) {
            rule.bias(l, static_cast<int>(o)) = static_cast<typename R::Value>(from.bias[o]);
            for (std::size_t i = 0; i < from.in; ++i) {
                rule.weight(l, static_cast<int>(i), static_cast<int>(o)) =
                    static_cast<typename R::Value>(from.weight[i * from.out + o]);
            }
        }
    }
    return rule;
}

/// Takes a rule out of the bytes of our safetensors or of a published Distill JSON file, whichever it is. `path` stands
/// in front of every message. Errors: in words.
template <class R>
[[nodiscard]] Result<Model<R>> parse_model(std::span<const std::byte> bytes, const std::string& path) {
    if (looks_like_json(bytes)) {
        const auto layers = parse_distill(as_text(bytes));
        if (!layers) {
            const auto json = parse_json(as_text(bytes));
            if (json && is_tensorflow_graph(*json)) {
                return Error{"'" + path + "' is a model of another system: a TensorFlow.js graph, as of MNIST models"};
            }
            return Error{"'" + path + "': " + layers.error().message};
        }
        auto rule = rule_from<R>(*layers, path);
        if (!rule) return rule.error();
        return Model<R>{std::move(*rule), {{"nca.source", "distill"}}};
    }
    const auto file = parse_safetensors(bytes, path);
    if (!file) return file.error();
    return model_from<R>(*file);
}

/// Reads a rule from our safetensors or from a published Distill JSON file, whichever it is. Errors: in words.
template <class R>
[[nodiscard]] Result<Model<R>> load_model(const std::string& path) {
    const auto bytes = read_file(path);
    if (!bytes) return bytes.error();
    return parse_model<R>(*bytes, path);
}

} // namespace nca::inline NCA_ISA

#endif // NCA_RUN_MODEL_FILE_HPP
