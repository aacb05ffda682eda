// SPDX-License-Identifier: Apache-2.0
// Auxiliary channels of targets, and structured seeds.
#include <nca/core/grid.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/systems/isotropic/auxiliary.hpp>
#include <nca/systems/isotropic/invariant_loss.hpp>
#include <nca/systems/isotropic/seeds.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <common/data.hpp>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

namespace {

using namespace nca;
using namespace nca::isotropic;

using Target = Grid<float, 4, Dynamic, Dynamic>;
using Field6 = Grid<float, 6, Dynamic, Dynamic>;

Target target_of_alpha(int height, int width, float alpha) {
    Target target{Target::Shape{{height, width}}};
    for (int row = 0; row < height; ++row) {
        for (int column = 0; column < width; ++column) target(row, column)[3] = alpha;
    }
    return target;
}

Field6 empty_state(int height, int width) {
    return Field6{Field6::Shape{{height, width}}};
}
std::vector<float> cell(const Field6& state, int row, int column) {
    const auto values = state(row, column);
    return {values.begin(), values.end()};
}
bool same(const Field6& a, const Field6& b) {
    return std::equal(a.values().begin(), a.values().end(), b.values().begin(), b.values().end());
}

constexpr double quarter = std::numbers::pi / 2;

} // namespace

TEST_CASE("the ring patterns are half the sign of a wave, with linear transitions") {
    CHECK(ring(4, 0.0) == 0.0);
    CHECK(ring(4, 0.01) == doctest::Approx(0.5 * std::sin(0.04 * std::numbers::pi) / 0.2));
    CHECK(ring(4, 0.12) == 0.5);
    CHECK(ring(4, 0.37) == -0.5);
    CHECK(ring(2, 0.37) == 0.5);
    CHECK(ring(3, 0.0) == 0.5); // a cosine
    CHECK(ring(3, 0.33) == -0.5);
    CHECK(ring(3, 0.5) == doctest::Approx(0.0));
}

TEST_CASE("the sets of auxiliary channels follow the colour in the notebook's order") {
    constexpr int size = 101; // a pixel in the middle, and one every hundredth
    const auto pixel = [&](Auxiliary set, int row, int column) {
        const auto target = with_auxiliary_channels(target_of_alpha(size, size, 0.5F), set);
        REQUIRE(target.channels == 4 + auxiliary_channels(set));
        const float* const values = target.maps().pixel(row, column);
        return std::vector<float>(values + 3, values + target.channels);
    };
    // Half an alpha of 1/2; stripes count alpha twice. The distance from the centre is 0.38.
    CHECK(pixel(Auxiliary::noaux, 31, 50) == std::vector{0.5F});
    CHECK(pixel(Auxiliary::binary, 31, 50) == std::vector{0.5F, -0.125F});
    CHECK(pixel(Auxiliary::binary, 69, 50) == std::vector{0.5F, 0.125F});
    CHECK(pixel(Auxiliary::minimal, 31, 50) == std::vector{0.5F, -0.125F, -0.25F});
    CHECK(pixel(Auxiliary::extended, 31, 50) == std::vector{0.5F, -0.125F, 0.0F, 0.25F, -0.25F, -0.25F});
    CHECK(pixel(Auxiliary::extended, 50, 69) == std::vector{0.5F, 0.0F, 0.125F, 0.25F, -0.25F, -0.25F});
}

TEST_CASE("auxiliary channels are zero where the target is transparent") {
    const auto target = with_auxiliary_channels(target_of_alpha(6, 4, 0.0F), Auxiliary::extended);
    CHECK(target.values == std::vector<float>(std::size_t{6} * 4 * 9));
}

TEST_CASE("the stripe of a target is that of the golden vectors") {
    const auto path = tests::data_file("isotropic/golden_variants.safetensors");
    if (!path) return;
    const auto file = read_safetensors(path->string());
    REQUIRE(file.ok());
    const auto golden = file->to_floats("loss.target", {5, 24, 24});
    REQUIRE(golden.ok());
    Target colours{Target::Shape{{24, 24}}};
    for (std::size_t i = 0; i < colours.values().size(); ++i) colours.values()[i] = (*golden)[i % 4 * 576 + i / 4];
    const auto target = with_auxiliary_channels(colours, Auxiliary::binary);
    for (int pixel = 0; pixel < 576; ++pixel) {
        REQUIRE(
            target.maps().pixel(pixel)[4] ==
            doctest::Approx(static_cast<double>((*golden)[4 * 576 + static_cast<std::size_t>(pixel)])).epsilon(1e-6));
    }
}

