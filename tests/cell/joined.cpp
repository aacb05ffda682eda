// SPDX-License-Identifier: Apache-2.0
// Two update networks in one rule.
#include <nca/cell/joined.hpp>
#include <nca/cell/step.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/rules.hpp>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace nca;

template <class Network>
using Cells = Rule<Channels<7>, Perception<Identity, SobelX, Laplacian>, Frozen<1>, Network, Activation<Tanh>, Torus,
                   Scalar<double>>;

/// The updates of all cells of a random state.
template <class R>
std::vector<double> updates(const R& rule) {
    FieldOf<R> field{{6, 8}, rule.architecture()};
    const int channels = rule.architecture().channels();
    field.load(tests::random_state<R>(48, 3, 0.2, channels).data());
    field.set_boundary(Boundary::torus);
    field.fill_border();
    TileBuffers<R> memory{rule.architecture()};
    const Tile<R> tile = memory[0];
    std::vector<double> result;
    for (int row = 0; row < 6; ++row) {
        for (int column = 0; column < 8; ++column) {
            const std::int32_t cell = field.position(row, column);
            cell_update<R>(rule.architecture(), rule.parameters().data(), field.values(), field.offsets(), &cell, 1, {},
                           tile);
            for (int c = 0; c < channels; ++c) result.push_back(static_cast<double>(tile.update()[c]));
        }
    }
    return result;
}

template <class A, class B, class C>
double distance_from_sum(const A& a, const B& b, const C& both) {
    const auto of_a = updates(a);
    const auto of_b = updates(b);
    const auto of_both = updates(both);
    double worst = 0.0;
    for (std::size_t i = 0; i < of_a.size(); ++i) worst = std::max(worst, std::abs(of_a[i] + of_b[i] - of_both[i]));
    return worst;
}

} // namespace

TEST_CASE("the update of a joined rule is the sum of the updates of both") {
    const auto a = tests::random_rule<Cells<Mlp<20>>>(1);
    const auto b = tests::random_rule<Cells<Mlp<9>>>(2);
    const auto both = joined(a, b);
    static_assert(std::is_same_v<decltype(both)::NetworkPolicy, Mlp<29>>);
    CHECK(distance_from_sum(a, b, both) < 1e-13);
}

TEST_CASE("rules with several hidden layers join layer by layer") {
    const auto a = tests::random_rule<Cells<Mlp<12, 5, 8>>>(1);
    const auto b = tests::random_rule<Cells<Mlp<3, 17, 4>>>(2);
    CHECK(distance_from_sum(a, b, joined(a, b)) < 1e-13);
}

TEST_CASE("rules of run-time sizes join to the parameters of the type") {
    const auto a = tests::random_rule<Cells<Mlp<20>>>(1);
    const auto b = tests::random_rule<Cells<Mlp<9>>>(2);
    using Any = DynamicRule<2, double>;
    const auto any = joined(*Any::from(a), *Any::from(b));
    REQUIRE_MESSAGE(any.ok(), any.error().message);
    CHECK(std::ranges::equal(any->parameters(), joined(a, b).parameters()));
}

TEST_CASE("the added parameters of a joined rule are those whose change leaves the first network as it is") {
    const auto a = tests::random_rule<Cells<Mlp<6, 5>>>(1);
    const auto b = tests::random_rule<Cells<Mlp<4, 3>>>(2);
    auto both = joined(a, b);
    const auto added = added_parameters(both, a);
    // Zeros in all that is added, and in nothing else, leave the first network and the second's output biases.
    for (std::size_t i = 0; i < added.size(); ++i) {
        if (added[i] != 0) both.parameters()[i] = 0.0;
    }
    auto biases = Cells<Mlp<4, 3>>{};
    for (int o = 0; o < 6; ++o) biases.bias(2, o) = b.bias(2, o);
    CHECK(std::ranges::equal(both.parameters(), joined(a, biases).parameters()));
    const int perceived = 3 * 7;
    CHECK(std::count(added.begin(), added.end(), 1) == (perceived + 1) * 4 + (4 + 1) * 3 + 3 * 6);
}

TEST_CASE("rules of run-time sizes that differ in more than widths are not joined") {
    const auto message = [](auto change) {
        RuleDescription first;
        first.channels = 4;
        first.set_filters<Identity, SobelX>(PerceptionKind::filters);
        RuleDescription second = first;
        change(first, second);
        const auto rule = joined(*AnyRule::from(first), *AnyRule::from(second));
        return rule.ok() ? std::string{} : rule.error().message;
    };
    CHECK(message([](auto&, auto& second) { second.channels = 5; }) ==
          "the rules cannot be joined: the rules differ in nca.channels");
    CHECK(message([](auto&, auto& second) {
              second.hidden = {8, 8};
          }) == "the rules cannot be joined: both rules need the same number of hidden layers, at least one");
    CHECK(message([](auto& first, auto& second) { first.clamp = second.clamp = 1.0; }) ==
          "the rules cannot be joined: a rule that clamps every value cannot be joined with another");
    CHECK(message([](auto&, auto& second) { second.noise = 0.5; }) ==
          "the rules cannot be joined: the second rule states more than the first");
    CHECK(message([](auto&, auto& second) { second.hidden = {3}; }).empty());
}

TEST_CASE("rules with different learned filters are not joined") {
    RuleDescription description;
    description.channels = 4;
    description.set_filters<>(PerceptionKind::depthwise);
    description.learned_filters = 2;
    auto a = *AnyRule::from(description);
    auto b = a;
    CHECK(joined(a, b).ok());
    b.filter_weight(1, 2, 3) = 1.0F;
    const auto both = joined(a, b);
    REQUIRE_FALSE(both.ok());
    CHECK(both.error().message == "the rules cannot be joined: their learned filters differ");
}
