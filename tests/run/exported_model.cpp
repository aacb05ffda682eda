// SPDX-License-Identifier: Apache-2.0
// A creature that is a header: the one in examples/models, and headers read back as text.
#include <nca/io/json.hpp>
#include <nca/run.hpp>
#include <nca/run/export_model.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/published.hpp>

#include "../../examples/models/growing/lizard.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <common/data.hpp>
#include <common/rules.hpp>
#include <io/temporary.hpp>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

static_assert(std::is_same_v<lizard::Rule, nca::growing::Rule<>>);
static_assert(std::is_same_v<decltype(lizard::rule()), lizard::Rule>);

namespace {

using namespace nca;

/// The lines of an array in the text of a header, as the compiler would lay them out.
struct Lines {
    std::vector<char> bytes{};
    std::size_t count = 0;
    static constexpr std::size_t size = 117;

    Lines(const std::string& header, const std::string& array) {
        std::size_t at = header.find("inline constexpr char " + array + "[");
        REQUIRE(at != std::string::npos);
        const std::size_t end = header.find("};", at);
        for (at = header.find("\n\"", at); at < end; at = header.find("\n\"", at + 2), ++count) {
            const std::string line = header.substr(at + 2, header.find('"', at + 2) - at - 2);
            REQUIRE(line.size() < size);
            bytes.insert(bytes.end(), line.begin(), line.end());
            bytes.resize((count + 1) * size);
        }
    }
    operator isa_detail::LineReader() const { return {bytes.data(), size}; }
};

/// The numbers in braces behind `scales[] =`.
std::vector<double> scales_in(const std::string& header) {
    const std::size_t at = header.find("scales[] = {");
    REQUIRE(at != std::string::npos);
    const std::size_t begin = header.find('{', at);
    const auto list = parse_json("[" + header.substr(begin + 1, header.find('}', at) - begin - 1) + "]");
    REQUIRE(list.ok());
    std::vector<double> scales;
    for (const Json& scale : *list->as_array()) scales.push_back(*scale.as_number());
    return scales;
}

template <class R>
std::string header_of(const R& rule, bool int8) {
    const auto text = to_header(rule, {.name = "creature", .int8 = int8});
    REQUIRE(text.ok());
    return *text;
}

template <class R>
bool same_parameters(const R& a, const R& b) {
    return std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin());
}

} // namespace

TEST_CASE("the lizard in a header passes its self-test") {
    CHECK(lizard::self_test());
    lizard::Rule damaged = lizard::rule();
    damaged.bias(1, 2) += 0.1F;
    CHECK_FALSE(exported_self_test(damaged, lizard::data::updates));
    CHECK_FALSE(exported_self_test(lizard::Rule{}, lizard::data::updates));
}

TEST_CASE("the lizard in a header grows, and stays") {
    Simulation<lizard::Rule, 72, 72> world{lizard::rule(), 3};
    world.plant(36, 36);
    for (int i = 0; i < 200; ++i) world.step();
    const int grown = world.living_cells();
    CHECK(grown > 500);
    CHECK(grown < 1500);
    double colour = 0.0;
    double alpha = 0.0;
    const auto state = world.state();
    for (int cell = 0; cell < state.extents().cells(); ++cell) {
        const auto values = state.view().cell(cell);
        for (std::size_t c = 0; c < 3; ++c) colour += static_cast<double>(values[c]);
        alpha += static_cast<double>(values[3]);
    }
    CHECK(colour > 100.0);
    CHECK(alpha > 300.0);
    for (int i = 0; i < 800; ++i) world.step();
    CHECK(world.living_cells() == doctest::Approx(grown).epsilon(0.1));
}

TEST_CASE("a header with float32 weights holds them bit for bit") {
    using Small = growing::Rule<16, 8>;
    const Small rule = tests::random_rule<Small>(1);
    const std::string text = header_of(rule, false);
    CHECK(same_parameters(isa_detail::rule_of_floats<Small>(Lines{text, "weights"}), rule));
    CHECK(isa_detail::passes_self_test(rule, Lines{text, "updates"}));
}

