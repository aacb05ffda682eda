// SPDX-License-Identifier: Apache-2.0
// nca info: files of any system.
#include <nca/image/load.hpp>
#include <nca/systems/adversarial/published.hpp>

#include "commands.hpp"
#include "creature.hpp"
#include "film.hpp"
#include "model_file.hpp"
#include "texture_model.hpp"

#include <algorithm>
#include <cmath>

namespace program {

namespace {

nca::Json json_of(const nca::StoredMetadata& metadata) {
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
    return nca::Json::object({{"model", path},
                              {"system", system},
                              {"channels", R::channels},
                              {"layers", json_of_layers(R::layers)},
                              {"parameters", R::parameter_count},
                              {"largest_weight", largest_of(model.rule.parameters())},
                              {"metadata", json_of(model.metadata)}});
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
                              {"metadata", json_of(file.metadata())}});
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

struct InfoOptions {
    std::string path{};
};

void info(const InfoOptions& options) {
    const ModelFile file = open_model_file(options.path);
    switch (kind_of(file)) {
    case nca::System::mnist:
        return print_result(describe_model(mnist_model_in(file), file.path, "mnist"));
    case nca::System::texture:
        return print_result(describe_texture(file));
    case nca::System::perturbations:
        return print_result(describe_perturbations(file));
    case nca::System::network:
        return print_result(describe_network(file));
    default:
        // The reader tells what is wrong with a file of no known kind.
        return print_result(describe_model(creature_in(file), file.path, "growing"));
    }
}

} // namespace

void add_info(const Command& program) {
    const auto [command, options] =
        program.add_command("info", "Describe a file of models, of a feature network or of perturbations", info);
    command
        .add("MODEL", options.path,
             "A .safetensors model, a published .json model, or a published collection of models, of any system; or "
             "the weights of a feature network, or matrices that perturb states")
        .required();
}

} // namespace program
