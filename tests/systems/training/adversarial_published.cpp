// SPDX-License-Identifier: Apache-2.0
// The published attacks on the published victims do what the article says, within bands that were measured with an
// independent implementation.
#include <nca/core/thread_pool.hpp>
#include <nca/run/community.hpp>
#include <nca/run/perturb.hpp>
#include <nca/systems/adversarial/metrics.hpp>
#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/growing/metrics.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/mnist/published.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/adversarial.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace nca;
using R = growing::Rule<>;
using Target = growing::Target<R>;
using World = Simulation<R, Dynamic, Dynamic>;

/// The mass of alpha, cut to [0, 1], in some cells of a state.
template <class T, int C, int... Sizes>
[[nodiscard]] double alpha_mass(const GridView<const T, C, Sizes...>& state, const CellMask& cells) {
    double mass = 0.0;
    cells.for_each(
        [&](int row, int column) { mass += std::clamp(static_cast<double>(state(row, column)[3]), 0.0, 1.0); });
    return mass;
}

/// How much redder than green some cells of a state are: the mean of red - green.
template <class T, int C, int... Sizes>
[[nodiscard]] double redness(const GridView<const T, C, Sizes...>& state, const CellMask& cells) {
    double total = 0.0;
    cells.for_each([&](int row, int column) {
        total += static_cast<double>(state(row, column)[0]) - static_cast<double>(state(row, column)[1]);
    });
    return total / std::max(cells.count(), 1);
}

/// A target of 40 x 40 with empty cells around it.
Target target_of(const SafetensorsFile& file, const std::string& name, int padding) {
    const auto values = tests::floats_of(file, name);
    Target target{Extents<Dynamic, Dynamic>{{40 + 2 * padding, 40 + 2 * padding}}};
    for (int row = 0; row < 40; ++row) {
        for (int column = 0; column < 40; ++column) {
            const auto* const from = values.data() + (row * 40 + column) * 4;
            std::copy_n(from, 4, target(row + padding, column + padding).begin());
        }
    }
    return target;
}

/// The victim 200 steps after its seed.
Snapshot<R> grown(const R& victim, const Target& target) {
    World world{borrow(victim), target.extents(), 77};
    world.plant(target.extents()[1] / 2, target.extents()[0] / 2);
    world.step(200);
    return world.snapshot();
}

double loss_of(const World& world, const Target& target) {
    return growing::ColourLoss<R>{target}(world.snapshot().cells);
}

double mean_of(const std::vector<double>& values) {
    double total = 0.0;
    for (const double value : values) total += value;
    return total / static_cast<double>(values.size());
}

struct Creature {
    R victim;
    SafetensorsFile targets;
};

std::optional<Creature> load_creature() {
    auto victim = tests::adversarial_rule("growing_victim_lizard");
    auto targets = tests::adversarial_file("targets_40");
    if (!victim || !targets) return std::nullopt;
    return Creature{std::move(*victim), std::move(*targets)};
}

/// Runs of a grown victim with adversaries drawn anew in each: visit(run, community, species) after `steps`.
template <class Visit>
void inject(const R& victim, const R& adversary, const Target& target, double fraction, int runs, int steps,
            Visit&& visit) {
    const Snapshot<R> start = grown(victim, target);
    const CellMask allowed = adversarial::allowed_cells(target);
    ThreadPool threads;
    threads.run(runs, [&](int run) {
        const auto seed = static_cast<std::uint64_t>(run) + 1;
        Community<R, Dynamic, Dynamic> community{{borrow(victim), borrow(adversary)}, target.extents(), seed};
        Snapshot<R> own = start;
        own.random = Philox{seed};
        own.steps = 0;
        REQUIRE(community.world().restore(own));
        community.species() =
            adversarial::draw_adversaries(FireMask(Philox{9}, static_cast<std::uint64_t>(run), fraction), allowed);
        community.step(steps);
        visit(run, community);
    });
}

} // namespace

TEST_CASE("a message about a matrix that is not found is one line, whatever the others are called") {
    const std::vector<float> zeros(4);
    SafetensorsWriter writer;
    for (const char* const name : {"a\nb", "c"}) writer.add(name, {4}, zeros);
    const auto bytes = writer.to_bytes();
    REQUIRE(bytes.ok());
    const auto file = parse_safetensors(*bytes, "m");
    REQUIRE(file.ok());
    const auto found = adversarial::perturbation_from<R>(*file, {});
    REQUIRE_FALSE(found.ok());
    CHECK(found.error().message.find("found a\\nb, c: say which") != std::string::npos);
}