TEST_CASE("a header with 8-bit weights is off by at most half a step of the largest weight of the output") {
    using Deep = Rule<Channels<5>, LearnedPerception, Mlp<12, 7>, Torus, NoLife>;
    Deep rule = tests::random_rule<Deep>(2);
    for (int i = 0; i < 12; ++i) rule.weight(1, i, 3) *= 0.01F;
    for (int i = 0; i < 12; ++i) rule.weight(1, i, 4) = 0.0F;
    const std::string text = header_of(rule, true);
    const std::vector<double> scales = scales_in(text);
    REQUIRE(scales.size() == 6);
    const Deep found = isa_detail::rule_of_bytes<Deep>(Lines{text, "weights"}, scales.data());
    for (int l = 0; l < Deep::layer_count; ++l) {
        const LayerLayout& layer = Deep::layers[static_cast<std::size_t>(l)];
        for (int o = 0; o < layer.outputs; ++o) {
            double largest = 0.0;
            double error = 0.0;
            for (int i = 0; i < layer.inputs; ++i) {
                const auto weight = static_cast<double>(rule.weight(l, i, o));
                largest = std::max(largest, std::abs(weight));
                error = std::max(error, std::abs(weight - static_cast<double>(found.weight(l, i, o))));
            }
            INFO(l << ", " << o);
            // A factor of the scale is rounded up to the next of 255.
            const double step = 2.0 * largest / 255.0 + scales[2 * static_cast<std::size_t>(l)] / (255.0 * 255.0);
            CHECK(error <= 0.5001 * step);
            CHECK(std::abs(rule.bias(l, o) - found.bias(l, o)) <=
                  0.5001 * scales[2 * static_cast<std::size_t>(l) + 1] / 255.0);
        }
    }
    CHECK(isa_detail::passes_self_test(found, Lines{text, "updates"}));
}

TEST_CASE("a published model, whose weights have 8 bits, is in an 8-bit header bit for bit") {
    const auto path = tests::data_file("growing/published_json/ex3_lizard.json");
    if (!path) return;
    const auto model = growing::load_model(path->string());
    REQUIRE(model.ok());
    const std::string text = header_of(model->rule, true);
    const auto found = isa_detail::rule_of_bytes<lizard::Rule>(Lines{text, "weights"}, scales_in(text).data());
    CHECK(same_parameters(found, model->rule));
}

TEST_CASE("a header whose text was damaged fails the self-test") {
    using Small = growing::Rule<16, 8>;
    const std::string text = header_of(tests::random_rule<Small>(1), false);
    Lines weights{text, "weights"};
    const Lines expected{text, "updates"};
    CHECK(isa_detail::passes_self_test(isa_detail::rule_of_floats<Small>(weights), expected));
    SUBCASE("a number is another one") {
        std::fill_n(weights.bytes.begin() + 200, 40, 'Q');
    }
    SUBCASE("two lines are exchanged") {
        std::swap_ranges(weights.bytes.begin(), weights.bytes.begin() + Lines::size,
                         weights.bytes.begin() + 3 * Lines::size);
    }
    CHECK_FALSE(isa_detail::passes_self_test(isa_detail::rule_of_floats<Small>(weights), expected));
}

