// SPDX-License-Identifier: Apache-2.0
// How structures are compared with their targets over several runs.
#include <nca/nca.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

using namespace nca;

namespace {

voxel::Target corner_block() {
    voxel::Target target{{5, 6, 7}, 3, std::vector<std::int32_t>(5 * 6 * 7)};
    target.blocks[0] = 2;
    return target;
}

/// A rule of random parameters that grows something.
voxel::AnyRule random_rule(const voxel::Target& target) {
    const auto task = *voxel::Task::create(target, {.hidden_channels = 4, .width = 16});
    voxel::AnyRule rule{task.architecture()};
    task.initialise(rule, Philox{3});
    return rule;
}

double figure(const std::vector<voxel::Figures>& all, std::size_t step, double voxel::Figures::*member) {
    return all[step].*member;
}

} // namespace

TEST_CASE("figures of a structure are means over the runs, whatever the number of threads") {
    const voxel::Target target = corner_block();
    const voxel::AnyRule rule = random_rule(target);
    SerialExecutor serial;
    ThreadPool threads{3};
    const voxel::EvaluateOptions options{.steps = {4, 9}, .runs = 3};
    const auto one = voxel::evaluate(rule, target, options, serial);
    const auto many = voxel::evaluate(rule, target, options, threads);
    double loss = 0.0;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        voxel::World world = voxel::planted(rule, target, seed);
        world.step(9);
        loss += voxel::figures_of(world, target).loss / 3;
    }
    CHECK(figure(one, 1, &voxel::Figures::loss) == doctest::Approx(loss).epsilon(1e-12));
    for (const std::size_t step : {std::size_t{0}, std::size_t{1}}) {
        CHECK(figure(one, step, &voxel::Figures::loss) == figure(many, step, &voxel::Figures::loss));
        CHECK(figure(one, step, &voxel::Figures::largest) == figure(many, step, &voxel::Figures::largest));
    }
}

TEST_CASE("the living cells of a seed are its neighbourhood") {
    const voxel::Target target = corner_block();
    const voxel::World world = voxel::planted(random_rule(target), target, 1);
    CHECK(voxel::figures_of(world, target).alive == doctest::Approx(27.0 / (5 * 6 * 7)));
}

TEST_CASE("damage makes air of the cells in a ball, those at its radius included") {
    const voxel::Target target = corner_block();
    voxel::World world = voxel::planted(random_rule(target), target, 1);
    world.step(12);
    const auto before = world.state();
    voxel::make_air(world, 2, 3, 3, 2);
    const auto after = world.state();
    int changed = 0;
    for (int z = 0; z < 5; ++z) {
        for (int y = 0; y < 6; ++y) {
            for (int x = 0; x < 7; ++x) {
                const bool inside = (z - 2) * (z - 2) + (y - 3) * (y - 3) + (x - 3) * (x - 3) <= 4;
                for (std::size_t c = 0; c < 8; ++c) {
                    const float expected = inside ? (c == 0 ? 1.0F : 0.0F) : before(z, y, x)[c];
                    changed += after(z, y, x)[c] == expected ? 0 : 1;
                }
            }
        }
    }
    CHECK(changed == 0);
}

TEST_CASE("figures before a damage are those without it") {
    const voxel::Target target = corner_block();
    const voxel::AnyRule rule = random_rule(target);
    SerialExecutor serial;
    const auto whole = voxel::evaluate(rule, target, {.steps = {6, 8, 12}, .runs = 2}, serial);
    const auto cut =
        voxel::evaluate(rule, target, {.steps = {6, 8, 12}, .runs = 2, .damage = voxel::Damage{8, 3}}, serial);
    CHECK(figure(cut, 0, &voxel::Figures::air_loss) == figure(whole, 0, &voxel::Figures::air_loss));
    CHECK(figure(cut, 1, &voxel::Figures::air_loss) != figure(whole, 1, &voxel::Figures::air_loss));
}
