// SPDX-License-Identifier: Apache-2.0
// Small worlds that step by exported shaders against simulations.
#ifndef NCA_TESTS_SHADER_GLES_DIFFERENCE_HPP
#define NCA_TESTS_SHADER_GLES_DIFFERENCE_HPP

#include <nca/nca.hpp>
#include <nca/shader.hpp>

#include "atlas_world.hpp"
#include "gles.hpp"
#include "shader_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace nca::tests {

using Rule2 = DynamicRule<2>;
using World = Simulation<Rule2, Dynamic, Dynamic>;

/// A context, or null with a message; continuous integration has one.
inline std::unique_ptr<Gles> context() {
    auto gles = Gles::create();
    if (gles == nullptr) {
        MESSAGE("there is no OpenGL ES without a display: skipped");
        CHECK(std::getenv("CI") == nullptr);
    }
    return gles;
}

constexpr int width = 10;
constexpr int height = 7;
constexpr std::uint64_t seed = 0x1234567890ULL;

/// The largest difference after some steps of a rule of random weights from a random state.
inline double difference(const RuleDescription& description,
                         const std::function<void(StepOptions<Rule2>&)>& change = {},
                         const shader::Options& form = {}) {
    Rule2 rule = *Rule2::from(description);
    rule.initialise(Philox{4}, 0.2);
    const Rule2 exported = rule;
    if (form.int8) {
        // The numbers that 8 bits hold.
        auto layers = dense_layers(rule);
        REQUIRE(quantize(layers).ok());
        for (DenseLayer& layer : layers) static_cast<void>(isa_detail::quantize_outputs(layer));
        rule = *rule_from<Rule2>(layers, {}, rule.architecture());
    }
    StepOptions<Rule2> options = step_options_of<Rule2>(rule.architecture());
    if (change) change(options);
    Goals goals{description.inputs};
    for (int i = 0; i < 2 * description.inputs; ++i) goals.values.push_back(0.1F * static_cast<float>(i % 7));
    World world{rule, World::Shape{{height, width}}, seed};
    world.set_options(options);
    auto state = world.state();
    const Philox random{3};
    for (std::size_t i = 0; i < state.values().size(); ++i) {
        const std::size_t cell = i / static_cast<std::size_t>(description.channels);
        if (description.life == LifeKind::none || cell % 9 == 4) {
            state.values()[i] = static_cast<float>(random.uniform(i));
        }
    }
    world.load(state);
    if (description.input_kind != InputKind::none) REQUIRE(world.set_inputs(*goals.at(1)).ok());
    const auto text = shader::to_shader(exported, form, options, goals);
    REQUIRE_MESSAGE(text.ok(), text.error().message);
    constexpr int steps = 4;
    const auto shown = [&](auto&& shader) {
        shader.load(world.state().values());
        shader.step(steps);
        return shader.state();
    };
    const bool two_passes = shader::has_life_pass(description);
    std::vector<float> found;
    if (form.language == shader::Language::glsl) {
        std::optional<shader::WeightsPicture> weights;
        if (form.picture) weights = *shader::weights_picture(exported, form, options, goals);
        ShaderWorld shader{*text, description.channels, two_passes, width, height, seed, weights};
        shader.set_goal(1);
        found = shown(shader);
    } else {
        found = shown(AtlasWorld{form.language, *text, description.channels, two_passes, width, height, seed});
    }
    world.step(steps);
    const auto expected = world.state();
    double worst = 0.0;
    double largest = 0.0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double error = std::abs(static_cast<double>(found[i] - expected.values()[i]));
        if (!(error <= worst)) worst = error;
        largest = std::max(largest, std::abs(static_cast<double>(expected.values()[i])));
    }
    REQUIRE(largest > 0.01);
    return worst / largest;
}

} // namespace nca::tests

#endif // NCA_TESTS_SHADER_GLES_DIFFERENCE_HPP
