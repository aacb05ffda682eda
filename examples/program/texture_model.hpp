// SPDX-License-Identifier: Apache-2.0
// Models of textures, for the programs nca and play.
#ifndef NCA_EXAMPLES_NCA_TEXTURE_MODEL_HPP
#define NCA_EXAMPLES_NCA_TEXTURE_MODEL_HPP

#include <nca/systems/identify.hpp>
#include <nca/systems/texture/collection.hpp>
#include <nca/systems/texture/published.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace program {

/// A model and what it is called.
struct TextureModel {
    std::string name;
    nca::texture::AnyModel model;
};

/// True if the bytes of a file can only be a published collection of textures.
[[nodiscard]] bool is_texture_collection(std::span<const std::byte> bytes);
/// The collection in a file. A damaged one ends the program.
[[nodiscard]] nca::texture::Collection read_texture_collection(std::span<const std::byte> bytes, const std::string& path);

/// All models of a file, whose bytes these are: one of a .safetensors, many of a collection. With `only` just the one
/// of that name. What is no model of textures ends the program.
[[nodiscard]] std::vector<TextureModel> texture_models(std::span<const std::byte> bytes, const std::string& path,
                                                       const std::string& only = {});

/// True if this is COLLECTION.json:NAME, and no file.
[[nodiscard]] bool names_one_of_collection(const std::string& path);
/// The only model of a file, or the one named `only` of a collection.
[[nodiscard]] TextureModel one_texture_model(std::span<const std::byte> bytes, const std::string& path,
                                             const std::string& only = {});
/// The one model that a name on the command line means: a .safetensors file, COLLECTION.json:NAME, or a collection
/// together with `only`.
[[nodiscard]] TextureModel load_texture_model(const std::string& path, const std::string& only = {});

} // namespace program

#endif // NCA_EXAMPLES_NCA_TEXTURE_MODEL_HPP
