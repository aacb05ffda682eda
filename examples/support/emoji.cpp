// SPDX-License-Identifier: Apache-2.0
#include "emoji.hpp"

#include <ft2build.h>
#include FT_FREETYPE_H

#include "render.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <hb-ft.h>
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

// The glyph that the font's ligatures make of the whole sequence; 0 if there is none.
FT_UInt glyph_of(FT_Face face, std::u32string_view sequence) {
    const std::unique_ptr<hb_font_t, void (*)(hb_font_t*)> font{hb_ft_font_create_referenced(face), hb_font_destroy};
    const std::unique_ptr<hb_buffer_t, void (*)(hb_buffer_t*)> buffer{hb_buffer_create(), hb_buffer_destroy};
    for (std::size_t i = 0; i < sequence.size(); ++i) {
        hb_buffer_add(buffer.get(), sequence[i], static_cast<unsigned>(i));
    }
    hb_buffer_set_content_type(buffer.get(), HB_BUFFER_CONTENT_TYPE_UNICODE);
    hb_buffer_set_direction(buffer.get(), HB_DIRECTION_LTR);
    hb_buffer_guess_segment_properties(buffer.get());
    // A joiner or a tag that no ligature consumes counts: without it the emoji would be another one.
    hb_buffer_set_flags(buffer.get(), HB_BUFFER_FLAG_PRESERVE_DEFAULT_IGNORABLES);
    hb_shape(font.get(), buffer.get(), nullptr, 0);
    unsigned count = 0;
    const hb_glyph_info_t* const glyphs = hb_buffer_get_glyph_infos(buffer.get(), &count);
    return count == 1 ? glyphs[0].codepoint : 0;
}

// True for the glyph that the font has for flags it does not know: that of the region ZZ, which is never assigned, as
// two letters or as a black flag with tags.
bool is_unknown_flag(FT_Face face, std::u32string_view sequence, FT_UInt glyph) {
    const auto is_letter = [](char32_t code_point) { return code_point >= 0x1F1E6 && code_point <= 0x1F1FF; };
    if (sequence.size() == 2 && std::ranges::all_of(sequence, is_letter)) {
        return glyph == glyph_of(face, U"\U0001F1FF\U0001F1FF");
    }
    return sequence.size() > 2 && sequence.back() == U'\U000E007F' &&
           glyph == glyph_of(face, U"\U0001F3F4\U000E007A\U000E007A\U000E007F");
}

} // namespace

std::optional<std::u32string> emoji_sequence(std::string_view text) {
    constexpr char32_t keycap = 0x20E3;
    constexpr std::size_t longest = 16; // families of four with skin tones have eleven
    std::u32string sequence;
    while (!text.empty()) {
        const auto code_point = next_code_point(text);
        if (!code_point) return std::nullopt;
        if (*code_point != 0xFE0E && *code_point != 0xFE0F) sequence += *code_point;
    }
    if (sequence.empty() || sequence.size() > longest) return std::nullopt;
    const bool is_keycap = sequence.size() == 2 && sequence[1] == keycap;
    for (const char32_t code_point : sequence) {
        if (code_point < 0x80 && !is_keycap) return std::nullopt;
    }
    return sequence;
}

std::string code_point_names(std::u32string_view sequence) {
    std::string names;
    for (const char32_t code_point : sequence) {
        std::array<char, 16> text{};
        std::snprintf(text.data(), text.size(), "U+%04lX", static_cast<unsigned long>(code_point));
        names.append(names.empty() ? "" : " ").append(text.data());
    }
    return names;
}

nca::Result<Image> emoji_image(std::u32string_view sequence) {
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
    const std::string names = code_point_names(sequence);
    if (FT_Select_Size(face.get(), face->num_fixed_sizes - 1) != 0) {
        return nca::Error{font + " holds no bitmaps of any size"};
    }
    const FT_UInt glyph = glyph_of(face.get(), sequence);
    if (glyph == 0 || is_unknown_flag(face.get(), sequence, glyph)) {
        return nca::Error{(sequence.size() > 1 ? "no single glyph for " : "no glyph for ") + names +
                          " in the emoji font " + font};
    }
    const FT_Bitmap& bitmap = face->glyph->bitmap;
    if (FT_Load_Glyph(face.get(), glyph, FT_LOAD_COLOR) != 0 || bitmap.pixel_mode != FT_PIXEL_MODE_BGRA ||
        bitmap.width == 0 || bitmap.rows == 0) {
        return nca::Error{"no colour bitmap for " + names + " in the emoji font " + font};
    }
    return without_side_bearing(straight_image(bitmap));
}

} // namespace support
