// SPDX-License-Identifier: Apache-2.0
// The pretrained networks that are at hand against the activations that were computed with them.
#include <nca/image/load.hpp>
#include <nca/image/passes.hpp>
#include <nca/image/workspace.hpp>

#include "common/data.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace nca;
using namespace nca::image;

void check_golden(const std::string& weights, const std::string& prefix, std::size_t tensors) {
    const auto golden_path = tests::data_file("weights/golden_features.safetensors");
    const auto path = tests::data_file("weights/" + weights);
    if (!golden_path || !path) return;
    const auto golden = read_safetensors(golden_path->string());
    REQUIRE(golden.ok());
    const auto network = load_network(path->string());
    REQUIRE_MESSAGE(network.ok(), network.error().message);

    const auto planes = golden->to_floats("input.rgb01", {3, 64, 64});
    REQUIRE(planes.ok());
    std::vector<float> rgb(planes->size());
    for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = (*planes)[i % 3 * 64 * 64 + i / 3];

    std::vector<int> taps(network->taps().size());
    std::iota(taps.begin(), taps.end(), 0);
    Workspace workspace(*network, 64, 64, taps);
    forward(*network, rgb, workspace);
    std::size_t found = 0;
    for (std::size_t t = 0; t < taps.size(); ++t) {
        const std::string name = prefix + network->taps()[t];
        if (golden->find(name) == nullptr) continue;
        ++found;
        CAPTURE(name);
        const auto maps = workspace.tap(t);
        const std::vector<float> wanted = *to_floats(*golden->find(name));
        REQUIRE(wanted.size() == static_cast<std::size_t>(maps.pixels() * maps.channels));
        double worst = 0.0;
        double largest = 0.0;
        for (int c = 0; c < maps.channels; ++c) {
            for (int p = 0; p < maps.pixels(); ++p) {
                const auto value = static_cast<double>(wanted[static_cast<std::size_t>(c * maps.pixels() + p)]);
                worst = std::max(worst, std::abs(static_cast<double>(maps.pixel(p)[c]) - value));
                largest = std::max(largest, std::abs(value));
            }
        }
        CHECK(worst <= 1e-5 * largest);
    }
    CHECK(found == tensors);
}

} // namespace

TEST_CASE("the distilled VGG19 has the golden features") {
    check_golden("vgg19_distilled_16x_relu5_1_fp16.safetensors", "vgg.", 5);
}
TEST_CASE("SqueezeNet has the golden features and logits") {
    check_golden("squeezenet1_1_fp16.safetensors", "squeezenet.", 5);
}
