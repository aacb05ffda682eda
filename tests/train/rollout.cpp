// SPDX-License-Identifier: Apache-2.0
// Gradients through the fused step: against the plain composition, central differences and golden values.
#include <nca/io/safetensors.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/texture/rule.hpp>
#include <nca/tape/gradient_check.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/optimiser.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/plain_step.hpp>
#include <nca/train/rollout.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/data.hpp>
#include <common/rollout_checks.hpp>
#include <common/rules.hpp>
#include <vector>

namespace {

using namespace nca;
using namespace nca::tests;
using Growing = growing::Rule<16, 128, Scalar<double>>;
using Texture = Rule<Channels<12>, Perception<Identity, SobelX, SobelY, Laplacian>, Mlp<96>, Torus, Scalar<double>>;
using Learned = Rule<Channels<20>, LearnedPerception, Mlp<80, 80>, Scalar<double>>;
using Digits = mnist::Rule<Scalar<double>>;
/// Limits that many numbers exceed.
using Clamped = Rule<Channels<12>, Perception<Identity, Times<2, SobelX>, Times<2, SobelY>, Laplacian>, Mlp<96>, Torus,
                     Clamp<1, 2>, Scalar<double>>;
/// Limits, and, when turned, no sums of states halfway between two codes, where rounding noise decides.
using Rounded = Rule<Channels<12>, Perception<Identity, SobelX, SobelY>, Mlp<96>, Torus, Clamp<1, 2>, Scalar<double>>;
using Micro = texture::MicroRule<6, Scalar<double>>;
using Space =
    Rule<Channels<5>, Perception<Identity, SobelX, SobelY, SobelZ>, Mlp<24>, Dimensions<3>, Alive<1>, Scalar<double>>;

} // namespace

TEST_CASE("in double the fused gradients equal those of the plain composition") {
    StepOptions<Growing> growing;
    for (const Boundary boundary : {Boundary::zero, Boundary::torus, Boundary::replicate, Boundary::reflect}) {
        growing.boundary = boundary;
        check_against_plain<Growing>(growing, 1e-11);
    }
    growing.angle = 0.6;
    growing.step_size = 0.5;
    check_against_plain<Growing>(growing, 1e-11);
    check_against_plain<Texture>({}, 1e-11);
    check_against_plain<Learned>({}, 1e-11);
    check_against_plain<Digits>({}, 1e-11);
    check_against_plain<Space>({}, 1e-11);
    check_against_plain<Clamped>({}, 1e-11, 2.0);
    check_against_plain<Rounded>({.angle = 0.6, .eight_bit = true}, 1e-11, 2.0);
    check_against_plain<Micro>({}, 1e-11, 0.1);
}

TEST_CASE("in float the fused gradients agree with those of the plain composition") {
    check_against_plain<Growing::Rebind<float>>({}, 1e-4);
    check_against_plain<Texture::Rebind<float>>({}, 1e-4);
    check_against_plain<Learned::Rebind<float>>({}, 1e-4);
    check_against_plain<Digits::Rebind<float>>({}, 1e-4);
    check_against_plain<Clamped::Rebind<float>>({}, 1e-4, 2.0);
    check_against_plain<Micro::Rebind<float>>({}, 1e-4, 0.1);
}

TEST_CASE("a growing rollout of 6 steps agrees with central differences") {
    check_against_differences<Growing>({}, 6);
}
TEST_CASE("a texture rollout of 6 steps agrees with central differences") {
    check_against_differences<Texture>({}, 6);
}
TEST_CASE("a learned rollout of 6 steps agrees with central differences") {
    check_against_differences<Learned>({}, 6);
}
TEST_CASE("a noisy rollout with a frozen picture agrees with central differences") {
    check_against_differences<Digits>({}, 6);
}
TEST_CASE("a rollout in space agrees with central differences") {
    check_against_differences<Space>({}, 4);
}

TEST_CASE("a rollout with limits agrees with central differences") {
    check_against_differences<Clamped>({}, 6, 1.0);
}
TEST_CASE("an ultra-compact rollout agrees with central differences") {
    check_against_differences<Micro>({}, 6, 0.1);
}

