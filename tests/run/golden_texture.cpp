// SPDX-License-Identifier: Apache-2.0
// A published texture model against golden vectors, with clamped and with 8-bit arithmetic, on square and hexagonal
// grids; and an ultra-compact rule.
#include <nca/io/safetensors.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/texture/cell_fields.hpp>
#include <nca/systems/texture/rule.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/data.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace nca;
using R = texture::Rule<>;
using texture::Alignment;
constexpr int side = 32;
constexpr std::size_t cells = std::size_t{side} * side;

struct Golden {
    SafetensorsFile file;
    R rule{};

    [[nodiscard]] std::vector<float> of(const std::string& name) const { return *to_floats(*file.find(name)); }
};

std::optional<Golden> load_golden() {
    const auto path = tests::data_file("textures/golden.safetensors");
    if (!path) return std::nullopt;
    auto file = read_safetensors(path->string());
    REQUIRE(file.ok());
    Golden golden{std::move(*file)};
    const char* const names[] = {"model.perceive_to_hidden", "model.hidden_to_update"};
    for (int l = 0; l < 2; ++l) {
        const auto weight = golden.of(std::string{names[l]} + ".weight");
        const auto bias = golden.of(std::string{names[l]} + ".bias");
        const LayerLayout& layer = R::layers[static_cast<std::size_t>(l)];
        for (int o = 0; o < layer.outputs; ++o) {
            golden.rule.bias(l, o) = bias[static_cast<std::size_t>(o)];
            for (int i = 0; i < layer.inputs; ++i) {
                golden.rule.weight(l, i, o) = weight[static_cast<std::size_t>(o * layer.inputs + i)];
            }
        }
    }
    return golden;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    REQUIRE(a.size() == b.size());
    double worst = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, static_cast<double>(std::abs(a[i] - b[i])));
    return worst;
}

/// The fraction of entries that differ by more than rounding; none may differ by more than one code.
double different_codes(const std::vector<float>& a, const std::vector<float>& b, float code) {
    REQUIRE(a.size() == b.size());
    int different = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const float distance = std::abs(a[i] - b[i]);
        CHECK(distance < 1.01F * code);
        different += distance > 1e-5F ? 1 : 0;
    }
    return different / static_cast<double>(a.size());
}

/// Perception, hidden values and update of all cells.
template <class Any>
struct Inside {
    std::vector<float> perception;
    std::vector<float> hidden;
    std::vector<float> update;

    Inside(const Any& rule, const std::vector<float>& state, const std::vector<float>& angles, bool eight_bit) {
        FieldOf<Any> field{{side, side}};
        field.load(state.data());
        field.set_boundary(Boundary::torus);
        field.fill_border();
        TileBuffers<Any> tiles{ArchitectureOf<Any>{}};
        const Tile<Any> tile = tiles[0];
        for (int row = 0; row < side; ++row) {
            for (int column = 0; column < side; ++column) {
                const std::int32_t cell = field.position(row, column);
                const auto angle = static_cast<double>(angles[static_cast<std::size_t>(row * side + column)]);
                const Rotations<float> turn{isa_detail::rotation_by<float>(angle)};
                cell_update<Any>({}, rule.parameters().data(), field.values(), field.offsets(), &cell, 1, turn, tile,
                                 eight_bit);
                append(perception, tile.perception(), Any::perceived);
                append(hidden, tile.output(0), Any::layers[0].outputs);
                append(update, tile.update(), Any::channels);
            }
        }
    }

private:
    static void append(std::vector<float>& to, const float* from, int count) {
        to.insert(to.end(), from, from + count);
    }
};

/// The state after `steps` steps with the golden fire masks.
template <class Any>
std::vector<float> after(const Golden& golden, const Any& rule, int steps, const std::vector<float>& angles,
                         bool eight_bit) {
    FieldOf<Any> field{{side, side}};
    field.set_boundary(Boundary::torus);
    const auto start = golden.of(eight_bit ? "q8.input_state" : "input.state");
    field.load(start.data());
    StepWorkspace<Any> work{{}, field};
    prepare<Any>(field, work);
    std::vector<Rotation<float>> rotations(field.positions());
    for (std::size_t i = 0; i < cells; ++i) {
        const auto position = field.position(static_cast<int>(i) / side, static_cast<int>(i) % side);
        rotations[static_cast<std::size_t>(position)] = isa_detail::rotation_by<float>(static_cast<double>(angles[i]));
    }
    work.rotations = rotations.data();
    StepOptions<Any> options;
    options.eight_bit = eight_bit;
    const auto masks = golden.of("input.masks");
    for (std::size_t t = 0; t < static_cast<std::size_t>(steps); ++t) {
        CellMask mask{side, side};
        for (std::size_t i = 0; i < cells; ++i) {
            if (masks[t * cells + i] != 0.0F) mask.set(static_cast<int>(i) / side, static_cast<int>(i) % side);
        }
        step_field<Any>(rule.parameters().data(), field, options, FireMask{mask}, work, SerialExecutor{});
    }
    std::vector<float> state(start.size());
    field.store(state.data());
    return state;
}

const std::vector<float> upright(cells, 0.0F);
constexpr double pi = 3.14159265358979323846;

/// The same filters without a clamp, to see perception before it is clamped.
using Raw = Rule<Channels<12>, Perception<Identity, SobelX, SobelY, Laplacian>, Mlp<96>, Torus>;

} // namespace

