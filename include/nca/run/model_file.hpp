// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_MODEL_FILE_HPP
#define NCA_RUN_MODEL_FILE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/description.hpp>
#include <nca/cell/rule.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/file.hpp>
#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/goals.hpp>
#include <nca/run/model_metadata.hpp>
#include <nca/run/published_json.hpp>
#include <nca/run/self_test.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Rules in files. docs/model-format.md describes the format.
namespace nca::inline NCA_ABI {

/// A rule that was read, the metadata of its file, and how these say that the rule is run: fire rate, boundary, noise.
template <class R>
struct Model {
    R rule{};
    StoredMetadata metadata{};
    StepOptions<R> options{};
    Goals goals{};
};

/// A tensor that a file holds beside those of a rule.
struct NamedTensor {
    std::string name{};
    std::vector<std::size_t> shape{};
    std::vector<float> values{};
};

namespace detail {

/// Tensor names: perceive_to_hidden, hidden_to_hidden.0, ..., hidden_to_update; `update` without hidden layers.
[[nodiscard]] NCA_COLD inline std::string layer_name(int layer, int count) {
    if (count == 1) return "update";
    if (layer == 0) return "perceive_to_hidden";
    if (layer + 1 == count) return "hidden_to_update";
    return "hidden_to_hidden." + std::to_string(layer - 1);
}

inline constexpr std::string_view unnamed_filter =
    "a rule with a filter or an activation that has no name cannot be saved; give it a static constexpr "
    "std::string_view name";

/// The tensor of learned filters: [channels, filters, 3, 3] in two dimensions with a radius of 1.
inline constexpr std::string_view filter_tensor = "perception.weight";
template <class R>
[[nodiscard]] NCA_COLD std::vector<std::size_t> filter_shape(const ArchitectureOf<R>& rule) {
    std::vector<std::size_t> shape(static_cast<std::size_t>(R::rank) + 2,
                                   2 * static_cast<std::size_t>(rule.radius()) + 1);
    shape[0] = static_cast<std::size_t>(rule.channels());
    shape[1] = static_cast<std::size_t>(rule.learned_filters());
    return shape;
}
/// filter * channels + channel as channel * filters + filter. What exceeds both, the index of a bias, stays.
[[nodiscard]] constexpr int channel_major(int input, int channels, int filters) noexcept {
    return input < channels * filters ? input % channels * filters + input / channels : input;
}

/// Where each layer's weight [outputs, inputs] and bias [outputs] begin in a file without gaps, and their size.
template <class Traits>
class TensorOffsets {
public:
    NCA_COLD explicit TensorOffsets(const Architecture<Traits>& rule) : rule_{rule}, offsets_{0} {
        for (int l = 0; l < rule.layer_count(); ++l) {
            const auto outputs = static_cast<std::size_t>(rule.layer(l).outputs);
            offsets_.push_back(offsets_.back() + outputs * static_cast<std::size_t>(rule.layer(l).inputs));
            offsets_.push_back(offsets_.back() + outputs);
        }
    }
    [[nodiscard]] std::size_t size() const noexcept { return offsets_.back(); }
    [[nodiscard]] std::size_t weight(int layer) const noexcept { return offsets_[2 * static_cast<std::size_t>(layer)]; }
    [[nodiscard]] std::size_t bias(int layer) const noexcept {
        return offsets_[2 * static_cast<std::size_t>(layer) + 1];
    }
    /// Of a parameter as visit_parameters() counts.
    [[nodiscard]] std::size_t position(int layer, int input, int output) const noexcept {
        const int inputs = rule_.layer(layer).inputs;
        return input < inputs ? weight(layer) + static_cast<std::size_t>(output) * static_cast<std::size_t>(inputs) +
                                    static_cast<std::size_t>(input)
                              : bias(layer) + static_cast<std::size_t>(output);
    }

private:
    const Architecture<Traits>& rule_;
    std::vector<std::size_t> offsets_;
};

} // namespace detail

} // namespace nca::inline NCA_ABI

namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// Calls write(writer) with the tensors and metadata of a model file, and returns what it returns.
template <class R, class Write>
[[nodiscard]] NCA_COLD auto write_model(const R& rule, const StoredMetadata& notes, std::span<const NamedTensor> more,
                                        Write&& write) -> decltype(write(std::declval<const SafetensorsWriter&>())) {
    const ArchitectureOf<R>& architecture = rule.architecture();
    const RuleDescription description = architecture.description();
    if (!description.is_named()) return Error{std::string{detail::unnamed_filter}};
    SafetensorsWriter writer;
    for (const auto& [key, value] : describe(description)) writer.set_metadata(key, value);
    for (const auto& [key, value] : notes) writer.set_metadata(key, value);
    const detail::TensorOffsets offsets{architecture};
    std::vector<float> tensors(offsets.size());
    const int filters = architecture.learned_filters();
    visit_parameters(rule, [&](const auto& parameter, int l, int input, int output) {
        if (filters > 0 && l == 0) input = detail::channel_major(input, architecture.channels(), filters);
        tensors[offsets.position(l, input, output)] = static_cast<float>(parameter);
    });
    std::vector<float> weights; // outlives the writing
    if (filters > 0) {
        visit_filters(rule, [&](const auto& weight, int /*channel*/, int /*filter*/, int /*neighbour*/) {
            weights.push_back(static_cast<float>(weight));
        });
        writer.add(std::string{detail::filter_tensor}, detail::filter_shape<R>(architecture), std::span{weights});
    }
    for (int l = 0; l < architecture.layer_count(); ++l) {
        const auto outputs = static_cast<std::size_t>(architecture.layer(l).outputs);
        const std::string name = detail::layer_name(l, architecture.layer_count());
        const bool has_bias = l + 1 < architecture.layer_count() || architecture.has_output_bias();
        const float* const weight = tensors.data() + offsets.weight(l);
        const float* const bias = tensors.data() + offsets.bias(l);
        writer.add(name + ".weight", {outputs, static_cast<std::size_t>(architecture.layer(l).inputs)},
                   std::span{weight, bias});
        if (has_bias) writer.add(name + ".bias", {outputs}, std::span{bias, outputs});
    }
    const std::vector<float> input = SelfTest<R>::input(architecture);
    const std::vector<float> updates = SelfTest<R>::updates(rule, input);
    writer.add("self_test.state", SelfTest<R>::shape(architecture), std::span{input});
    writer.add("self_test.update", SelfTest<R>::shape(architecture), std::span{updates});
    for (const NamedTensor& tensor : more) writer.add(tensor.name, tensor.shape, std::span{tensor.values});
    return write(std::as_const(writer));
}

} // namespace isa_detail

/// Writes a rule as safetensors: per layer `<name>.weight` [outputs, inputs] and `<name>.bias` [outputs], float32, as
/// in PyTorch; its description and `notes` as metadata; a self-test; and `more` tensors, such as its goals. Whole or
/// not at all.
template <class R>
[[nodiscard]] NCA_COLD Result<void> save_model(const R& rule, const std::string& path, const StoredMetadata& notes = {},
                                               std::span<const NamedTensor> more = {}) {
    return isa_detail::write_model(rule, notes, more,
                                   [&](const SafetensorsWriter& writer) { return write_safetensors(path, writer); });
}
/// The bytes of the file that save_model() writes.
template <class R>
[[nodiscard]] NCA_COLD Result<std::vector<std::byte>> model_bytes(const R& rule, const StoredMetadata& notes = {},
                                                                  std::span<const NamedTensor> more = {}) {
    return isa_detail::write_model(rule, notes, more,
                                   [](const SafetensorsWriter& writer) { return writer.to_bytes(); });
}

