// SPDX-License-Identifier: Apache-2.0
// Several rules on one grid, on the tape.
#include <nca/run/community.hpp>
#include <nca/tape/gradient_check.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/plain_step.hpp>
#include <nca/train/species_rollout.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <common/adversarial.hpp>
#include <common/rules.hpp>
#include <cstdint>
#include <vector>

namespace {

using namespace nca;
constexpr int height = 9;
constexpr int width = 11;
constexpr int cells = height * width;

template <class T>
using Small = nca::Rule<Channels<6>, Mlp<12>, Alive<3>, Scalar<T>>;
template <class T>
using Timeless = nca::Rule<Channels<6>, Mlp<12>, Torus, Scalar<T>>;
template <class T>
using Given = nca::Rule<Channels<6>, Frozen<1>, LearnedPerception, Mlp<8, 8>, AliveWhere<0>, Noise<1, 10>, Scalar<T>>;

/// Species drawn at random, cell by cell.
SpeciesMap random_species(int count, std::uint64_t seed) {
    SpeciesMap species{height, width, count};
    for (int cell = 0; cell < cells; ++cell) {
        const auto drawn = Philox{seed, 5}.below(static_cast<std::uint64_t>(cell), static_cast<std::uint32_t>(count));
        species.assign(static_cast<int>(drawn), cell / width, cell % width);
    }
    return species;
}

FireMask fire_of(int species, std::uint64_t step) {
    return FireMask(species_random(Philox{3}, species), step, 0.5);
}

template <class R>
auto loss_of(const State<R>& state) {
    return mean(square(first_channels(state, R::channels)));
}

/// The gradient of a rollout of three rules, of which the second trains, against central differences.
template <class R>
GradientCheck check_species_gradient(std::uint64_t seed) {
    using T = typename R::Value;
    const std::array<R, 3> rules{tests::random_rule<R>(seed), tests::random_rule<R>(seed + 1),
                                 tests::random_rule<R>(seed + 2)};
    const auto state = tests::random_state<R>(cells, seed + 3);
    const SpeciesMap species = random_species(3, seed);
    return check_gradient(
        {static_cast<int>(R::block_size)}, rules[1].parameters(),
        [&](BasicTape<T>& tape, const BasicVar<T>& parameters) {
            const std::array<Weights<R>, 3> weights{frozen_parameters(tape, rules[0]), Weights<R>{parameters},
                                                    frozen_parameters(tape, rules[2])};
            const GridView<const T, R::channels, height, width> grid{state.data(), {}};
            const State<R> last = species_rollout<R>(weights, species, constant_state<R>(tape, grid), 3, Philox{3}, 0);
            return loss_of(last);
        });
}

template <class R>
void compare_with_plain_step(std::uint64_t seed) {
    using T = typename R::Value;
    const std::array<R, 3> rules{tests::random_rule<R>(seed, 1.0), tests::random_rule<R>(seed + 1, 1.0),
                                 tests::random_rule<R>(seed + 2, 1.0)};
    const SpeciesMap species = random_species(3, seed);
    auto state = tests::random_state<R>(cells, seed + 3);
    FieldOf<R> field{{height, width}};
    StepOptions<R> options;
    field.set_boundary(options.boundary);
    field.load(state.data());
    std::vector<StepWorkspace<R>> works(3, StepWorkspace<R>{{}, field});
    prepare<R>(field, works[0]);
    std::vector<T> found(state.size());
    for (std::uint64_t t = 0; t < 12; ++t) {
        step_species<R>(species, field, options, SerialExecutor{}, [&](int s) {
            return SpeciesStep<R>{rules[static_cast<std::size_t>(s)].parameters().data(), fire_of(s, t),
                                  &works[static_cast<std::size_t>(s)]};
        });
        BasicTape<T> tape;
        const auto dense = tape.constant({height, width, R::channels}, state);
        std::fill(state.begin(), state.end(), T(0));
        for (int s = 0; s < 3; ++s) {
            const auto weights = plain_parameters(tape, rules[static_cast<std::size_t>(s)]);
            const auto next = plain_step<R>(weights, dense, fire_of(s, t), options);
            for (std::size_t k = 0; k < state.size(); ++k) {
                const int cell = static_cast<int>(k) / R::channels;
                if (species.at(cell / width, cell % width) == s) state[k] = next.value()[k];
            }
        }
        field.store(found.data());
        for (std::size_t k = 0; k < state.size(); ++k) {
            REQUIRE(static_cast<double>(found[k]) == doctest::Approx(static_cast<double>(state[k])).epsilon(1e-9));
        }
    }
}

} // namespace

TEST_CASE("a step of several species is the sum of their whole steps, each in its own cells") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        compare_with_plain_step<Small<double>>(10 * seed);
        compare_with_plain_step<Timeless<double>>(10 * seed);
        compare_with_plain_step<Given<double>>(10 * seed);
    }
}

TEST_CASE("the gradient of one of several species agrees with central differences") {
    CHECK(check_species_gradient<Small<double>>(40).worst < 1e-6);
    CHECK(check_species_gradient<Timeless<double>>(50).worst < 1e-6);
    CHECK(check_species_gradient<Given<double>>(60).worst < 1e-6);
}

