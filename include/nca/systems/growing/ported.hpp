// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_PORTED_HPP
#define NCA_SYSTEMS_GROWING_PORTED_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/io/stored_tensor.hpp>
#include <nca/run/dense_layer.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/model_metadata.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/port_perception.hpp>
#include <nca/systems/growing/port_tensors.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Growing models of ports, for instance to PyTorch.
namespace nca::inline NCA_ABI::growing {

/// True for a safetensors file of a port: no other than its shapes tell what its tensors are. Files with our names and
/// matrices are ours, unless an order of perception is asked for that they do not state.
[[nodiscard]] NCA_COLD inline bool is_port(const SafetensorsFile& file, const PortOptions& options = {}) {
    if (file.find_metadata("nca.format") != nullptr || !looks_like_port(file.tensors())) return false;
    const StoredTensor* const ours = file.find("perceive_to_hidden.weight");
    if (ours == nullptr || ours->shape.size() != 2) return true;
    return options.order && file.find_metadata("nca.perception_order") == nullptr;
}

/// Errors: the metadata of a file tell another order of perception than was asked for, or none that is known.
[[nodiscard]] NCA_COLD inline Result<void> check_order(const SafetensorsFile& file, const PortOptions& options) {
    if (!options.order) return {};
    const auto order = nca::detail::perception_order_in(file);
    if (!order) return order.error();
    if (*order == *options.order) return {};
    return about_file(file.file_name(), Error{"its metadata contradict the order of perception that was asked for"});
}

/// The layers of a port, whose inputs become filter-major. Errors: a value that is not finite.
[[nodiscard]] NCA_COLD inline Result<DenseLayers> layers_of(const PortTensors& port, const PortPerception& perception) {
    const bool interleaved = perception.order == PerceptionOrder::channel_major;
    DenseLayers layers;
    for (std::size_t l = 0; l < 2; ++l) {
        DenseLayer layer{port.weights[l]->shape[1], port.weights[l]->shape[0]};
        const auto weight = to_floats(*port.weights[l]);
        if (!weight) return weight.error();
        if (const auto finite = check_finite(port.weights[l]->name, *weight); !finite) return finite.error();
        layer.weight.resize(weight->size());
        for (std::size_t i = 0; i < layer.in; ++i) {
            const std::size_t channels = layer.in / 3;
            const std::size_t ours = l == 1        ? i
                                     : interleaved ? perception.filters[i % 3] * channels + i / 3
                                                   : perception.filters[i / channels] * channels + i % channels;
            for (std::size_t o = 0; o < layer.out; ++o) {
                layer.weight[ours * layer.out + o] = (*weight)[o * layer.in + i];
            }
        }
        layer.bias.resize(layer.out);
        if (const StoredTensor* const stored = port.biases[l]) {
            auto bias = to_floats(*stored);
            if (!bias) return bias.error();
            if (const auto finite = check_finite(stored->name, *bias); !finite) return finite.error();
            layer.bias = std::move(*bias);
        }
        layers.push_back(std::move(layer));
    }
    return layers;
}

} // namespace nca::inline NCA_ABI::growing

