// SPDX-License-Identifier: Apache-2.0
// nca info: files of any system, each a row of the table below.
#include "systems.hpp"

#include <nca/image/load.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/growing/published.hpp>

#include "any_world.hpp"
#include "command.hpp"
#include "creature.hpp"
#include "film.hpp"
#include "systems_import.hpp"
#include "texture_model.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>

namespace program {

namespace {

nca::Json metadata_json(const nca::StoredMetadata& metadata) {
    nca::Json object = nca::Json::object();
    for (const auto& [key, value] : metadata) object.set(key, value);
    return object;
}

template <class Layers>
nca::Json json_of_layers(const Layers& layers) {
    return json_list(layers, [](const auto& layer) {
        return nca::Json::object({{"inputs", layer.inputs}, {"outputs", layer.outputs}});
    });
}

template <class R>
nca::Json describe_model(const nca::Model<R>& model, const std::string& path, const std::string& system) {
    const nca::ArchitectureOf<R>& rule = model.rule.architecture();
    std::vector<nca::LayerLayout> layers;
    for (int l = 0; l < rule.layer_count(); ++l) layers.push_back(rule.layer(l));
    return nca::Json::object({{"model", path},
                              {"system", system},
                              {"channels", rule.channels()},
                              {"layers", json_of_layers(layers)},
                              {"parameters", rule.parameter_count()},
                              {"largest_weight", largest_of(model.rule.parameters())},
                              {"metadata", metadata_json(model.metadata)}});
}

nca::Json describe_texture(const ModelFile& file) {
    if (!nca::looks_like_json(file.bytes) || !file.entry.empty()) {
        const TextureModel found = texture_model_in(file);
        return std::visit([&](const auto& model) { return describe_model(model, file.path, "texture"); }, found.model);
    }
    const nca::texture::Collection collection = collection_in(file);
    return nca::Json::object({{"collection", file.path},
                              {"system", "texture"},
                              {"count", collection.names.size()},
                              {"layers", json_of_layers(collection.layers)},
                              {"models", json_list(collection.names)}});
}

nca::Json describe_perturbations(const ModelFile& source) {
    const nca::SafetensorsFile file = require(nca::parse_safetensors(source.bytes, source.path));
    const auto matrix_of = [&](const nca::StoredTensor& tensor) {
        const auto matrix = require(nca::adversarial::perturbation_from<Rule>(file, tensor.name));
        // The identity changes nothing.
        float largest = 0.0F;
        for (int i = 0; i < Rule::channels; ++i) {
            for (int j = i; j < Rule::channels; ++j) {
                largest = std::max(largest, std::abs(matrix(i, j) - (i == j ? 1.0F : 0.0F)));
            }
        }
        return nca::Json::object({{"name", tensor.name}, {"largest_displacement", largest}});
    };
    return nca::Json::object({{"perturbations", source.path},
                              {"channels", Rule::channels},
                              {"matrices", json_list(file.tensors(), matrix_of)},
                              {"metadata", metadata_json(file.metadata())}});
}

nca::Json describe_network(const ModelFile& file) {
    const nca::image::Network network =
        require(nca::image::network_from(require(nca::parse_safetensors(file.bytes, file.path))));
    nca::Json taps = nca::Json::array();
    for (std::size_t i = 0; i < network.taps().size(); ++i) {
        const int tap = static_cast<int>(i);
        taps.push_back(nca::Json::object({{"name", network.taps()[i]},
                                          {"channels", network.tap_channels(tap)},
                                          {"minimum_side", network.minimum_side(tap)}}));
    }
    return nca::Json::object({{"network", file.path}, {"architecture", network.name()}, {"layers", std::move(taps)}});
}

nca::Json describe_creature(const ModelFile& file) {
    return describe_model(creature_in(file), file.path, "growing");
}
/// A model of any rule: of its own, or of a system after those of the thread.
nca::Json describe_any(const ModelFile& file) {
    const nca::AnyModel model = any_model_in(file);
    const nca::RuleDescription& rule = model.description();
    nca::Json layers = nca::Json::array();
    int inputs = rule.perceived();
    std::vector<int> widths = rule.hidden;
    widths.push_back(rule.channels - rule.frozen);
    for (const int outputs : widths) {
        layers.push_back(nca::Json::object({{"inputs", inputs}, {"outputs", outputs}}));
        inputs = outputs;
    }
    const nca::FileKind kind = kind_of(file);
    nca::Json result = nca::Json::object({{"model", file.path},
                                          {"system", system_of(file).name},
                                          {"dimensions", rule.dimensions},
                                          {"channels", rule.channels},
                                          {"layers", std::move(layers)},
                                          {"parameters", parameter_count(model)},
                                          {"largest_weight", largest_of(model.parameters())}});
    if (rule.inputs > 0) result.set("inputs", rule.inputs).set("goals", model.goals().count());
    nca::StoredMetadata metadata = model.metadata();
    if (kind.format != nca::FileFormat::safetensors || find_metadata(metadata, "nca.format") == nullptr) {
        for (const auto& [key, value] : nca::describe(rule)) metadata.emplace_back(key, value);
    }
    return result.set("metadata", metadata_json(metadata));
}
nca::Json describe_digits(const ModelFile& file) {
    return describe_model(mnist_model_in(file), file.path, "mnist");
}

template <class R>
std::string header_of(const nca::Model<R>& model, nca::HeaderOptions& options) {
    options.metadata = model.metadata;
    options.goals = model.goals;
    return require(nca::to_header(model.rule, options, model.options));
}

std::string creature_header(const ModelFile& file, nca::HeaderOptions options) {
    return header_of(creature_in(file), options);
}
std::string any_header(const ModelFile& file, nca::HeaderOptions options) {
    const nca::AnyModel model = any_model_in(file);
    return with_rule(model, [&]<class R>(R rule) {
        return header_of(
            nca::Model<R>{std::move(rule), model.metadata(), nca::options_as<R>(model.options()), model.goals()},
            options);
    });
}
std::string texture_header(const ModelFile& file, nca::HeaderOptions options) {
    return std::visit([&](const auto& model) { return header_of(model, options); }, texture_model_in(file).model);
}

std::string published_creature(const ModelFile& file) {
    const Model model = creature_in(file);
    if (model.options.fire_rate != Rule::fire_rate) {
        throw Failure{nca::quote_path(file.path) + " was trained with the fire rate " +
                      nca::number_text(model.options.fire_rate) +
                      ", which the published format cannot tell: its demo runs every model with 0.5"};
    }
    return require(nca::to_quantized_json(model.rule));
}

constexpr SystemFiles systems[]{
    {nca::System::growing, "growing", describe_creature, import_creature, creature_header, published_creature},
    {nca::System::mnist, "mnist", describe_digits, import_digits, nullptr, nullptr},
    {nca::System::texture, "texture", describe_texture, import_textures, texture_header, nullptr},
    {nca::System::perturbations, "perturbations", describe_perturbations, nullptr, nullptr, nullptr},
    {nca::System::network, "network", describe_network, nullptr, nullptr, nullptr},
    {nca::System::goal_guided, "goal_guided", describe_any, import_goal_guided, any_header, nullptr},
    {nca::System::isotropic, "isotropic", describe_any, import_isotropic, any_header, nullptr},
    {nca::System::voxel, "voxel", describe_any, import_voxel, any_header, nullptr},
    {nca::System::convolutional, "custom", describe_any, import_convolutional, any_header, nullptr},
    {nca::System::unknown, "custom", describe_any, nullptr, any_header, nullptr}}; // a rule that its file describes

struct InfoOptions {
    std::string path{};
};

void info(const InfoOptions& options) {
    const ModelFile file = open_model_file(options.path);
    print_result(system_of(file).describe(file));
}

} // namespace

const SystemFiles& system_of(const ModelFile& file) {
    const auto row_of = [](nca::System system) -> const SystemFiles& {
        return *std::ranges::find(systems, system, &SystemFiles::system);
    };
    const nca::FileKind kind = kind_of(file);
    const bool known = kind.system == nca::System::goal_guided || kind.system == nca::System::isotropic ||
                       kind.system == nca::System::voxel;
    if (has_own_rule(file) && !known) return row_of(nca::System::unknown);
    if (kind.system != nca::System::unknown) return row_of(kind.system);
    // The reader of creatures says which tensor or key of a rule in our format is wrong.
    if (kind.reason.empty()) return row_of(nca::System::growing);
    throw Failure{nca::quote_path(file.path) + ": " + kind.reason};
}

void add_info(const Command& program) {
    const auto [command, options] =
        program.add_command("info", "Describe a file of models, of a feature network or of perturbations", info);
    command
        .add("MODEL", options.path,
             "A .safetensors model, a port's .pt model, a published .json model, or a published collection of models, "
             "of any system or of a rule of its own; or the weights of a feature network, or matrices that perturb "
             "states")
        .required();
}

} // namespace program
