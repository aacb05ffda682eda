// SPDX-License-Identifier: Apache-2.0

// Drawn with Cairo. The plotting libraries of Debian 12 were tried and left: PLplot ends the process when a file cannot
// be written and its packages bring Qt and wxWidgets, those of MathGL bring Qt, HDF5 and Open MPI besides. A curve over
// two axes is little more than what follows.

#include "plot.hpp"

#include <nca/io/file.hpp>

#include "axis.hpp"
#include "canvas.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace support {
namespace {

constexpr double letter_size = 18.0; // nominal size of the labels

// Told apart by colour-blind readers too (Okabe and Ito).
constexpr std::array<std::array<double, 3>, 6> palette{{{0.00, 0.45, 0.70},
                                                        {0.84, 0.37, 0.00},
                                                        {0.00, 0.62, 0.45},
                                                        {0.80, 0.47, 0.65},
                                                        {0.34, 0.71, 0.91},
                                                        {0.90, 0.62, 0.00}}};

struct Frame {
    double left, top, right, bottom;
};

bool drawable(const Plot& plot, double x, double y) {
    return std::isfinite(x) && std::isfinite(y) && (!plot.logarithmic || y > 0.0);
}

void draw_label(Canvas& canvas, double x, double y, const Tick& tick, Anchor anchor) {
    const double small = letter_size * 0.72;
    const double base = canvas.text_width(tick.text, letter_size);
    const double raised = tick.exponent.empty() ? 0.0 : canvas.text_width(tick.exponent, small);
    const double left = x - anchor.x * (base + raised);
    canvas.text(left, y, tick.text, letter_size, {0.0, anchor.y});
    if (raised > 0.0) canvas.text(left + base + 1.0, y - letter_size * 0.45, tick.exponent, small, {0.0, anchor.y});
}

void draw_line(Canvas& canvas, double x0, double y0, double x1, double y1, double width) {
    cairo_set_line_width(canvas.context(), width);
    cairo_move_to(canvas.context(), x0, y0);
    cairo_line_to(canvas.context(), x1, y1);
    cairo_stroke(canvas.context());
}

void draw_axes(Canvas& canvas, const Plot& plot, const Frame& frame, const Axis& x_axis, const Axis& y_axis) {
    // Whole pixels plus a half: thin lines stay sharp.
    const auto crisp = [](double v) { return std::floor(v) + 0.5; };
    for (const Tick& tick : y_axis.ticks()) {
        const double y = crisp(frame.bottom - y_axis.position(tick.value) * (frame.bottom - frame.top));
        const double grey = tick.text.empty() ? 0.95 : 0.86;
        canvas.colour(grey, grey, grey);
        draw_line(canvas, frame.left, y, frame.right, y, 1.0);
        canvas.colour(0.25, 0.25, 0.25);
        if (!tick.text.empty()) draw_label(canvas, frame.left - 12.0, y, tick, {1.0, 0.5});
    }
    for (const Tick& tick : x_axis.ticks()) {
        const double x = crisp(frame.left + x_axis.position(tick.value) * (frame.right - frame.left));
        canvas.colour(0.86, 0.86, 0.86);
        draw_line(canvas, x, frame.top, x, frame.bottom, 1.0);
        canvas.colour(0.25, 0.25, 0.25);
        draw_line(canvas, x, frame.bottom, x, frame.bottom + 6.0, 1.0);
        draw_label(canvas, x, frame.bottom + 13.0, tick, {0.5, 0.0});
    }
    canvas.colour(0.25, 0.25, 0.25);
    draw_line(canvas, frame.left, crisp(frame.bottom), frame.right, crisp(frame.bottom), 1.5);
    draw_line(canvas, crisp(frame.left), frame.top, crisp(frame.left), frame.bottom, 1.5);
    canvas.text((frame.left + frame.right) / 2.0, plot.height - 22.0, plot.x_label, letter_size);
    canvas.text(24.0, (frame.top + frame.bottom) / 2.0, plot.y_label, letter_size, {}, false, -std::numbers::pi / 2.0);
}

void draw_series(Canvas& canvas, const Plot& plot, std::size_t index, const Frame& frame, const Axis& x_axis,
                 const Axis& y_axis) {
    const Series& series = plot.series[index];
    const auto& rgb = palette[index % palette.size()];
    cairo_t* cairo = canvas.context();
    cairo_save(cairo);
    cairo_rectangle(cairo, frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
    cairo_clip(cairo);
    cairo_set_line_width(cairo, 2.5);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    const bool points = series.mark == Mark::points;
    canvas.colour(rgb[0], rgb[1], rgb[2],
                  points ? std::clamp(600.0 / static_cast<double>(series.x.size()), 0.12, 0.9) : 1.0);
    bool begun = false;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
        const bool visible = drawable(plot, series.x[i], series.y[i]);
        if (!visible) {
            begun = false;
            continue;
        }
        const double x = frame.left + x_axis.position(series.x[i]) * (frame.right - frame.left);
        const double y = frame.bottom - y_axis.position(series.y[i]) * (frame.bottom - frame.top);
        if (points) {
            cairo_arc(cairo, x, y, 2.2, 0.0, 2.0 * std::numbers::pi);
            cairo_fill(cairo);
        } else if (begun) {
            cairo_line_to(cairo, x, y);
        } else {
            cairo_move_to(cairo, x, y);
            cairo_line_to(cairo, x, y); // a value between two gaps shows as a dot
            begun = true;
        }
    }
    cairo_stroke(cairo);
    cairo_restore(cairo);
}

// One line above the frame, from the right: it never covers a curve.
void draw_legend(Canvas& canvas, const Plot& plot, const Frame& frame) {
    const double y = frame.top - 22.0;
    double right = frame.right;
    for (std::size_t i = plot.series.size(); i-- > 0;) {
        const Series& series = plot.series[i];
        if (series.name.empty()) continue;
        const auto& rgb = palette[i % palette.size()];
        right -= canvas.text_width(series.name, letter_size);
        canvas.colour(0.25, 0.25, 0.25);
        canvas.text(right, y, series.name, letter_size, {0.0, 0.5});
        right -= 12.0;
        canvas.colour(rgb[0], rgb[1], rgb[2], series.mark == Mark::points ? 0.6 : 1.0);
        if (series.mark == Mark::points) {
            cairo_arc(canvas.context(), right - 5.0, y, 5.0, 0.0, 2.0 * std::numbers::pi);
            cairo_fill(canvas.context());
            right -= 10.0;
        } else {
            draw_line(canvas, right - 28.0, y, right, y, 4.0);
            right -= 28.0;
        }
        right -= 28.0;
    }
}

} // namespace

