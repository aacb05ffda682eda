// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_NETWORK_READER_HPP
#define NCA_IMAGE_NETWORK_READER_HPP

#include <nca/core/config.hpp>
#include <nca/core/result.hpp>
#include <nca/image/convolution.hpp>
#include <nca/image/network.hpp>
#include <nca/io/safetensors.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nca::image {

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

    /// Preprocessing by the 1x1 convolution `name` [3, 3, 1, 1] of the file.
    [[nodiscard]] static Result<ColourTransform> read_colours(const SafetensorsFile& file, std::string_view name) {
        const auto weight = file.to_finite_floats(std::string{name} + ".weight", {3, 3, 1, 1});
        if (!weight) return weight.error();
        const auto bias = file.to_finite_floats(std::string{name} + ".bias", {3});
        if (!bias) return bias.error();
        ColourTransform colours;
        for (std::size_t c = 0; c < 3; ++c) {
            colours.offset[c] = static_cast<double>((*bias)[c]);
            for (std::size_t i = 0; i < 3; ++i) colours.matrix[c][i] = static_cast<double>((*weight)[3 * c + i]);
        }
        return colours;
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

} // namespace nca::image

#endif // NCA_IMAGE_NETWORK_READER_HPP
