// SPDX-License-Identifier: Apache-2.0
// The models of examples/models do what their README files say.
#include "mnist_files.hpp"

#include <doctest/doctest.h>

#include <common/data.hpp>
#include <map>
#include <string>

namespace {

using namespace nca::tests;
using nca::Json;

const std::string models = NCA_PROJECT "/examples/models/";
const std::string targets = NCA_PROJECT "/examples/targets/";
const std::string lizard = models + "growing/lizard.safetensors";

/// The style loss of a texture against a picture.
double style_loss(const std::string& model, const std::string& picture, const std::string& features,
                  const std::string& steps) {
    return number_in(result_of({"texture", "eval", models + "textures/" + model + ".safetensors",
                                targets + "textures/" + picture + ".png", "--features", features, "--steps", steps,
                                "--seeds", "2"}),
                     "loss");
}

/// Checks that textures are closer to their own pictures than to others, by the features that they were trained with.
void check_resemblance(const std::map<std::string, std::string>& others, const std::string& features) {
    for (const auto& [texture, other] : others) {
        CAPTURE(texture);
        const double strange = style_loss(texture, other, features, "500");
        CHECK(style_loss(texture, texture, features, "500") < 0.1 * strange);
        CHECK(style_loss(texture, texture, features, "3000") < 0.1 * strange);
    }
}

/// The error of the lizard against a target, and against itself, 200 steps into an attack and 200 steps after it.
struct Errors {
    double attacked;
    double recovered;
};
Errors errors_of(const Arguments& attack, const std::string& target) {
    Arguments arguments{"attack",         attack.front(), "run",     lizard,    "--target", targets + target + ".png",
                        "--original",     "lizard",       "--steps", "200,400", "--seeds",  "2",
                        "--attack-steps", "200"};
    arguments.insert(arguments.end(), attack.begin() + 1, attack.end());
    const Json result = result_of(arguments);
    return {*list_in(result, "loss")[0].as_number(), *list_in(result, "loss_to_original")[1].as_number()};
}

} // namespace

TEST_CASE("our textures are closer to their own targets than to those of others, early and late") {
    check_resemblance({{"weave", "scales"}, {"scales", "weave"}, {"stripes", "bubbles"}}, "random");
}

TEST_CASE("our textures of the distilled VGG19 are closer to their own targets than to those of others, too") {
    const auto features = data_file("weights/vgg19_distilled_16x_relu5_1_fp16.safetensors");
    if (!features) return;
    check_resemblance({{"chequers", "bubbles"}, {"bubbles", "chequers"}}, features->string());
}

TEST_CASE("our matrices bring the lizard to their targets, and it is itself again afterwards") {
    for (const std::string target : {"lizard_no_tail", "lizard_red", "lizard_blue"}) {
        CAPTURE(target);
        const std::string matrix = models + "adversarial/" + target.substr(7) + "_matrix.safetensors:";
        const Errors with = errors_of({"perturb", "--perturb", matrix + "1"}, target);
        const Errors without = errors_of({"perturb", "--perturb", matrix + "0"}, target);
        CHECK(with.attacked < 0.65 * without.attacked);
        CHECK(with.recovered < 0.004);
    }
}

TEST_CASE("our adversaries take the lizard's tail, which grows back when they are gone") {
    const std::string adversary = models + "adversarial/no_tail_adversary.safetensors";
    const Errors with = errors_of({"growing", adversary, "--fraction", "0.2"}, "lizard_no_tail");
    const Errors without = errors_of({"growing", adversary, "--fraction", "0"}, "lizard_no_tail");
    CHECK(with.attacked < 0.8 * without.attacked);
    CHECK(with.recovered < 0.004);
}

TEST_CASE("our adversaries make nearly all digits eights, which most are no more when they are gone") {
    const auto digits = data_file("mnist");
    if (!digits) return;
    const Json result = result_of({"attack", "mnist", "eval", models + "mnist/l2_noise.safetensors",
                                   models + "adversarial/always8.safetensors", "--inject-at", "100", "--remove-at",
                                   "200", "--steps", "400", "--count", "200", "--data", digits->string()});
    const Json::Array& steps = list_in(result, "steps");
    const Json::Array& deceived = list_in(result, "digits_deceived");
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].as_number() == 100.0) CHECK(*deceived[i].as_number() < 0.02);
        if (steps[i].as_number() == 200.0) CHECK(*deceived[i].as_number() > 0.98);
        if (steps[i].as_number() == 400.0) CHECK(*deceived[i].as_number() < 0.15);
    }
}