nca::Result<Image> draw_plot(const Plot& plot) {
    if (plot.width < 320 || plot.height < 240 || plot.width > max_image_side || plot.height > max_image_side) {
        return nca::Error{"a plot must be from 320 x 240 to " + std::to_string(max_image_side) +
                          " pixels a side, not " + std::to_string(plot.width) + " x " + std::to_string(plot.height)};
    }
    std::vector<double> xs;
    std::vector<double> ys;
    for (const Series& series : plot.series) {
        if (series.x.size() != series.y.size()) {
            return nca::Error{"series " + nca::quote_path(series.name) + " of the plot has " +
                              std::to_string(series.x.size()) + " x values but " + std::to_string(series.y.size()) +
                              " y values"};
        }
        for (std::size_t i = 0; i < series.x.size(); ++i) {
            if (!drawable(plot, series.x[i], series.y[i])) continue;
            xs.push_back(series.x[i]);
            ys.push_back(series.y[i]);
        }
    }
    if (xs.empty()) return nca::Error{"there is no finite value to plot"};

    const auto [low_x, high_x] = std::ranges::minmax(xs);
    const auto [low_y, high_y] = std::ranges::minmax(ys);
    const Axis x_axis{low_x, high_x, false, 0.0};
    const Axis y_axis{low_y, high_y, plot.logarithmic, 0.05};
    Canvas canvas{plot.width, plot.height};
    double label_width = 0.0;
    for (const Tick& tick : y_axis.ticks())
        label_width = std::max(label_width, canvas.text_width(tick.text, letter_size) +
                                                canvas.text_width(tick.exponent, letter_size * 0.72));
    const Frame frame{64.0 + label_width, 84.0, plot.width - 40.0, plot.height - 78.0};
    canvas.colour(0.1, 0.1, 0.1);
    canvas.text(frame.left, 30.0, plot.title, letter_size * 1.25, {0.0, 0.5}, true);
    draw_axes(canvas, plot, frame, x_axis, y_axis);
    for (std::size_t i = 0; i < plot.series.size(); ++i) draw_series(canvas, plot, i, frame, x_axis, y_axis);
    draw_legend(canvas, plot, frame);
    return canvas.image();
}

nca::Result<void> write_plot(const std::filesystem::path& path, const Plot& plot) {
    auto image = draw_plot(plot);
    if (!image) return nca::Error{"cannot write " + nca::quote_path(path.string()) + ": " + image.error().message};
    return write_png(path, *image);
}

Plot loss_plot(std::string title, std::span<const float> losses, long first_iteration) {
    Plot plot;
    plot.title = std::move(title);
    plot.x_label = "iteration";
    plot.y_label = "loss";
    plot.logarithmic = std::none_of(losses.begin(), losses.end(), [](float loss) { return loss < 0.0F; }) &&
                       std::any_of(losses.begin(), losses.end(), [](float loss) { return loss > 0.0F; });
    Series each{"each iteration", {}, {}, Mark::points};
    const std::size_t window = std::max<std::size_t>(losses.size() / 100, 1);
    Series mean{"mean of " + std::to_string(2 * window + 1), {}, {}, Mark::line};
    // Prefix sums of what the axis shows; a value that it cannot show counts as no value.
    std::vector<double> sums{0.0};
    std::vector<double> counts{0.0};
    for (const float loss : losses) {
        const bool usable = std::isfinite(loss) && (loss > 0.0F || !plot.logarithmic);
        const auto value = static_cast<double>(loss);
        sums.push_back(sums.back() + (!usable ? 0.0 : plot.logarithmic ? std::log10(value) : value));
        counts.push_back(counts.back() + (usable ? 1.0 : 0.0));
    }
    for (std::size_t i = 0; i < losses.size(); ++i) {
        const double x = static_cast<double>(first_iteration) + static_cast<double>(i);
        each.x.push_back(x);
        each.y.push_back(static_cast<double>(losses[i]));
        const std::size_t first = i > window ? i - window : 0;
        const std::size_t last = std::min(i + window + 1, losses.size());
        mean.x.push_back(x);
        const double middle = (sums[last] - sums[first]) / (counts[last] - counts[first]); // 0/0: a gap
        mean.y.push_back(plot.logarithmic ? std::pow(10.0, middle) : middle);
    }
    plot.series = {std::move(each), std::move(mean)};
    return plot;
}

} // namespace support
