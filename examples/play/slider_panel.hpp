// SPDX-License-Identifier: Apache-2.0
// The sliders between the picture and the status bar.
#ifndef NCA_EXAMPLES_PLAY_SLIDER_PANEL_HPP
#define NCA_EXAMPLES_PLAY_SLIDER_PANEL_HPP

#include "world.hpp"

#include <support/image.hpp>

namespace play {

/// The height of a slider, for a screen of ordinary resolution.
inline constexpr int slider_height = 26;

/// All sliders, one below the other, each with its name at the left and its value at the right. `width` and the
/// result's height are picture elements.
[[nodiscard]] support::Image slider_panel(int width, double ratio, const std::vector<Slider>& sliders);

/// The value that a slider has when its knob is at `x` picture elements from the left; at the ends of its range beyond.
[[nodiscard]] double slider_value(const Slider& slider, double x, int width, double ratio) noexcept;

} // namespace play

#endif // NCA_EXAMPLES_PLAY_SLIDER_PANEL_HPP
