// SPDX-License-Identifier: Apache-2.0
#include <nca/image/load.hpp>

#include "common/data.hpp"
#include "image/networks.hpp"
#include "io/temporary.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace nca;
using namespace nca::image;

/// The message with which a file is refused.
std::string refusal(tests::WeightFile& weights) {
    const SafetensorsFile file = weights.file();
    const auto network = network_from(file);
    REQUIRE(!network.ok());
    return network.error().message;
}

} // namespace

TEST_CASE("a network is recognised by the names of its tensors") {
    const auto name = [](tests::WeightFile weights) { return network_from(weights.file())->name(); };
    CHECK(name(tests::vgg_weights(3)) == "VGG16");
    CHECK(name(tests::vgg_weights(4)) == "VGG19");
    CHECK(name(tests::distilled_vgg19_weights()) == "distilled VGG19");
    CHECK(name(tests::squeezenet_weights()) == "SqueezeNet 1.1");
    CHECK(name(tests::inception_v1_weights()) == "InceptionV1");
}

TEST_CASE("the minimum image size gives the last tap a pixel") {
    const auto side = [](tests::WeightFile weights) { return network_from(weights.file())->minimum_side(); };
    CHECK(side(tests::vgg_weights(3)) == 16);
    CHECK(side(tests::distilled_vgg19_weights()) == 32);
    CHECK(side(tests::inception_v1_weights()) == 1);
}

TEST_CASE("an image that is too small is an error") {
    tests::WeightFile weights = tests::vgg_weights(3);
    const auto network = network_from(weights.file());
    REQUIRE(network.ok());
    CHECK(network->accepts(16, 16, network->style_taps()).ok());
    const auto refused = network->accepts(40, 15, network->style_taps());
    REQUIRE(!refused.ok());
    CHECK(refused.error().message == "an image of 15 x 40 pixels is too small: VGG16 needs at least 16 x 16");
}

TEST_CASE("the error for an unknown layer lists the layers") {
    tests::WeightFile weights = tests::inception_v1_weights();
    const auto network = network_from(weights.file());
    REQUIRE(network.ok());
    CHECK(network->tap_channels(*network->find_tap("mixed4a")) == 508);
    const auto missing = network->find_tap("mixed9z");
    REQUIRE(!missing.ok());
    NCA_CHECK_MESSAGE_HAS(missing.error().message, "InceptionV1 has no layer 'mixed9z', it has input, mixed3a, ");
}

TEST_CASE("the error for a tensor that is missing or has the wrong shape names it") {
    tests::WeightFile missing;
    missing.add_convolution("conv2d0_pre_relu_conv", 64, 3, 7);
    CHECK(refusal(missing) == "'weights.safetensors': has no tensor 'conv2d1_pre_relu_conv.weight'");
    tests::WeightFile narrow;
    narrow.add_convolution("conv0", 3, 3, 1);
    narrow.add_convolution("conv11", 17, 3, 3);
    CHECK(refusal(narrow) ==
          "'weights.safetensors': tensor 'conv11.weight': expected shape [16, 3, 3, 3], found [17, 3, 3, 3]");
}

TEST_CASE("weights that are not finite are an error") {
    tests::WeightFile weights;
    weights.add_convolution("conv0", 3, 3, 1);
    weights.add("conv11.weight", {16, 3, 3, 3}, std::numeric_limits<double>::quiet_NaN());
    NCA_CHECK_MESSAGE_HAS(refusal(weights), "tensor 'conv11.weight' holds a value that is not finite (at index 0)");
}

TEST_CASE("unsupported networks are an error that names them") {
    tests::WeightFile googlenet;
    googlenet.add("inception3a.branch1.conv.weight", {64, 192, 1, 1}, 1.0);
    NCA_CHECK_MESSAGE_HAS(refusal(googlenet),
                          "torchvision's GoogLeNet, which has batch normalisation, is not InceptionV1");
    tests::WeightFile normalised;
    normalised.add_convolution("features.0", 64, 3, 3);
    normalised.add("features.1.weight", {64}, 1.0);
    NCA_CHECK_MESSAGE_HAS(refusal(normalised), "VGG with batch normalisation is not supported");
    tests::WeightFile old;
    old.add_convolution("features.0", 96, 3, 7);
    NCA_CHECK_MESSAGE_HAS(refusal(old), "torchvision's SqueezeNet 1.0 is not SqueezeNet 1.1");
    tests::WeightFile other;
    other.add("perceive_to_hidden.weight", {96, 48}, 1.0);
    NCA_CHECK_MESSAGE_HAS(refusal(other), "holds no known feature network; expected VGG16");
}

TEST_CASE("VGG uses the preprocessing that the file names, and refuses unknown names") {
    tests::WeightFile weights = tests::vgg_weights(3);
    weights.set_metadata("nca.preprocessing", "caffe");
    const auto network = network_from(weights.file());
    REQUIRE(network.ok());
    CHECK(network->colours().matrix[0][2] == 255.0);
    CHECK(network->colours().offset[0] == -103.939);
    weights.set_metadata("nca.preprocessing", "keras");
    NCA_CHECK_MESSAGE_HAS(refusal(weights), "expected 'torchvision' or 'caffe', found 'keras'");
}

TEST_CASE("a missing file is an error") {
    const auto network = load_network("no/such/file.safetensors");
    REQUIRE(!network.ok());
    NCA_CHECK_MESSAGE_HAS(network.error().message, "no/such/file.safetensors");
}