TEST_CASE("no gradient of a frozen rule is computed, and its parameters stay as they are") {
    using R = Small<float>;
    const R victim = tests::random_rule<R>(1);
    R adversary = tests::random_rule<R>(2);
    const std::vector<float> before(victim.parameters().begin(), victim.parameters().end());
    const auto values = tests::random_state<R>(cells, 3, 0.2);
    const SpeciesMap species = random_species(2, 4);
    Tape tape;
    const std::array<Weights<R>, 2> weights{frozen_parameters(tape, victim), parameters(tape, adversary)};
    State<R> state = constant_state<R>(tape, GridView<const float, R::channels, height, width>{values.data(), {}});
    std::int64_t updated = 0;
    std::int64_t adversaries = 0;
    for (std::uint64_t t = 0; t < 3; ++t) {
        state = species_step<R>(weights, species, state, [&](int s) { return fire_of(s, t); });
        RolloutContext<R>& context = RolloutContext<R>::of(tape, {height, width}, architecture_of_type<R>);
        const int attacking = context.work_of(1, 2).active_count;
        adversaries += attacking;
        // The first step starts from a constant, so nothing flows to its victims.
        if (t > 0) updated += context.work_of(0, 2).active_count + attacking;
    }
    tape.backward(loss_of(state));
    const PullbackCount count = pullback_count<R>(tape, {height, width});
    CHECK(count.to_parameters == adversaries);
    CHECK(count.to_state == updated);
    CHECK(adversaries > 0);
    CHECK(std::equal(before.begin(), before.end(), victim.parameters().begin()));
}

TEST_CASE("a community takes the steps of the rollout on the tape") {
    using R = Small<float>;
    const R first = tests::random_rule<R>(1);
    const R second = tests::random_rule<R>(2);
    const auto values = tests::random_state<R>(cells, 3, 0.2);
    const SpeciesMap species = random_species(2, 4);
    Community<R, height, width> community{{borrow(first), borrow(second)}, {}, 3};
    community.world().load({values.data(), {}});
    community.species() = species;
    community.step(5);
    Tape tape;
    const std::array<Weights<R>, 2> weights{frozen_parameters(tape, first), frozen_parameters(tape, second)};
    const auto start = constant_state<R>(tape, GridView<const float, R::channels, height, width>{values.data(), {}});
    const auto last = species_rollout<R>(weights, species, start, 5, Philox{3});
    std::vector<float> found(values.size());
    last.store(found.data());
    const auto expected = community.world().state();
    CHECK(std::equal(found.begin(), found.end(), expected.values().begin()));
}

TEST_CASE("what a step of several species keeps does not change the gradient") {
    using R = Small<float>;
    const R victim = tests::random_rule<R>(1);
    R adversary = tests::random_rule<R>(2);
    const auto values = tests::random_state<R>(cells, 3, 0.2);
    const SpeciesMap species = random_species(2, 4);
    const auto gradient = [&]<class Keep>(Keep /*policy*/) {
        Tape tape;
        const std::array<Weights<R>, 2> weights{frozen_parameters(tape, victim), parameters(tape, adversary)};
        const auto start =
            constant_state<R>(tape, GridView<const float, R::channels, height, width>{values.data(), {}});
        tape.backward(loss_of(species_rollout<R, Keep>(weights, species, start, 4, Philox{3})));
        return std::vector<float>(weights[1].gradient().begin(), weights[1].gradient().end());
    };
    const auto expected = gradient(keep_states{});
    CHECK(std::any_of(expected.begin(), expected.end(), [](float g) { return g != 0.0F; }));
    CHECK(gradient(keep_all{}) == expected);
}

TEST_CASE("the gradient of the published adversary agrees with the golden vectors") {
    const auto golden = tests::adversarial_file("golden");
    const auto victim = tests::adversarial_rule("growing_victim_lizard");
    auto adversary = tests::adversarial_rule("growing_adversary_no_tail");
    if (!golden || !victim || !adversary) return;
    using R = growing::Rule<>;
    const auto x0 = tests::floats_of(*golden, "x0");
    const auto target = tests::floats_of(*golden, "grad_target");
    const GridView<const float, 16, 12, 14> grid{x0.data(), {}};
    const auto fire = [&](const std::string& name, std::size_t t) { return tests::mask_of(*golden, name, 12, 14, t); };
    SpeciesMap species{12, 14, 2};
    species.assign(1, tests::mask_of(*golden, "adv_mask", 12, 14));
    Tape tape;
    const std::array<Weights<R>, 2> weights{frozen_parameters(tape, *victim), parameters(tape, *adversary)};
    State<R> state = constant_state<R>(tape, grid);
    for (std::size_t t = 0; t < 2; ++t) {
        const std::array<CellMask, 2> masks{fire("roll_fire_victim", t), fire("roll_fire_adversary", t)};
        state = species_step<R>(weights, species, state,
                                [&](int s) { return FireMask{masks[static_cast<std::size_t>(s)]}; });
    }
    const Var loss = mean(square(rgba(state) - tape.constant({12, 14, 4}, target)));
    tape.backward(loss);
    CHECK(std::abs(loss.item() - tests::floats_of(*golden, "grad_loss_mixed")[0]) < 1e-6F);
    R gradient;
    std::copy(weights[1].gradient().begin(), weights[1].gradient().end(), gradient.parameters().begin());
    for (int l = 0; l < 2; ++l) {
        const std::string name = l == 0 ? "grad_adv.perceive_to_hidden" : "grad_adv.hidden_to_update";
        std::vector<float> weight;
        std::vector<float> bias;
        for (int o = 0; o < R::layers[static_cast<std::size_t>(l)].outputs; ++o) {
            bias.push_back(gradient.bias(l, o));
            for (int i = 0; i < R::layers[static_cast<std::size_t>(l)].inputs; ++i) {
                weight.push_back(gradient.weight(l, i, o));
            }
        }
        CHECK(tests::largest_difference(weight, tests::floats_of(*golden, name + ".weight")) < 1e-6);
        CHECK(tests::largest_difference(bias, tests::floats_of(*golden, name + ".bias")) < 1e-6);
    }
}