namespace isa_detail {

/// The rule of the tensors. Allocates no more than these before their shapes are known to be those of the rule.
template <class R>
[[nodiscard]] NCA_COLD Result<R> read_layers(const SafetensorsFile& file, const ArchitectureOf<R>& architecture,
                                             std::string_view optional_tensor) {
    const auto order = detail::perception_order_in(file);
    if (!order) return order.error();
    const int channels = architecture.channels();
    const int perceived = architecture.perceived();
    const detail::TensorOffsets offsets{architecture};
    std::vector<float> tensors;
    for (int l = 0; l < architecture.layer_count(); ++l) {
        const auto inputs = static_cast<std::size_t>(architecture.layer(l).inputs);
        const auto outputs = static_cast<std::size_t>(architecture.layer(l).outputs);
        const std::string name = detail::layer_name(l, architecture.layer_count());
        for (const auto& [tensor, shape] : {std::pair{name + ".weight", std::vector{outputs, inputs}},
                                            std::pair{name + ".bias", std::vector{outputs}}}) {
            const bool no_bias = l + 1 == architecture.layer_count() && !architecture.has_output_bias();
            if ((tensor == optional_tensor || (no_bias && shape.size() == 1)) && file.find(tensor) == nullptr) {
                tensors.resize(tensors.size() + (shape.size() == 1 ? outputs : outputs * inputs));
                continue;
            }
            // A dense layer may be stored as the convolution of 1 x 1 that it is.
            const StoredTensor* const stored = file.find(tensor);
            std::vector<std::size_t> kernel = shape;
            kernel.resize(shape.size() + static_cast<std::size_t>(R::rank), 1);
            const bool is_kernel = shape.size() == 2 && stored != nullptr && stored->shape == kernel;
            const bool many_filters = perceived > channels;
            if (is_kernel && l == 0 && many_filters && file.find_metadata("nca.perception_order") == nullptr) {
                return Error{
                    quote_path(file.file_name()) + ": tensor " + quote(tensor) +
                    " is a convolution, as ports store it, and no nca.perception_order says how it counts what "
                    "a cell perceives: import it with the system's load_model() or nca import"};
            }
            const auto values = file.to_finite_floats(tensor, is_kernel ? kernel : shape);
            if (!values) return values.error();
            tensors.insert(tensors.end(), values->begin(), values->end());
        }
    }
    R rule{architecture};
    const bool interleaved = *order == detail::PerceptionOrder::channel_major;
    visit_parameters(rule, [&](auto& parameter, int l, int input, int output) {
        if (interleaved && l == 0) input = detail::channel_major(input, channels, architecture.observed() / channels);
        parameter = static_cast<typename R::Value>(tensors[offsets.position(l, input, output)]);
    });
    if (architecture.learned_filters() == 0) return rule;
    const auto filters =
        file.to_finite_floats(std::string{detail::filter_tensor}, detail::filter_shape<R>(architecture));
    if (!filters) return filters.error();
    auto next = filters->begin();
    visit_filters(rule, [&](auto& weight, int /*channel*/, int /*filter*/, int /*neighbour*/) {
        weight = static_cast<typename R::Value>(*next++);
    });
    return rule;
}

template <class R>
[[nodiscard]] NCA_COLD Result<void> check_self_test(const SafetensorsFile& file, const R& rule) {
    if (file.find("self_test.state") == nullptr && file.find("self_test.update") == nullptr) return {};
    const auto state = file.to_finite_floats("self_test.state", SelfTest<R>::shape(rule.architecture()));
    if (!state) return state.error();
    const auto expected = file.to_finite_floats("self_test.update", SelfTest<R>::shape(rule.architecture()));
    if (!expected) return expected.error();
    const std::vector<float> found = SelfTest<R>::updates(rule, *state);
    double tolerance = SelfTest<R>::tolerance;
    for (const StoredTensor& tensor : file.tensors()) tolerance = std::max(tolerance, 100.0 * precision(tensor.dtype));
    if (const std::size_t i = SelfTest<R>::first_failure(found, *expected, tolerance); i < found.size()) {
        return Error{"'" + file.file_name() + "': the self-test of the model failed: update " + std::to_string(i) +
                     " should be " + number_text((*expected)[i]) + " and is " + number_text(found[i])};
    }
    return {};
}

} // namespace isa_detail

/// The rule in a safetensors file. Metadata, where present, must agree with R, and the self-test pass, as exactly as
/// the weights are stored; a rule of run-time sizes is what they say. `optional_tensor`: one that may be missing and is
/// zero then. Errors: what in the file is wrong.
template <class R>
[[nodiscard]] NCA_COLD Result<Model<R>> model_from(const SafetensorsFile& file, std::string_view optional_tensor = {}) {
    const auto architecture = detail::architecture_in<R>(file);
    if (!architecture) return architecture.error();
    const auto options = detail::step_options_in<R>(file, architecture->description());
    if (!options) return options.error();
    auto rule = isa_detail::read_layers<R>(file, *architecture, optional_tensor);
    if (!rule) return rule.error();
    if (const auto passed = isa_detail::check_self_test<R>(file, *rule); !passed) return passed.error();
    auto goals = detail::goals_in(file, rule->architecture().inputs());
    if (!goals) return goals.error();
    return Model<R>{std::move(*rule), file.metadata(), *options, std::move(*goals)};
}

/// The rule in the bytes of a file: our safetensors, or JSON that an article published. `path` is named in every
/// message. Errors: see model_from() and parse_published_json(); other layers than those of R.
template <class R>
[[nodiscard]] NCA_COLD Result<Model<R>> parse_model(std::span<const std::byte> bytes, const std::string& path) {
    if (looks_like_json(bytes)) {
        const auto layers = parse_published_json(as_text(bytes), static_cast<std::size_t>(R::channels));
        if (!layers) return about_file(path, layers.error());
        auto rule = rule_from<R>(*layers, path);
        if (!rule) return rule.error();
        return Model<R>{std::move(*rule), {{"nca.source", "distill"}}};
    }
    const auto file = parse_safetensors(bytes, path);
    return file ? model_from<R>(*file) : file.error();
}

/// Reads a rule file, ours or an article's; a system's load_model() also tells models of other systems, and reads
/// ports. Errors: those of read_file() and parse_model().
template <class R>
[[nodiscard]] NCA_COLD Result<Model<R>> load_model(const std::string& path) {
    const auto bytes = read_file(path);
    if (!bytes) return bytes.error();
    return parse_model<R>(*bytes, path);
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_MODEL_FILE_HPP
