// SPDX-License-Identifier: Apache-2.0
// The sliders between the image and the status bar.
#ifndef NCA_EXAMPLES_PLAY_SLIDER_PANEL_HPP
#define NCA_EXAMPLES_PLAY_SLIDER_PANEL_HPP

#include "world.hpp"

#include <support/image.hpp>

namespace play {

/// The height of a slider, for a screen of ordinary resolution.
inline constexpr int slider_height = 26;

/// All sliders, one below the other, each with its name at the left and its value at the right. `width` and the
/// height of the result are in pixels.
[[nodiscard]] support::Image slider_panel(int width, double ratio, const std::vector<Slider>& sliders);

/// The value of a slider whose handle is at `x` pixels from the left, clamped to its range.
[[nodiscard]] double slider_value(const Slider& slider, double x, int width, double ratio) noexcept;

} // namespace play

#endif // NCA_EXAMPLES_PLAY_SLIDER_PANEL_HPP
