// SPDX-License-Identifier: Apache-2.0
// Feature networks with random weights, on which the time does not depend, and the passes that a texture loss needs.
#ifndef NCA_BENCH_VISION_HPP
#define NCA_BENCH_VISION_HPP

#include <nca/core/philox.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/image/load.hpp>
#include <nca/image/passes.hpp>
#include <nca/image/workspace.hpp>
#include <nca/io/safetensors.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bench::vision {

inline constexpr int batch = 4;
inline constexpr int side = 128;
inline constexpr std::size_t picture_size = std::size_t{3} * side * side;

/// Uniform weights with the variance that preserves the variance of activations through ReLU layers (He et al. 2015).
class Weights {
public:
    void add(const std::string& name, const std::vector<std::size_t>& shape, double bound) {
        std::size_t size = 1;
        for (const std::size_t extent : shape) size *= extent;
        std::vector<float>& values = tensors_.emplace_back(size);
        const nca::Philox random = nca::Philox{1}.split(static_cast<std::uint32_t>(tensors_.size()));
        for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(bound * (2.0 * random.uniform(i) - 1.0));
        writer_.add(name, shape, values);
    }
    void add_convolution(const std::string& name, std::size_t outputs, std::size_t inputs, std::size_t size) {
        add(name + ".weight", {outputs, inputs, size, size},
            std::sqrt(6.0 / static_cast<double>(inputs * size * size)));
        add(name + ".bias", {outputs}, 0.1);
    }

    [[nodiscard]] nca::SafetensorsWriter& writer() noexcept { return writer_; }

private:
    std::deque<std::vector<float>> tensors_{};
    nca::SafetensorsWriter writer_{};
};

/// Adds the weights of the distilled VGG19, with the names in its file.
inline void add_distilled_vgg19(Weights& weights) {
    weights.add_convolution("conv0", 3, 3, 1);
    std::size_t inputs = 3;
    for (const auto& [name, outputs] : std::initializer_list<std::pair<const char*, std::size_t>>{{"conv11", 16},
                                                                                                  {"conv12", 16},
                                                                                                  {"conv21", 32},
                                                                                                  {"conv22", 32},
                                                                                                  {"conv31", 64},
                                                                                                  {"conv32", 64},
                                                                                                  {"conv33", 64},
                                                                                                  {"conv34", 64},
                                                                                                  {"conv41", 128},
                                                                                                  {"conv42", 128},
                                                                                                  {"conv43", 128},
                                                                                                  {"conv44", 128},
                                                                                                  {"conv51", 128}}) {
        weights.add_convolution(name, outputs, inputs, 3);
        inputs = outputs;
    }
}

/// The weights of the distilled VGG19 and of VGG16, with the names in their files, and a batch of images.
[[nodiscard]] inline Weights make_weights() {
    Weights weights;
    add_distilled_vgg19(weights);
    std::size_t inputs = 3;
    for (const auto& [place, outputs] : std::initializer_list<std::pair<int, std::size_t>>{{0, 64},
                                                                                           {2, 64},
                                                                                           {5, 128},
                                                                                           {7, 128},
                                                                                           {10, 256},
                                                                                           {12, 256},
                                                                                           {14, 256},
                                                                                           {17, 512},
                                                                                           {19, 512},
                                                                                           {21, 512},
                                                                                           {24, 512}}) {
        weights.add_convolution("features." + std::to_string(place), outputs, inputs, 3);
        inputs = outputs;
    }
    weights.add("pictures", {batch, side, side, 3}, 1.0);
    return weights;
}

/// Multiply-adds of the convolutions in a forward pass on one image, as direct convolutions.
[[nodiscard]] inline double multiply_adds(const nca::image::Network& network) {
    const auto sizes = network.sizes(side, side);
    double count = 0.0;
    for (std::size_t l = 0; l < sizes.size(); ++l) {
        const auto& layer = network.layers()[l];
        if (layer.kind != nca::image::LayerKind::convolution) continue;
        const auto inputs = network.layers()[static_cast<std::size_t>(layer.inputs.front())].channels;
        count += static_cast<double>(sizes[l].height) * sizes[l].width * layer.channels * inputs * layer.window.taps();
    }
    return count;
}

/// Forward and backward passes of a batch. The loss is half the sum of squares of all style taps, so the adjoints are
/// the features themselves.
class Work {
public:
    Work(nca::image::Network network, int threads) : network_{std::move(network)}, pool_{threads} {
        for (int t = 0; t < threads; ++t) workspaces_.emplace_back(network_, side, side, network_.style_taps());
    }

    /// The loss of the batch; gradients [batch, side, side, 3] are overwritten.
    double run(std::span<const float> pictures, std::span<float> gradients) {
        std::array<double, batch> losses{};
        const int threads = static_cast<int>(workspaces_.size());
        pool_.run(threads, [&](int thread) {
            for (int i = thread; i < batch; i += threads) {
                const auto at = static_cast<std::size_t>(i) * picture_size;
                losses[static_cast<std::size_t>(i)] =
                    run_one(workspaces_[static_cast<std::size_t>(thread)], pictures.subspan(at, picture_size),
                            gradients.subspan(at, picture_size));
            }
        });
        double sum = 0.0;
        for (const double loss : losses) sum += loss;
        return sum;
    }

    [[nodiscard]] const nca::image::Network& network() const noexcept { return network_; }

private:
    double run_one(nca::image::Workspace& workspace, std::span<const float> picture, std::span<float> gradient) {
        nca::image::forward(network_, picture, workspace);
        double loss = 0.0;
        for (std::size_t t = 0; t < workspace.taps().size(); ++t) {
            const auto maps = workspace.tap(t);
            const auto adjoint = workspace.tap_adjoint(t);
            for (int p = 0; p < maps.pixels(); ++p) {
                float squares = 0.0F;
                for (int c = 0; c < maps.channels; ++c) {
                    adjoint.pixel(p)[c] += maps.pixel(p)[c];
                    squares += maps.pixel(p)[c] * maps.pixel(p)[c];
                }
                loss += 0.5 * static_cast<double>(squares);
            }
        }
        nca::image::backward(network_, workspace, gradient);
        return loss;
    }

    nca::image::Network network_;
    nca::ThreadPool pool_;
    std::vector<nca::image::Workspace> workspaces_{};
};

/// The networks and images of make_weights().
struct Networks {
    nca::image::Network distilled;
    nca::image::Network vgg16;
    std::vector<float> pictures;
};

[[nodiscard]] inline Networks make_networks() {
    Weights weights = make_weights();
    const auto bytes = weights.writer().to_bytes();
    const auto file = nca::parse_safetensors(*bytes);
    auto distilled = nca::image::distilled_vgg19(*file);
    auto vgg16 = nca::image::vgg16(*file);
    auto pictures = file->to_floats("pictures", {batch, side, side, 3});
    if (!distilled || !vgg16 || !pictures) {
        std::fprintf(stderr, "bench: the networks could not be made\n");
        std::exit(2);
    }
    return {std::move(distilled).value(), std::move(vgg16).value(), std::move(pictures).value()};
}

} // namespace bench::vision

#endif // NCA_BENCH_VISION_HPP
