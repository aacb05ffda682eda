// SPDX-License-Identifier: Apache-2.0
#include <nca/image/convolution.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/image/winograd.hpp>

#include "image/maps.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace {

using namespace nca;
using namespace nca::image;
using tests::Maps;

template <class T>
ConvolutionKernel<T> random_kernel(int taps, int inputs, int outputs) {
    ConvolutionKernel<T> kernel(taps, inputs, outputs);
    const Philox random{9};
    std::uint64_t i = 0;
    for (int o = 0; o < outputs; ++o) {
        kernel.bias(o) = static_cast<T>(random.uniform(i++) - 0.5);
        for (int tap = 0; tap < taps; ++tap) {
            for (int c = 0; c < inputs; ++c) kernel.weight(tap, c, o) = static_cast<T>(random.uniform(i++) - 0.5);
        }
    }
    return kernel;
}

/// The definition, in double.
template <class T>
double naive(const Window& window, const ConvolutionKernel<T>& kernel, const Maps<T>& in, int y, int x, int output) {
    double sum = static_cast<double>(kernel.biases()[output]);
    for (int tap = 0; tap < window.taps(); ++tap) {
        const int from_y = window.source(y, tap / window.size, in.view.height);
        const int from_x = window.source(x, tap % window.size, in.view.width);
        if (from_y < 0 || from_x < 0) continue;
        for (int c = 0; c < kernel.inputs(); ++c) {
            sum += static_cast<double>(in.view.pixel(from_y, from_x)[c]) *
                   static_cast<double>(kernel.weight(tap, c, output));
        }
    }
    return sum;
}

struct Case {
    Window window;
    int height;
    int width;
    int inputs;
    int outputs;
};

// Every padding, stride and size of the networks, panels of one to four registers, more inputs than pass at a time.
const std::vector<Case> cases{
    {{.size = 3, .padding = 1}, 9, 14, 16, 64},
    {{.size = 3, .padding = 1}, 1, 1, 5, 7},
    {{.size = 3, .padding = 1}, 2, 30, 150, 48},
    {{.size = 3, .padding = 1, .edge = Edge::reflect}, 7, 5, 20, 32},
    {{.size = 3, .padding = 1, .edge = Edge::reflect}, 2, 3, 3, 80},
    {{.size = 5, .padding = 2, .edge = Edge::reflect}, 3, 8, 3, 16},
    {{.size = 3, .stride = 2}, 8, 9, 3, 20},
    {{}, 4, 7, 130, 17},
    {{.size = 7, .stride = 2, .fit = Fit::same}, 10, 15, 3, 64},
    {{.size = 5, .fit = Fit::same}, 4, 6, 24, 100},
    {{.size = 2, .stride = 3}, 8, 9, 4, 6},
};

} // namespace

TEST_CASE_TEMPLATE("a convolution is the naive sum over taps and inputs", T, float, double) {
    for (const Case& c : cases) {
        CAPTURE(c.window.size);
        CAPTURE(c.outputs);
        const auto kernel = random_kernel<T>(c.window.taps(), c.inputs, c.outputs);
        const auto in = Maps<T>::random(c.height, c.width, c.inputs, 1);
        Maps<T> out(c.window.outputs(c.height), c.window.outputs(c.width), c.outputs);
        convolve<T>(window_table(c.window, c.height, c.width), kernel, in.view, kernel.biases(), false, Epilogue::none,
                    nullptr, out.view);
        double worst = 0.0;
        for (int y = 0; y < out.view.height; ++y) {
            for (int x = 0; x < out.view.width; ++x) {
                for (int o = 0; o < c.outputs; ++o) {
                    worst = std::max(worst, std::abs(static_cast<double>(out.view.pixel(y, x)[o]) -
                                                     naive(c.window, kernel, in, y, x, o)));
                }
            }
        }
        CHECK(worst <= 8.0 * static_cast<double>(std::numeric_limits<T>::epsilon()) *
                           std::sqrt(static_cast<double>(c.window.taps() * c.inputs)));
    }
}