TEST_CASE("a header spells the type of the rule policy by policy") {
    CHECK(spelling_of<growing::Rule<>>() ==
          "nca::Rule<nca::Channels<16>, nca::Perception<nca::Identity, nca::SobelX, nca::SobelY>, nca::Mlp<128>, "
          "nca::Zero,\nnca::FireRate<1, 2>, nca::Alive<3>>");
    CHECK(spelling_of<Rule<LearnedPerception, Channels<20>, Mlp<80, 40>, Torus, NoLife, Scalar<float>>>() ==
          "nca::Rule<nca::LearnedPerception, nca::Channels<20>, nca::Mlp<80, 40>, nca::Torus, nca::NoLife, "
          "nca::Scalar<float>>");
    CHECK(spelling_of<Rule<Channels<4>, Perception<Identity, SobelZ, Laplacian>, Dimensions<3>, Reflect, FireRate<2, 3>,
                           Alive<1, 1, 4>>>() ==
          "nca::Rule<nca::Channels<4>, nca::Perception<nca::Identity, nca::SobelZ, nca::Laplacian>, "
          "nca::Dimensions<3>, nca::Reflect,\nnca::FireRate<2, 3>, nca::Alive<1, 1, 4>>");
}

namespace {

struct OwnFilter {
    [[maybe_unused]] static constexpr std::string_view name = "own";
    [[nodiscard]] static constexpr double weight(int /*rank*/, int neighbour) noexcept { return neighbour; }
};
struct Ridge : OwnFilter {
    static constexpr std::string_view spelling = "coral::Ridge";
};

} // namespace

TEST_CASE("a header spells a filter of the user's own, and asks for its definition") {
    using Hilly = Rule<Channels<4>, Perception<Identity, Ridge, Times<2, Ridge>>, Mlp<8>>;
    const auto text = to_header(Hilly{}, {.name = "hilly"});
    REQUIRE_MESSAGE(text.ok(), text.error().message);
    CHECK(text->starts_with("// A neural cellular automaton.\n"
                            "// Include the definition of coral::Ridge before this header.\n#ifndef"));
    NCA_CHECK_MESSAGE_HAS(*text, "using Rule = nca::Rule<nca::Channels<4>, nca::Perception<nca::Identity, "
                                 "coral::Ridge, nca::Times<2, coral::Ridge>>,\n");
}

TEST_CASE("what cannot become a header is refused in words") {
    using Own = Rule<Channels<4>, Perception<Identity, OwnFilter>, Mlp<8>>;
    const auto own = to_header(Own{}, {.name = "own"});
    REQUIRE(!own.ok());
    NCA_CHECK_MESSAGE_HAS(own.error().message, "a filter that has no spelling");
    growing::Rule<16, 8> rule;
    rule.weight(1, 2, 3) = std::numeric_limits<float>::infinity();
    for (const bool int8 : {false, true}) {
        const auto infinite = to_header(rule, {.name = "infinite", .int8 = int8});
        REQUIRE(!infinite.ok());
        NCA_CHECK_MESSAGE_HAS(infinite.error().message, "layer 2");
    }
    for (const char* name : {"", "class", "nca", "std", "1st", "a-b", "_a", "a__b", "a b", "\xC3\xA4", "main"}) {
        INFO(name);
        CHECK_FALSE(check_header_name(name).ok());
        CHECK_FALSE(to_header(growing::Rule<16, 8>{}, {.name = name}).ok());
    }
    for (const char* name : {"lizard", "Lizard_2", "x"}) CHECK(check_header_name(name).ok());
}

TEST_CASE("the name of a file becomes one of C++") {
    CHECK(header_name("lizard") == "lizard");
    CHECK(header_name("my lizard (2)") == "my_lizard_2");
    CHECK(header_name("__3d--lizard__") == "model_3d_lizard");
    CHECK(header_name("-") == "");
}

TEST_CASE("the comment of a header stays a comment, whatever the metadata hold") {
    const auto text = to_header(growing::Rule<16, 8>{},
                                {.name = "creature",
                                 .source = "a\\",
                                 .command = "b\nint c;",
                                 .metadata = {{"training.target", "\xC3\xA4\\\nint d;"}, {"training.seed", "hidden"}}});
    REQUIRE(text.ok());
    const std::string comment = text->substr(0, text->find("#ifndef"));
    CHECK(comment == "// A neural cellular automaton, the model a_.\n// Written by: b_int c;\n"
                     "// training.target: ____int d;\n");
    CHECK(std::all_of(text->begin(), text->end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}
