// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_NETWORK_HPP
#define NCA_IMAGE_NETWORK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/result.hpp>
#include <nca/image/convolution.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/image/pointwise.hpp>
#include <nca/image/winograd.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Image networks, whose activations are the features that losses compare.
namespace nca::inline NCA_ABI::image {

/// The operation of a layer.
enum class LayerKind {
    input,         ///< the preprocessed image
    convolution,   ///< with a bias and optionally a ReLU
    relu,          ///< max(x, 0)
    max_pool,      ///< the maximum of each window
    mean_pool,     ///< the mean of each window
    global_mean,   ///< the mean over all pixels: one pixel
    normalisation, ///< local response normalisation
    concatenation, ///< the channels of several layers, one after the other
};

/// One layer, which reads earlier layers.
template <class T>
struct Layer {
    LayerKind kind = LayerKind::input;
    std::vector<int> inputs{};
    int channels = 3;
    Window window{};                   ///< of convolutions and poolings
    bool relu = false;                 ///< a convolution that is followed by a ReLU
    bool winograd = false;             ///< a convolution by convolve_winograd()
    ConvolutionKernel<T> kernel{};     ///< of a convolution, transformed if it is by convolve_winograd()
    ConvolutionKernel<T> transposed{}; ///< the same with inputs and outputs exchanged
    ResponseNormalisation norm{};
};

/// The size of the feature maps of a layer.
struct MapSize {
    int height = 0;
    int width = 0;

    friend constexpr bool operator==(const MapSize&, const MapSize&) noexcept = default;
};

template <class T>
class NetworkBuilder;

/// A network with its weights: a list of layers, of which some are named taps, first `input`, the preprocessed image.
/// Immutable; copies share the weights, and any number of threads may use one, each with a Workspace of its own.
template <class T>
class BasicNetwork {
public:
    /// The name of the architecture, for messages.
    [[nodiscard]] const std::string& name() const noexcept { return parts_->name; }
    /// The names of the taps, from the input upwards.
    [[nodiscard]] const std::vector<std::string>& taps() const noexcept { return parts_->tap_names; }
    /// The taps usually used by texture losses, as indices into taps(), without `input`.
    [[nodiscard]] const std::vector<int>& style_taps() const noexcept { return parts_->style_taps; }
    /// The tap of that name. Errors: there is none; the message lists the names.
    [[nodiscard]] Result<int> find_tap(std::string_view tap) const {
        const auto& names = taps();
        const auto found = std::find(names.begin(), names.end(), tap);
        if (found != names.end()) return static_cast<int>(found - names.begin());
        std::string list;
        for (const std::string& each : names) list.append(list.empty() ? "" : ", ").append(each);
        return Error{name() + " has no layer '" + std::string{tap} + "', it has " + list};
    }
    [[nodiscard]] int tap_channels(int tap) const noexcept {
        return layers()[static_cast<std::size_t>(tap_layer(tap))].channels;
    }

    /// The minimum height and width of an image for which the tap, or every tap, has a pixel.
    [[nodiscard]] int minimum_side(std::optional<int> tap = std::nullopt) const {
        const auto fits = [&](int side) {
            const std::vector<MapSize> list = sizes(side, side);
            const auto has_pixels = [&](int layer) { return list[static_cast<std::size_t>(layer)].height > 0; };
            if (tap) return has_pixels(tap_layer(*tap));
            return std::all_of(parts_->tap_layers.begin(), parts_->tap_layers.end(), has_pixels);
        };
        int side = 1;
        while (!fits(side)) ++side;
        return side;
    }
    /// Errors: an image of that size is too small for some of the given taps.
    [[nodiscard]] Result<void> accepts(int height, int width, std::span<const int> taps) const {
        int side = 1;
        for (const int tap : taps) side = std::max(side, minimum_side(tap));
        if (height >= side && width >= side) return {};
        return Error{"an image of " + std::to_string(width) + " x " + std::to_string(height) +
                     " pixels is too small: " + name() + " needs at least " + std::to_string(side) + " x " +
                     std::to_string(side)};
    }

    /// The layers in the order of computation; the first is the input.
    [[nodiscard]] std::span<const Layer<T>> layers() const noexcept { return parts_->layers; }
    [[nodiscard]] int tap_layer(int tap) const noexcept { return parts_->tap_layers[static_cast<std::size_t>(tap)]; }
    [[nodiscard]] const ColourTransform& colours() const noexcept { return parts_->colours; }

