// SPDX-License-Identifier: Apache-2.0
// Linear perception folded into the first dense layer: golden vectors, and the states of the rule it came from.
#include <nca/io/file.hpp>
#include <nca/nca.hpp>
#include <nca/run/fold.hpp>
#include <nca/systems/goal_guided/published.hpp>
#include <nca/systems/isotropic/published.hpp>

#include "common/golden_steps.hpp"
#include "common/rules.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

using namespace nca;
using namespace nca::tests;

namespace {

std::optional<goal_guided::GuidedModel> published_goals() {
    const auto file = golden_file("goal_guided/100k_linear_encoder.safetensors");
    if (!file) return std::nullopt;
    auto model = goal_guided::find_model(file->tensors());
    REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    return std::move(*model);
}

std::optional<AnyRule> published_isotropic() {
    const auto path = data_file("isotropic/cadata.json");
    if (!path) return std::nullopt;
    const auto bytes = read_file(path->string());
    REQUIRE(bytes.ok());
    const auto layers = isotropic::parse_demo(as_text(*bytes));
    REQUIRE(layers.ok());
    return *isotropic::find_rule(*layers);
}

/// The largest difference of the first layer from a golden one, [outputs, neighbour * channels + channel].
template <class R>
double distance(const R& rule, const std::vector<float>& golden) {
    const LayerLayout layer = rule.architecture().layer(0);
    REQUIRE(golden.size() == static_cast<std::size_t>(layer.inputs * layer.outputs));
    double worst = 0.0;
    for (int o = 0; o < layer.outputs; ++o) {
        for (int i = 0; i < layer.inputs; ++i) {
            const float expected = golden[static_cast<std::size_t>(o * layer.inputs + i)];
            worst =
                std::max(worst, std::abs(static_cast<double>(rule.weight(0, i, o)) - static_cast<double>(expected)));
        }
    }
    return worst;
}

/// The largest difference of the states of two rules within 10 steps from a random state, in double.
template <class R>
double largest_difference(const R& rule, std::vector<int> sizes, const std::vector<double>& inputs = {}) {
    static_assert(std::is_same_v<typename R::Value, double>);
    const auto fold = folded(rule);
    REQUIRE_MESSAGE(fold.ok(), (fold.ok() ? "" : fold.error().message));
    CHECK(fold->architecture().perception() == PerceptionKind::neighbourhood);
    const auto run = [&]<class Any>(const Any& any) {
        typename FieldOf<Any>::Sizes extents{};
        std::copy(sizes.begin(), sizes.end(), extents.begin());
        FieldOf<Any> field{extents, any.architecture()};
        StepWorkspace<Any> work{any.architecture(), field};
        StepOptions<Any> options = step_options_of<Any>(any.architecture());
        options.noise = 0.0;
        field.set_boundary(options.boundary);
        std::vector<double> state = random_state<Any>(field.cells(), 11, 0.3, any.architecture().channels());
        field.load(state.data());
        prepare<Any>(field, work);
        work.inputs = {inputs.empty() ? nullptr : inputs.data(), 0};
        for (int step = 0; step < 10; ++step) {
            const FireMask fires{Philox{5}, static_cast<std::uint64_t>(step), options.fire_rate};
            step_field<Any>(any.parameters().data(), field, options, fires, work, SerialExecutor{});
        }
        field.store(state.data());
        return state;
    };
    const std::vector<double> expected = run(rule);
    const std::vector<double> found = run(*fold);
    double worst = 0.0;
    double size = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        worst = std::max(worst, std::abs(expected[i] - found[i]));
        size = std::max(size, std::abs(expected[i]));
    }
    CHECK(size > 0.1);
    return worst / std::max(size, 1.0);
}

template <class... Policies>
using Double = nca::Rule<Policies..., Scalar<double>>;

/// What folding a rule of this description says.
std::string refusal(const RuleDescription& rule) {
    const auto made = AnyRule::from(rule);
    REQUIRE_MESSAGE(made.ok(), (made.ok() ? "" : made.error().message));
    const auto fold = folded(*made);
    return fold ? "" : fold.error().message;
}

} // namespace

TEST_CASE("folding: the first layers of the published models are the golden ones") {
    const auto goals = published_goals();
    const auto isotropic = published_isotropic();
    if (!goals || !isotropic) return;
    const auto guided = folded(goals->rule);
    REQUIRE(guided.ok());
    CHECK(distance(*guided,
                   floats_of(*golden_file("goal_guided/golden.safetensors"), "grown.goal5.folded_first_layer")) < 1e-6);
    const auto hexagonal = folded(*isotropic);
    REQUIRE(hexagonal.ok());
    CHECK(distance(*hexagonal, floats_of(*golden_file("isotropic/golden.safetensors"), "folded_first_layer_hex")) <
          1e-6);
}

