// SPDX-License-Identifier: Apache-2.0
// The rules and worlds of Self-Organising Textures.
#include <nca/cell/description.hpp>
#include <nca/cell/spelling.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/texture/cell_fields.hpp>
#include <nca/systems/texture/graft.hpp>
#include <nca/systems/texture/presets.hpp>
#include <nca/systems/texture/published.hpp>
#include <nca/systems/texture/rule.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <common/data.hpp>
#include <common/rules.hpp>
#include <io/temporary.hpp>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace nca;
using texture::Alignment;
using texture::Lattice;
using R = texture::Rule<>;

static_assert(texture::Rule<>::parameter_count == 5868);
static_assert(texture::PyTorchRule<>::parameter_count - texture::channels == 5856);
static_assert(texture::MicroRule<4>::parameter_count == 68);
static_assert(texture::MicroRule<6>::parameter_count == 150);
static_assert(texture::MicroRule<8>::parameter_count == 264);
static_assert(texture::MicroRule<12>::parameter_count == 588);
static_assert(texture::rgb_scale<R> == 0.5 && texture::rgb_scale<texture::PyTorchRule<>> == 1.0);

constexpr int side = 24;
using World = Simulation<R, side, side>;

/// A rule that moves, and a state within its limits.
R lively() {
    return tests::random_rule<R>(1, 1.0);
}
std::vector<float> some_state(std::uint64_t seed) {
    auto state = tests::random_state<R>(side * side, seed, 0.0);
    for (float& value : state) value = std::clamp(value, -1.9F, 1.9F);
    return state;
}
/// The state with the cell at each place taken from another.
template <class From>
std::vector<float> rearranged(const std::vector<float>& state, From&& from) {
    std::vector<float> result(state.size());
    for (int row = 0; row < side; ++row) {
        for (int column = 0; column < side; ++column) {
            const auto [r, c] = from(row, column);
            std::copy_n(state.begin() + static_cast<std::ptrdiff_t>((r * side + c) * 12), 12,
                        result.begin() + static_cast<std::ptrdiff_t>((row * side + column) * 12));
        }
    }
    return result;
}
std::vector<float> run_with_all_firing(const R& rule, const std::vector<float>& state, double angle) {
    World world{borrow(rule)};
    StepOptions<R> options;
    options.fire_rate = 1.0;
    options.angle = angle;
    world.set_options(options);
    world.load({state.data(), {}});
    world.step(5);
    const auto last = world.state();
    return {last.values().begin(), last.values().end()};
}
double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    double worst = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, static_cast<double>(std::abs(a[i] - b[i])));
    return worst;
}

template <class F>
std::array<double, 9> kernel() {
    std::array<double, 9> entries{};
    for (int n = 0; n < 9; ++n) entries[static_cast<std::size_t>(n)] = F::weight(2, n);
    return entries;
}
template <class Any>
bool same_parameters(const Any& a, const Any& b) {
    return std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin());
}

} // namespace

TEST_CASE("undivided and hexagonal filters are the integers of the article") {
    CHECK(kernel<Times<8, SobelX>>() == std::array<double, 9>{-1, 0, 1, -2, 0, 2, -1, 0, 1});
    CHECK(kernel<Times<8, SobelY>>() == std::array<double, 9>{-1, -2, -1, 0, 0, 0, 1, 2, 1});
    CHECK(kernel<Times<8, Laplacian>>() == std::array<double, 9>{1, 2, 1, 2, -12, 2, 1, 2, 1});
    CHECK(kernel<Times<8, HexSobelX>>() == std::array<double, 9>{0, -1, 1, -2, 0, 2, -1, 1, 0});
    CHECK(kernel<Times<8, HexSobelY>>() == std::array<double, 9>{0, -2, -2, 0, 0, 0, 2, 2, 0});
    CHECK(kernel<Times<8, HexLaplacian>>() == std::array<double, 9>{0, 2, 2, 2, -12, 2, 2, 2, 0});
}

