// SPDX-License-Identifier: Apache-2.0
#include <nca/image/pointwise.hpp>
#include <nca/image/pooling.hpp>

#include "image/maps.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace {

using namespace nca;
using namespace nca::image;
using tests::Maps;

const std::vector<Window> windows{
    {.size = 2, .stride = 2},
    {.size = 3, .stride = 2},
    {.size = 3, .stride = 2, .fit = Fit::cover},
    {.size = 3, .stride = 2, .fit = Fit::same},
    {.size = 3, .fit = Fit::same},
};

/// The inputs of a window that lie on the picture, of one channel.
std::vector<double> seen(const Window& window, const Maps<double>& in, int y, int x, int c) {
    std::vector<double> values;
    for (int tap = 0; tap < window.taps(); ++tap) {
        const int from_y = window.source(y, tap / window.size, in.view.height);
        const int from_x = window.source(x, tap % window.size, in.view.width);
        if (from_y >= 0 && from_x >= 0) values.push_back(in.view.pixel(from_y, from_x)[c]);
    }
    return values;
}

/// The largest error of a pullback against central differences, for the sum of the outputs times random weights:
/// forward(in, out), pullback(in, out, out_adjoint, in_adjoint), which adds to a start of zero.
template <class Forward, class Pullback>
double gradient_error(Maps<double> in, Maps<double> out, Forward&& forward, Pullback&& pullback) {
    const auto weights = Maps<double>::random(out.view.height, out.view.width, out.view.channels, 7);
    forward(in, out);
    Maps<double> adjoint(in.view.height, in.view.width, in.view.channels);
    pullback(in, out, weights, adjoint);
    double worst = 0.0;
    for (int p = 0; p < in.view.pixels(); ++p) {
        for (int c = 0; c < in.view.channels; ++c) {
            double& x = in.view.pixel(p)[c];
            const double before = x;
            constexpr double step = 1e-6;
            x = before + step;
            forward(in, out);
            const double above = tests::dot(out, weights);
            x = before - step;
            forward(in, out);
            const double below = tests::dot(out, weights);
            x = before;
            worst = std::max(worst, std::abs((above - below) / (2.0 * step) - adjoint.view.pixel(p)[c]));
        }
    }
    return worst;
}

} // namespace

TEST_CASE("max and mean pooling consider only pixels inside the image") {
    for (const Window& window : windows) {
        const auto in = Maps<double>::random(8, 11, 18, 1);
        Maps<double> largest(window.outputs(8), window.outputs(11), 18);
        Maps<double> mean = largest;
        max_pool<double>(window, in.view, largest.view);
        mean_pool<double>(window, in.view, mean.view);
        for (int y = 0; y < largest.view.height; ++y) {
            for (int x = 0; x < largest.view.width; ++x) {
                for (int c = 0; c < 18; ++c) {
                    const auto values = seen(window, in, y, x, c);
                    double sum = 0.0;
                    for (const double v : values) sum += v;
                    REQUIRE(largest.view.pixel(y, x)[c] == *std::max_element(values.begin(), values.end()));
                    REQUIRE(mean.view.pixel(y, x)[c] ==
                            doctest::Approx(sum / static_cast<double>(values.size())).epsilon(1e-12));
                }
            }
        }
    }
}

TEST_CASE("the pullbacks of the poolings equal central differences") {
    for (const Window& window : windows) {
        const auto in = Maps<double>::random(5, 6, 3, 1);
        const Maps<double> out(window.outputs(5), window.outputs(6), 3);
        CHECK(gradient_error(
                  in, out, [&](const auto& x, auto& y) { max_pool<double>(window, x.view, y.view); },
                  [&](const auto& x, const auto& y, const auto& g, auto& adjoint) {
                      max_pool_pullback<double>(window, x.view, y.view, g.view, false, adjoint.view);
                  }) < 1e-8);
        CHECK(gradient_error(
                  in, out, [&](const auto& x, auto& y) { mean_pool<double>(window, x.view, y.view); },
                  [&](const auto&, const auto&, const auto& g, auto& adjoint) {
                      mean_pool_pullback<double>(window, g.view, adjoint.view);
                  }) < 1e-8);
    }
    CHECK(gradient_error(
              Maps<double>::random(5, 6, 3, 1), Maps<double>(1, 1, 3),
              [](const auto& x, auto& y) { global_mean<double>(x.view, y.view); },
              [](const auto&, const auto&, const auto& g, auto& adjoint) {
                  global_mean_pullback<double>(g.view, adjoint.view);
              }) < 1e-8);
}

TEST_CASE("the adjoint of a maximum goes to the first of equal inputs") {
    Maps<float> in(2, 2, 1);
    Maps<float> out(1, 1, 1);
    Maps<float> adjoint(2, 2, 1);
    const auto g = Maps<float>::random(1, 1, 1, 1);
    for (int p = 1; p < 4; ++p) in.view.pixel(p)[0] = 2.0F;
    max_pool<float>({.size = 2, .stride = 2}, in.view, out.view);
    max_pool_pullback<float>({.size = 2, .stride = 2}, in.view, out.view, g.view, false, adjoint.view);
    CHECK(adjoint.view.pixel(0)[0] == 0.0F);
    CHECK(adjoint.view.pixel(1)[0] == g.values[0]);
    CHECK(adjoint.view.pixel(2)[0] == 0.0F);
    CHECK(adjoint.view.pixel(3)[0] == 0.0F);
}

