// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_CHANNEL_LOSS_HPP
#define NCA_SYSTEMS_TEXTURE_CHANNEL_LOSS_HPP

#include <nca/core/result.hpp>
#include <nca/image/network.hpp>
#include <nca/image/passes.hpp>
#include <nca/image/workspace.hpp>
#include <nca/systems/texture/image_loss.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace nca::texture::inline NCA_ISA {

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

} // namespace nca::texture::inline NCA_ISA

#endif // NCA_SYSTEMS_TEXTURE_CHANNEL_LOSS_HPP
