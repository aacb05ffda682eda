// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_LOAD_HPP
#define NCA_IMAGE_LOAD_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/image/convolution.hpp>
#include <nca/image/network.hpp>
#include <nca/image/pointwise.hpp>
#include <nca/io/safetensors.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nca::inline NCA_ABI::image {

/// Composes a network whose weights come from a file. The first tensor that is missing or wrong is remembered and zeros
/// are used instead, so that architectures need no check after every layer; finish() reports it.
class NetworkReader {
public:
    /// `file` must outlive the reader.
    NetworkReader(const SafetensorsFile& file, std::string name, const ColourTransform& colours)
        : file_{&file}, builder_{std::move(name), colours} {}

    /// A convolution with the tensors `name`.weight [outputs, inputs, size, size] and `name`.bias [outputs], of any
    /// floating-point type.
    int convolution(int input, std::string_view name, int outputs, const Window& window, bool relu = true) {
        return builder_.convolution(input, read_kernel(name, builder_.channels(input), outputs, window.size), window,
                                    relu);
    }

    /// For layers without weights.
    [[nodiscard]] NetworkBuilder<float>& builder() noexcept { return builder_; }

    /// Preprocesses colours by the 1x1 convolution `name` [3, 3, 1, 1] of the file.
    void read_colours(std::string_view name) {
        const ConvolutionKernel<float> kernel = read_kernel(name, 3, 3, 1);
        ColourTransform colours;
        for (std::size_t c = 0; c < 3; ++c) {
            colours.offset[c] = static_cast<double>(kernel.biases()[c]);
            for (std::size_t i = 0; i < 3; ++i) {
                colours.matrix[c][i] = static_cast<double>(kernel.weight(0, static_cast<int>(i), static_cast<int>(c)));
            }
        }
        builder_.set_colours(colours);
    }

    /// The network. Errors: the first tensor that is missing, has the wrong shape or is not finite.
    [[nodiscard]] Result<Network> finish() && {
        if (error_) return *error_;
        return std::move(builder_).build();
    }

private:
    [[nodiscard]] ConvolutionKernel<float> read_kernel(std::string_view name, int inputs, int outputs, int size) {
        ConvolutionKernel<float> kernel(size * size, inputs, outputs);
        if (error_) return kernel;
        const auto out = static_cast<std::size_t>(outputs);
        const auto in = static_cast<std::size_t>(inputs);
        const auto side = static_cast<std::size_t>(size);
        const auto weight = file_->to_finite_floats(std::string{name} + ".weight", {out, in, side, side});
        const auto bias = file_->to_finite_floats(std::string{name} + ".bias", {out});
        if (!weight || !bias) {
            error_ = weight ? bias.error() : weight.error();
            return kernel;
        }
        const float* value = weight->data();
        for (int o = 0; o < outputs; ++o) {
            kernel.bias(o) = (*bias)[static_cast<std::size_t>(o)];
            for (int i = 0; i < inputs; ++i) {
                for (int tap = 0; tap < size * size; ++tap) kernel.weight(tap, i, o) = *value++;
            }
        }
        return kernel;
    }

    const SafetensorsFile* file_;
    NetworkBuilder<float> builder_;
    std::optional<Error> error_{};
};

/// The preprocessing of torchvision: (rgb - mean) / standard deviation of ImageNet.
inline constexpr ColourTransform torchvision_colours =
    ColourTransform::scaled({1.0 / 0.229, 1.0 / 0.224, 1.0 / 0.225}, {-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225});

/// The preprocessing of Caffe: blue, green and red from 0 to 255, minus a mean in that order.
[[nodiscard]] constexpr ColourTransform caffe_colours(const std::array<double, 3>& mean) noexcept {
    return {{{{0.0, 0.0, 255.0}, {0.0, 255.0, 0.0}, {255.0, 0.0, 0.0}}}, {-mean[0], -mean[1], -mean[2]}};
}

namespace detail {

// The networks of the Visual Geometry Group (Simonyan and Zisserman 2014), up to the first convolution of the fifth
// block: 3x3 convolutions with ReLU, 2x2 poolings between the blocks. The taps are relu1_1, relu1_2, ... relu5_1; a
// texture loss takes the first of each block.

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
                         caffe ? caffe_colours({103.939, 116.779, 123.68}) : torchvision_colours);
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
    NetworkReader reader(file, "distilled VGG19", {});
    reader.read_colours("conv0");
    return detail::read_vgg(
        std::move(reader), {2, 2, 4, 4, 1}, {16, 32, 64, 128, 128}, {.size = 3, .padding = 1, .edge = Edge::reflect},
        [](int block, int depth, int) { return "conv" + std::to_string(block + 1) + std::to_string(depth + 1); });
}

/// The complete SqueezeNet 1.1 (Iandola et al. 2016), up to the logits of the 1000 classes of ImageNet.
///
/// Taps: conv1; fire2 to fire9, and before their ReLU fire2_pre_relu to fire9_pre_relu, for feature visualisation;
/// logits. Tensors: conv1, fire2.squeeze1x1, fire2.expand1x1, fire2.expand3x3, ... conv10, with the preprocessing of
/// Caffe; or torchvision's names (features.0, features.3.squeeze, ... classifier.1) with its preprocessing. Errors: as
/// of vgg16().
[[nodiscard]] inline Result<Network> squeezenet(const SafetensorsFile& file) {
    const bool torchvision = file.find("features.0.weight") != nullptr;
    NetworkReader reader(file, "SqueezeNet 1.1",
                         torchvision ? torchvision_colours : caffe_colours({104.0, 117.0, 123.0}));
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
/// mixed3a_3x3_bottleneck_pre_relu_conv.weight, ... Errors: as of vgg16().
[[nodiscard]] inline Result<Network> inception_v1(const SafetensorsFile& file) {
    NetworkReader reader(file, "InceptionV1", ColourTransform::scaled({255.0, 255.0, 255.0}, {-117.0, -117.0, -117.0}));
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

/// The feature network whose weights a file holds, recognised by the names of its tensors: VGG16, VGG19, the distilled
/// VGG19, SqueezeNet 1.1 or InceptionV1. Errors: another network, or as of vgg16().
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
    return read_safetensors(path).and_then(network_from);
}

} // namespace nca::inline NCA_ABI::image

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_LOAD_HPP