    /// The sizes of all layers for an image; zero where a window of the layer, or of one that it reads, does not fit.
    [[nodiscard]] std::vector<MapSize> sizes(int height, int width) const {
        std::vector<MapSize> list;
        for (const Layer<T>& layer : layers()) {
            if (layer.kind == LayerKind::input) {
                list.push_back({height, width});
                continue;
            }
            MapSize size = list[static_cast<std::size_t>(layer.inputs.front())];
            if (!layer.window.fits(size.height) || !layer.window.fits(size.width)) {
                size = {};
            } else if (layer.kind == LayerKind::global_mean) {
                size = {1, 1};
            } else {
                size = {layer.window.outputs(size.height), layer.window.outputs(size.width)};
            }
            list.push_back(size);
        }
        return list;
    }

private:
    friend class NetworkBuilder<T>;

    struct Parts {
        std::string name{};
        ColourTransform colours{};
        std::vector<Layer<T>> layers{};
        std::vector<std::string> tap_names{};
        std::vector<int> tap_layers{};
        std::vector<int> style_taps{};
    };

    explicit BasicNetwork(std::shared_ptr<const Parts> parts) noexcept : parts_{std::move(parts)} {}

    std::shared_ptr<const Parts> parts_;
};

/// Composes a network layer by layer. Every function that adds a layer returns its index; layer 0 is the input.
template <class T>
class NetworkBuilder {
public:
    explicit NetworkBuilder(std::string name, const ColourTransform& colours = {}) {
        parts_.name = std::move(name);
        parts_.colours = colours;
        parts_.layers.emplace_back();
        tap("input", 0);
    }

    void set_colours(const ColourTransform& colours) noexcept { parts_.colours = colours; }
    /// A convolution. Precondition: the kernel has the window's taps and the input's channels.
    int convolution(int input, ConvolutionKernel<T> kernel, const Window& window, bool relu) {
        NCA_ASSERT(kernel.inputs() == channels(input) && kernel.taps() == window.taps(),
                   "nca::image::NetworkBuilder: a kernel of the window's size for the channels of its input");
        Layer<T> layer{LayerKind::convolution, {input}, kernel.outputs(), window, relu};
        // With fewer channels than lane_padding the transforms would cost more than they save.
        layer.winograd = suits_winograd(window) && std::min(kernel.inputs(), kernel.outputs()) >= lane_padding;
        layer.kernel = layer.winograd ? winograd_kernel(kernel) : std::move(kernel);
        layer.transposed = layer.kernel.transposed();
        return append(std::move(layer));
    }
    int relu(int input) { return append({LayerKind::relu, {input}, channels(input)}); }
    int max_pool(int input, const Window& window) {
        return append({LayerKind::max_pool, {input}, channels(input), window});
    }
    int mean_pool(int input, const Window& window) {
        return append({LayerKind::mean_pool, {input}, channels(input), window});
    }
    int global_mean(int input) { return append({LayerKind::global_mean, {input}, channels(input)}); }
    int normalisation(int input, const ResponseNormalisation& norm) {
        Layer<T> layer{LayerKind::normalisation, {input}, channels(input)};
        layer.norm = norm;
        return append(std::move(layer));
    }
    /// Precondition: the inputs have maps of one size.
    int concatenation(std::vector<int> inputs) {
        int total = 0;
        for (const int input : inputs) total += channels(input);
        return append({LayerKind::concatenation, std::move(inputs), total});
    }
    /// Names a layer; `style` adds it to style_taps().
    void tap(std::string name, int layer, bool style = false) {
        if (style) parts_.style_taps.push_back(static_cast<int>(parts_.tap_names.size()));
        parts_.tap_names.push_back(std::move(name));
        parts_.tap_layers.push_back(layer);
    }

    [[nodiscard]] int channels(int layer) const noexcept {
        return parts_.layers[static_cast<std::size_t>(layer)].channels;
    }
    [[nodiscard]] BasicNetwork<T> build() && {
        using Parts = typename BasicNetwork<T>::Parts;
        return BasicNetwork<T>{std::make_shared<const Parts>(std::move(parts_))};
    }

private:
    int append(Layer<T> layer) {
        parts_.layers.push_back(std::move(layer));
        return static_cast<int>(parts_.layers.size()) - 1;
    }

    typename BasicNetwork<T>::Parts parts_{};
};

/// A network in single precision, as stored in files.
using Network = BasicNetwork<float>;

} // namespace nca::inline NCA_ABI::image

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_NETWORK_HPP
