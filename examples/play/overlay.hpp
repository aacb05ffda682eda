// SPDX-License-Identifier: Apache-2.0
// The texts and sliders of the window, as images.
#ifndef NCA_EXAMPLES_PLAY_OVERLAY_HPP
#define NCA_EXAMPLES_PLAY_OVERLAY_HPP

#include "world.hpp"

#include <support/image.hpp>

namespace play {

/// The heights of the status bar and of a slider are for a screen of ordinary resolution; `ratio` enlarges them.
inline constexpr int bar_height = 28;
inline constexpr int slider_height = 26;

/// The bar below the image: words on the left that would reach those on the right are left out. `width` and the
/// result's height are in pixels. A bar that cannot be drawn is blank.
[[nodiscard]] support::Image status_bar(int width, double ratio, const std::vector<StatusWords>& left,
                                        const std::string& right);

/// The keys and what they do, in two columns under a title.
[[nodiscard]] support::Image help_panel(double ratio, const std::string& title, const std::vector<HelpLine>& lines);

/// All sliders, one below the other, each with its name at the left and its value at the right. `width` and the
/// height of the result are in pixels.
[[nodiscard]] support::Image slider_panel(int width, double ratio, const std::vector<Slider>& sliders);

/// The value of a slider whose handle is at `x` pixels from the left, clamped to its range.
[[nodiscard]] double slider_value(const Slider& slider, double x, int width, double ratio) noexcept;

} // namespace play

#endif // NCA_EXAMPLES_PLAY_OVERLAY_HPP
