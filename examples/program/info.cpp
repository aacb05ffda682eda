// SPDX-License-Identifier: Apache-2.0
#include <nca/image/load.hpp>
#include <nca/io/file.hpp>
#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/growing/published.hpp>

#include "mnist_program.hpp"
#include "texture_model.hpp"

#include <algorithm>
#include <memory>

namespace program {

namespace {

template <class R>
nca::Json describe(const nca::Model<R>& model, const std::string& path, const std::string& system) {
    nca::Json layers = nca::Json::array();
    for (const nca::LayerLayout& layer : R::layers) {
        layers.push_back(nca::Json::object({{"inputs", layer.inputs}, {"outputs", layer.outputs}}));
    }
    float largest = 0.0F;
    for (const float w : model.rule.parameters()) largest = std::max(largest, std::abs(w));
    nca::Json metadata = nca::Json::object();
    for (const auto& [key, value] : model.metadata) metadata.set(key, value);
    return nca::Json::object({{"model", path},
                              {"system", system},
                              {"channels", R::channels},
                              {"layers", std::move(layers)},
                              {"parameters", R::parameter_count},
                              {"largest_weight", largest},
                              {"metadata", std::move(metadata)}});
}

/// What a collection of textures holds.
nca::Json describe_collection(std::span<const std::byte> bytes, const std::string& path) {
    const nca::texture::Collection collection = read_texture_collection(bytes, path);
    nca::Json names = nca::Json::array();
    for (const std::string& name : collection.names) names.push_back(name);
    nca::Json layers = nca::Json::array();
    for (const nca::texture::CollectionLayer& layer : collection.layers) {
        layers.push_back(nca::Json::object({{"inputs", layer.inputs}, {"outputs", layer.outputs}}));
    }
    return nca::Json::object({{"collection", path},
                              {"system", "texture"},
                              {"count", collection.names.size()},
                              {"layers", std::move(layers)},
                              {"models", std::move(names)}});
}

nca::Json describe_texture(std::span<const std::byte> bytes, const std::string& path) {
    if (nca::looks_like_json(bytes)) return describe_collection(bytes, path);
    const TextureModel found = std::move(texture_models(bytes, path).front());
    return std::visit([&](const auto& model) { return describe(model, path, "texture"); }, found.model);
}

/// The layers of a feature network that have a name, with what a loss needs to know of them.
nca::Json describe_network(std::span<const std::byte> bytes, const std::string& path) {
    const nca::image::Network network = require(nca::image::network_from(require(nca::parse_safetensors(bytes, path))));
    nca::Json taps = nca::Json::array();
    for (std::size_t i = 0; i < network.taps().size(); ++i) {
        const int tap = static_cast<int>(i);
        taps.push_back(nca::Json::object({{"name", network.taps()[i]},
                                          {"channels", network.tap_channels(tap)},
                                          {"minimum_side", network.minimum_side(tap)}}));
    }
    return nca::Json::object({{"network", path}, {"architecture", network.name()}, {"layers", std::move(taps)}});
}

/// The matrices of a file, and how far each is from the identity, which changes nothing.
nca::Json describe_perturbations(std::span<const std::byte> bytes, const std::string& path) {
    const nca::SafetensorsFile file = require(nca::parse_safetensors(bytes, path));
    nca::Json matrices = nca::Json::array();
    for (const nca::StoredTensor& tensor : file.tensors()) {
        const auto matrix = require(nca::adversarial::perturbation_from<Rule>(file, tensor.name));
        float largest = 0.0F;
        for (int i = 0; i < Rule::channels; ++i) {
            for (int j = i; j < Rule::channels; ++j) {
                largest = std::max(largest, std::abs(matrix(i, j) - (i == j ? 1.0F : 0.0F)));
            }
        }
        matrices.push_back(nca::Json::object({{"name", tensor.name}, {"largest_displacement", largest}}));
    }
    nca::Json metadata = nca::Json::object();
    for (const auto& [key, value] : file.metadata()) metadata.set(key, value);
    return nca::Json::object({{"perturbations", path},
                              {"channels", Rule::channels},
                              {"matrices", std::move(matrices)},
                              {"metadata", std::move(metadata)}});
}

} // namespace

void add_info(CLI::App& app) {
    const auto path = std::make_shared<std::string>();
    CLI::App* const command =
        app.add_subcommand("info", "Tell what a file of models, of a feature network or of perturbations holds");
    command
        ->add_option(
            "MODEL", *path,
            "A .safetensors model, a published .json model, or a published collection of models, of any system; or the "
            "weights of a feature network, or matrices that perturb states")
        ->required();
    command->callback([path] {
        const auto bytes = require(nca::read_file(*path));
        using nca::System;
        const System system = nca::identify(bytes).system;
        print_result(system == System::perturbations ? describe_perturbations(bytes, *path)
                     : system == System::texture     ? describe_texture(bytes, *path)
                     : system == System::network     ? describe_network(bytes, *path)
                     : system == System::mnist
                         ? describe(require(nca::mnist::parse_model(bytes, *path)), *path, "mnist")
                         : describe(require(nca::growing::parse_model<Rule>(bytes, *path)), *path, "growing"));
    });
}

} // namespace program