TEST_CASE("the gated pullback of max pooling includes that of a ReLU below") {
    const Window window{.size = 2, .stride = 2};
    const auto before = Maps<float>::random(6, 8, 5, 1);
    Maps<float> in(6, 8, 5);
    relu<float>(before.view, in.view);
    Maps<float> out(3, 4, 5);
    max_pool<float>(window, in.view, out.view);
    const auto g = Maps<float>::random(3, 4, 5, 2);
    Maps<float> gated(6, 8, 5);
    Maps<float> plain(6, 8, 5);
    max_pool_pullback<float>(window, in.view, out.view, g.view, true, gated.view);
    max_pool_pullback<float>(window, in.view, out.view, g.view, false, plain.view);
    relu_pullback<float>(in.view, plain.view, false, plain.view);
    for (std::size_t i = 0; i < gated.values.size(); ++i) REQUIRE(gated.values[i] == plain.values[i]);
}

TEST_CASE("local response normalisation divides by the square root of the sum over its window") {
    const ResponseNormalisation norm{.size = 5, .alpha = 0.7, .offset = 1.5};
    const auto in = Maps<double>::random(2, 3, 21, 1);
    Maps<double> out(2, 3, 21);
    AlignedArray<double> scratch(ResponseNormalisation::scratch_size(21));
    normalise_response<double>(norm, in.view, scratch.data(), out.view);
    for (int p = 0; p < 6; ++p) {
        for (int c = 0; c < 21; ++c) {
            double sum = 0.0;
            for (int i = std::max(c - 2, 0); i <= std::min(c + 2, 20); ++i) sum += std::pow(in.view.pixel(p)[i], 2);
            REQUIRE(out.view.pixel(p)[c] ==
                    doctest::Approx(in.view.pixel(p)[c] / std::sqrt(1.5 + 0.7 / 5.0 * sum)).epsilon(1e-12));
        }
    }
}

TEST_CASE("the pullback of local response normalisation equals central differences") {
    const ResponseNormalisation norm{.size = 9, .alpha = 2.0, .offset = 1.0};
    AlignedArray<double> scratch(2 * ResponseNormalisation::scratch_size(21));
    CHECK(gradient_error(
              Maps<double>::random(2, 2, 21, 1), Maps<double>(2, 2, 21),
              [&](const auto& x, auto& y) { normalise_response<double>(norm, x.view, scratch.data(), y.view); },
              [&](const auto& x, const auto&, const auto& g, auto& adjoint) {
                  normalise_response_pullback<double>(norm, x.view, g.view, scratch.data(), adjoint.view);
              }) < 1e-8);
}

TEST_CASE("concatenation appends channels, and its pullback splits the adjoint") {
    const auto a = Maps<float>::random(2, 3, 5, 1);
    const auto b = Maps<float>::random(2, 3, 18, 2);
    Maps<float> whole(2, 3, 23);
    insert_channels<float>(a.view, 0, whole.view);
    insert_channels<float>(b.view, 5, whole.view);
    for (int p = 0; p < 6; ++p) {
        for (int c = 0; c < 23; ++c) {
            REQUIRE(whole.view.pixel(p)[c] == (c < 5 ? a.view.pixel(p)[c] : b.view.pixel(p)[c - 5]));
        }
        for (int c = 23; c < 32; ++c) REQUIRE(whole.view.pixel(p)[c] == 0.0F);
    }
    Maps<float> back(2, 3, 18);
    for (float& v : back.values) v = 9.0F;
    insert_channels_pullback<float>(whole.view, 5, false, back.view);
    for (std::size_t i = 0; i < back.values.size(); ++i) REQUIRE(back.values[i] == b.values[i]);
    insert_channels_pullback<float>(whole.view, 5, true, back.view);
    for (std::size_t i = 0; i < back.values.size(); ++i) REQUIRE(back.values[i] == 2.0F * b.values[i]);
}

TEST_CASE("colours are transformed by a matrix and an offset, and adjoints by its transpose") {
    const ColourTransform transform{{{{1.0, 2.0, 3.0}, {-1.0, 0.5, 0.0}, {0.0, 4.0, -2.0}}}, {10.0, 20.0, 30.0}};
    const std::vector<double> rgb{0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
    Maps<double> out(1, 2, 3);
    transform_colours<double>(transform, rgb.data(), out.view);
    CHECK(out.view.pixel(1)[0] == doctest::Approx(0.4 + 1.0 + 1.8 + 10.0));
    CHECK(out.view.pixel(1)[1] == doctest::Approx(-0.4 + 0.25 + 20.0));
    CHECK(out.view.pixel(1)[2] == doctest::Approx(2.0 - 1.2 + 30.0));
    CHECK(out.view.pixel(1)[3] == 0.0);
    std::vector<double> adjoint(6);
    const auto g = Maps<double>::random(1, 2, 3, 1);
    transform_colours_pullback<double>(transform, g.view, adjoint.data());
    const double* const last = g.view.pixel(1);
    CHECK(adjoint[4] == doctest::Approx(2.0 * last[0] + 0.5 * last[1] + 4.0 * last[2]));
}
