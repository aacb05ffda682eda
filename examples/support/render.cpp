// SPDX-License-Identifier: Apache-2.0
#include "render.hpp"

#include "canvas.hpp"

#include <algorithm>
#include <cmath>

namespace support {
namespace {

constexpr Rgba8 white{255, 255, 255, 255};

// Written so that NaN becomes 0.
float clamp01(float value) {
    return value > 0.0F ? std::min(value, 1.0F) : 0.0F;
}

// A label of the width of its frame, with smaller letters if it would not fit; blank if it cannot be drawn.
Image label_image(const std::string& label, int width, int height, double size) {
    Canvas canvas{width, height};
    const double needed = canvas.text_width(label, size);
    if (needed > width) size *= width / needed;
    canvas.colour(0.2, 0.2, 0.2);
    canvas.text(width / 2.0, height / 2.0, label, size);
    auto drawn = canvas.image();
    return drawn ? std::move(drawn).value() : Image{width, height, white};
}

} // namespace

Image over_white(std::span<const float> state, int height, int width, int channels) {
    NCA_ASSERT(channels >= 4 && height >= 0 && width >= 0, "support::over_white: sizes");
    Image image{width, height, white};
    const std::size_t cells = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    const auto stride = static_cast<std::size_t>(channels);
    NCA_ASSERT(state.size() >= cells * stride, "support::over_white: the state is smaller than its sizes");
    for (std::size_t i = 0; i < cells; ++i) {
        const float* cell = state.data() + i * stride;
        const float background = 1.0F - clamp01(cell[3]);
        for (std::size_t c = 0; c < 3; ++c)
            image.rgba[i * 4 + c] = static_cast<std::uint8_t>(clamp01(background + cell[c]) * 255.0F);
    }
    return image;
}

void tint_red(std::span<std::uint8_t> rgba, int width, const nca::CellMask& cells, double fraction) {
    cells.for_each([&](int row, int column) {
        std::uint8_t* const pixel = rgba.data() + (static_cast<std::ptrdiff_t>(row) * width + column) * 4;
        for (int c = 0; c < 3; ++c) {
            const double red = c == 0 ? 255.0 : 0.0;
            pixel[c] = static_cast<std::uint8_t>(std::lround(fraction * red + (1.0 - fraction) * pixel[c]));
        }
    });
}

Image enlarge(const Image& image, int factor) {
    NCA_ASSERT(factor >= 1, "support::enlarge: the factor is at least 1");
    Image large{image.width * factor, image.height * factor};
    const std::size_t row = static_cast<std::size_t>(large.width) * 4;
    for (int y = 0; y < image.height; ++y) {
        std::uint8_t* first = large.at(0, y * factor);
        for (int x = 0; x < large.width; ++x) std::copy_n(image.at(x / factor, y), 4, first + x * 4);
        for (int copy = 1; copy < factor; ++copy) std::copy_n(first, row, large.at(0, y * factor + copy));
    }
    return large;
}

int enlargement(const Image& image, int pixels) noexcept {
    const int side = std::max({image.width, image.height, 1});
    return std::max((pixels + side / 2) / side, 1);
}

void paste(Image& into, const Image& image, int left, int top) {
    const int first = std::max(left, 0);
    const int last = std::min(left + image.width, into.width);
    if (first >= last) return;
    for (int y = std::max(top, 0); y < std::min(top + image.height, into.height); ++y)
        std::copy_n(image.at(first - left, y - top), static_cast<std::size_t>(last - first) * 4, into.at(first, y));
}

Image film_strip(std::span<const Image> frames, std::span<const std::string> labels, int gap) {
    NCA_ASSERT(!frames.empty() && gap >= 0, "support::film_strip: no image, or a negative gap");
    const int height = std::ranges::max_element(frames, {}, &Image::height)->height;
    int width = gap;
    for (const Image& frame : frames) width += frame.width + gap;
    const double letters = std::clamp(frames[0].width / 10.0, 11.0, 24.0);
    const int line = labels.empty() ? 0 : static_cast<int>(letters * 1.5);
    Image strip{width, gap + height + std::max(line, gap), white};
    int left = gap;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        paste(strip, frames[i], left, gap + height - frames[i].height);
        if (i < labels.size() && frames[i].width > 0) {
            paste(strip, label_image(labels[i], frames[i].width, line, letters), left, gap + height);
        }
        left += frames[i].width + gap;
    }
    return strip;
}

Image mosaic(std::span<const Image> images, int columns, int gap) {
    NCA_ASSERT(!images.empty() && columns >= 1 && gap >= 0, "support::mosaic: no image, column, or a negative gap");
    const int width = std::ranges::max_element(images, {}, &Image::width)->width;
    const int height = std::ranges::max_element(images, {}, &Image::height)->height;
    const int count = static_cast<int>(images.size());
    const int across = std::min(columns, count);
    const int down = (count + columns - 1) / columns;
    Image sheet{across * (width + gap) + gap, down * (height + gap) + gap, white};
    for (int i = 0; i < count; ++i) {
        paste(sheet, images[static_cast<std::size_t>(i)], gap + i % columns * (width + gap),
              gap + i / columns * (height + gap));
    }
    return sheet;
}

} // namespace support
