// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_SQUEEZENET_HPP
#define NCA_IMAGE_SQUEEZENET_HPP

#include <nca/core/result.hpp>
#include <nca/image/network.hpp>
#include <nca/image/network_reader.hpp>
#include <nca/io/safetensors.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace nca::image {

/// The complete SqueezeNet 1.1 (Iandola et al. 2016): a 3x3 convolution of stride 2, eight fire modules, each of which
/// squeezes the channels and expands them by 1x1 and 3x3 convolutions side by side, and a 1x1 convolution to the 1000
/// classes of ImageNet, whose mean over the image is the logits.
///
/// Taps: conv1; fire2 to fire9, and before their ReLU fire2_pre_relu to fire9_pre_relu, for feature visualisation;
/// logits. Tensors: conv1, fire2.squeeze1x1, fire2.expand1x1, fire2.expand3x3, ... conv10, with the preprocessing of
/// Caffe; or torchvision's names (features.0, features.3.squeeze, ... classifier.1) with its preprocessing. Errors: a
/// tensor that is missing, has the wrong shape or is not finite.
[[nodiscard]] inline Result<Network> squeezenet(const SafetensorsFile& file) {
    const bool torchvision = file.find("features.0.weight") != nullptr;
    NetworkReader reader(file, "SqueezeNet 1.1",
                         torchvision ? torchvision_colours() : caffe_colours({104.0, 117.0, 123.0}));
    constexpr Window pool{.size = 3, .stride = 2, .fit = Fit::cover};
    constexpr std::array<int, 8> squeezed{16, 16, 32, 32, 48, 48, 64, 64};
    // torchvision counts the convolution, its ReLU, the poolings and the modules in one list.
    constexpr std::array<int, 8> positions{3, 4, 6, 7, 9, 10, 11, 12};
    int layer = reader.convolution(0, torchvision ? "features.0" : "conv1", 64, {.size = 3, .stride = 2});
    reader.builder().tap("conv1", layer, true);
    for (std::size_t i = 0; i < squeezed.size(); ++i) {
        if (i == 0 || i == 2 || i == 4) layer = reader.builder().max_pool(layer, pool);
        const std::string module = "fire" + std::to_string(i + 2);
        const std::string prefix = torchvision ? "features." + std::to_string(positions[i]) : module;
        const std::string suffix = torchvision ? "" : "1x1";
        const int outputs = 4 * squeezed[i];
        const int squeeze = reader.convolution(layer, prefix + ".squeeze" + suffix, squeezed[i], {});
        const int one = reader.convolution(squeeze, prefix + ".expand1x1", outputs, {}, false);
        const int three = reader.convolution(squeeze, prefix + ".expand3x3", outputs, {.size = 3, .padding = 1}, false);
        const int before = reader.builder().concatenation({one, three});
        layer = reader.builder().relu(before);
        reader.builder().tap(module + "_pre_relu", before);
        reader.builder().tap(module, layer, i % 2 == 1);
    }
    layer = reader.convolution(layer, torchvision ? "classifier.1" : "conv10", 1000, {});
    reader.builder().tap("logits", reader.builder().global_mean(layer));
    return std::move(reader).finish();
}

} // namespace nca::image

#endif // NCA_IMAGE_SQUEEZENET_HPP
