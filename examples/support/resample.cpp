// SPDX-License-Identifier: Apache-2.0

// Own code because no packaged C++ library has it: stb_image_resize has no Lanczos filter, OpenCV's is not
// antialiased, and the published models were trained on what Pillow makes. Pillow works in 8 bits throughout
// (premultiply, rows, columns, undo), with weights in fixed point; each rounding below is one of its roundings.

#include "resample.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace support {
namespace {

constexpr double lanczos_radius = 3.0;
constexpr int weight_bits = 22; // 8 bits of sample, 2 of overshoot and 22 of weight fill a 32-bit sum

double lanczos(double x) {
    if (x <= -lanczos_radius || x >= lanczos_radius) return 0.0;
    const auto sinc = [](double t) { return t == 0.0 ? 1.0 : std::sin(t * std::numbers::pi) / (t * std::numbers::pi); };
    return sinc(x) * sinc(x / lanczos_radius);
}

// What one output sample is made of: input samples first, first + 1, ... with these weights, which add up to 2^22.
struct Taps {
    int first = 0;
    std::vector<std::int32_t> weights;
};

std::vector<Taps> lanczos_taps(int in, int out) {
    const double scale = static_cast<double>(in) / out;
    const double stretch = std::max(scale, 1.0); // widens the filter to the output's spacing: the antialiasing
    const double shrink = 1.0 / stretch;
    const double support = lanczos_radius * stretch;
    std::vector<Taps> taps(static_cast<std::size_t>(out));
    std::vector<double> weights;
    for (int i = 0; i < out; ++i) {
        const double centre = (i + 0.5) * scale;
        // Pillow's rounding; NOLINTBEGIN(bugprone-incorrect-roundings)
        const int first = std::max(static_cast<int>(centre - support + 0.5), 0);
        const int last = std::min(static_cast<int>(centre + support + 0.5), in);
        // NOLINTEND(bugprone-incorrect-roundings)
        double sum = 0.0;
        weights.clear();
        for (int x = first; x < last; ++x) {
            weights.push_back(lanczos((x - centre + 0.5) * shrink));
            sum += weights.back();
        }
        Taps& tap = taps[static_cast<std::size_t>(i)];
        tap.first = first;
        for (const double weight : weights) {
            const double fixed = weight / sum * (1 << weight_bits);
            tap.weights.push_back(static_cast<std::int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
        }
    }
    return taps;
}

std::uint8_t weighted(const Taps& tap, const std::uint8_t* samples, std::size_t stride) {
    std::int32_t sum = 1 << (weight_bits - 1);
    for (const std::int32_t weight : tap.weights) {
        sum += weight * std::int32_t{*samples};
        samples += stride;
    }
    return static_cast<std::uint8_t>(std::clamp(sum >> weight_bits, 0, 255));
}

// An image of another width or of another height, not of both.
Image resize(const Image& in, int width, int height) {
    const bool rows = width != in.width;
    Image out{width, height};
    const auto taps = rows ? lanczos_taps(in.width, width) : lanczos_taps(in.height, height);
    const std::size_t stride = rows ? 4 : static_cast<std::size_t>(in.width) * 4;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const Taps& tap = taps[static_cast<std::size_t>(rows ? x : y)];
            const std::uint8_t* const first = rows ? in.at(tap.first, y) : in.at(x, tap.first);
            for (int c = 0; c < 4; ++c) out.at(x, y)[c] = weighted(tap, first + c, stride);
        }
    return out;
}

void premultiply(Image& image) {
    for (std::size_t i = 0; i < image.rgba.size(); i += 4)
        for (std::size_t c = 0; c < 3; ++c) {
            const unsigned product = unsigned{image.rgba[i + c]} * image.rgba[i + 3] + 128U;
            image.rgba[i + c] = static_cast<std::uint8_t>(((product >> 8U) + product) >> 8U); // = round(product / 255)
        }
}

void unpremultiply(Image& image) {
    for (std::size_t i = 0; i < image.rgba.size(); i += 4) {
        const unsigned alpha = image.rgba[i + 3];
        if (alpha == 0 || alpha == 255) continue;
        for (std::size_t c = 0; c < 3; ++c)
            image.rgba[i + c] = static_cast<std::uint8_t>(std::min(255U * image.rgba[i + c] / alpha, 255U));
    }
}

// The whole number next to `exact` that brings the aspect nearest to the original; of two as near, the smaller.
template <class Deviation>
int best_side(double exact, Deviation deviation) {
    const double low = std::floor(exact);
    const double high = std::ceil(exact);
    return std::max(static_cast<int>(deviation(high) < deviation(low) ? high : low), 1);
}

} // namespace

Image shrink_to_fit(Image image, int size) {
    NCA_ASSERT(size >= 1 && image.width >= 1 && image.height >= 1, "support::shrink_to_fit: no pixels");
    if (image.width <= size && image.height <= size) return image;
    const double aspect = static_cast<double>(image.width) / image.height;
    int width = size;
    int height = size;
    if (aspect <= 1.0) {
        width = best_side(size * aspect, [&](double n) { return std::abs(aspect - n / size); });
    } else {
        height = best_side(size / aspect, [&](double n) { return n == 0.0 ? 0.0 : std::abs(aspect - size / n); });
    }
    // Pillow's thumbnail first halves opaque images a few times ("reducing gap"), but never those with alpha; every
    // image takes the path of those with alpha here.
    premultiply(image);
    if (width != image.width) image = resize(image, width, image.height);
    if (height != image.height) image = resize(image, width, height);
    unpremultiply(image);
    return image;
}

} // namespace support