TEST_CASE("hexagonal filters sum to zero and answer to slopes in the plane as the article's do") {
    double gain_x = 0.0;
    double gain_y = 0.0;
    for (int n = 0; n < 9; ++n) {
        const auto at = texture::centre_of(Lattice::hexagonal, neighbour_offset(n, 0), neighbour_offset(n, 1));
        gain_x += HexSobelX::weight(2, n) * at[0];
        gain_y += HexSobelY::weight(2, n) * at[1];
    }
    CHECK(gain_x == doctest::Approx(0.75));
    CHECK(gain_y == doctest::Approx(0.75 * 2.0 / std::sqrt(3.0)));
    for (const auto& entries : {kernel<HexSobelX>(), kernel<HexSobelY>(), kernel<HexLaplacian>()}) {
        double sum = 0.0;
        for (const double entry : entries) sum += entry;
        CHECK(sum == 0.0);
    }
}

TEST_CASE("turning the grid and the perception by 90 degrees is exact") {
    const R rule = lively();
    const auto state = some_state(3);
    // A turn to the left: what was at the right is at the top.
    const auto left = [](int row, int column) { return std::pair{column, side - 1 - row}; };
    const auto turned = run_with_all_firing(rule, rearranged(state, left), 1.5707963267948966);
    const auto expected = rearranged(run_with_all_firing(rule, state, 0.0), left);
    CHECK(turned == expected);
    CHECK(largest_difference(run_with_all_firing(rule, rearranged(state, left), 0.0), expected) > 1e-2);
}

TEST_CASE("a shifted torus goes through the same states, shifted, bit for bit") {
    const R rule = lively();
    const auto state = some_state(3);
    const auto shift = [](int row, int column) { return std::pair{(row + 5) % side, (column + 17) % side}; };
    CHECK(run_with_all_firing(rule, rearranged(state, shift), 0.0) ==
          rearranged(run_with_all_firing(rule, state, 0.0), shift));
}

TEST_CASE("states, and what 8 bits make of them, stay within the limits") {
    const R rule = tests::random_rule<R>(1, 4.0);
    for (const bool eight_bit : {false, true}) {
        World world{borrow(rule), 3};
        StepOptions<R> options;
        options.eight_bit = eight_bit;
        world.set_options(options);
        world.step(30);
        const auto state = world.state();
        const auto [least, most] = std::minmax_element(state.values().begin(), state.values().end());
        CHECK(*least == doctest::Approx(eight_bit ? -127.0 * 4.0 / 255.0 : -2.0));
        CHECK(*most == doctest::Approx(eight_bit ? 128.0 * 4.0 / 255.0 : 2.0));
        if (!eight_bit) continue;
        for (const float value : state.values()) {
            const float code = value * 255.0F / 4.0F;
            CHECK(std::abs(code - std::round(code)) < 1e-3F);
        }
    }
}

TEST_CASE("the film of a texture does not depend on the threads") {
    const R rule = lively();
    World one{borrow(rule), 5};
    Simulation<R, side, side> three{borrow(rule), {}, 5, {.concurrency = 3}};
    ThreadPool threads{3};
    const auto state = some_state(4);
    one.load({state.data(), {}});
    three.load({state.data(), {}});
    one.step(20);
    three.step(20, threads);
    CHECK(one.hash() == three.hash());
}

TEST_CASE("cells with a fire rate of zero never change, and all others go on") {
    const R rule = lively();
    World world{borrow(rule), 5};
    const auto start = some_state(4);
    world.load({start.data(), {}});
    REQUIRE(world.set_fire_rates(texture::inner_square(side, side, 0.5)).ok());
    world.step(40);
    const auto state = world.state();
    for (int row = 0; row < side; ++row) {
        for (int column = 0; column < side; ++column) {
            const bool inside = row >= 6 && row < 18 && column >= 6 && column < 18;
            const auto cell = state(row, column);
            CHECK(std::equal(cell.begin(), cell.end(),
                             start.begin() + static_cast<std::ptrdiff_t>((row * side + column) * 12)) == !inside);
        }
    }
}

