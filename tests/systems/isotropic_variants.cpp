// SPDX-License-Identifier: Apache-2.0
// The perceptions of the notebooks of Growing Isotropic NCA against golden vectors of random weights.
#include <nca/nca.hpp>
#include <nca/systems/isotropic/rule.hpp>

#include "common/golden_steps.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

using namespace nca;
using namespace nca::tests;

namespace {

constexpr int rows = 14;
constexpr int columns = 18;

/// The rule of a variant with the weights of the file.
template <class R>
R rule_of(const SafetensorsFile& golden, const std::string& name) {
    R rule = *R::from(isotropic::description_of(*isotropic::variant_named(name)));
    const auto& layers = rule.architecture();
    const auto first = floats_of(golden, name + ".dense1.weight");
    const auto bias = floats_of(golden, name + ".dense1.bias");
    const auto second = floats_of(golden, name + ".dense2.weight");
    const int inputs = layers.perceived();
    const int hidden = layers.layer(0).outputs;
    REQUIRE(first.size() == static_cast<std::size_t>(inputs * hidden));
    REQUIRE(second.size() == static_cast<std::size_t>(16 * hidden));
    for (int h = 0; h < hidden; ++h) {
        const auto value = [](const std::vector<float>& values, int index) {
            return static_cast<typename R::Value>(values[static_cast<std::size_t>(index)]);
        };
        for (int i = 0; i < inputs; ++i) rule.weight(0, i, h) = value(first, h * inputs + i);
        for (int o = 0; o < 16; ++o) rule.weight(1, h, o) = value(second, o * hidden + h);
        rule.bias(0, h) = value(bias, h);
    }
    return rule;
}

template <class R>
void check_variant(const std::string& name, double tolerance) {
    const auto golden = golden_file("isotropic/golden_variants.safetensors");
    if (!golden) return;
    INFO(name);
    const bool has_angle = name.starts_with("steerable");
    const R rule = rule_of<R>(*golden, name);
    const auto start = floats_of(*golden, has_angle ? "steerable.state_0" : "state_0");

    using T = typename R::Value;
    FieldOf<R> field{{rows, columns}, rule.architecture()};
    field.set_boundary(Boundary::torus);
    field.load(std::vector<T>(start.begin(), start.end()).data());
    field.fill_border();
    const int perceived = rule.architecture().perceived();
    const auto expected = floats_of(*golden, name + ".perception");
    TileBuffers<R> tiles{rule.architecture()};
    double worst = 0.0;
    for (int cell = 0; cell < rows * columns; ++cell) {
        const std::int32_t position = field.position(cell / columns, cell % columns);
        cell_update<R>(rule.architecture(), rule.parameters().data(), field.values(), field.offsets(), &position, 1, {},
                       tiles[0]);
        for (int i = 0; i < perceived; ++i) {
            const double wanted = static_cast<double>(expected[static_cast<std::size_t>(cell * perceived + i)]);
            worst = std::max(worst, std::abs(static_cast<double>(tiles[0].perception()[i]) - wanted));
        }
    }
    CHECK(worst < tolerance);

    GoldenSteps<R> run{rule, {rows, columns}, start};
    for (int step = 1; step <= 4; ++step) {
        run.step(golden->find("fire"), step - 1);
        if (step == 1 || step == 4) {
            CHECK(run.largest_difference(floats_of(*golden, name + ".state_" + std::to_string(step))) < tolerance);
        }
    }
}

} // namespace

TEST_CASE("the variants of the notebooks follow the golden states, perception included") {
    for (const std::string name : {"lap_gradnorm", "steerable", "steerable_nolap", "gradient"}) {
        check_variant<AnyRule>(name, 1e-5);
        check_variant<DynamicRule<2, double>>(name, 1e-6);
    }
}

TEST_CASE("the variants have the sizes of the notebooks") {
    const auto parameters = [](const std::string& name) {
        const auto architecture =
            ArchitectureOf<AnyRule>::from(isotropic::description_of(*isotropic::variant_named(name)));
        REQUIRE(architecture);
        return architecture->parameter_count();
    };
    CHECK(parameters("laplacian") == 9408);
    CHECK(parameters("lap_gradnorm") == 8320);
    CHECK(parameters("steerable") == 9856);
    CHECK(parameters("steerable_nolap") == 9920);
    CHECK(parameters("gradient") == 10112);
}

TEST_CASE("a variant on either lattice is the rule of its type") {
    using isotropic::Variant;
    const auto check_equal = [](const RuleDescription& found, const RuleDescription& wanted) {
        CHECK(describe(found) == describe(wanted));
    };
    check_equal(isotropic::description_of(Variant::laplacian),
                RuleDescription::of(isotropic::Rule<>::DescribedPolicies{}));
    check_equal(isotropic::description_of(Variant::laplacian, Lattice::hexagonal),
                RuleDescription::of(isotropic::Rule<HexagonalLattice>::DescribedPolicies{}));
}
