// SPDX-License-Identifier: Apache-2.0
// The networks against what PyTorch computed in double with the same weights: tests/reference/vision_vectors.py.
#include <nca/image/load.hpp>
#include <nca/image/passes.hpp>
#include <nca/image/workspace.hpp>

#include "image/networks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace nca;
using namespace nca::image;

constexpr double tolerance = 1e-5;

/// The Euclidean distance of two lists over the norm of the second.
double relative_error(const std::vector<float>& ours, const std::vector<float>& theirs) {
    double difference = 0.0;
    double norm = 0.0;
    for (std::size_t i = 0; i < theirs.size(); ++i) {
        const auto wanted = static_cast<double>(theirs[i]);
        difference += std::pow(static_cast<double>(ours[i]) - wanted, 2);
        norm += wanted * wanted;
    }
    return std::sqrt(difference / norm);
}

/// A view without its padding.
std::vector<float> values_of(const FeatureMaps<const float>& maps) {
    std::vector<float> values;
    for (int p = 0; p < maps.pixels(); ++p) values.insert(values.end(), maps.pixel(p), maps.pixel(p) + maps.channels);
    return values;
}

void check_network(const std::string& name, tests::WeightFile weights) {
    const auto reference = read_safetensors(std::string{NCA_TESTS_REFERENCE} + "/vision_vectors.safetensors");
    REQUIRE(reference.ok());
    const auto kept = [&](const std::string& what) { return *to_floats(*reference->find(name + "." + what)); };

    const SafetensorsFile file = weights.file();
    const auto network = network_from(file);
    REQUIRE_MESSAGE(network.ok(), network.error().message);
    const std::vector<std::size_t> shape = reference->find(name + ".gradient")->shape;
    const auto height = static_cast<int>(shape[0]);
    const auto width = static_cast<int>(shape[1]);
    std::vector<float> rgb(3 * shape[0] * shape[1]);
    const tests::NamedNumbers picture("scene");
    for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<float>(0.5 + 0.5 * picture[i]);

    std::vector<int> taps(network->taps().size());
    std::iota(taps.begin(), taps.end(), 0);
    Workspace workspace(*network, height, width, taps);
    forward(*network, rgb, workspace);
    for (std::size_t t = 0; t < taps.size(); ++t) {
        const std::string& tap = network->taps()[t];
        CAPTURE(tap);
        const FeatureMaps<const float> maps = workspace.tap(t);
        const std::vector<float> size{static_cast<float>(maps.height), static_cast<float>(maps.width),
                                      static_cast<float>(maps.channels)};
        REQUIRE(size == kept(tap + ".shape"));
        const std::vector<float> values = values_of(maps);
        const std::vector<float> wanted = kept(tap + ".samples");
        std::vector<float> samples;
        for (std::size_t i = 0; i < wanted.size(); ++i) samples.push_back(values[i * values.size() / wanted.size()]);
        CHECK(relative_error(samples, wanted) < tolerance);
        double norm = 0.0;
        for (const float v : values) norm += static_cast<double>(v) * static_cast<double>(v);
        CHECK(std::sqrt(norm) == doctest::Approx(static_cast<double>(kept(tap + ".norm")[0])).epsilon(tolerance));

        const tests::NamedNumbers adjoint("adjoint." + tap);
        const FeatureMaps<float> target = workspace.tap_adjoint(t);
        for (int p = 0; p < maps.pixels(); ++p) {
            for (int c = 0; c < maps.channels; ++c) {
                const auto i = static_cast<std::size_t>(p * maps.channels + c);
                target.pixel(p)[c] = static_cast<float>(adjoint[i] / std::sqrt(static_cast<double>(values.size())));
            }
        }
    }
    std::vector<float> gradient(rgb.size());
    backward(*network, workspace, gradient);
    CHECK(relative_error(gradient, kept("gradient")) < tolerance);
}

} // namespace

TEST_CASE("VGG16 matches PyTorch, and so does its gradient with respect to the image") {
    check_network("vgg16", tests::vgg_weights(3));
}
TEST_CASE("VGG19 matches PyTorch, and so does its gradient with respect to the image") {
    check_network("vgg19", tests::vgg_weights(4));
}
TEST_CASE("the distilled VGG19 matches PyTorch, and so does its gradient with respect to the image") {
    check_network("distilled_vgg19", tests::distilled_vgg19_weights());
}
TEST_CASE("SqueezeNet matches PyTorch, and so does its gradient with respect to the image") {
    check_network("squeezenet", tests::squeezenet_weights());
}
TEST_CASE("InceptionV1 matches PyTorch, and so does its gradient with respect to the image") {
    check_network("inception_v1", tests::inception_v1_weights());
    check_network("inception_v1_odd", tests::inception_v1_weights());
}
