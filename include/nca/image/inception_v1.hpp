// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_INCEPTION_V1_HPP
#define NCA_IMAGE_INCEPTION_V1_HPP

#include <nca/core/result.hpp>
#include <nca/image/network.hpp>
#include <nca/image/network_reader.hpp>
#include <nca/image/response_normalisation.hpp>
#include <nca/io/safetensors.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace nca::image {

namespace detail {

/// The outputs of the convolutions of an inception module.
struct InceptionModule {
    std::string_view name;
    int one;
    int three_bottleneck;
    int three;
    int five_bottleneck;
    int five;
    int pool_reduce;
};

inline constexpr std::array<InceptionModule, 9> inception_modules{{
    {"mixed3a", 64, 96, 128, 16, 32, 32},
    {"mixed3b", 128, 128, 192, 32, 96, 64},
    {"mixed4a", 192, 96, 204, 16, 48, 64},
    {"mixed4b", 160, 112, 224, 24, 64, 64},
    {"mixed4c", 128, 128, 256, 24, 64, 64},
    {"mixed4d", 112, 144, 288, 32, 64, 64},
    {"mixed4e", 256, 160, 320, 32, 128, 128},
    {"mixed5a", 256, 160, 320, 48, 128, 128},
    {"mixed5b", 384, 192, 384, 48, 128, 128},
}};

} // namespace detail

/// InceptionV1 (GoogLeNet, Szegedy et al. 2014) as shown by Lucid and OpenAI Microscope, without the classifier.
///
/// Taps: mixed3a to mixed5b, the four branches of a module (1x1, 3x3, 5x5, pool_reduce) one after the other *before*
/// their ReLU, as in Lucid's objectives "layer:channel". Padding is TensorFlow's "SAME". The colours are rgb * 255 -
/// 117. Tensors have the names of the PyTorch port `lucent`: conv2d0_pre_relu_conv.weight,
/// mixed3a_3x3_bottleneck_pre_relu_conv.weight, ... Errors: a tensor that is missing, has the wrong shape or
/// is not finite.
[[nodiscard]] inline Result<Network> inception_v1(const SafetensorsFile& file) {
    ColourTransform colours;
    for (std::size_t c = 0; c < 3; ++c) {
        colours.matrix[c][c] = 255.0;
        colours.offset[c] = -117.0;
    }
    NetworkReader reader(file, "InceptionV1", colours);
    NetworkBuilder<float>& builder = reader.builder();
    constexpr Window pool{.size = 3, .stride = 2, .fit = Fit::same};
    constexpr Window same_pool{.size = 3, .fit = Fit::same};
    const auto convolution = [&](int input, const std::string& name, int outputs, const Window& window,
                                 bool relu = true) {
        return reader.convolution(input, name + "_pre_relu_conv", outputs, window, relu);
    };
    int layer = convolution(0, "conv2d0", 64, {.size = 7, .stride = 2, .fit = Fit::same});
    layer = builder.normalisation(builder.max_pool(layer, pool), {});
    layer = convolution(layer, "conv2d1", 64, {});
    layer = convolution(layer, "conv2d2", 192, {.size = 3, .fit = Fit::same});
    layer = builder.max_pool(builder.normalisation(layer, {}), pool);
    for (const detail::InceptionModule& module : detail::inception_modules) {
        if (module.name == "mixed4a" || module.name == "mixed5a") layer = builder.max_pool(layer, pool);
        const std::string name{module.name};
        const int one = convolution(layer, name + "_1x1", module.one, {}, false);
        int three = convolution(layer, name + "_3x3_bottleneck", module.three_bottleneck, {});
        three = convolution(three, name + "_3x3", module.three, {.size = 3, .fit = Fit::same}, false);
        int five = convolution(layer, name + "_5x5_bottleneck", module.five_bottleneck, {});
        five = convolution(five, name + "_5x5", module.five, {.size = 5, .fit = Fit::same}, false);
        const int reduced =
            convolution(builder.max_pool(layer, same_pool), name + "_pool_reduce", module.pool_reduce, {}, false);
        const int before = builder.concatenation({one, three, five, reduced});
        builder.tap(name, before, module.name[5] != '5');
        layer = builder.relu(before);
    }
    return std::move(reader).finish();
}

} // namespace nca::image

#endif // NCA_IMAGE_INCEPTION_V1_HPP