TEST_CASE("folding: the published goal-guided model follows the golden states, goals included") {
    const auto model = published_goals();
    if (!model) return;
    const auto golden = golden_file("goal_guided/golden.safetensors");
    const auto rule = folded(model->rule);
    REQUIRE(rule.ok());
    GoldenSteps<AnyRule> run{*rule, {20, 24}, floats_of(*golden, "grown.state_0")};
    run.tell(*model->encoder.code(5));
    for (int step = 1; step <= 8; ++step) {
        run.step(golden->find("grown.fire"), step - 1);
        if (step != 1 && step != 8) continue;
        const auto expected = floats_of(*golden, "grown.goal5.fire.state_" + std::to_string(step));
        CHECK(run.largest_difference(expected) < (step == 1 ? 2e-5 : 2e-4) * largest(expected));
    }
}

TEST_CASE("folding: a rule of fixed filters keeps its states") {
    CHECK(largest_difference(random_rule<Double<Channels<9>, Mlp<12>, Alive<3>>>(1), {13, 17}) < 1e-12);
    CHECK(
        largest_difference(random_rule<Double<Channels<7>, Perception<Identity, Dilated<2, SobelX>>, Mlp<8>, Torus>>(2),
                           {11, 12}) < 1e-12);
    CHECK(largest_difference(random_rule<Double<Channels<5>, Frozen<1>, Linear, NoOutputBias, AliveWhere<0>>>(3),
                             {11, 12}) < 1e-12);
}

TEST_CASE("folding: a rule of learned depth-wise filters keeps its states, in 1 to 3 dimensions") {
    using Volume = Double<Dimensions<3>, Channels<6>, DepthwisePerception<3>, Mlp<9, 7>, Alive<2>, DeadState<1>>;
    CHECK(largest_difference(random_rule<Volume>(4), {6, 7, 8}) < 1e-12);
    CHECK(largest_difference(random_rule<Double<Channels<8>, DepthwisePerception<2>, Mlp<12>, Reflect>>(5), {9, 10}) <
          1e-12);
    CHECK(largest_difference(random_rule<Double<Dimensions<1>, Channels<4>, DepthwisePerception<4>, Mlp<6>>>(6), {40}) <
          1e-12);
}

TEST_CASE("folding: inputs that are added or perceived have the same effect") {
    const std::vector<double> goal{0.5, -1.0, 0.25};
    using Added = Double<Channels<9>, DepthwisePerception<3>, Mlp<12>, Alive<3>, AddedInputs<3>>;
    using Perceived = Double<Channels<9>, Mlp<12>, PerceivedInputs<3>>;
    CHECK(largest_difference(random_rule<Added>(9), {24, 25}, goal) < 1e-12);
    CHECK(largest_difference(random_rule<Perceived>(8), {12, 13}, goal) < 1e-12);
}

TEST_CASE("folding: a perception that is not linear is refused in words") {
    using enum isotropic::Variant;
    CHECK(refusal(isotropic::description_of(lap_gradnorm)) ==
          "gradient norm is not linear, so that the perception does not fold");
    CHECK(refusal(isotropic::description_of(steerable)).starts_with("gradient steered_by_angle is not linear"));
    CHECK(refusal(isotropic::description_of(gradient)).starts_with("gradient steered_by_gradient is not linear"));
    CHECK(refusal(isotropic::description_of(laplacian)).empty());
    RuleDescription rule;
    rule.channels = 1;
    rule.hidden.clear();
    rule.set_filters<Laplacian>(PerceptionKind::filter_per_channel);
    CHECK(refusal(rule) == "a perception of magnitudes is not linear, so that it does not fold");
    rule.set_filters<Identity, Laplacian>(PerceptionKind::filters);
    rule.clamp = 2.0;
    CHECK(refusal(rule) == "clamp limits what a cell perceives, so that the perception does not fold");
}

TEST_CASE("folding: the form of fewer multiply-adds is chosen") {
    RuleDescription rule;
    rule.channels = 16;
    rule.set_filters<Identity, SobelX, SobelY>(PerceptionKind::filters);
    CHECK(first_layer_cost(rule).separate == 13 * 16 + 48 * 128);
    CHECK(first_layer_cost(rule).folded == 9 * 16 * 128);
    rule.set_filters(PerceptionKind::depthwise);
    for (const int filters : {8, 9}) {
        rule.learned_filters = filters;
        const auto form = faster_form(*AnyRule::from(rule));
        REQUIRE(form.ok());
        CHECK((form->architecture().perception() == PerceptionKind::neighbourhood) == (filters == 9));
    }
    RuleDescription norm = isotropic::description_of(isotropic::Variant::lap_gradnorm);
    CHECK(faster_form(*AnyRule::from(norm))->architecture().gradient() == GradientKind::norm);
}