TEST_CASE("equal fire rates of all cells give the film of that fire rate, and so does clearing them") {
    const R rule = lively();
    const auto start = some_state(4);
    World plain{borrow(rule), 5};
    World by_cell{borrow(rule), 5};
    World cleared{borrow(rule), 5};
    for (World* const world : {&plain, &by_cell, &cleared}) world->load({start.data(), {}});
    for (const double rate : {0.5, 1.0}) {
        StepOptions<R> options;
        options.fire_rate = rate;
        plain.set_options(options);
        cleared.set_options(options);
        REQUIRE(by_cell.set_fire_rates(std::vector<float>(side * side, static_cast<float>(rate))).ok());
        REQUIRE(cleared.set_fire_rates(std::vector<float>(side * side, 0.0F)).ok());
        cleared.clear_fire_rates();
        plain.step(5);
        by_cell.step(5);
        cleared.step(5);
        CHECK(plain.hash() == by_cell.hash());
        CHECK(plain.hash() == cleared.hash());
    }
}

TEST_CASE("fire rates that are none are refused, and memory for them can be reserved") {
    const R rule;
    Reserve reserve;
    reserve.fire_rates = true;
    std::vector<std::byte> memory(World::memory_needed({}, reserve));
    CHECK(memory.size() > World::memory_needed({}));
    reserve.memory = memory;
    World world{borrow(rule), {}, 0, reserve};
    CHECK(world.set_fire_rates(std::vector<float>(side * side, 0.25F)).ok());
    CHECK(!world.set_fire_rates(std::vector<float>(3, 0.5F)).ok());
    CHECK(!world.set_fire_rates(std::vector<float>(side * side, 1.5F)).ok());
    CHECK(!world.set_fire_rates(std::vector<float>(side * side, std::nanf(""))).ok());
}

TEST_CASE("two speeds: the left half of the grid is as far as its fire rate says") {
    const auto rates = texture::two_speeds(4, 6, 0.15, 0.5);
    REQUIRE(rates.size() == 24);
    CHECK(rates[2] == 0.15F);
    CHECK(rates[3] == 0.5F);
}

TEST_CASE("polar cells look away from the centre") {
    const auto angles = texture::alignment_angles<double>(Alignment::polar, 8, 8);
    // A cell that looks down has the angle 0; one that looks to the right a quarter turn counter-clockwise.
    CHECK(std::abs(angles[7 * 8 + 4]) < 0.2);
    CHECK(angles[4 * 8 + 7] == doctest::Approx(1.5707963).epsilon(0.1));
    for (const double angle : texture::alignment_angles<double>(Alignment::bipolar, 7, 9)) CHECK(std::isfinite(angle));
    for (const double angle : texture::alignment_angles<double>(Alignment::cartesian, 7, 9, 0.3)) CHECK(angle == 0.3);
}

TEST_CASE("the cell at the middle of a cell is that cell, on both lattices") {
    for (const Lattice lattice : {Lattice::square, Lattice::hexagonal}) {
        for (int row = -3; row < 4; ++row) {
            for (int column = -3; column < 4; ++column) {
                const auto centre = texture::centre_of(lattice, column, row);
                for (const auto& [dx, dy] : {std::pair{0.0, 0.0}, {0.4, 0.1}, {-0.3, 0.3}, {0.2, -0.4}}) {
                    CHECK(texture::cell_at(lattice, centre[0] + dx, centre[1] + dy) == texture::CellIndex{column, row});
                }
            }
        }
    }
    CHECK(texture::on_torus({-1, 9}, 4, 5) == texture::CellIndex{4, 1});
}

