// SPDX-License-Identifier: Apache-2.0
// The gradient with respect to the picture against central differences, in double, on small networks.
#include <nca/core/philox.hpp>
#include <nca/image/network.hpp>
#include <nca/image/passes.hpp>
#include <nca/image/random_filters.hpp>
#include <nca/image/workspace.hpp>
#include <nca/tape/gradient_check.hpp>
#include <nca/tape/tape.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace {

using namespace nca;
using namespace nca::image;

using Builder = NetworkBuilder<double>;

ConvolutionKernel<double> random_kernel(int inputs, int outputs, int size) {
    ConvolutionKernel<double> kernel(size * size, inputs, outputs);
    const Philox random{3, static_cast<std::uint32_t>(inputs * 100 + outputs)};
    std::uint64_t i = 0;
    for (int o = 0; o < outputs; ++o) {
        kernel.bias(o) = random.uniform(i++) - 0.5;
        for (int tap = 0; tap < size * size; ++tap) {
            for (int c = 0; c < inputs; ++c) kernel.weight(tap, c, o) = random.uniform(i++) - 0.5;
        }
    }
    return kernel;
}

/// A loss on the tape: half the sum of the squares of all taps, times a weight that differs from tap to tap.
struct FeatureLoss {
    static constexpr const char* name = "feature loss";

    static BasicVar<double> record(const BasicNetwork<double>& network, BasicWorkspace<double>& workspace,
                                   const BasicVar<double>& picture) {
        BasicTape<double>& tape = picture.tape();
        double* const gradient = tape.memory().take<double>(picture.value().size());
        const BasicVar<double> loss = tape.record<FeatureLoss>({}, {picture}, gradient);
        forward(network, picture.value(), workspace);
        double sum = 0.0;
        for (std::size_t t = 0; t < workspace.taps().size(); ++t) {
            const auto maps = workspace.tap(t);
            const auto adjoint = workspace.tap_adjoint(t);
            const double weight = 1.0 + static_cast<double>(t);
            for (std::size_t i = 0; i < maps.size(); ++i) {
                sum += 0.5 * weight * maps.values[i] * maps.values[i];
                adjoint.values[i] += weight * maps.values[i];
            }
        }
        loss.value()[0] = sum;
        backward(network, workspace, {gradient, picture.value().size()});
        return loss;
    }
    static void pullback(const Pullback<double>& at) {
        const double* const gradient = at.saved<double*>();
        const auto adjoint = at.input_adjoint(0);
        for (std::size_t i = 0; i < adjoint.size(); ++i) adjoint[i] += at.adjoint()[0] * gradient[i];
    }
};

double gradient_error(const BasicNetwork<double>& network, int height, int width) {
    std::vector<int> taps(network.taps().size());
    std::iota(taps.begin(), taps.end(), 0);
    BasicWorkspace<double> workspace(network, height, width, taps);
    std::vector<double> picture(static_cast<std::size_t>(3 * height * width));
    for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = Philox{8}.uniform(i);
    return check_gradient({height, width, 3}, picture,
                          [&](auto&, const auto& input) { return FeatureLoss::record(network, workspace, input); })
        .worst;
}

} // namespace

TEST_CASE("a chain of convolutions and poolings has the gradient of central differences") {
    for (const Edge edge : {Edge::zero, Edge::reflect}) {
        Builder builder("chain", {{{{1.0, 0.5, 0.0}, {0.0, 2.0, 0.1}, {0.3, 0.0, 1.0}}}, {0.1, 0.2, 0.3}});
        const Window window{.size = 3, .padding = 1, .edge = edge};
        int layer = builder.convolution(0, random_kernel(3, 7, 3), window, true);
        builder.tap("first", layer);
        layer = builder.convolution(layer, random_kernel(7, 5, 3), window, true);
        layer = builder.max_pool(layer, {.size = 2, .stride = 2});
        layer = builder.convolution(layer, random_kernel(5, 6, 3), window, true);
        builder.tap("second", layer);
        layer = builder.mean_pool(layer, {.size = 2, .stride = 2});
        layer = builder.convolution(layer, random_kernel(6, 4, 1), {}, false);
        builder.tap("third", layer);
        builder.tap("mean", builder.global_mean(layer));
        CHECK(gradient_error(std::move(builder).build(), 9, 11) < 1e-5);
    }
}

TEST_CASE("branches, concatenation and normalisation have the gradient of central differences") {
    Builder builder("branches");
    int layer = builder.convolution(0, random_kernel(3, 6, 7), {.size = 7, .stride = 2, .fit = Fit::same}, true);
    layer = builder.normalisation(builder.max_pool(layer, {.size = 3, .stride = 2, .fit = Fit::same}),
                                  {.size = 5, .alpha = 2.0});
    const int one = builder.convolution(layer, random_kernel(6, 5, 1), {}, false);
    const int five = builder.convolution(layer, random_kernel(6, 4, 5), {.size = 5, .fit = Fit::same}, false);
    const int pooled =
        builder.convolution(builder.max_pool(layer, {.size = 3, .fit = Fit::same}), random_kernel(6, 3, 1), {}, false);
    const int before = builder.concatenation({one, five, pooled});
    builder.tap("before", before);
    layer = builder.relu(before);
    builder.tap("after", layer);
    const int left = builder.convolution(layer, random_kernel(12, 5, 3), {.size = 3, .padding = 1}, true);
    const int right = builder.convolution(layer, random_kernel(12, 3, 1), {}, true);
    builder.tap("end", builder.concatenation({left, right}));
    CHECK(gradient_error(std::move(builder).build(), 13, 18) < 1e-5);
}

TEST_CASE("random filters have the gradient of central differences") {
    CHECK(gradient_error(random_filters<double>(5, 3, 6), 14, 17) < 1e-5);
}

TEST_CASE("a tap that nothing above reads has the gradient of central differences") {
    Builder builder("one layer");
    builder.tap("relu", builder.convolution(0, random_kernel(3, 20, 3), {.size = 3, .padding = 1}, true));
    CHECK(gradient_error(std::move(builder).build(), 5, 6) < 1e-5);
}
