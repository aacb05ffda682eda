// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_LOAD_HPP
#define NCA_IMAGE_LOAD_HPP

#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/image/inception_v1.hpp>
#include <nca/image/network.hpp>
#include <nca/image/squeezenet.hpp>
#include <nca/image/vgg.hpp>
#include <nca/io/safetensors.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace nca::image {

/// The feature network whose weights a file holds, recognised by the names of its tensors: VGG16, VGG19, the distilled
/// VGG19, SqueezeNet 1.1 or InceptionV1. Errors: another network, or a tensor that is missing, has the wrong shape or
/// is not finite; the message names the file.
[[nodiscard]] inline Result<Network> network_from(const SafetensorsFile& file) {
    const auto has = [&](std::string_view tensor) { return file.find(tensor) != nullptr; };
    const auto refuse = [&](std::string_view what) {
        return about_file(file.file_name(),
                          Error{std::string{what} +
                                "; expected VGG16 or VGG19 (torchvision), the distilled VGG19, SqueezeNet "
                                "1.1 or InceptionV1 (lucent)"});
    };
    const auto dimension = [&](std::string_view tensor, std::size_t axis) {
        const StoredTensor* found = file.find(tensor);
        return found != nullptr && axis < found->shape.size() ? found->shape[axis] : std::size_t{0};
    };
    if (has("conv2d0_pre_relu_conv.weight")) return inception_v1(file);
    if (has("conv11.weight")) return distilled_vgg19(file);
    if (has("fire2.squeeze1x1.weight")) return squeezenet(file);
    if (has("inception3a.branch1.conv.weight")) {
        return refuse("torchvision's GoogLeNet, which has batch normalisation, is not InceptionV1");
    }
    if (has("features.0.weight")) {
        if (has("features.3.squeeze.weight") || dimension("features.0.weight", 2) == 7) {
            if (dimension("features.0.weight", 0) == 64) return squeezenet(file);
            return refuse("torchvision's SqueezeNet 1.0 is not SqueezeNet 1.1");
        }
        if (has("features.1.weight")) return refuse("VGG with batch normalisation is not supported");
        if (has("features.16.weight") && has("features.7.weight")) return vgg19(file);
        if (has("features.17.weight") && has("features.7.weight")) return vgg16(file);
    }
    return refuse("holds no known feature network");
}

/// Reads a feature network; see network_from(). Errors: those of read_safetensors() and network_from().
[[nodiscard]] inline Result<Network> load_network(const std::string& path) {
    const auto file = read_safetensors(path);
    if (!file) return file.error();
    return network_from(*file);
}

} // namespace nca::image

#endif // NCA_IMAGE_LOAD_HPP
