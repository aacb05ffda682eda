// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_STYLE_LOSS_HPP
#define NCA_SYSTEMS_TEXTURE_STYLE_LOSS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/hash.hpp>
#include <nca/core/result.hpp>
#include <nca/image/gram.hpp>
#include <nca/image/network.hpp>
#include <nca/image/passes.hpp>
#include <nca/image/sliced_transport.hpp>
#include <nca/image/workspace.hpp>
#include <nca/systems/texture/image_loss.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::texture::inline NCA_ISA {

/// Feature visualisation: minus the mean activation of one channel of a network, plus 10^4 times the mean squared
/// distance of the colours from [0, 1] (Self-Organising Textures, section on InceptionV1).
class ChannelLoss final : public ImageLoss {
public:
    /// The loss of images of height x width pixels. Errors: the network has no such layer or the layer no such channel,
    /// or the images are too small.
    [[nodiscard]] static Result<ChannelLoss> create(const image::Network& network, std::string_view layer, int channel,
                                                    int height, int width) {
        const auto tap = network.find_tap(layer);
        if (!tap) return tap.error();
        const int channels = network.tap_channels(*tap);
        if (channel < 0 || channel >= channels) {
            return Error{network.name() + ": layer '" + std::string{layer} + "' has the channels 0 to " +
                         std::to_string(channels - 1) + ", not " + std::to_string(channel)};
        }
        ChannelLoss loss{network, *tap, channel, height, width};
        if (const auto fits = network.accepts(height, width, {&loss.tap_, 1}); !fits) return fits.error();
        return loss;
    }

    [[nodiscard]] std::string identity() const override {
        return "channel " + std::to_string(channel_) + " of " + network_.taps()[static_cast<std::size_t>(tap_)] + ", " +
               network_.name();
    }
    [[nodiscard]] std::unique_ptr<Scratch> make_scratch() const override {
        return std::make_unique<Memory>(image::Workspace{network_, height(), width(), {tap_}});
    }

    [[nodiscard]] double evaluate(std::span<const float> image, std::span<float> gradient,
                                  Scratch& scratch) const override {
        image::Workspace& work = static_cast<Memory&>(scratch).network;
        image::forward(network_, image, work);
        const image::FeatureMaps<const float> features = work.tap(0);
        double activation = 0.0;
        for (int i = 0; i < features.pixels(); ++i) activation += static_cast<double>(features.pixel(i)[channel_]);
        if (!gradient.empty()) {
            const image::FeatureMaps<float> adjoint = work.tap_adjoint(0);
            std::fill_n(adjoint.values, adjoint.size(), 0.0F);
            for (int i = 0; i < adjoint.pixels(); ++i) {
                adjoint.pixel(i)[channel_] = -1.0F / static_cast<float>(adjoint.pixels());
            }
            image::backward(network_, work, gradient);
        }
        const float factor = 1e4F / static_cast<float>(image.size());
        double overflow = 0.0;
        for (std::size_t i = 0; i < image.size(); ++i) {
            const float excess = image[i] - std::clamp(image[i], 0.0F, 1.0F);
            overflow += static_cast<double>(excess) * static_cast<double>(excess);
            if (!gradient.empty()) gradient[i] += 2.0F * factor * excess;
        }
        return static_cast<double>(factor) * overflow - activation / features.pixels();
    }

private:
    struct Memory final : Scratch {
        explicit Memory(image::Workspace workspace) : network{std::move(workspace)} {}
        image::Workspace network;
    };

    ChannelLoss(const image::Network& network, int tap, int channel, int height, int width)
        : ImageLoss{height, width}, network_{network}, tap_{tap}, channel_{channel} {}

    image::Network network_;
    int tap_;
    int channel_;
};

/// How the levels of a style loss are weighted.
enum class LevelWeights {
    published, ///< all equally, as published with VGG16
    by_area,   ///< each pixel of a level counts for the image area that it covers
    balanced   ///< the same, with the features of each level scaled to unit root mean square
};