TEST_CASE_TEMPLATE("every policy of keeping gives the same gradients, bit for bit", R, growing::Rule<>,
                   Clamped::Rebind<float>) {
    R rule = tests::random_rule<R>(1, 0.3);
    const auto start = tests::random_state<R>(40 * 40, 2);
    const GridView<const float, R::channels, 40, 40> grid{start.data(), Extents<40, 40>{}};
    const auto gradient = [&](auto keep) {
        Tape tape;
        const auto weights = parameters(tape, rule);
        const auto last = rollout<decltype(keep)>(weights, constant_state<R>(tape, grid), 17, Philox{5});
        tape.backward(mean(square(rgba(last))));
        return std::vector<float>(weights.gradient().begin(), weights.gradient().end());
    };
    const auto expected = gradient(keep_states{});
    CHECK(std::any_of(expected.begin(), expected.end(), [](float g) { return g != 0.0F; }));
    CHECK(gradient(keep_all{}) == expected);
    CHECK(gradient(keep_every<1>{}) == expected);
    CHECK(gradient(keep_every<5>{}) == expected);
    CHECK(gradient(keep_every<100>{}) == expected);
}

TEST_CASE("losses at several steps and branches from one state add their gradients") {
    using R = Growing;
    R rule = tests::random_rule<R>(1);
    const auto start = small_state<R>(2);
    const std::vector<double> block(rule.parameters().begin(), rule.parameters().end());
    const auto result = check_gradient(
        Shape{static_cast<int>(block.size())}, block, [&](BasicTape<double>& tape, const BasicVar<double>& w) {
            const Weights<R> weights{w};
            const auto a = rollout(weights, constant_state<R>(tape, grid_view<R>(start)), 2, Philox{3});
            const auto b = rollout(weights, a, 2, Philox{4});
            const auto c = rollout(weights, a, 1, Philox{5});
            return mean(square(rgba(b))) + mean(square(rgba(c))) + mean(square(rgba(a)));
        });
    CHECK(result.worst < 1e-6);
}

TEST_CASE("the golden gradients and the Adam step after them") {
    using R = growing::Rule<>;
    const auto path = tests::data_file("growing/golden_ex3_lizard_grad.safetensors");
    if (!path) return;
    const auto file = read_safetensors(path->string());
    REQUIRE(file.ok());
    auto model = model_from<R>(*file);
    REQUIRE(model.ok());
    R& rule = model->rule;
    const auto floats = [&](const std::string& name) { return std::move(*to_floats(*file->find(name))); };
    const auto layers = [&](const std::string& prefix) {
        R result;
        const std::array<std::string, 2> names{"perceive_to_hidden", "hidden_to_update"};
        for (int l = 0; l < 2; ++l) {
            const auto& layer = R::layers[static_cast<std::size_t>(l)];
            const auto w = floats(prefix + names[static_cast<std::size_t>(l)] + ".weight");
            const auto b = floats(prefix + names[static_cast<std::size_t>(l)] + ".bias");
            for (int o = 0; o < layer.outputs; ++o) {
                result.bias(l, o) = b[static_cast<std::size_t>(o)];
                for (int i = 0; i < layer.inputs; ++i)
                    result.weight(l, i, o) = w[static_cast<std::size_t>(o * layer.inputs + i)];
            }
        }
        return std::vector<double>(result.parameters().begin(), result.parameters().end());
    };
    const auto state = floats("state0");
    const auto bits = file->find("masks")->bytes;
    Tape tape;
    const auto weights = parameters(tape, rule);
    const auto first = variable_state<R>(tape, GridView<const float, 16, 24, 24>{state.data(), Extents<24, 24>{}});
    std::vector<CellMask> masks(4, CellMask{24, 24});
    State<R> x = first;
    for (std::size_t t = 0; t < 4; ++t) {
        for (std::size_t i = 0; i < 576; ++i) {
            if (bits[t * 576 + i] != std::byte{0}) masks[t].set(static_cast<int>(i / 24), static_cast<int>(i % 24));
        }
        x = step(weights, x, FireMask{masks[t]});
    }
    const auto loss = mean(square(rgba(x) - tape.constant({24, 24, 4}, floats("target"))));
    CHECK(loss.item() == doctest::Approx(0.09060009).epsilon(1e-6));
    tape.backward(loss);
    std::vector<float> gradient(weights.gradient().begin(), weights.gradient().end());
    CHECK(relative_difference({gradient.begin(), gradient.end()}, layers("grad.")) < 1e-4);
    std::vector<float> by_state(state.size());
    first.store_gradient(by_state.data());
    const auto expected_state = floats("grad_state0");
    CHECK(relative_difference({by_state.begin(), by_state.end()}, {expected_state.begin(), expected_state.end()}) <
          1e-4);
    std::vector<float> final_state(state.size());
    x.store(final_state.data());
    const auto expected_final = floats("state_final");
    CHECK(relative_difference({final_state.begin(), final_state.end()},
                              {expected_final.begin(), expected_final.end()}) < 1e-5);

    normalise_variables<R>(std::span<float>{gradient});
    CHECK(relative_difference({gradient.begin(), gradient.end()}, layers("norm_grad.")) < 1e-4);
    Adam<float> adam{R::block_size};
    adam.step(rule.parameters(), gradient, 2e-3);
    CHECK(relative_difference({rule.parameters().begin(), rule.parameters().end()}, layers("adam1.")) < 1e-4);
}