TEST_CASE("the channel padding of a convolution is zero") {
    const auto kernel = random_kernel<float>(9, 5, 21);
    const auto in = Maps<float>::random(5, 6, 5, 1);
    Maps<float> out(5, 6, 21);
    for (float& v : out.values) v = 9.0F;
    convolve<float>(window_table({.size = 3, .padding = 1}, 5, 6), kernel, in.view, kernel.biases(), false,
                    Epilogue::none, nullptr, out.view);
    for (int p = 0; p < 30; ++p) {
        for (int c = 21; c < 32; ++c) REQUIRE(out.view.pixel(p)[c] == 0.0F);
    }
}

TEST_CASE("a convolution applies its epilogue, and may accumulate") {
    const Window window{.size = 3, .padding = 1};
    const auto table = window_table(window, 6, 7);
    const auto kernel = random_kernel<float>(9, 4, 20);
    const auto in = Maps<float>::random(6, 7, 4, 1);
    const auto gate = Maps<float>::random(6, 7, 20, 2);
    const auto start = Maps<float>::random(6, 7, 20, 3);
    Maps<float> plain(6, 7, 20);
    Maps<float> rectified(6, 7, 20);
    Maps<float> gated = start;
    const ConvolutionKernel<float> unbiased = kernel.transposed().transposed();
    Maps<float> sum(6, 7, 20);
    convolve<float>(table, kernel, in.view, kernel.biases(), false, Epilogue::none, nullptr, plain.view);
    convolve<float>(table, kernel, in.view, kernel.biases(), false, Epilogue::relu, nullptr, rectified.view);
    convolve<float>(table, unbiased, in.view, nullptr, false, Epilogue::none, nullptr, sum.view);
    convolve<float>(table, unbiased, in.view, nullptr, true, Epilogue::relu_pullback, gate.values.data(), gated.view);
    for (std::size_t i = 0; i < plain.values.size(); ++i) {
        REQUIRE(rectified.values[i] == std::max(plain.values[i], 0.0F));
        const float wanted = gate.values[i] > 0.0F ? start.values[i] + sum.values[i] : 0.0F;
        REQUIRE(std::abs(gated.values[i] - wanted) < 1e-5F);
    }
}

// A convolution without bias is linear, so its pullback is the transpose: <conv(x), g> = <x, pullback(g)>.
TEST_CASE("the pullback of a convolution is its transpose") {
    for (const Case& c : cases) {
        CAPTURE(c.window.size);
        CAPTURE(c.outputs);
        const auto transposed = random_kernel<double>(c.window.taps(), c.inputs, c.outputs).transposed();
        const auto kernel = transposed.transposed();
        const auto x = Maps<double>::random(c.height, c.width, c.inputs, 1);
        const auto g = Maps<double>::random(c.window.outputs(c.height), c.window.outputs(c.width), c.outputs, 2);
        Maps<double> y(g.view.height, g.view.width, c.outputs);
        auto adjoint = Maps<double>::random(c.height, c.width, c.inputs, 3);
        convolve<double>(window_table(c.window, c.height, c.width), kernel, x.view, nullptr, false, Epilogue::none,
                         nullptr, y.view);
        convolve<double>(transposed_window_table(c.window, c.height, c.width), transposed, g.view, nullptr, false,
                         Epilogue::none, nullptr, adjoint.view);
        CHECK(tests::dot(y, g) == doctest::Approx(tests::dot(x, adjoint)).epsilon(1e-12));
    }
}

TEST_CASE("the result at a pixel does not depend on the size of the image") {
    const Window window{.size = 3, .padding = 1};
    const auto kernel = random_kernel<float>(9, 40, 64);
    const auto large = Maps<float>::random(30, 31, 40, 1);
    Maps<float> small(8, 9, 40);
    for (int y = 0; y < 8; ++y) {
        for (int x = 0; x < 9; ++x) std::copy_n(large.view.pixel(y + 3, x + 4), 48, small.view.pixel(y, x));
    }
    Maps<float> large_out(30, 31, 64);
    Maps<float> small_out(8, 9, 64);
    convolve<float>(window_table(window, 30, 31), kernel, large.view, nullptr, false, Epilogue::none, nullptr,
                    large_out.view);
    convolve<float>(window_table(window, 8, 9), kernel, small.view, nullptr, false, Epilogue::none, nullptr,
                    small_out.view);
    for (int y = 1; y < 7; ++y) {
        for (int x = 1; x < 8; ++x) {
            for (int c = 0; c < 64; ++c) {
                REQUIRE(small_out.view.pixel(y, x)[c] == large_out.view.pixel(y + 3, x + 4)[c]);
            }
        }
    }
}