TEST_CASE("a disc has the same number of cells wherever it lies, and no cell twice") {
    for (const Lattice lattice : {Lattice::square, Lattice::hexagonal}) {
        const auto cells_at = [&](int column, int row) {
            const auto centre = texture::centre_of(lattice, column, row);
            std::multiset<std::pair<int, int>> cells;
            texture::for_each_cell_within(lattice, centre[0], centre[1], 5.0, 32, 32,
                                          [&](int c, int r) { cells.emplace(c, r); });
            CHECK(std::set<std::pair<int, int>>(cells.begin(), cells.end()).size() == cells.size());
            return cells.size();
        };
        const auto middle = cells_at(16, 16);
        CHECK(middle > 60);
        CHECK(cells_at(0, 0) == middle);
        CHECK(cells_at(31, 1) == middle);
    }
}

TEST_CASE("a graft is its first rule where the mask is zero, and its second where it is one") {
    const R first = lively();
    const R second = tests::random_rule<R>(9, 1.0);
    const auto start = some_state(4);
    const Extents<Dynamic, Dynamic> extents{{side, side}};
    texture::Graft<R> graft{borrow(first), borrow(second), extents, 5};
    texture::Graft<R>::StateGrid grid{extents};
    std::copy(start.begin(), start.end(), grid.values().begin());
    for (const bool other : {false, true}) {
        std::fill(graft.mask().begin(), graft.mask().end(), other ? 1.0F : 0.0F);
        World alone{borrow(other ? second : first), other ? Philox{5}.split(1).key() : 5};
        graft.load(grid);
        alone.load({start.data(), {}});
        const auto already = graft.steps();
        REQUIRE(already == (other ? 1 : 0));
        if (other) {
            // The second part starts where the random numbers of the first ended.
            alone.step();
            alone.load({start.data(), {}});
        }
        graft.step(SerialExecutor{});
        alone.step();
        const auto state = alone.state();
        CHECK(largest_difference({state.values().begin(), state.values().end()},
                                 {graft.state().values().begin(), graft.state().values().end()}) < 1e-6);
    }
}

TEST_CASE_TEMPLATE("texture rules survive the file", Any, texture::Rule<>, texture::PyTorchRule<>,
                   texture::MicroRule<4>, texture::MicroRule<12>) {
    const tests::TemporaryFolder folder;
    const Any rule = tests::random_rule<Any>(2);
    REQUIRE(save_model(rule, folder.file("m.safetensors"), {{"nca.system", "texture"}}).ok());
    const auto file = read_safetensors(folder.file("m.safetensors"));
    REQUIRE(file.ok());
    const auto model = texture::model_from(*file);
    REQUIRE(model.ok());
    REQUIRE(std::holds_alternative<Model<Any>>(*model));
    CHECK(same_parameters(std::get<Model<Any>>(*model).rule, rule));
}

TEST_CASE("texture rules are spelled policy by policy") {
    CHECK(spelling_of<R>() ==
          "nca::Rule<nca::Channels<12>, nca::Perception<nca::Identity, nca::SobelX, nca::SobelY, nca::Laplacian>, "
          "nca::Mlp<96>,\nnca::Torus, nca::FireRate<1, 2>, nca::Clamp<2>>");
    using Small = Rule<Channels<2>, FilterPerChannel<Times<8, HexSobelX>, Identity>, Linear, Clamp<1, 2>>;
    CHECK(spelling_of<Small>() ==
          "nca::Rule<nca::Channels<2>, nca::FilterPerChannel<nca::Times<8, nca::HexSobelX>, nca::Identity>, "
          "nca::Linear, nca::Clamp<1, 2>>");
}

TEST_CASE("published files of the notebooks, with and without limits, are recognised by their metadata") {
    const auto limits = tests::data_file("textures/published/interlaced_0172.safetensors");
    const auto free = tests::data_file("textures/grafting/dots.safetensors");
    const auto micro = tests::data_file("textures/munca/bubbly_0101_588.safetensors");
    if (!limits || !free || !micro) return;
    const auto read = [](const auto& path) {
        const auto file = read_safetensors(path->string());
        REQUIRE(file.ok());
        auto model = texture::model_from(*file);
        REQUIRE(model.ok());
        return std::move(*model);
    };
    CHECK(std::holds_alternative<Model<texture::Rule<>>>(read(limits)));
    CHECK(std::holds_alternative<Model<texture::PyTorchRule<>>>(read(free)));
    CHECK(std::holds_alternative<Model<texture::MicroRule<12>>>(read(micro)));
}

