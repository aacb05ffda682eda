// SPDX-License-Identifier: Apache-2.0
// What the commands train and eval of `nca texture` compare with: an image, seen through a feature network.
#ifndef NCA_EXAMPLES_PROGRAM_TEXTURE_TARGET_HPP
#define NCA_EXAMPLES_PROGRAM_TEXTURE_TARGET_HPP

#include <nca/image/network.hpp>
#include <nca/systems/texture/style_loss.hpp>

#include "model_file.hpp"

#include <string>

namespace program {

/// An image file, shrunk until no side exceeds `size`, on white where it is transparent. One that cannot be read ends
/// the program.
[[nodiscard]] nca::texture::Image load_target_picture(const std::string& path, int size);

/// The network that --features names: "random", or a file of weights. What cannot be read ends the program.
[[nodiscard]] nca::image::Network load_features(const std::string& features);

/// How the layers of a network are weighted in a style loss: as published for the published network and its sister,
/// by pixels for random filters, balanced for all others.
[[nodiscard]] nca::texture::LevelWeights level_weights_for(const nca::image::Network& network);

/// The layers of a feature network, with what a loss needs of them: for the table of systems.
[[nodiscard]] nca::Json describe_network(const ModelFile& file);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_TEXTURE_TARGET_HPP