TEST_CASE("the published graph of an adversary is the model of the decoded tensors") {
    const auto graph = tests::data_file("adversarial/published_json/no_tail_model.json");
    const auto tensors = tests::adversarial_rule("growing_adversary_no_tail");
    if (!graph || !tensors) return;
    const auto model = growing::load_model(graph->string());
    REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    CHECK(std::equal(model->rule.parameters().begin(), model->rule.parameters().end(), tensors->parameters().begin()));
    const auto digits = tests::data_file("adversarial/published_json/mnist_always8.json");
    REQUIRE(digits);
    const auto always8 = mnist::load_model(digits->string());
    REQUIRE_MESSAGE(always8.ok(), (always8.ok() ? "" : always8.error().message));
}

TEST_CASE("the published adversaries shrink the lizard's tail") {
    const auto creature = load_creature();
    const auto adversary = tests::adversarial_rule("growing_adversary_no_tail");
    if (!creature || !adversary) return;
    const Target target = target_of(creature->targets, "lizard_no_tail", 24);
    CellMask tail = adversarial::allowed_cells(target_of(creature->targets, "lizard_complete", 24));
    adversarial::allowed_cells(target).for_each([&](int row, int column) { tail.reset(row, column); });
    CHECK(tail.count() == 108);
    const auto mass_of = [&](const World& world) {
        const auto state = world.state();
        return alpha_mass(std::as_const(state).view(), tail);
    };
    World before{borrow(creature->victim), target.extents()};
    REQUIRE(before.restore(grown(creature->victim, target)));
    for (const double fraction : {0.1, 0.2}) {
        std::vector<double> ratio(24);
        inject(creature->victim, *adversary, target, fraction, 24, 200, [&](int run, auto& community) {
            ratio[static_cast<std::size_t>(run)] = mass_of(community.world()) / mass_of(before);
        });
        CAPTURE(fraction);
        CHECK(mean_of(ratio) > (fraction == 0.1 ? 0.48 : 0.29));
        CHECK(mean_of(ratio) < (fraction == 0.1 ? 0.72 : 0.40));
    }
}

TEST_CASE("the published red adversaries turn the victim's own cells red") {
    const auto creature = load_creature();
    const auto adversary = tests::adversarial_rule("growing_adversary_red_60perc");
    if (!creature || !adversary) return;
    const Target target = target_of(creature->targets, "lizard_red", 24);
    std::vector<double> losses(8);
    std::vector<double> red(8);
    inject(creature->victim, *adversary, target, 0.6, 8, 100, [&](int run, auto& community) {
        CellMask victims = adversarial::allowed_cells(target);
        community.species().cells(1).for_each([&](int row, int column) { victims.reset(row, column); });
        const auto state = community.world().state();
        red[static_cast<std::size_t>(run)] = redness(std::as_const(state).view(), victims);
        losses[static_cast<std::size_t>(run)] = loss_of(community.world(), target);
    });
    CHECK(mean_of(losses) < 0.0028);
    CHECK(mean_of(red) > 0.07);
}

TEST_CASE("each published matrix turns the grown lizard into its target, and the lizard recovers afterwards") {
    const auto creature = load_creature();
    const auto file = tests::adversarial_file("perturbation_matrices");
    if (!creature || !file) return;
    const Target complete = target_of(creature->targets, "lizard_complete", 16);
    const Snapshot<R> start = grown(creature->victim, complete);
    struct Case {
        const char* matrix;
        const char* target;
        double loss;
    };
    ThreadPool threads;
    for (const Case& c : {Case{"tail", "lizard_no_tail", 0.0010}, Case{"leg", "lizard_no_leg", 0.0014},
                          Case{"red", "lizard_red", 0.0040}}) {
        CAPTURE(c.matrix);
        const Target target = target_of(creature->targets, c.target, 16);
        const auto perturbation = adversarial::perturbation_from<R>(*file, c.matrix);
        REQUIRE_MESSAGE(perturbation.ok(), (perturbation.ok() ? "" : perturbation.error().message));
        std::vector<double> perturbed(16);
        std::vector<double> recovered(16);
        threads.run(16, [&](int run) {
            World world{borrow(creature->victim), complete.extents()};
            Snapshot<R> own = start;
            own.random = Philox{static_cast<std::uint64_t>(run) + 1};
            REQUIRE(world.restore(own));
            for (int i = 0; i < 200; ++i) {
                perturbed_step(world, *perturbation, PerturbationOrder::before_step, [&] { world.step(); });
            }
            perturbed[static_cast<std::size_t>(run)] = loss_of(world, target);
            world.step(100);
            recovered[static_cast<std::size_t>(run)] = loss_of(world, complete);
        });
        CHECK(mean_of(perturbed) > 0.75 * c.loss);
        CHECK(mean_of(perturbed) < 1.25 * c.loss);
        CHECK(mean_of(recovered) < 0.0030);
    }
}