TEST_CASE("TensorFlow's SAME puts the odd pixel of padding at the end") {
    const Window stem{.size = 7, .stride = 2, .fit = Fit::same};
    CHECK(stem.outputs(128) == 64);
    CHECK(stem.before(128) == 2);
    CHECK(stem.before(127) == 3);
    const Window pool{.size = 3, .stride = 2, .fit = Fit::same};
    CHECK(pool.before(64) == 0);
    CHECK(pool.outputs(63) == 32);
    CHECK(pool.before(63) == 1);
}

TEST_CASE("a covering window never starts outside the image") {
    const Window pool{.size = 3, .stride = 2, .fit = Fit::cover};
    CHECK(pool.outputs(111) == 55);
    CHECK(pool.outputs(32) == 16);
    const Window wide{.size = 2, .stride = 3, .padding = 1, .fit = Fit::cover};
    CHECK(wide.outputs(5) == 2);
}

// Every edge; sizes that leave half tiles; more than one round of tiles, and rounds that are full.
TEST_CASE_TEMPLATE("Winograd's minimal filtering equals the direct sum", T, float, double) {
    for (const std::pair<int, int>& sides : {std::pair{1, 2}, std::pair{7, 9}, std::pair{24, 12}, std::pair{17, 30}}) {
        const int height = sides.first;
        const int width = sides.second;
        for (const Window& window : {Window{.size = 3, .padding = 1}, Window{.size = 3, .fit = Fit::same},
                                     Window{.size = 3, .padding = 1, .edge = Edge::reflect}}) {
            if (!window.fits(height) || !window.fits(width)) continue;
            CAPTURE(height);
            const auto kernel = random_kernel<T>(9, 20, 37);
            const auto in = Maps<T>::random(height, width, 20, 1);
            Maps<T> direct(height, width, 37);
            Maps<T> fast(height, width, 37);
            AlignedArray<T> scratch(winograd_scratch(20, 37));
            convolve<T>(window_table(window, height, width), kernel, in.view, kernel.biases(), false, Epilogue::relu,
                        nullptr, direct.view);
            convolve_winograd<T>(winograd_table(window, height, width), winograd_kernel(kernel), in.view, true,
                                 scratch.data(), fast.view);
            double worst = 0.0;
            for (std::size_t i = 0; i < direct.values.size(); ++i) {
                worst = std::max(worst, std::abs(static_cast<double>(direct.values[i] - fast.values[i])));
            }
            CHECK(worst <= 16.0 * static_cast<double>(std::numeric_limits<T>::epsilon()) * std::sqrt(9.0 * 20.0));
        }
    }
}

TEST_CASE("the pullback of minimal filtering adds the transposed convolution") {
    for (const Edge edge : {Edge::zero, Edge::reflect}) {
        const Window window{.size = 3, .padding = 1, .edge = edge};
        const auto kernel = random_kernel<double>(9, 20, 37);
        const auto g = Maps<double>::random(13, 26, 37, 1);
        auto direct = Maps<double>::random(13, 26, 20, 2);
        Maps<double> fast = direct;
        AlignedArray<double> scratch(winograd_scratch(20, 37));
        convolve<double>(transposed_window_table(window, 13, 26), kernel.transposed(), g.view, nullptr, true,
                         Epilogue::none, nullptr, direct.view);
        convolve_winograd_pullback<double>(winograd_table(window, 13, 26), winograd_kernel(kernel).transposed(), g.view,
                                           scratch.data(), fast.view);
        for (std::size_t i = 0; i < direct.values.size(); ++i) {
            REQUIRE(fast.values[i] == doctest::Approx(direct.values[i]).epsilon(1e-12));
        }
    }
}
