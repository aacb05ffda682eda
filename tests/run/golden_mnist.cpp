// SPDX-License-Identifier: Apache-2.0
// The published self-classifying model against golden vectors computed in float64.
#include <nca/io/safetensors.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/mnist/rule.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/data.hpp>
#include <common/mnist.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace nca;
using R = mnist::Rule<>;
constexpr int side = mnist::image_side;
constexpr std::size_t cells = std::size_t{side} * side;

struct Golden {
    SafetensorsFile file;
    R rule;

    /// One digit of a tensor [..., digits, 28, 28, channels].
    [[nodiscard]] std::vector<float> of(const std::string& name, std::size_t digit, std::size_t channels) const {
        const auto all = to_floats(*file.find(name));
        const auto begin = all->begin() + static_cast<std::ptrdiff_t>(digit * cells * channels);
        return {begin, begin + static_cast<std::ptrdiff_t>(cells * channels)};
    }
};

std::optional<Golden> load_golden() {
    const auto path = tests::data_file("mnist/golden.safetensors");
    auto rule = tests::published_mnist();
    if (!path || !rule) return std::nullopt;
    auto file = read_safetensors(path->string());
    REQUIRE(file.ok());
    return Golden{std::move(*file), std::move(*rule)};
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    REQUIRE(a.size() == b.size());
    double worst = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, static_cast<double>(std::abs(a[i] - b[i])));
    return worst;
}

} // namespace

TEST_CASE("convolution, hidden values and update of every cell match the golden vectors of MNIST") {
    const auto golden = load_golden();
    if (!golden) return;
    for (std::size_t digit = 0; digit < 2; ++digit) {
        for (const std::string step : {"00", "10"}) {
            const auto state = golden->of("state_" + step, digit, 20);
            FieldOf<R> field{{side, side}};
            field.load(state.data());
            TileBuffers<R> tiles{ArchitectureOf<R>{}};
            const Tile<R> tile = tiles[0];
            std::vector<float> perceived;
            std::vector<float> hidden;
            std::vector<float> update;
            for (int row = 0; row < side; ++row) {
                for (int column = 0; column < side; ++column) {
                    const std::int32_t cell = field.position(row, column);
                    cell_update<R>({}, golden->rule.parameters().data(), field.values(), field.offsets(), &cell, 1, {},
                                   tile);
                    perceived.insert(perceived.end(), tile.output(0), tile.output(0) + 80);
                    hidden.insert(hidden.end(), tile.output(1), tile.output(1) + 80);
                    CHECK(tile.update()[0] == 0.0F);
                    update.insert(update.end(), tile.update() + 1, tile.update() + 20);
                }
            }
            CHECK(largest_difference(perceived, golden->of("perceive_" + step, digit, 80)) < 2e-5);
            CHECK(largest_difference(update, golden->of("update_" + step, digit, 19)) < 2e-5);
            if (step == "00") CHECK(largest_difference(hidden, golden->of("hidden_00", digit, 80)) < 2e-5);
        }
    }
}

TEST_CASE("states after 1, 2, 5 and 10 masked steps match the golden vectors of MNIST") {
    const auto golden = load_golden();
    if (!golden) return;
    for (std::size_t digit = 0; digit < 2; ++digit) {
        FieldOf<R> field{{side, side}};
        const auto start = golden->of("state_00", digit, 20);
        field.load(start.data());
        StepWorkspace<R> work{{}, field};
        prepare<R>(field, work);
        StepOptions<R> options;
        options.noise = 0.0;
        std::vector<float> found(start.size());
        for (std::size_t t = 0; t < 10; ++t) {
            const auto fires = golden->of("fire_mask", t * 2 + digit, 1);
            CellMask mask{side, side};
            for (std::size_t i = 0; i < cells; ++i) {
                if (fires[i] != 0.0F) mask.set(static_cast<int>(i) / side, static_cast<int>(i) % side);
            }
            step_field<R>(golden->rule.parameters().data(), field, options, FireMask{mask}, work, SerialExecutor{});
            if (t != 0 && t != 1 && t != 4 && t != 9) continue;
            field.store(found.data());
            const std::string name = t == 9 ? "state_10" : "state_0" + std::to_string(t + 1);
            CHECK(largest_difference(found, golden->of(name, digit, 20)) < 2e-5);
        }
    }
}

TEST_CASE("the published model classifies the digit, and the image does not change") {
    const auto golden = load_golden();
    if (!golden) return;
    for (const auto& [digit, label] : {std::pair{std::size_t{0}, 7}, std::pair{std::size_t{1}, 8}}) {
        Simulation<R, side, side> world{borrow(golden->rule), 3};
        const auto start = golden->of("state_00", digit, 20);
        world.load({start.data(), {}});
        world.step(200);
        const auto state = world.state();
        int living = 0;
        int right = 0;
        for (int row = 0; row < side; ++row) {
            for (int column = 0; column < side; ++column) {
                const auto cell = state(row, column);
                const std::size_t at = static_cast<std::size_t>(row * side + column) * 20;
                CHECK(cell[0] == start[at]);
                if (!(cell[0] > mnist::ink)) {
                    CHECK(std::all_of(cell.begin() + 1, cell.end(), [](float value) { return value == 0.0F; }));
                    continue;
                }
                ++living;
                right += mnist::vote_of(cell.data()) == label ? 1 : 0;
            }
        }
        CHECK(living == (label == 7 ? 105 : 165));
        CHECK(right >= 0.95 * living);
    }
}
