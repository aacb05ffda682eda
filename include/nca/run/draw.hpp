// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_DRAW_HPP
#define NCA_RUN_DRAW_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/architecture.hpp>
#include <nca/cell/field.hpp>
#include <nca/cell/rule_description.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace nca::inline NCA_ABI {

/// The order of a pixel's four bytes in memory.
enum class PixelOrder : unsigned char { rgba, bgra, argb, abgr };

/// An opaque colour, components 0 to 255.
struct Colour {
    std::uint8_t red = 255;
    std::uint8_t green = 255;
    std::uint8_t blue = 255;
};

/// The format of images with 8 bits per component.
struct PixelFormat {
    PixelOrder order = PixelOrder::rgba;
    bool premultiplied = false;         ///< premultiplied instead of straight alpha
    std::size_t stride = 0;             ///< bytes from row to row; 0 for rows without gaps
    std::optional<Colour> background{}; ///< if set, cells are blended over it and every pixel is opaque
};

/// A colour with premultiplied alpha. Components are nominally in [0, 1]; `draw` clamps them.
struct CellColour {
    float red = 0.0F;
    float green = 0.0F;
    float blue = 0.0F;
    float alpha = 0.0F;
};

/// The articles' colours: premultiplied RGBA in channels 0 to 3 if 3 is the life channel (Growing NCA), else opaque,
/// 1/2 plus channels 0 to 2 (or 0, grey) over the clamp limit (Self-Organising Textures); notebooks, `to_rgb`.
template <class R>
struct ArticleColours {
    ArchitectureOf<R> rule{};

    [[nodiscard]] CellColour operator()(const typename R::Value* cell) const noexcept {
        const float scale = rule.has_clamp() ? static_cast<float>(1.0 / rule.clamp_limit()) : 1.0F;
        const auto channel = [&](int c) { return scale * static_cast<float>(cell[c]); };
        if (rule.has_life() && rule.life_channel() == 3) return {channel(0), channel(1), channel(2), channel(3)};
        if (rule.channels() >= 3) return {channel(0) + 0.5F, channel(1) + 0.5F, channel(2) + 0.5F, 1.0F};
        return {channel(0) + 0.5F, channel(0) + 0.5F, channel(0) + 0.5F, 1.0F};
    }
};

namespace detail {

/// Clamps to [0, 1] and rounds to 0 ... 255; NaN maps to 0.
[[nodiscard]] inline std::uint8_t to_byte(float value) noexcept {
    return static_cast<std::uint8_t>((value > 0.0F ? std::min(value, 1.0F) : 0.0F) * 255.0F + 0.5F);
}

[[nodiscard]] inline std::array<std::uint8_t, 4> to_pixel(const CellColour& colour,
                                                          const PixelFormat& format) noexcept {
    const float alpha = colour.alpha > 0.0F ? std::min(colour.alpha, 1.0F) : 0.0F;
    std::array<std::uint8_t, 3> rgb{};
    std::uint8_t opacity = 255;
    const std::array<float, 3> channels{colour.red, colour.green, colour.blue};
    if (format.background) {
        const std::array<std::uint8_t, 3> background{format.background->red, format.background->green,
                                                     format.background->blue};
        for (std::size_t c = 0; c < 3; ++c) {
            rgb[c] = to_byte(channels[c] + (1.0F - alpha) * (static_cast<float>(background[c]) / 255.0F));
        }
    } else {
        opacity = to_byte(alpha);
        const float factor = format.premultiplied ? 1.0F : (alpha > 0.0F ? 1.0F / alpha : 0.0F);
        for (std::size_t c = 0; c < 3; ++c) rgb[c] = to_byte(std::min(channels[c], alpha) * factor);
    }
    switch (format.order) {
    case PixelOrder::bgra:
        return {rgb[2], rgb[1], rgb[0], opacity};
    case PixelOrder::argb:
        return {opacity, rgb[0], rgb[1], rgb[2]};
    case PixelOrder::abgr:
        return {opacity, rgb[2], rgb[1], rgb[0]};
    case PixelOrder::rgba:
        break;
    }
    return {rgb[0], rgb[1], rgb[2], opacity};
}

} // namespace detail

/// Draws one pixel per cell, zeros if unoccupied; rows are the flattened leading dimensions. `colours(cell)` maps a
/// pointer to its channels to a CellColour. Returns false, writing nothing, if `pixels` or stride is too small.
template <class T, int Channels, int Rank, int Radius, class Colours>
[[nodiscard]] bool draw(const Field<T, Channels, Rank, Radius>& field, const Colours& colours,
                        std::span<std::uint8_t> pixels, const PixelFormat& format) noexcept {
    const std::size_t row_bytes = 4 * static_cast<std::size_t>(field.columns());
    const std::size_t stride = format.stride == 0 ? row_bytes : format.stride;
    const auto rows = static_cast<std::size_t>(field.rows());
    if (stride < row_bytes || pixels.size() < row_bytes || (pixels.size() - row_bytes) / stride < rows - 1)
        return false;
    static constexpr T zeros[static_cast<std::size_t>(Channels == Dynamic ? max_channels : Channels)] = {};
    const auto empty = detail::to_pixel(colours(zeros), format);
    for (std::size_t row = 0; row < rows; ++row) {
        std::uint8_t* const line = pixels.data() + row * stride;
        for (std::size_t at = 0; at < row_bytes; at += 4) std::memcpy(line + at, empty.data(), 4);
    }
    field.occupied().for_each([&](int row, int column) {
        const auto pixel = detail::to_pixel(colours(field.at(field.position(row, column))), format);
        std::memcpy(pixels.data() + static_cast<std::size_t>(row) * stride + 4 * static_cast<std::size_t>(column),
                    pixel.data(), 4);
    });
    return true;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_DRAW_HPP