TEST_CASE("perception matches the golden vectors on square and hexagonal grids, for any field of angles") {
    const auto golden = load_golden();
    if (!golden) return;
    const auto state = golden->of("input.state");
    // The article rotates clockwise, the library counter-clockwise.
    const auto rotated = texture::alignment_angles<float>(Alignment::cartesian, side, side, -pi / 6);
    const auto polar = texture::alignment_angles<float>(Alignment::polar, side, side, 0.0);
    const auto bipolar = texture::alignment_angles<float>(Alignment::bipolar, side, side, 0.0);
    const auto difference = [&](const auto& rule, const std::vector<float>& angles, const std::string& name) {
        return largest_difference(Inside{rule, state, angles, false}.perception, golden->of("raw.perception" + name));
    };
    CHECK(difference(Raw{}, upright, "") < 1e-5);
    CHECK(difference(Raw{}, rotated, "_rot30") < 1e-5);
    CHECK(difference(Raw{}, polar, "_polar") < 1e-5);
    CHECK(difference(Raw{}, bipolar, "_bipolar") < 1e-5);
    CHECK(difference(texture::Hexagonal<Raw>{}, upright, "_hex") < 1e-5);
    CHECK(difference(texture::Hexagonal<Raw>{}, rotated, "_hex_rot30") < 1e-5);
}

TEST_CASE("clamped perception, hidden values and updates match the golden vectors") {
    const auto golden = load_golden();
    if (!golden) return;
    const Inside inside{golden->rule, golden->of("input.state"), upright, false};
    CHECK(largest_difference(inside.perception, golden->of("clip.perception")) < 1e-5);
    CHECK(largest_difference(inside.hidden, golden->of("clip.hidden")) < 1e-5);
    CHECK(largest_difference(inside.update, golden->of("clip.update")) < 1e-5);
}

TEST_CASE("clamped states after 1 and 8 steps match the golden vectors") {
    const auto golden = load_golden();
    if (!golden) return;
    CHECK(largest_difference(after(*golden, golden->rule, 1, upright, false), golden->of("clip.state_1")) < 1e-5);
    CHECK(largest_difference(after(*golden, golden->rule, 8, upright, false), golden->of("clip.state_8")) < 1e-5);
    const auto bipolar = texture::alignment_angles<float>(Alignment::bipolar, side, side, -pi / 4);
    CHECK(largest_difference(after(*golden, golden->rule, 8, bipolar, false), golden->of("clip.state_8_bipolar45")) <
          1e-5);
    const auto hexagonal = texture::on_hexagons(golden->rule);
    CHECK(largest_difference(after(*golden, hexagonal, 8, upright, false), golden->of("clip.state_8_hex")) < 1e-5);
}

TEST_CASE("8-bit perception, hidden values, updates and first step equal the golden codes") {
    const auto golden = load_golden();
    if (!golden) return;
    const Inside inside{golden->rule, golden->of("q8.input_state"), upright, true};
    CHECK(different_codes(inside.perception, golden->of("q8.perception"), 4.0F / 255.0F) < 0.005);
    CHECK(different_codes(inside.hidden, golden->of("q8.hidden"), 2.0F / 255.0F) < 0.005);
    CHECK(different_codes(inside.update, golden->of("q8.update"), 4.0F / 255.0F) < 0.005);
    const auto first = after(*golden, golden->rule, 1, upright, true);
    CHECK(different_codes(first, golden->of("q8.state_1"), 4.0F / 255.0F) < 0.005);
    const auto last = after(*golden, golden->rule, 8, upright, true);
    const auto wanted = golden->of("q8.state_8");
    double total = 0.0;
    for (std::size_t i = 0; i < last.size(); ++i) {
        // Another order of summation changes some codes, and later steps amplify that.
        const double codes = static_cast<double>(std::abs(last[i] - wanted[i])) * 255.0 / 4.0;
        CHECK(codes < 6.0);
        total += codes;
    }
    CHECK(total < 0.5 * static_cast<double>(last.size()));
}

TEST_CASE("the colours of a state match the golden image") {
    const auto golden = load_golden();
    if (!golden) return;
    Simulation<R, side, side> world{borrow(golden->rule)};
    const auto state = golden->of("clip.state_8");
    world.load({state.data(), {}});
    std::vector<std::uint8_t> pixels(4 * cells);
    REQUIRE(world.rgba(pixels));
    const auto rgb = golden->of("clip.rgb_8");
    for (std::size_t i = 0; i < cells; ++i) {
        for (std::size_t c = 0; c < 3; ++c) CHECK(std::abs(pixels[4 * i + c] - 255.0F * rgb[3 * i + c]) < 0.51F);
        CHECK(pixels[4 * i + 3] == 255);
    }
}

TEST_CASE("the ultra-compact rule matches the golden vectors after 1, 8 and 100 steps") {
    const auto path = tests::data_file("textures/golden_munca.safetensors");
    if (!path) return;
    const auto file = read_safetensors(path->string());
    REQUIRE(file.ok());
    using Micro = texture::MicroRule<12>;
    const auto model = model_from<Micro>(*file);
    REQUIRE(model.ok());
    const auto start = *to_floats(*file->find("input.state"));
    Simulation<Micro, side, side> world{borrow(model->rule)};
    world.load({start.data(), {}});
    for (const int steps : {1, 8, 100}) {
        world.step(steps - static_cast<int>(world.steps()));
        const auto state = world.state();
        const std::vector<float> found(state.values().begin(), state.values().end());
        CHECK(largest_difference(found, *to_floats(*file->find("state_" + std::to_string(steps)))) <
              (steps == 100 ? 1e-3 : 1e-5));
    }
}
