// SPDX-License-Identifier: Apache-2.0
// Pictures need a codec, which the support library of the examples has.
#if defined(NCA_TESTS_PICTURES)

#include <nca/image/load.hpp>
#include <nca/image/passes.hpp>
#include <nca/image/workspace.hpp>

#include "common/data.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <support/image.hpp>
#include <vector>

TEST_CASE("SqueezeNet classifies a photo of a zebra") {
    const auto weights = nca::tests::data_file("weights/squeezenet1_1_fp16.safetensors");
    const auto picture = nca::tests::data_file("textures/targets/zebra.ex.rgb.png");
    if (!weights || !picture) return;
    const auto network = nca::image::load_network(weights->string());
    REQUIRE(network.ok());
    const auto image = support::read_image(*picture);
    REQUIRE(image.ok());
    std::vector<float> rgb;
    for (std::size_t i = 0; i < image->rgba.size(); ++i) {
        if (i % 4 != 3) rgb.push_back(static_cast<float>(image->rgba[i]) / 255.0F);
    }
    nca::image::Workspace workspace(*network, image->height, image->width, {*network->find_tap("logits")});
    nca::image::forward(*network, rgb, workspace);
    const auto logits = workspace.tap(0);
    CHECK(std::max_element(logits.values, logits.values + logits.channels) - logits.values == 340);
}

#endif // defined(NCA_TESTS_PICTURES)
