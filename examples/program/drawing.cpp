// SPDX-License-Identifier: Apache-2.0
#include "drawing.hpp"

#include <nca/systems/mnist/rule.hpp>

#include "program.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <support/image.hpp>

namespace program {

namespace {

using support::Rgba8;

/// The longer side of the ink, in pixels, up to which one pixel becomes one cell, and the cells of ink beyond it.
constexpr int longest_unscaled = nca::mnist::image_side;
constexpr int usual_fit = 20;

/// The median of each channel over the pixels of the border.
Rgba8 paper_of(const support::Image& image) {
    std::array<std::vector<std::uint8_t>, 4> border;
    const auto take = [&](int x, int y) {
        for (std::size_t c = 0; c < 4; ++c) border[c].push_back(image.at(x, y)[c]);
    };
    for (int x = 0; x < image.width; ++x) {
        take(x, 0);
        take(x, image.height - 1);
    }
    for (int y = 0; y < image.height; ++y) {
        take(0, y);
        take(image.width - 1, y);
    }
    Rgba8 median{};
    for (std::size_t c = 0; c < 4; ++c) {
        const auto middle = border[c].begin() + static_cast<std::ptrdiff_t>(border[c].size() / 2);
        std::nth_element(border[c].begin(), middle, border[c].end());
        median[c] = *middle;
    }
    return median;
}

/// How much darker (sign -1) or lighter (sign 1) a pixel is than the paper, in the channel that differs most: 0 to 1.
float contrast(const std::uint8_t* pixel, const Rgba8& paper, int sign) {
    int most = 0;
    for (std::size_t c = 0; c < 3; ++c) most = std::max(most, sign * (int{pixel[c]} - int{paper[c]}));
    return static_cast<float>(most * int{pixel[3]}) / (255.0F * 255.0F);
}

/// The ink of every pixel, 0 to 1.
std::vector<float> ink_of(const support::Image& image) {
    const std::size_t count = image.rgba.size() / 4;
    std::vector<float> ink(count);
    const Rgba8 paper = paper_of(image);
    if (paper[3] < 128) {
        for (std::size_t i = 0; i < count; ++i) ink[i] = static_cast<float>(image.rgba[4 * i + 3]) / 255.0F;
        return ink;
    }
    std::array<double, 2> sums{};
    for (std::size_t i = 0; i < count; ++i) {
        for (const int sign : {-1, 1}) {
            const auto value = static_cast<double>(contrast(image.rgba.data() + 4 * i, paper, sign));
            sums[sign < 0 ? 0 : 1] += value * value;
        }
    }
    const int sign = sums[0] >= sums[1] ? -1 : 1;
    for (std::size_t i = 0; i < count; ++i) ink[i] = contrast(image.rgba.data() + 4 * i, paper, sign);
    return ink;
}

/// Scales the strongest ink to 1. Precondition: there is ink.
void strengthen(std::vector<float>& grey) {
    const float most = *std::max_element(grey.begin(), grey.end());
    for (float& value : grey) value /= most;
}

/// The longer side of the bounding box of all that is more ink than paper.
int longer_side(const Drawing& drawing) {
    int left = drawing.width;
    int right = -1;
    int top = drawing.height;
    int bottom = -1;
    for (int i = 0; i < drawing.height * drawing.width; ++i) {
        if (!(drawing.grey[static_cast<std::size_t>(i)] > 0.5F)) continue;
        left = std::min(left, i % drawing.width);
        right = std::max(right, i % drawing.width);
        top = std::min(top, i / drawing.width);
        bottom = std::max(bottom, i / drawing.width);
    }
    return std::max(right - left, bottom - top) + 1;
}

/// Resizes the rows of [height, width] to `to` values, each the mean of its equal part of the row, and transposes: the
/// result is [to, height].
std::vector<float> resized_rows(const std::vector<float>& values, int height, int width, int to) {
    std::vector<float> columns(static_cast<std::size_t>(to) * static_cast<std::size_t>(height));
    const double length = static_cast<double>(width) / to;
    for (int y = 0; y < height; ++y) {
        const float* const row = values.data() + static_cast<std::ptrdiff_t>(y) * width;
        for (int x = 0; x < to; ++x) {
            const double begin = x * length;
            const double end = std::min((x + 1) * length, static_cast<double>(width));
            double sum = 0.0;
            for (int k = static_cast<int>(begin); k < end; ++k) {
                sum += static_cast<double>(row[k]) * (std::min(k + 1.0, end) - std::max<double>(k, begin));
            }
            columns[static_cast<std::size_t>(x) * static_cast<std::size_t>(height) + static_cast<std::size_t>(y)] =
                static_cast<float>(sum / length);
        }
    }
    return columns;
}

Drawing scaled(const Drawing& from, int height, int width) {
    const std::vector<float> narrow = resized_rows(from.grey, from.height, from.width, width);
    return {height, width, resized_rows(narrow, width, from.height, height)};
}

} // namespace

Drawing read_drawing(const std::string& path, std::optional<int> fit) {
    const support::Image image = require(support::read_image(path));
    Drawing drawing{image.height, image.width, ink_of(image)};
    if (!(*std::max_element(drawing.grey.begin(), drawing.grey.end()) > nca::mnist::ink)) {
        throw Failure{nca::quote_path(path) + ": there is no ink: nothing differs from the image's border"};
    }
    strengthen(drawing.grey);
    const int side = longer_side(drawing);
    const int wanted = fit.value_or(side > longest_unscaled ? usual_fit : 0);
    const double scale = wanted == 0 ? 1.0 : static_cast<double>(wanted) / side;
    const double height = std::max(std::round(drawing.height * scale), 1.0);
    const double width = std::max(std::round(drawing.width * scale), 1.0);
    if (height > max_side || width > max_side || height * width > max_cells) {
        throw Failure{nca::quote_path(path) + ": too large: it would make a grid of more than " +
                      std::to_string(max_cells) + " cells, or " + std::to_string(max_side) +
                      " a side; crop the image, or choose a smaller --fit"};
    }
    if (height != drawing.height || width != drawing.width) {
        drawing = scaled(drawing, static_cast<int>(height), static_cast<int>(width));
        strengthen(drawing.grey);
    }
    return drawing;
}

} // namespace program
