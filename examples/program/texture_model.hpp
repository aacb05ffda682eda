// SPDX-License-Identifier: Apache-2.0
// Models of textures, and what they are compared with: an image, seen through a feature network.
#ifndef NCA_EXAMPLES_PROGRAM_TEXTURE_MODEL_HPP
#define NCA_EXAMPLES_PROGRAM_TEXTURE_MODEL_HPP

#include <nca/image/network.hpp>
#include <nca/systems/texture/collection.hpp>
#include <nca/systems/texture/published.hpp>
#include <nca/systems/texture/style_loss.hpp>

#include "model_file.hpp"

#include <string>
#include <vector>

namespace program {

/// A model and its name.
struct TextureModel {
    std::string name;
    nca::texture::AnyModel model;
};

[[nodiscard]] nca::texture::Collection collection_in(const ModelFile& file);
/// All models of a file: one of a .safetensors, many of a collection, or its entry. What is no model of textures ends
/// the program.
[[nodiscard]] std::vector<TextureModel> texture_models_in(const ModelFile& file);
/// The only model of a file, or the entry of a collection.
[[nodiscard]] TextureModel texture_model_in(const ModelFile& file);
/// Reads the one model that the command line names: a .safetensors file, COLLECTION.json:NAME, or a collection together
/// with `only`.
[[nodiscard]] TextureModel load_texture_model(const std::string& path, const std::string& only = {});

/// An image file, shrunk until no side exceeds `size`, on white where it is transparent. One that cannot be read ends
/// the program.
[[nodiscard]] nca::texture::Image load_target_picture(const std::string& path, int size);

/// The network that --features names: "random", or a file of weights. What cannot be read ends the program.
[[nodiscard]] nca::image::Network load_features(const std::string& features);

/// How the layers of a network are weighted in a style loss: as published for the published network and its sister,
/// by pixels for random filters, balanced for all others.
[[nodiscard]] nca::texture::LevelWeights level_weights_for(const nca::image::Network& network);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_TEXTURE_MODEL_HPP
