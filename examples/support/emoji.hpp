// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_EMOJI_HPP
#define NCA_EXAMPLES_SUPPORT_EMOJI_HPP

#include "image.hpp"

#include <optional>

namespace support {

/// The code points of a text that may be one emoji in UTF-8, without variation selectors: a single code point or a
/// sequence, such as a flag, a keycap, a skin tone or a family. Nothing if the text is empty, not UTF-8, longer than
/// any sequence, or has ASCII characters in it that are no keycap.
[[nodiscard]] std::optional<std::u32string> emoji_sequence(std::string_view text);

/// The image of a sequence in the colour emoji font: the 128 x 128 pixels of the Noto drawings, from which the
/// article's targets were made. The font is the file that the environment variable NCA_EMOJI_FONT names, or else Noto
/// Color Emoji where Linux distributions install it. Errors: no such font; a sequence for which the font has no single
/// glyph.
[[nodiscard]] nca::Result<Image> emoji_image(std::u32string_view sequence);

/// "U+1F98E" for the lizard, "U+1F1EB U+1F1F7" for the flag of France.
[[nodiscard]] std::string code_point_names(std::u32string_view sequence);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_EMOJI_HPP
