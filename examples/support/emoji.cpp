// SPDX-License-Identifier: Apache-2.0
#include "emoji.hpp"

#include <ft2build.h>
#include FT_FREETYPE_H

#include "render.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace support {
namespace {

constexpr std::array<const char*, 5> font_places{
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",     // Debian, Ubuntu
    "/usr/share/fonts/noto/NotoColorEmoji.ttf",              // Arch
    "/usr/share/fonts/noto-emoji/NotoColorEmoji.ttf",        // Alpine, Void
    "/usr/share/fonts/google-noto-emoji/NotoColorEmoji.ttf", // Fedora until 38
    "/usr/share/fonts/google-noto-color-emoji-fonts/NotoColorEmoji.ttf",
};

nca::Result<std::string> font_path() {
    const char* chosen = std::getenv("NCA_EMOJI_FONT");
    std::error_code ignored;
    if (chosen != nullptr && *chosen != '\0') {
        if (std::filesystem::is_regular_file(chosen, ignored)) return std::string{chosen};
        return nca::Error{"NCA_EMOJI_FONT names " + nca::quote_path(chosen) + ", which is not a file"};
    }
    for (const char* place : font_places)
        if (std::filesystem::is_regular_file(place, ignored)) return std::string{place};
    return nca::Error{"no emoji font found: install the package fonts-noto-color-emoji, or set NCA_EMOJI_FONT to the "
                      "file of a font with colour bitmaps"};
}

// The next code point of UTF-8 text, removed from its front; nothing if the text is empty or not UTF-8.
std::optional<char32_t> next_code_point(std::string_view& text) {
    const std::size_t length = nca::utf8_sequence(text);
    if (length == 0) return std::nullopt;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    char32_t code_point = length == 1 ? byte(0) : byte(0) & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) code_point = (code_point << 6U) | (byte(i) & 0x3FU);
    text.remove_prefix(length);
    return code_point;
}

// The glyph's bitmap, whose colours are premultiplied, as an Image.
Image straight_image(const FT_Bitmap& bitmap) {
    Image image{static_cast<int>(bitmap.width), static_cast<int>(bitmap.rows)};
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x) {
            const std::uint8_t* bgra = bitmap.buffer + y * bitmap.pitch + x * 4;
            const unsigned alpha = bgra[3];
            std::uint8_t* rgba = image.at(x, y);
            for (int c = 0; c < 3; ++c)
                rgba[c] = alpha == 0
                              ? std::uint8_t{0}
                              : static_cast<std::uint8_t>(std::min((255U * bgra[2 - c] + alpha / 2) / alpha, 255U));
            rgba[3] = bgra[3];
        }
    return image;
}

// Noto stores its square drawings with four empty columns on either side; without them the image is the one that the
// project publishes as a PNG file.
Image without_side_bearing(const Image& image) {
    const int margin = (image.width - image.height) / 2;
    if (margin <= 0) return image;
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < margin; ++x)
            if (image.at(x, y)[3] != 0 || image.at(image.width - 1 - x, y)[3] != 0) return image;
    Image square{image.width - 2 * margin, image.height};
    paste(square, image, -margin, 0);
    return square;
}

} // namespace

std::optional<char32_t> single_emoji(std::string_view text) {
    const auto code_point = next_code_point(text);
    if (!code_point || *code_point < 0x80) return std::nullopt;
    while (!text.empty()) {
        const auto selector = next_code_point(text);
        if (!selector || (*selector != 0xFE0E && *selector != 0xFE0F)) return std::nullopt;
    }
    return code_point;
}

std::string code_point_name(char32_t code_point) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "U+%04lX", static_cast<unsigned long>(code_point));
    return text.data();
}

nca::Result<Image> emoji_image(char32_t code_point) {
    const auto path = font_path();
    if (!path) return path.error();
    const std::string font = nca::quote_path(*path);

    FT_Library raw_library = nullptr;
    if (FT_Init_FreeType(&raw_library) != 0) return nca::Error{"FreeType cannot be started"};
    const std::unique_ptr<FT_LibraryRec_, decltype(&FT_Done_FreeType)> library{raw_library, FT_Done_FreeType};
    FT_Face raw_face = nullptr;
    if (FT_New_Face(library.get(), path->c_str(), 0, &raw_face) != 0) {
        return nca::Error{font + " is not a font that FreeType can read"};
    }
    const std::unique_ptr<FT_FaceRec_, decltype(&FT_Done_Face)> face{raw_face, FT_Done_Face};
    if (!FT_HAS_COLOR(face.get()) || face->num_fixed_sizes < 1) {
        return nca::Error{font + " holds no colour bitmaps: expected a font such as Noto Color Emoji (CBDT)"};
    }
    // Bitmap fonts have one size or a few; the last is the largest.
    const FT_UInt glyph = FT_Get_Char_Index(face.get(), code_point);
    if (glyph == 0 || FT_Select_Size(face.get(), face->num_fixed_sizes - 1) != 0 ||
        FT_Load_Glyph(face.get(), glyph, FT_LOAD_COLOR) != 0) {
        return nca::Error{"no glyph for " + code_point_name(code_point) + " in the emoji font " + font};
    }
    const FT_Bitmap& bitmap = face->glyph->bitmap;
    if (bitmap.pixel_mode != FT_PIXEL_MODE_BGRA || bitmap.width == 0 || bitmap.rows == 0) {
        return nca::Error{"no colour bitmap for " + code_point_name(code_point) + " in the emoji font " + font};
    }
    return without_side_bearing(straight_image(bitmap));
}

} // namespace support