TEST_CASE("the invariant loss of the lizard has the measured values") {
    const auto path = tests::data_file("isotropic/targets_48.safetensors");
    if (!path) return;
    const auto file = read_safetensors(path->string());
    REQUIRE(file.ok());
    const auto lizard = file->to_floats("lizard", {48, 48, 4});
    REQUIRE(lizard.ok());
    Target padded{Target::Shape{{72, 72}}};
    for (int row = 0; row < 48; ++row) {
        std::copy_n(lizard->data() + std::ptrdiff_t{row} * 48 * 4, 48 * 4, padded(row + 12, 12).data());
    }
    constexpr std::array<std::pair<Auxiliary, double>, 2> empty_losses{
        {{Auxiliary::noaux, 41.0}, {Auxiliary::binary, 38.4}}};
    for (const auto& [set, expected] : empty_losses) {
        const auto target = with_auxiliary_channels(padded, set);
        const auto loss = InvariantLoss<float>::create(target.maps(), {.mirror = true});
        REQUIRE(loss.ok());
        InvariantLoss<float>::Workspace work;
        const std::vector<float> empty(target.values.size());
        const image::FeatureMaps<const float> picture{empty.data(), 72, 72, target.channels, target.channels};
        CHECK(std::abs((*loss)(picture, {}, work).loss - expected) < 0.05);
    }
    // The circle of angles is not closed exactly, so a quarter turn is not free.
    const auto target = with_auxiliary_channels(padded, Auxiliary::binary);
    std::vector<float> values;
    for (int row = 0; row < 72; ++row) {
        for (int column = 0; column < 72; ++column) {
            const float* const from = target.maps().pixel(column, 71 - row);
            values.insert(values.end(), from, from + 5);
        }
    }
    const auto loss = InvariantLoss<float>::create(target.maps(), {.mirror = true});
    REQUIRE(loss.ok());
    InvariantLoss<float>::Workspace work;
    const ClosestPose pose = (*loss)({values.data(), 72, 72, 5, 5}, {}, work);
    CHECK(std::abs(pose.loss - 0.28) < 0.005);
    CHECK(std::abs(pose.angle - quarter) < 1.0 / 36);
}

TEST_CASE("two points of a seed are red and cyan, four cells below and above the middle") {
    Field6 state = empty_state(72, 72);
    plant_structured_seed(state.view());
    CHECK(cell(state, 40, 36) == std::vector{1.0F, 0.0F, 0.0F, 1.0F, 1.0F, 1.0F});
    CHECK(cell(state, 32, 36) == std::vector{0.0F, 1.0F, 1.0F, 1.0F, 1.0F, 1.0F});
    const auto living = std::count(state.values().begin(), state.values().end(), 1.0F);
    CHECK(living == 9); // nothing else
}

TEST_CASE("three points of a seed are red, green and blue, with truncated coordinates") {
    Field6 state = empty_state(72, 72);
    plant_structured_seed(state.view(), {.points = 3, .radius = 6.0});
    CHECK(cell(state, 42, 36) == std::vector{1.0F, 0.0F, 0.0F, 1.0F, 1.0F, 1.0F});
    CHECK(cell(state, 33, 41) == std::vector{0.0F, 1.0F, 0.0F, 1.0F, 1.0F, 1.0F});
    CHECK(cell(state, 33, 30) == std::vector{0.0F, 0.0F, 1.0F, 1.0F, 1.0F, 1.0F});
}

TEST_CASE("hues between the primary colours mix two of them") {
    CHECK(colour_of_hue(1.0 / 12) == std::array{1.0, 0.5, 0.0});
    CHECK(colour_of_hue(1.0 / 6)[1] == doctest::Approx(1.0));
    CHECK(colour_of_hue(11.0 / 12)[2] == doctest::Approx(0.5));
    CHECK(colour_of_hue(11.0 / 12)[0] == 1.0);
}

TEST_CASE("a state turned by a quarter has its right side on top") {
    Field6 state = empty_state(6, 6);
    state(2, 5)[0] = 1.0F;
    const Field6 once = turned(state, quarter);
    CHECK(once(0, 2)[0] == 1.0F);
    CHECK(std::count(once.values().begin(), once.values().end(), 0.0F) == 6 * 6 * 6 - 1);
    CHECK(same(turned(turned(turned(once, quarter), quarter), quarter), state));
    CHECK(same(turned(state, 0.0), state));
}

TEST_CASE("the corners of a state turned by an eighth come from outside and are zero") {
    Field6 state = empty_state(9, 9);
    std::fill(state.values().begin(), state.values().end(), 1.0F);
    const Field6 eighth = turned(state, quarter / 2);
    CHECK(cell(eighth, 0, 0) == std::vector<float>(6));
    CHECK(cell(eighth, 4, 0) == std::vector<float>(6, 1.0F));
}

TEST_CASE("a mirrored state has left and right exchanged") {
    Field6 state = empty_state(3, 5);
    for (std::size_t i = 0; i < state.values().size(); ++i) state.values()[i] = static_cast<float>(i);
    const Field6 once = mirrored(state);
    CHECK(cell(once, 1, 0) == cell(state, 1, 4));
    CHECK(same(mirrored(once), state));
}
