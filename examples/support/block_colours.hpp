// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_BLOCK_COLOURS_HPP
#define NCA_EXAMPLES_SUPPORT_BLOCK_COLOURS_HPP

#include "image.hpp"

namespace support {

/// The colour of a block by the name of its class: air is transparent, common materials look like themselves, and every
/// other name has a colour of its own. Names of the same material differ in brightness.
[[nodiscard]] Rgba8 block_colour(std::string_view class_name);

/// The colour of each class.
[[nodiscard]] std::vector<Rgba8> block_colours(std::span<const std::string> classes);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_BLOCK_COLOURS_HPP
