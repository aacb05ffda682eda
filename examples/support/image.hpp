// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_IMAGE_HPP
#define NCA_EXAMPLES_SUPPORT_IMAGE_HPP

#include <nca/core/result.hpp>
#include <nca/core/text.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// The bytes of one pixel: red, green, blue, alpha.
using Rgba8 = std::array<std::uint8_t, 4>;

/// An image of 8-bit RGBA with straight (not premultiplied) alpha; rows from top to bottom, without gaps.
struct Image {
    Image() = default;
    /// An image of one colour. Preconditions: neither side is negative.
    Image(int width, int height, Rgba8 colour = {0, 0, 0, 0});

    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgba; ///< width * height * 4 bytes

    /// The first of the four bytes of a pixel. Precondition: (x, y) lies inside.
    [[nodiscard]] std::uint8_t* at(int x, int y) noexcept { return rgba.data() + offset(x, y); }
    [[nodiscard]] const std::uint8_t* at(int x, int y) const noexcept { return rgba.data() + offset(x, y); }

    friend bool operator==(const Image&, const Image&) = default;

private:
    [[nodiscard]] std::size_t offset(int x, int y) const noexcept {
        return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 4;
    }
};

/// The longest side and the largest area of an image that is read or written: files that claim more are refused before
/// memory is allocated for them.
inline constexpr int max_image_side = 16384;
inline constexpr std::size_t max_image_pixels = std::size_t{64} << 20U;

/// The formats that are read, as messages name them.
inline constexpr std::string_view image_formats = "a PNG, JPEG, WebP, GIF or BMP file";

/// The image in a file of one of the image_formats, the first frame of an animation. Grey and opaque images become
/// RGBA, 16-bit samples are reduced to 8, and pictures are turned upright as their EXIF metadata says. Errors, each
/// about the file: not an image or one of another format, damaged, truncated, beyond the limits, JPEG with CMYK
/// colours.
[[nodiscard]] nca::Result<Image> read_image(const std::filesystem::path& path);

/// The image encoded in `bytes`, as read_image; errors call it `name`.
[[nodiscard]] nca::Result<Image> decode_image(std::span<const std::byte> bytes, std::string_view name);

/// The PNG file of a picture.
[[nodiscard]] nca::Result<std::vector<std::byte>> encode_png(const Image& image);

/// Writes a PNG file as a whole: on failure the path is left as it was.
[[nodiscard]] nca::Result<void> write_png(const std::filesystem::path& path, const Image& image);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_IMAGE_HPP
