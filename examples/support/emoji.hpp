// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_EMOJI_HPP
#define NCA_EXAMPLES_SUPPORT_EMOJI_HPP

#include "image.hpp"

#include <optional>

namespace support {

/// The code point of a text that is exactly one emoji in UTF-8, variation selectors ignored; nothing if the text is
/// anything else: not UTF-8, ASCII, or a sequence such as a flag or a family, which a font composes of several.
[[nodiscard]] std::optional<char32_t> single_emoji(std::string_view text);

/// The image of a code point in the colour emoji font: the 128 x 128 pixels of the Noto drawings, from which the
/// article's targets were made. The font is the file that the environment variable NCA_EMOJI_FONT names, or else Noto
/// Color Emoji where Linux distributions install it.
[[nodiscard]] nca::Result<Image> emoji_image(char32_t code_point);

/// "U+1F98E" for the lizard.
[[nodiscard]] std::string code_point_name(char32_t code_point);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_EMOJI_HPP