TEST_CASE("the golden gradients of three steps of the PyTorch texture rule") {
    using R = texture::PyTorchRule<>;
    const auto path = tests::data_file("textures/golden_losses.safetensors");
    if (!path) return;
    const auto file = read_safetensors(path->string());
    REQUIRE(file.ok());
    const auto floats = [&](const std::string& name) { return std::move(*to_floats(*file->find("bptt." + name))); };
    R rule;
    // Visits the parameters of a rule and those of the file side by side.
    const auto each = [&](const std::string& prefix, auto&& visit) {
        const auto first = floats(prefix + "perceive_to_hidden.weight");
        const auto bias = floats(prefix + "perceive_to_hidden.bias");
        const auto second = floats(prefix + "hidden_to_update.weight");
        for (int o = 0; o < 96; ++o) {
            visit(rule.bias(0, o), bias[static_cast<std::size_t>(o)]);
            for (int i = 0; i < 48; ++i) visit(rule.weight(0, i, o), first[static_cast<std::size_t>(o * 48 + i)]);
        }
        for (int o = 0; o < 12; ++o) {
            for (int i = 0; i < 96; ++i) visit(rule.weight(1, i, o), second[static_cast<std::size_t>(o * 96 + i)]);
        }
    };
    each("", [](float& parameter, float value) { parameter = value; });
    const auto start = floats("state0");
    const auto fires = floats("masks");
    Tape tape;
    const auto weights = parameters(tape, rule);
    const auto first = variable_state<R>(tape, GridView<const float, 12, 10, 9>{start.data(), Extents<10, 9>{}});
    std::vector<CellMask> masks(3, CellMask{10, 9});
    State<R> x = first;
    for (std::size_t t = 0; t < 3; ++t) {
        for (std::size_t i = 0; i < 90; ++i) {
            if (fires[t * 90 + i] != 0.0F) masks[t].set(static_cast<int>(i / 9), static_cast<int>(i % 9));
        }
        x = step(weights, x, FireMask{masks[t]});
    }
    const auto loss = sum(first_channels(x, 12) * tape.constant({10, 9, 12}, floats("coef")));
    CHECK(static_cast<double>(loss.item()) == doctest::Approx(static_cast<double>(floats("loss")[0])).epsilon(1e-5));
    tape.backward(loss);
    const auto as_doubles = [](const std::vector<float>& values) {
        return std::vector<double>(values.begin(), values.end());
    };
    std::vector<double> found;
    std::vector<double> wanted;
    std::vector<float> state(start.size());
    first.store_gradient(state.data());
    CHECK(relative_difference(as_doubles(state), as_doubles(floats("grad.state0"))) < 1e-5);
    x.store(state.data());
    CHECK(relative_difference(as_doubles(state), as_doubles(floats("state3"))) < 1e-5);
    std::copy(weights.gradient().begin(), weights.gradient().end(), rule.parameters().begin());
    each("grad.", [&](float derivative, float value) {
        found.push_back(static_cast<double>(derivative));
        wanted.push_back(static_cast<double>(value));
    });
    CHECK(relative_difference(found, wanted) < 1e-5);
}