namespace nca::inline NCA_ABI::growing::inline NCA_ISA {

namespace isa_detail {

/// The largest value 48 steps after the seed; nothing if no cell is alive, infinity if one is not finite.
template <class R>
[[nodiscard]] NCA_COLD std::optional<float> largest_grown(const R& rule) {
    Simulation<R, Dynamic, Dynamic> world{rule, Extents<Dynamic, Dynamic>{{40, 40}}};
    world.plant(20, 20);
    world.step(48);
    const auto state = world.state();
    float largest = 0.0F;
    bool alive = false;
    for (const auto value : state.values()) {
        const float size = std::abs(static_cast<float>(value));
        largest = size <= std::numeric_limits<float>::max() ? std::max(largest, size)
                                                            : std::numeric_limits<float>::infinity();
        alive = alive || size > 0.0F;
    }
    return alive ? std::optional{largest} : std::nullopt;
}

/// The order with which a creature grows while the other one explodes. What training made grows to values of about 10;
/// with its inputs in another order it exceeds 10^4 within 48 steps. Nothing if the rule was not trained to grow.
template <class R>
[[nodiscard]] NCA_COLD std::optional<PerceptionOrder> grown_order(const PortTensors& port, PortPerception perception) {
    std::optional<float> largest[2];
    constexpr PerceptionOrder orders[] = {PerceptionOrder::filter_major, PerceptionOrder::channel_major};
    for (std::size_t k = 0; k < 2; ++k) {
        perception.order = orders[k];
        const auto rule = layers_of(port, perception).and_then([](const auto& l) { return rule_from<R>(l); });
        if (rule) largest[k] = largest_grown(*rule);
    }
    for (std::size_t k = 0; k < 2; ++k) {
        if (largest[k] && largest[1 - k] && *largest[k] < 100.0F && *largest[1 - k] > 10000.0F) return orders[k];
    }
    return std::nullopt;
}

} // namespace isa_detail

/// The model in the tensors of a port. The order of its perception is that of `options`, of the metadata or of the
/// kernels; or else that with which a creature grows; or else channel-major. The metadata of the result tell it and
/// what decided. `file_name` is named in every message. Errors: see find_port() and perception_of(); sizes other than
/// those of R; an order that contradicts `options`.
template <class R>
[[nodiscard]] NCA_COLD Result<Model<R>> model_from_port(std::span<const StoredTensor> tensors,
                                                        const std::string& file_name, const PortOptions& options = {}) {
    const auto port = find_port(tensors);
    if (!port) return about_file(file_name, port.error());
    auto perception = perception_of(*port);
    if (!perception) return about_file(file_name, perception.error());
    std::string_view decided = "kernels";
    if (options.order) {
        if (perception->order && perception->order != options.order) {
            return about_file(file_name, Error{"its kernels contradict the order of perception that was asked for"});
        }
        perception->order = options.order;
        decided = "option";
    } else if (!perception->order) {
        perception->order = isa_detail::grown_order<R>(*port, *perception);
        decided = perception->order ? "growth" : "default";
        if (!perception->order) perception->order = PerceptionOrder::channel_major;
    }
    const auto layers = layers_of(*port, *perception);
    if (!layers) return about_file(file_name, layers.error());
    auto rule = rule_from<R>(*layers, file_name);
    if (!rule) return rule.error();
    Model<R> model{std::move(*rule)};
    const bool interleaved = perception->order == PerceptionOrder::channel_major;
    model.metadata = {{"nca.source", "port"},
                      {"import.perception_order", interleaved ? "channel-major" : "filter-major"},
                      {"import.perception_order_from", std::string{decided}}};
    if (port->fire_rate != nullptr) {
        const auto rate = to_floats(*port->fire_rate);
        if (!rate) return about_file(file_name, rate.error());
        if (!(rate->front() >= 0.0F && rate->front() <= 1.0F)) {
            return about_file(file_name,
                              Error{"tensor " + quote(port->fire_rate->name) + ": expected a rate from 0 to 1"});
        }
        model.options.fire_rate = static_cast<double>(rate->front());
    }
    return model;
}

/// The model in a safetensors file of a port, whose metadata, where present, are used or contradicted as those of ours.
/// Errors: those of model_from_port() and model_from().
template <class R>
[[nodiscard]] NCA_COLD Result<Model<R>> model_from_port(const SafetensorsFile& file, PortOptions options = {}) {
    if (const auto agrees = nca::detail::check_metadata(file, describe<R>()); !agrees) return agrees.error();
    const auto steps = nca::detail::step_options_in<R>(file, ArchitectureOf<R>{}.description());
    if (!steps) return steps.error();
    const bool states_order = file.find_metadata("nca.perception_order") != nullptr;
    if (states_order) {
        if (const auto same = check_order(file, options); !same) return same.error();
        const auto order = nca::detail::perception_order_in(file);
        if (!order) return order.error();
        options.order = *order;
    }
    auto model = model_from_port<R>(file.tensors(), file.file_name(), options);
    if (!model) return model;
    StepOptions<R> merged = *steps;
    if (merged.fire_rate == R::fire_rate) merged.fire_rate = model->options.fire_rate;
    model->options = merged;
    if (states_order) model->metadata.back().second = "metadata";
    for (const auto& entry : file.metadata()) {
        if (entry.first != "nca.perception_order" && entry.first != "nca.source") model->metadata.push_back(entry);
    }
    return model;
}

} // namespace nca::inline NCA_ABI::growing::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_PORTED_HPP
