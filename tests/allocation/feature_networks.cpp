// SPDX-License-Identifier: Apache-2.0
// A workspace does not allocate after construction.
#include <nca/image/passes.hpp>
#include <nca/image/random_filters.hpp>
#include <nca/image/workspace.hpp>

#include "counting_new.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

TEST_CASE("the passes of a feature network allocate nothing") {
    nca::image::NetworkBuilder<float> builder("all layers");
    const auto kernel = [](int inputs, int outputs, int size) {
        return nca::image::ConvolutionKernel<float>(size * size, inputs, outputs);
    };
    const nca::image::Window three{.size = 3, .padding = 1};
    const int first = builder.convolution(0, kernel(3, 20, 3), three, true);
    const int pooled = builder.max_pool(builder.normalisation(first, {}), {.size = 2, .stride = 2});
    const int left = builder.convolution(pooled, kernel(20, 16, 3), three, false);
    const int right = builder.convolution(builder.mean_pool(pooled, three), kernel(20, 5, 1), {}, true);
    const int joined = builder.relu(builder.concatenation({left, right}));
    builder.tap("joined", joined, true);
    builder.tap("mean", builder.global_mean(joined), true);
    const auto network = std::move(builder).build();

    nca::image::Workspace workspace(network, 24, 20, network.style_taps());
    const std::vector<float> picture(3 * 24 * 20, 0.5F);
    std::vector<float> gradient(picture.size());
    const long before = allocations.load();
    for (int i = 0; i < 3; ++i) {
        nca::image::forward(network, picture, workspace);
        workspace.tap_adjoint(0).values[0] += 1.0F;
        nca::image::backward(network, workspace, gradient);
    }
    CHECK(allocations == before);
}
