// SPDX-License-Identifier: Apache-2.0
#include <nca/image/passes.hpp>
#include <nca/image/random_filters.hpp>
#include <nca/image/workspace.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace {

using namespace nca;
using namespace nca::image;

std::vector<float> picture(int height, int width) {
    std::vector<float> rgb(static_cast<std::size_t>(3 * height * width));
    for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<float>(Philox{4}.uniform(i));
    return rgb;
}

/// The features of the coarsest scale.
std::vector<float> features(const Network& network, const std::vector<float>& rgb, int side) {
    Workspace workspace(network, side, side, network.style_taps());
    forward(network, rgb, workspace);
    const auto maps = workspace.tap(network.style_taps().size() - 1);
    return {maps.values, maps.values + maps.size()};
}

} // namespace

TEST_CASE("random filters are a function of the seed") {
    const auto rgb = picture(48, 48);
    CHECK(features(random_filters(1), rgb, 48) == features(random_filters(1), rgb, 48));
    CHECK(features(random_filters(1), rgb, 48) != features(random_filters(2), rgb, 48));
}

TEST_CASE("random filters do not respond to a uniform image") {
    const std::vector<float> grey(3 * 48 * 48, 0.3F);
    for (const float value : features(random_filters(1), grey, 48)) REQUIRE(std::abs(value) < 1e-5F);
}

TEST_CASE("every scale of the random filters is a style tap of half the size of the previous one") {
    const Network network = random_filters(1, 4, 24);
    REQUIRE(network.style_taps().size() == 4);
    Workspace workspace(network, 64, 96, network.style_taps());
    for (std::size_t scale = 0; scale < 4; ++scale) {
        CHECK(workspace.tap(scale).height == 64 >> scale);
        CHECK(workspace.tap(scale).width == 96 >> scale);
        CHECK(workspace.tap(scale).channels == 24);
    }
}
