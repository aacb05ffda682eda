// SPDX-License-Identifier: Apache-2.0
// Activations in descriptions of rules and in the fused cell update.
#include <nca/cell/cell_update.hpp>
#include <nca/cell/description.hpp>
#include <nca/cell/spelling.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace nca;

struct Softsign {
    static constexpr std::string_view name = "softsign";
    static constexpr std::string_view spelling = "coral::Softsign";
};

template <class A>
using With = Rule<Channels<4>, Activation<A>>;

/// The entries of a description that speak of the activation.
template <class R>
std::vector<std::pair<std::string, std::string>> activation_entries() {
    auto entries = describe<R>();
    std::erase_if(entries, [](const auto& entry) { return !entry.first.starts_with("nca.activation"); });
    return entries;
}

using Entries = std::vector<std::pair<std::string, std::string>>;

} // namespace

TEST_CASE("a rule with ReLU is described as before there were other activations") {
    CHECK(describe<Rule<Channels<4>>>() == describe<With<Relu>>());
    CHECK(activation_entries<With<Relu>>().empty());
}

TEST_CASE("the description of a rule names its activation") {
    CHECK(activation_entries<With<Tanh>>() == Entries{{"nca.activation", "tanh"}});
    CHECK(activation_entries<With<Softsign>>() == Entries{{"nca.activation", "softsign"}});
    CHECK(activation_entries<With<LeakyRelu<1, 100>>>() ==
          Entries{{"nca.activation", "leaky_relu"}, {"nca.activation_slope", "0.01"}});
}

TEST_CASE("the spelling of a rule names its activation") {
    CHECK(spelling_of<With<Sine>>() == "nca::Rule<nca::Channels<4>, nca::Activation<nca::Sine>>");
    CHECK(spelling_of<With<LeakyRelu<1, 5>>>() == "nca::Rule<nca::Channels<4>, nca::Activation<nca::LeakyRelu<1, 5>>>");
    CHECK(spelling_of<With<Softsign>>() == "nca::Rule<nca::Channels<4>, nca::Activation<coral::Softsign>>");
}

TEST_CASE("a tile keeps the inputs of an activation only if its derivative needs them") {
    CHECK(Tile<With<Tanh>>::size_of({}) == Tile<With<Relu>>::size_of({}));
    CHECK(Tile<With<Sine>>::size_of({}) > Tile<With<Relu>>::size_of({}));
    CHECK(Tile<Rule<Channels<4>, Linear, Activation<Sine>>>::size_of({}) ==
          Tile<Rule<Channels<4>, Linear>>::size_of({}));
}
