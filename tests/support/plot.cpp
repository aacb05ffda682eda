// SPDX-License-Identifier: Apache-2.0
#include "scratch.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <support/axis.hpp>
#include <support/plot.hpp>

using support::Axis;
using support::Image;
using support::Mark;
using support::Plot;
using support::Series;

namespace {

std::vector<std::string> labels(const Axis& axis) {
    std::vector<std::string> texts;
    for (const auto& tick : axis.ticks())
        if (!tick.text.empty()) texts.push_back(tick.text + (tick.exponent.empty() ? "" : "^" + tick.exponent));
    return texts;
}

using Labels = std::vector<std::string>;

// The number of pixels that are bluer than grey.
int blue_pixels(const Image& image) {
    int count = 0;
    for (std::size_t i = 0; i < image.rgba.size(); i += 4) count += image.rgba[i + 2] > image.rgba[i] + 60 ? 1 : 0;
    return count;
}

} // namespace

TEST_CASE("axis: linear ticks are round numbers within the range") {
    CHECK(labels(Axis{0.0, 8000.0, false, 0.0}) == Labels{"0", "2000", "4000", "6000", "8000"});
    CHECK(labels(Axis{0.0, 1.0, false, 0.0}) == Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
    CHECK(labels(Axis{-1.0, 1.0, false, 0.0}) == Labels{"\xE2\x88\x92"
                                                        "1.0",
                                                        "\xE2\x88\x92"
                                                        "0.5",
                                                        "0.0", "0.5", "1.0"});
    for (const auto& [low, high] :
         {std::pair{3.0, 3.0}, {0.0, 0.0}, {-1e300, 1e300}, {1e-300, 2e-300}, {1e9, 1e9 + 1}}) {
        const Axis axis{low, high, false, 0.0};
        CHECK(axis.ticks().size() >= 2);
        CHECK(axis.ticks().size() <= 12);
        CHECK(axis.position(low) >= 0.0);
        CHECK(axis.position(high) <= 1.0);
    }
}

TEST_CASE("axis: logarithmic ticks name powers of ten") {
    CHECK(labels(Axis{1e-4, 1e-1, true, 0.0}) == Labels{"10^\xE2\x88\x92"
                                                        "4",
                                                        "10^\xE2\x88\x92"
                                                        "3",
                                                        "10^\xE2\x88\x92"
                                                        "2",
                                                        "10^\xE2\x88\x92"
                                                        "1"});
    CHECK(labels(Axis{1.0, 10.0, true, 0.0}) == Labels{"10^0",
                                                       "2\xC2\xB7"
                                                       "10^0",
                                                       "5\xC2\xB7"
                                                       "10^0",
                                                       "10^1"});
    CHECK(labels(Axis{0.02, 0.04, true, 0.0}) == Labels{"0.020", "0.025", "0.030", "0.035", "0.040"});
    CHECK(Axis{1e-4, 1e-2, true, 0.0}.position(1e-3) == doctest::Approx(0.5));
    CHECK(labels(Axis{1e-30, 1e10, true, 0.0}).size() <= 9);
    CHECK(labels(Axis{0.5, 0.5, true, 0.0}).size() >= 1);
}

TEST_CASE("plot: a curve appears") {
    Plot plot;
    plot.title = "Accuracy";
    plot.x_label = "step";
    plot.y_label = "fraction of cells";
    Series series{"model", {}, {}, Mark::line};
    for (int i = 0; i <= 100; ++i) {
        series.x.push_back(i);
        series.y.push_back(1.0 - std::exp(-i / 20.0));
    }
    plot.series.push_back(series);
    const auto line = support::draw_plot(plot);
    REQUIRE(line.ok());
    CHECK(line->width == 1200);
    CHECK(line->height == 720);
    CHECK(line->at(0, 0)[0] == 255);
    CHECK(line->at(0, 0)[3] == 255);
    CHECK(blue_pixels(*line) > 1500);
    plot.series[0].mark = Mark::points;
    const auto points = support::draw_plot(plot);
    REQUIRE(points.ok());
    CHECK(blue_pixels(*points) > 500);
}

TEST_CASE("plot: the loss of a training run, with gaps where it is no number") {
    const Scratch scratch;
    std::vector<float> losses;
    for (int i = 0; i < 500; ++i) losses.push_back(0.1F * std::exp(-static_cast<float>(i) / 100.0F));
    losses[10] = std::numeric_limits<float>::quiet_NaN();
    losses[11] = std::numeric_limits<float>::infinity();
    losses[12] = 0.0F;
    const Plot plot = support::loss_plot("lizard", losses, 1000);
    REQUIRE(plot.series.size() == 2);
    CHECK(plot.series[0].x.front() == 1000.0);
    CHECK(plot.series[0].x.back() == 1499.0);
    // The running geometric mean of an exponential is the exponential.
    CHECK(plot.series[1].y[250] == doctest::Approx(static_cast<double>(losses[250])).epsilon(1e-4));
    REQUIRE(support::write_plot(scratch / "loss.png", plot).ok());
    CHECK(support::read_image(scratch / "loss.png").ok());
    CHECK(support::draw_plot(support::loss_plot("one", std::vector<float>{0.5F})).ok());
}

TEST_CASE("plot: losses below zero stand on a linear axis with their arithmetic mean") {
    const Plot falling = support::loss_plot("eye", std::vector<float>{1.0F, -2.0F, -5.0F});
    CHECK_FALSE(falling.logarithmic);
    CHECK(falling.series[1].y[1] == doctest::Approx(-2.0));
    CHECK(support::draw_plot(falling).ok());
    CHECK(support::draw_plot(support::loss_plot("nothing yet", std::vector<float>{0.0F})).ok());
}

TEST_CASE("plot: errors") {
    const Scratch scratch;
    const auto nothing = support::write_plot(scratch / "loss.png", support::loss_plot("empty", {}));
    REQUIRE_FALSE(nothing.ok());
    CHECK(contains(nothing.error().message, "loss.png"));
    CHECK(contains(nothing.error().message, "no finite value"));
    Plot plot;
    plot.series.push_back({"uneven", {1.0, 2.0}, {1.0}, Mark::line});
    const auto uneven = support::draw_plot(plot);
    REQUIRE_FALSE(uneven.ok());
    CHECK(contains(uneven.error().message, "uneven"));
    plot.series[0].y.push_back(2.0);
    CHECK(contains(support::write_plot(scratch / "nowhere/a.png", plot).error().message, "nowhere/a.png"));
    plot.width = 0;
    CHECK_FALSE(support::draw_plot(plot).ok());
    CHECK(scratch.files() == 0);
}
