// SPDX-License-Identifier: Apache-2.0
// Models of textures.
#ifndef NCA_EXAMPLES_PROGRAM_TEXTURE_MODEL_HPP
#define NCA_EXAMPLES_PROGRAM_TEXTURE_MODEL_HPP

#include <nca/run/header_text.hpp>
#include <nca/systems/texture/published.hpp>

#include "model_file.hpp"

#include <string>
#include <vector>

namespace program {

/// A model and its name.
struct TextureModel {
    std::string name;
    nca::texture::AnyModel model;
};

/// All models of a file: one of a .safetensors, many of a collection, or its entry. What is no model of textures ends
/// the program.
[[nodiscard]] std::vector<TextureModel> texture_models_in(const ModelFile& file);
/// The only model of a file, or the entry of a collection.
[[nodiscard]] TextureModel texture_model_in(const ModelFile& file);
/// Reads the one model that the command line names: a .safetensors file, COLLECTION.json:NAME, or a collection together
/// with `only`.
[[nodiscard]] TextureModel load_texture_model(const std::string& path, const std::string& only = {});

// For the table of systems.
[[nodiscard]] nca::Json describe_texture(const ModelFile& file);
/// Writes the models of a collection into a folder.
[[nodiscard]] nca::Json import_textures(const ModelFile& file, const std::string& to);
[[nodiscard]] std::string texture_header(const ModelFile& file, const nca::HeaderOptions& options);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_TEXTURE_MODEL_HPP
