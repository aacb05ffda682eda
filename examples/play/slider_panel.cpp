// SPDX-License-Identifier: Apache-2.0
#include "slider_panel.hpp"

#include "overlay.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <support/canvas.hpp>

namespace play {

namespace {

constexpr double margin = 12.0;

struct Track {
    double begin;
    double end;
};

Track track_of(int width, double ratio) noexcept {
    const double begin = 150.0 * ratio;
    return {begin, std::max(begin + 1.0, width - 64.0 * ratio)};
}

} // namespace

support::Image slider_panel(int width, double ratio, const std::vector<Slider>& sliders) {
    const double row = slider_height * ratio;
    const int height = static_cast<int>(std::lround(row * static_cast<double>(sliders.size())));
    const auto [begin, end] = track_of(width, ratio);
    support::Canvas canvas{width, height};
    canvas.colour(0.165, 0.18, 0.21);
    cairo_paint(canvas.context());
    double y = row / 2.0;
    for (const Slider& slider : sliders) {
        const auto place = [&](double value) {
            return begin + (end - begin) * (value - slider.low) / (slider.high - slider.low);
        };
        canvas.colour(0.9, 0.91, 0.93);
        canvas.text(margin * ratio, y, slider.name, letter_height * ratio, {0.0, 0.5});
        canvas.colour(0.4, 0.44, 0.5);
        cairo_rectangle(canvas.context(), begin, y - 1.5 * ratio, end - begin, 3.0 * ratio);
        cairo_rectangle(canvas.context(), place(0.0) - ratio, y - 6.0 * ratio, 2.0 * ratio, 12.0 * ratio);
        cairo_fill(canvas.context());
        canvas.colour(0.55, 0.75, 0.95);
        cairo_arc(canvas.context(), place(slider.value), y, 7.0 * ratio, 0.0, 2.0 * 3.14159265358979323846);
        cairo_fill(canvas.context());
        char value[16];
        std::snprintf(value, sizeof value, "%+.2f", slider.value);
        canvas.text(width - margin * ratio, y, value, letter_height * ratio, {1.0, 0.5});
        y += row;
    }
    auto image = canvas.image();
    return image ? std::move(image).value() : support::Image{width, height, {42, 46, 54, 255}};
}

double slider_value(const Slider& slider, double x, int width, double ratio) noexcept {
    const auto [begin, end] = track_of(width, ratio);
    return slider.low + (slider.high - slider.low) * std::clamp((x - begin) / (end - begin), 0.0, 1.0);
}

} // namespace play
