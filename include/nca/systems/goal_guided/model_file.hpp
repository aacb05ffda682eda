// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GOAL_GUIDED_MODEL_FILE_HPP
#define NCA_SYSTEMS_GOAL_GUIDED_MODEL_FILE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/io/safetensors.hpp>
#include <nca/run/goals.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/goal_guided/encoder.hpp>
#include <nca/systems/goal_guided/published.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

/// Model files of Goal-Guided NCA: a rule, the codes of its goals, with which it runs, and their encoder.
namespace nca::inline NCA_ABI::goal_guided {

/// The codes of all goals of an encoder, [goals, codes]. Allocates.
[[nodiscard]] NCA_COLD inline Goals goals_of(const Encoder& encoder) {
    Goals goals{encoder.codes()};
    for (int goal = 0; goal < encoder.goals(); ++goal) {
        const std::vector<float> code = *encoder.code(goal);
        goals.values.insert(goals.values.end(), code.begin(), code.end());
    }
    return goals;
}

namespace detail {

/// What a model file holds of an encoder: `goals`, and `encoder.embedding`, `encoder.layer0.weight` [outputs, inputs],
/// `encoder.layer0.bias`, ...
[[nodiscard]] NCA_COLD inline std::vector<NamedTensor> tensors_of(const Encoder& encoder) {
    const auto count = static_cast<std::size_t>(encoder.goals());
    Goals goals = goals_of(encoder);
    std::vector<NamedTensor> tensors{
        {std::string{goal_tensor}, {count, static_cast<std::size_t>(goals.inputs)}, std::move(goals.values)},
        {"encoder.embedding", {count, encoder.width}, encoder.embedding}};
    for (std::size_t l = 0; l < encoder.layers.size(); ++l) {
        const DenseLayer& layer = encoder.layers[l];
        const std::string name = "encoder.layer" + std::to_string(l);
        NamedTensor weight{name + ".weight", {layer.out, layer.in}, {}};
        for (std::size_t o = 0; o < layer.out; ++o) {
            for (std::size_t i = 0; i < layer.in; ++i) weight.values.push_back(layer.weight[i * layer.out + o]);
        }
        tensors.push_back(std::move(weight));
        tensors.push_back({name + ".bias", {layer.out}, layer.bias});
    }
    return tensors;
}

} // namespace detail

} // namespace nca::inline NCA_ABI::goal_guided

namespace nca::inline NCA_ABI::goal_guided::inline NCA_ISA {

/// Writes a model file, which nca::load_model() and the rest of the library read as a rule with goals. `notes` are more
/// metadata. Whole or not at all. Errors: those of nca::save_model().
[[nodiscard]] NCA_COLD inline Result<void> save_model(const GuidedModel& model, const std::string& path,
                                                      const StoredMetadata& notes = {}) {
    StoredMetadata all{{"nca.system", "goal_guided"}};
    all.insert(all.end(), notes.begin(), notes.end());
    return nca::save_model(model.rule, path, all, detail::tensors_of(model.encoder));
}

/// The rule and the encoder in such a file. Errors: those of nca::model_from(); an encoder that is missing or gives
/// other codes than the file's goals. Allocates.
[[nodiscard]] NCA_COLD inline Result<GuidedModel> model_from(const SafetensorsFile& file) {
    auto model = nca::model_from<AnyRule>(file);
    if (!model) return model.error();
    auto encoder = detail::find_encoder(file.tensors());
    if (!encoder) return about_file(file.file_name(), encoder.error());
    if (encoder->codes() != model->goals.inputs || encoder->goals() != model->goals.count()) {
        return about_file(file.file_name(),
                          Error{"the encoder has " + std::to_string(encoder->goals()) + " goals of " +
                                std::to_string(encoder->codes()) + " numbers, but the file's goals are " +
                                std::to_string(model->goals.count()) + " of " + std::to_string(model->goals.inputs)});
    }
    return GuidedModel{std::move(model->rule), std::move(*encoder)};
}
/// The same, read from a file.
[[nodiscard]] NCA_COLD inline Result<GuidedModel> load_model(const std::string& path) {
    const auto file = read_safetensors(path);
    return file ? model_from(*file) : file.error();
}

} // namespace nca::inline NCA_ABI::goal_guided::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GOAL_GUIDED_MODEL_FILE_HPP
