// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_VGG_HPP
#define NCA_IMAGE_VGG_HPP

#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/image/network.hpp>
#include <nca/image/network_reader.hpp>
#include <nca/io/safetensors.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

/// The networks of the Visual Geometry Group (Simonyan and Zisserman 2014), up to the first convolution of the fifth
/// block: 3x3 convolutions with ReLU, 2x2 poolings between the blocks. The taps are relu1_1, relu1_2, ... relu5_1; a
/// texture loss takes the first of each block.
namespace nca::image {

namespace detail {

/// Adds the blocks to a reader; name(block, convolution, convolutions so far) names the tensors.
template <class Name>
[[nodiscard]] Result<Network> read_vgg(NetworkReader reader, const std::array<int, 5>& depths,
                                       const std::array<int, 5>& channels, const Window& window, Name&& name) {
    int layer = 0;
    int convolutions = 0;
    for (std::size_t block = 0; block < depths.size(); ++block) {
        if (block > 0) layer = reader.builder().max_pool(layer, {.size = 2, .stride = 2});
        for (int depth = 0; depth < depths[block]; ++depth) {
            layer = reader.convolution(layer, name(static_cast<int>(block), depth, convolutions++), channels[block],
                                       window);
            reader.builder().tap("relu" + std::to_string(block + 1) + "_" + std::to_string(depth + 1), layer,
                                 depth == 0);
        }
    }
    return std::move(reader).finish();
}

/// VGG16 (three convolutions in the third and fourth block) or VGG19 (four) with torchvision's names.
[[nodiscard]] inline Result<Network> torchvision_vgg(const SafetensorsFile& file, int deep) {
    const std::string* input = file.find_metadata("nca.preprocessing");
    if (input != nullptr && *input != "caffe" && *input != "torchvision") {
        return about_file(
            file.file_name(),
            Error{"metadata 'nca.preprocessing': expected 'torchvision' or 'caffe', found " + quote(*input)});
    }
    const bool caffe = input != nullptr && *input == "caffe";
    NetworkReader reader(file, deep == 3 ? "VGG16" : "VGG19",
                         caffe ? caffe_colours({103.939, 116.779, 123.68}) : torchvision_colours());
    // torchvision counts convolutions, ReLUs and poolings in one list.
    return read_vgg(
        std::move(reader), {2, 2, deep, deep, 1}, {64, 128, 256, 512, 512}, {.size = 3, .padding = 1},
        [](int block, int, int convolutions) { return "features." + std::to_string(2 * convolutions + block); });
}

} // namespace detail

/// VGG16 from torchvision's names, features.0.weight and so on; layers above relu5_1 are not read. Preprocessing is
/// torchvision's, or that of the original weights (and Keras) where the metadata `nca.preprocessing` is "caffe".
/// Errors: a tensor that is missing, has the wrong shape or is not finite.
[[nodiscard]] inline Result<Network> vgg16(const SafetensorsFile& file) {
    return detail::torchvision_vgg(file, 3);
}

/// VGG19, otherwise like vgg16().
[[nodiscard]] inline Result<Network> vgg19(const SafetensorsFile& file) {
    return detail::torchvision_vgg(file, 4);
}

/// VGG19 distilled to a quarter of the channels (Wang et al., Collaborative Distillation, CVPR 2020): tensors conv11,
/// conv12, ... conv51, reflecting edges, and conv0 for preprocessing. A sixteenth of the cost of VGG19.
/// Errors: as of vgg16().
[[nodiscard]] inline Result<Network> distilled_vgg19(const SafetensorsFile& file) {
    const auto colours = NetworkReader::read_colours(file, "conv0");
    if (!colours) return colours.error();
    NetworkReader reader(file, "distilled VGG19", *colours);
    return detail::read_vgg(
        std::move(reader), {2, 2, 4, 4, 1}, {16, 32, 64, 128, 128}, {.size = 3, .padding = 1, .edge = Edge::reflect},
        [](int block, int depth, int) { return "conv" + std::to_string(block + 1) + std::to_string(depth + 1); });
}

} // namespace nca::image

#endif // NCA_IMAGE_VGG_HPP