/// The style of an image compared with that of a target: the sum over the style layers of a feature network of Gram
/// losses (the TensorFlow package of Self-Organising Textures) or of sliced optimal transports, the latter also over
/// the input of the network, the image itself (its PyTorch notebook).
///
/// Both rely on the scale of VGG16's features, which grows with depth while the number of pixels shrinks. In the
/// distilled VGG19 the root mean square falls from between 60 and 95 at the input to between 3 and 6 at relu5_1, so
/// that colour would outweigh everything else: `balanced` divides the features of a level by the root mean square of
/// the target's, and multiplies a sliced transport by the image pixels per pixel of the level (without which the first
/// two levels carry six sevenths of the weight). `by_area` applies that factor only, which suits random filters.
class StyleLoss final : public ImageLoss {
public:
    /// The loss of images of height x width pixels, which may differ from the target's size. `directions`: of a sliced
    /// transport, rescaled so that its value does not depend on their number. Errors: the target or the images are too
    /// small for the network. Precondition: not Loss::patches, which uses no network.
    [[nodiscard]] static Result<StyleLoss> create(const image::Network& network, const Image& target, int height,
                                                  int width, Loss kind, LevelWeights weights = LevelWeights::balanced,
                                                  int directions = 32) {
        NCA_ASSERT(kind != Loss::patches, "nca::texture::StyleLoss: Loss::patches uses no feature network");
        StyleLoss loss{network, height, width, kind, directions};
        if (kind == Loss::transport) loss.taps_.push_back(0);
        for (const int tap : network.style_taps()) loss.taps_.push_back(tap);
        const auto& extents = target.extents();
        if (const auto fits = network.accepts(extents[0], extents[1], loss.taps_); !fits) return fits.error();
        if (const auto fits = network.accepts(height, width, loss.taps_); !fits) return fits.error();
        image::Workspace work{network, extents[0], extents[1], loss.taps_};
        image::forward(network, target.values(), work);
        const std::vector<image::MapSize> sizes = network.sizes(height, width);
        for (std::size_t level = 0; level < loss.taps_.size(); ++level) {
            const double rms = weights == LevelWeights::balanced ? root_mean_square(work.tap(level)) : 1.0;
            if (kind == Loss::transport) {
                const auto& size = sizes[static_cast<std::size_t>(network.tap_layer(loss.taps_[level]))];
                const int count = size.height * size.width;
                const double pixels = static_cast<double>(height) * width;
                const double weight = weights == LevelWeights::published ? 1.0 : pixels / count;
                loss.transports_.emplace_back(work.tap(level), count, directions, std::sqrt(weight) / rms);
            } else {
                // The compressed form does not scale: sqrt(k a + 1) - 1 is not proportional to k.
                const bool plain = kind == Loss::gram;
                loss.grams_.emplace_back(work.tap(level), plain ? image::GramForm::plain : image::GramForm::compressed,
                                         plain ? std::pow(rms, -4.0) : 1.0);
            }
        }
        loss.weights_ = weights;
        loss.target_ = fingerprint(target.values());
        return loss;
    }

    [[nodiscard]] std::string identity() const override {
        const char* const levels = weights_ == LevelWeights::balanced  ? " of equal levels, "
                                   : weights_ == LevelWeights::by_area ? " of levels by pixels, "
                                                                       : ", ";
        return std::string{name_of(kind_)} + levels + network_.name() + ", target " + target_;
    }
    [[nodiscard]] std::unique_ptr<Scratch> make_scratch() const override {
        return std::make_unique<Memory>(image::Workspace{network_, height(), width(), taps_});
    }

    void draw(const Philox& random, const ExecutorRef& executor) override {
        executor.run(static_cast<int>(transports_.size()), [&](int level) {
            transports_[static_cast<std::size_t>(level)].draw(random.split(static_cast<std::uint32_t>(level)));
        });
    }

    [[nodiscard]] double evaluate(std::span<const float> image, std::span<float> gradient,
                                  Scratch& scratch) const override {
        auto& memory = static_cast<Memory&>(scratch);
        image::forward(network_, image, memory.network);
        double total = 0.0;
        for (std::size_t level = 0; level < taps_.size(); ++level) {
            const image::FeatureMaps<const float> features = memory.network.tap(level);
            const image::FeatureMaps<float> adjoint =
                gradient.empty() ? image::FeatureMaps<float>{} : memory.network.tap_adjoint(level);
            total += kind_ == Loss::transport ? transports_[level](features, adjoint, memory.transport)
                                              : grams_[level](features, adjoint, memory.gram);
        }
        if (!gradient.empty()) image::backward(network_, memory.network, gradient);
        return total * 32.0 / directions_;
    }

private:
    struct Memory final : Scratch {
        explicit Memory(image::Workspace workspace) : network{std::move(workspace)} {}
        image::Workspace network;
        image::SlicedTransport<float>::Workspace transport{};
        image::GramLoss<float>::Workspace gram{};
    };

    StyleLoss(const image::Network& network, int height, int width, Loss kind, int directions)
        : ImageLoss{height, width}, network_{network}, kind_{kind}, directions_{directions} {}

    [[nodiscard]] static double root_mean_square(const image::FeatureMaps<const float>& features) {
        double total = 0.0;
        for (int i = 0; i < features.pixels(); ++i) {
            for (int c = 0; c < features.channels; ++c) {
                const auto value = static_cast<double>(features.pixel(i)[c]);
                total += value * value;
            }
        }
        const double size = std::sqrt(total / (static_cast<double>(features.pixels()) * features.channels));
        // Features that are all zero contribute nothing at any scale.
        return size > 1e-6 ? size : 1.0;
    }

    image::Network network_;
    Loss kind_;
    LevelWeights weights_ = LevelWeights::published;
    int directions_;
    std::string target_{};
    std::vector<int> taps_{};
    std::vector<image::SlicedTransport<float>> transports_{};
    std::vector<image::GramLoss<float>> grams_{};
};

} // namespace nca::inline NCA_ABI::texture::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_STYLE_LOSS_HPP
