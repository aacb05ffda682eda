// SPDX-License-Identifier: Apache-2.0
// Networks with weights derived from a hash, as tests/reference/vision_vectors.py makes them.
#ifndef NCA_TESTS_IMAGE_NETWORKS_HPP
#define NCA_TESTS_IMAGE_NETWORKS_HPP

#include <nca/io/safetensors.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nca::tests {

[[nodiscard]] inline std::uint32_t mix(std::uint32_t x) noexcept {
    x ^= x >> 16U;
    x *= 0x7FEB352DU;
    x ^= x >> 15U;
    x *= 0x846CA68BU;
    return x ^ (x >> 16U);
}

/// Values in [-1, 1) derived from a name.
class NamedNumbers {
public:
    explicit NamedNumbers(std::string_view name) noexcept {
        std::uint32_t seed = 2166136261U;
        for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 16777619U;
        key_ = mix(seed);
    }
    [[nodiscard]] double operator[](std::size_t i) const noexcept {
        return static_cast<double>(mix(static_cast<std::uint32_t>(i) ^ key_)) * 0x1p-31 - 1.0;
    }

private:
    std::uint32_t key_ = 0;
};

/// The weights of a network as a file in memory.
class WeightFile {
public:
    /// A tensor of values derived from its name, times a scale.
    void add(const std::string& name, std::vector<std::size_t> shape, double scale) {
        std::size_t size = 1;
        for (const std::size_t extent : shape) size *= extent;
        std::vector<float>& values = tensors_.emplace_back(size);
        const NamedNumbers numbers(name);
        for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(scale * numbers[i]);
        writer_.add(name, std::move(shape), values);
    }
    /// The tensors of a convolution.
    void add_convolution(const std::string& name, std::size_t outputs, std::size_t inputs, std::size_t size) {
        add(name + ".weight", {outputs, inputs, size, size},
            std::sqrt(6.0 / static_cast<double>(inputs * size * size)));
        add(name + ".bias", {outputs}, 0.1);
    }
    void set_metadata(std::string_view key, std::string_view text) { writer_.set_metadata(key, text); }
    /// The file; this object must outlive it.
    [[nodiscard]] SafetensorsFile file() {
        bytes_ = writer_.to_bytes().value();
        return parse_safetensors(bytes_, "weights.safetensors").value();
    }

private:
    std::deque<std::vector<float>> tensors_{};
    SafetensorsWriter writer_{};
    std::vector<std::byte> bytes_{};
};

/// VGG16 or VGG19 of torchvision, up to relu5_1.
[[nodiscard]] inline WeightFile vgg_weights(int deep) {
    WeightFile weights;
    const std::array<int, 5> depths{2, 2, deep, deep, 1};
    const std::array<std::size_t, 5> channels{64, 128, 256, 512, 512};
    std::size_t inputs = 3;
    int place = 0;
    for (std::size_t block = 0; block < 5; ++block, ++place) {
        for (int i = 0; i < depths[block]; ++i, place += 2) {
            weights.add_convolution("features." + std::to_string(place), channels[block], inputs, 3);
            inputs = channels[block];
        }
    }
    return weights;
}

[[nodiscard]] inline WeightFile distilled_vgg19_weights() {
    WeightFile weights;
    weights.add("conv0.weight", {3, 3, 1, 1}, 100.0);
    weights.add("conv0.bias", {3}, 100.0);
    const std::array<int, 5> depths{2, 2, 4, 4, 1};
    const std::array<std::size_t, 5> channels{16, 32, 64, 128, 128};
    std::size_t inputs = 3;
    for (std::size_t block = 0; block < 5; ++block) {
        for (int i = 0; i < depths[block]; ++i) {
            weights.add_convolution("conv" + std::to_string(block + 1) + std::to_string(i + 1), channels[block], inputs,
                                    3);
            inputs = channels[block];
        }
    }
    return weights;
}

/// SqueezeNet 1.1 of torchvision.
[[nodiscard]] inline WeightFile squeezenet_weights() {
    WeightFile weights;
    weights.add_convolution("features.0", 64, 3, 3);
    std::size_t inputs = 64;
    const std::array<std::size_t, 8> squeezed{16, 16, 32, 32, 48, 48, 64, 64};
    const std::array<int, 8> places{3, 4, 6, 7, 9, 10, 11, 12};
    for (std::size_t i = 0; i < 8; ++i) {
        const std::string name = "features." + std::to_string(places[i]);
        weights.add_convolution(name + ".squeeze", squeezed[i], inputs, 1);
        weights.add_convolution(name + ".expand1x1", 4 * squeezed[i], squeezed[i], 1);
        weights.add_convolution(name + ".expand3x3", 4 * squeezed[i], squeezed[i], 3);
        inputs = 8 * squeezed[i];
    }
    weights.add_convolution("classifier.1", 1000, inputs, 1);
    return weights;
}

/// InceptionV1 with the names of the port `lucent`.
[[nodiscard]] inline WeightFile inception_v1_weights() {
    WeightFile weights;
    const auto add = [&](const std::string& name, std::size_t outputs, std::size_t inputs, std::size_t size) {
        weights.add_convolution(name + "_pre_relu_conv", outputs, inputs, size);
    };
    add("conv2d0", 64, 3, 7);
    add("conv2d1", 64, 64, 1);
    add("conv2d2", 192, 64, 3);
    std::size_t inputs = 192;
    const std::array<std::pair<std::string, std::array<std::size_t, 6>>, 9> modules{{
        {"mixed3a", {64, 96, 128, 16, 32, 32}},
        {"mixed3b", {128, 128, 192, 32, 96, 64}},
        {"mixed4a", {192, 96, 204, 16, 48, 64}},
        {"mixed4b", {160, 112, 224, 24, 64, 64}},
        {"mixed4c", {128, 128, 256, 24, 64, 64}},
        {"mixed4d", {112, 144, 288, 32, 64, 64}},
        {"mixed4e", {256, 160, 320, 32, 128, 128}},
        {"mixed5a", {256, 160, 320, 48, 128, 128}},
        {"mixed5b", {384, 192, 384, 48, 128, 128}},
    }};
    for (const auto& [name, sizes] : modules) {
        add(name + "_1x1", sizes[0], inputs, 1);
        add(name + "_3x3_bottleneck", sizes[1], inputs, 1);
        add(name + "_3x3", sizes[2], sizes[1], 3);
        add(name + "_5x5_bottleneck", sizes[3], inputs, 1);
        add(name + "_5x5", sizes[4], sizes[3], 5);
        add(name + "_pool_reduce", sizes[5], inputs, 1);
        inputs = sizes[0] + sizes[2] + sizes[4] + sizes[5];
    }
    return weights;
}

} // namespace nca::tests

#endif // NCA_TESTS_IMAGE_NETWORKS_HPP