TEST_CASE("the ultra-compact rule draws bubbles from noise and stays bounded") {
    const auto path = tests::data_file("textures/munca/bubbly_0101_588.safetensors");
    if (!path) return;
    const auto file = read_safetensors(path->string());
    REQUIRE(file.ok());
    const auto model = texture::model_from(*file);
    REQUIRE(model.ok());
    using Micro = texture::MicroRule<12>;
    Simulation<Micro, 64, 64> world{borrow(std::get<Model<Micro>>(*model).rule)};
    auto state = world.state();
    texture::plant_noise(state.values(), Philox{1});
    world.load(state);
    world.step(600);
    state = world.state();
    double mean = 0.0;
    double square = 0.0;
    for (int cell = 0; cell < 64 * 64; ++cell) {
        const double red = static_cast<double>(state.view().cell(cell)[0]);
        mean += red / 4096.0;
        square += red * red / 4096.0;
    }
    CHECK(std::abs(mean) < 1.0);
    CHECK(square - mean * mean > 0.005);
    for (const float value : state.values()) CHECK(std::abs(value) < 3.0F);
}

TEST_CASE("first parameters have the published spread, and the last layer starts from zeros") {
    const auto deviation = [](const auto& rule) {
        double square = 0.0;
        for (int i = 0; i < 48; ++i) {
            for (int o = 0; o < 96; ++o) square += std::pow(static_cast<double>(rule.weight(0, i, o)), 2.0);
        }
        return std::sqrt(square / (48.0 * 96.0));
    };
    R rule;
    texture::initialise(rule, texture::Start::glorot_normal, Philox{1});
    // A normal distribution that is cut at two deviations keeps 0.88 of its own.
    CHECK(deviation(rule) == doctest::Approx(0.88 * std::sqrt(2.0 / 144.0)).epsilon(0.03));
    CHECK(rule.bias(0, 5) == 0.0F);
    CHECK(rule.weight(1, 3, 4) == 0.0F);
    texture::initialise(rule, texture::Start::uniform, Philox{1});
    CHECK(deviation(rule) == doctest::Approx(1.0 / std::sqrt(3.0 * 48.0)).epsilon(0.03));
    CHECK(rule.bias(0, 5) != 0.0F);
    CHECK(rule.weight(1, 3, 4) == 0.0F);
    texture::initialise(rule, texture::Start::small_normal, Philox{1});
    CHECK(deviation(rule) == doctest::Approx(1e-3).epsilon(0.05));
}

TEST_CASE("parameters of 8 bits are the nearest of 256 numbers of their layer") {
    const R rule = tests::random_rule<R>(3);
    R rounded;
    texture::round_parameters(rule, rounded);
    std::set<float> numbers;
    float largest = 0.0F;
    for (int o = 0; o < 96; ++o) {
        largest = std::max(largest, std::abs(rule.bias(0, o)));
        for (int i = 0; i < 48; ++i) {
            numbers.insert(rounded.weight(0, i, o));
            largest = std::max(largest, std::abs(rule.weight(0, i, o)));
        }
    }
    CHECK(numbers.size() <= 256);
    CHECK(numbers.size() > 100);
    for (int i = 0; i < 48; ++i) {
        CHECK(std::abs(rounded.weight(0, i, 3) - rule.weight(0, i, 3)) <= largest / 255.0F * 1.001F);
    }
    R zero;
    texture::round_parameters(zero, rounded);
    CHECK(std::all_of(rounded.parameters().begin(), rounded.parameters().end(), [](float w) { return w == 0.0F; }));
}
