// SPDX-License-Identifier: Apache-2.0
// Digits and pictures for the tests of `nca mnist`.
#ifndef NCA_TESTS_EXAMPLES_MNIST_FILES_HPP
#define NCA_TESTS_EXAMPLES_MNIST_FILES_HPP

#include "files.hpp"
#include "process.hpp"

#include <doctest/doctest.h>

#include <common/data.hpp>
#include <optional>
#include <string>
#include <support/image.hpp>
#include <support/mnist_data.hpp>

namespace nca::tests {

/// An IDX file: its header, then the bytes.
[[nodiscard]] inline std::string idx_file(std::initializer_list<int> header, const std::string& bytes) {
    std::string file;
    for (const int number : header) {
        for (const int shift : {24, 16, 8, 0}) file += static_cast<char>((number >> shift) & 0xFF);
    }
    return file + bytes;
}

/// A folder of MNIST files with twelve digits each, which are bars of several places and lengths.
struct DigitFolder {
    static constexpr int count = 12;
    TemporaryFolder folder{};
    std::string path = folder.file("");

    DigitFolder() {
        std::string pixels(std::size_t{count} * 784, '\0');
        std::string labels;
        for (int i = 0; i < count; ++i) {
            labels += static_cast<char>(i % 10);
            for (int y = 6; y < 12 + i; ++y) {
                for (int x = 4 + i; x < 8 + i; ++x) {
                    pixels[static_cast<std::size_t>(i * 784 + y * 28 + x)] = static_cast<char>(120 + 10 * i);
                }
            }
        }
        for (const std::string set : {"train", "t10k"}) {
            write(set + "-images-idx3-ubyte", idx_file({2051, count, 28, 28}, pixels));
            write(set + "-labels-idx1-ubyte", idx_file({2049, count}, labels));
        }
    }
    void write(const std::string& name, const std::string& bytes) const { write_text(folder.file(name), bytes); }
    [[nodiscard]] std::string read(const std::string& name) const { return read_text(folder.file(name)); }
};

/// The arguments of a training with the digits of a folder.
[[nodiscard]] inline Arguments mnist_training(const std::string& data, const std::string& out, long iterations,
                                              const Arguments& more = {}) {
    Arguments arguments{"mnist", "train", "--data", data, "--iterations", std::to_string(iterations), "--out", out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

/// The published model and the data of the article; nothing where they are absent.
struct Published {
    std::string model;
    std::string data;
};
[[nodiscard]] inline std::optional<Published> published() {
    const auto model = data_file("mnist/published_model.json");
    const auto data = data_file("mnist/t10k-images-idx3-ubyte.gz");
    if (!model || !data) return std::nullopt;
    return Published{model->string(), data->parent_path().string()};
}

/// How a picture shows ink.
enum class Paper { white, black, transparent };

/// A picture of a 28 x 28 digit, every cell as a square, in the middle of a canvas.
[[nodiscard]] inline support::Image picture_of(std::span<const float> grey, int factor, int width, int height,
                                               Paper paper) {
    const auto background = static_cast<std::uint8_t>(paper == Paper::black ? 0 : 255);
    const auto opacity = static_cast<std::uint8_t>(paper == Paper::transparent ? 0 : 255);
    support::Image image{width, height, {background, background, background, opacity}};
    for (int y = 0; y < 28 * factor; ++y) {
        for (int x = 0; x < 28 * factor; ++x) {
            const auto ink = static_cast<std::uint8_t>(
                std::lround(grey[static_cast<std::size_t>(y / factor * 28 + x / factor)] * 255.0F));
            std::uint8_t* const pixel = image.at(x + (width - 28 * factor) / 2, y + (height - 28 * factor) / 2);
            const auto colour = static_cast<std::uint8_t>(paper == Paper::black ? ink : 255 - ink);
            for (int c = 0; c < 3; ++c) pixel[c] = paper == Paper::transparent ? 0 : colour;
            if (paper == Paper::transparent) pixel[3] = ink;
        }
    }
    return image;
}

} // namespace nca::tests

#endif // NCA_TESTS_EXAMPLES_MNIST_FILES_HPP
