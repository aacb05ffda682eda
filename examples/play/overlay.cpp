// SPDX-License-Identifier: Apache-2.0
#include "overlay.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <support/canvas.hpp>

namespace play {

namespace {

constexpr double letter_height = 13.0;

struct Track {
    double begin;
    double end;
};

Track track_of(int width, double ratio) noexcept {
    const double begin = 150.0 * ratio;
    return {begin, std::max(begin + 1.0, width - 64.0 * ratio)};
}

void fill_dark(support::Canvas& canvas) {
    canvas.colour(0.125, 0.14, 0.165);
    cairo_paint(canvas.context());
}

support::Image drawn(support::Canvas& canvas, int width, int height, support::Rgba8 blank = {32, 36, 42, 255}) {
    auto image = canvas.image();
    return image ? std::move(image).value() : support::Image{width, height, blank};
}

} // namespace

support::Image status_bar(int width, double ratio, const std::vector<StatusWords>& left, const std::string& right) {
    const int height = static_cast<int>(std::lround(bar_height * ratio));
    const double size = letter_height * ratio;
    const double margin = 12.0 * ratio;
    support::Canvas canvas{width, height};
    fill_dark(canvas);
    const double end = width - margin - canvas.text_width(right, size);
    double x = margin;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto& [text, mark] = left[i];
        const double marked = mark ? 1.5 * size : 0.0;
        const double length = marked + canvas.text_width(text, size, i == 0);
        if (x + length + margin > end) break;
        if (mark) {
            canvas.colour(mark->red / 255.0, mark->green / 255.0, mark->blue / 255.0);
            cairo_rectangle(canvas.context(), x, (height - size) / 2.0, size, size);
            cairo_fill(canvas.context());
        }
        if (i == 0) {
            canvas.colour(1.0, 1.0, 1.0);
        } else {
            canvas.colour(0.76, 0.79, 0.83);
        }
        canvas.text(x + marked, height / 2.0, text, size, {0.0, 0.5}, i == 0);
        x += length + 1.5 * margin;
    }
    canvas.colour(0.55, 0.75, 0.95);
    canvas.text(width - margin, height / 2.0, right, size, {1.0, 0.5});
    return drawn(canvas, width, height);
}

support::Image help_panel(double ratio, const std::string& title, const std::vector<HelpLine>& lines) {
    const double size = letter_height * ratio;
    const double row = 23.0 * ratio;
    const double margin = 22.0 * ratio;
    support::Canvas measure{1, 1};
    double keys = 0.0;
    double what = 0.0;
    for (const HelpLine& line : lines) {
        keys = std::max(keys, measure.text_width(line.keys, size, true));
        what = std::max(what, measure.text_width(line.what, size));
    }
    what = std::max(what, measure.text_width(title, 1.2 * size, true) - keys);
    const int width = static_cast<int>(std::ceil(2.0 * margin + keys + margin + what));
    const int height = static_cast<int>(std::ceil(2.0 * margin + row * (static_cast<double>(lines.size()) + 1.0)));
    support::Canvas canvas{width, height};
    fill_dark(canvas);
    canvas.colour(1.0, 1.0, 1.0);
    double y = margin + 0.3 * row;
    canvas.text(margin, y, title, 1.2 * size, {0.0, 0.5}, true);
    y += 0.4 * row;
    for (const HelpLine& line : lines) {
        y += row;
        canvas.colour(0.55, 0.75, 0.95);
        canvas.text(margin, y, line.keys, size, {0.0, 0.5}, true);
        canvas.colour(0.9, 0.91, 0.93);
        canvas.text(2.0 * margin + keys, y, line.what, size, {0.0, 0.5});
    }
    return drawn(canvas, width, height);
}

support::Image slider_panel(int width, double ratio, const std::vector<Slider>& sliders) {
    const double row = slider_height * ratio;
    const double margin = 12.0 * ratio;
    const int height = static_cast<int>(std::lround(row * static_cast<double>(sliders.size())));
    const Track track = track_of(width, ratio);
    support::Canvas canvas{width, height};
    canvas.colour(0.165, 0.18, 0.21);
    cairo_paint(canvas.context());
    double y = row / 2.0;
    for (const Slider& slider : sliders) {
        const auto place = [&](double value) {
            return track.begin + (track.end - track.begin) * (value - slider.low) / (slider.high - slider.low);
        };
        canvas.colour(0.9, 0.91, 0.93);
        canvas.text(margin, y, slider.name, letter_height * ratio, {0.0, 0.5});
        canvas.colour(0.4, 0.44, 0.5);
        cairo_rectangle(canvas.context(), track.begin, y - 1.5 * ratio, track.end - track.begin, 3.0 * ratio);
        cairo_rectangle(canvas.context(), place(0.0) - ratio, y - 6.0 * ratio, 2.0 * ratio, 12.0 * ratio);
        cairo_fill(canvas.context());
        canvas.colour(0.55, 0.75, 0.95);
        cairo_arc(canvas.context(), place(slider.value), y, 7.0 * ratio, 0.0, 2.0 * std::numbers::pi);
        cairo_fill(canvas.context());
        canvas.text(width - margin, y, formatted("%+.2f", slider.value), letter_height * ratio, {1.0, 0.5});
        y += row;
    }
    return drawn(canvas, width, height, {42, 46, 54, 255});
}

double slider_value(const Slider& slider, double x, int width, double ratio) noexcept {
    const Track track = track_of(width, ratio);
    const double part = std::clamp((x - track.begin) / (track.end - track.begin), 0.0, 1.0);
    return slider.low + (slider.high - slider.low) * part;
}

} // namespace play
