// SPDX-License-Identifier: Apache-2.0
// The texts of the window, as images.
#ifndef NCA_EXAMPLES_PLAY_OVERLAY_HPP
#define NCA_EXAMPLES_PLAY_OVERLAY_HPP

#include "world.hpp"

#include <support/image.hpp>

namespace play {

/// The height of the status bar, and all texts, are for a screen of ordinary resolution; `ratio` enlarges them.
inline constexpr int bar_height = 28;
inline constexpr double letter_height = 13.0;

/// The bar below the image: words on the left that would reach those on the right are left out. `width` and the
/// result's height are in pixels. A bar that cannot be drawn is blank.
[[nodiscard]] support::Image status_bar(int width, double ratio, const std::vector<StatusWords>& left,
                                        const std::string& right);

/// The keys and what they do, in two columns under a title.
[[nodiscard]] support::Image help_panel(double ratio, const std::string& title, const std::vector<HelpLine>& lines);

} // namespace play

#endif // NCA_EXAMPLES_PLAY_OVERLAY_HPP
