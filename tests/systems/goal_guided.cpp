// SPDX-License-Identifier: Apache-2.0
// The published model of Goal-Guided NCA against golden vectors computed in float64.
#include <nca/io/pytorch_file.hpp>
#include <nca/nca.hpp>
#include <nca/systems/goal_guided/published.hpp>
#include <nca/systems/goal_guided/rule.hpp>

#include "common/golden_steps.hpp"
#include "common/rollout_checks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace nca;
using namespace nca::tests;

namespace {

using Emoji = goal_guided::Rule<>;

std::optional<goal_guided::GuidedModel> published() {
    const auto file = golden_file("goal_guided/100k_linear_encoder.safetensors");
    if (!file) return std::nullopt;
    auto model = goal_guided::find_model(file->tensors());
    REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    return std::move(*model);
}

/// The same rule as a type.
template <class R>
R typed(const AnyRule& any) {
    R rule;
    std::transform(any.parameters().begin(), any.parameters().end(), rule.parameters().begin(),
                   [](float value) { return static_cast<typename R::Value>(value); });
    return rule;
}

template <class R>
void check_trajectories(const R& rule, const std::vector<std::vector<float>>& codes, double scale) {
    const auto golden = golden_file("goal_guided/golden.safetensors");
    REQUIRE(golden);
    const std::pair<int, double> steps[] = {{1, 2e-5}, {2, 5e-5}, {8, 2e-4}, {9, 3e-4}, {32, 1e-3}, {33, 1.5e-3}};
    for (const std::string start : {"seed", "grown"}) {
        for (const int goal : {0, 5}) {
            for (const std::string mode : {"ones", "fire"}) {
                GoldenSteps<R> run{rule, {20, 24}, floats_of(*golden, start + ".state_0")};
                const auto& code = codes[static_cast<std::size_t>(goal)];
                run.tell({code.begin(), code.end()});
                const StoredTensor* const masks = mode == "fire" ? golden->find(start + ".fire") : nullptr;
                int done = 0;
                for (const auto& [step, tolerance] : steps) {
                    const std::string name =
                        start + ".goal" + std::to_string(goal) + "." + mode + ".state_" + std::to_string(step);
                    if (golden->find(name) == nullptr) continue;
                    for (; done < step; ++done) run.step(masks, done);
                    INFO(name);
                    CHECK(run.largest_difference(floats_of(*golden, name)) < scale * tolerance);
                }
            }
        }
    }
}

} // namespace

TEST_CASE("codes of goals match the golden vectors, and there are no others") {
    const auto model = published();
    if (!model) return;
    const auto golden = golden_file("goal_guided/golden.safetensors");
    const auto codes = floats_of(*golden, "goal_codes"); // [10, 21]
    CHECK(model->encoder.goals() == 10);
    CHECK(model->encoder.codes() == 16);
    CHECK(model->rule.architecture().parameter_count() == 10167);
    for (int goal = 0; goal < 10; ++goal) {
        const auto code = model->encoder.code(goal);
        REQUIRE(code);
        for (std::size_t k = 0; k < 16; ++k) {
            CHECK(
                (*code)[k] ==
                doctest::Approx(static_cast<double>(codes[static_cast<std::size_t>(goal) * 21 + 5 + k])).epsilon(1e-5));
        }
    }
    CHECK(model->encoder.code(10).error().message == "there is no goal 10: the goals of this model are 0 to 9");
    CHECK_FALSE(model->encoder.code(-1));
}

TEST_CASE("the published model follows the golden states under two goals, from a seed and from a grown state") {
    const auto model = published();
    if (!model) return;
    std::vector<std::vector<float>> codes;
    for (int goal = 0; goal < 10; ++goal) codes.push_back(*model->encoder.code(goal));
    SUBCASE("sizes at run time, float") {
        check_trajectories(model->rule, codes, 1.0);
    }
    SUBCASE("sizes in the type, float") {
        check_trajectories(typed<Emoji>(model->rule), codes, 1.0);
    }
    SUBCASE("sizes in the type, double") {
        check_trajectories(typed<goal_guided::Rule<16, double>>(model->rule), codes, 0.1);
    }
}

TEST_CASE("cells with goals of their own follow the golden states") {
    const auto model = published();
    if (!model) return;
    const auto golden = golden_file("goal_guided/golden.safetensors");
    const StoredTensor* const field = golden->find("field.goal");
    REQUIRE(field != nullptr);
    std::vector<float> inputs;
    for (const std::byte goal : field->bytes) {
        std::vector<float> code(16);
        if (goal != std::byte{255}) code = *model->encoder.code(std::to_integer<int>(goal));
        inputs.insert(inputs.end(), code.begin(), code.end());
    }
    GoldenSteps<AnyRule> run{model->rule, {20, 24}, floats_of(*golden, "grown.state_0")};
    run.tell(inputs);
    for (int step = 0; step < 8; ++step) {
        run.step(golden->find("grown.fire"), step);
        if (step == 0) CHECK(run.largest_difference(floats_of(*golden, "field.fire.state_1")) < 2e-5);
    }
    CHECK(run.largest_difference(floats_of(*golden, "field.fire.state_8")) < 2e-4);
}

TEST_CASE("the PyTorch file holds the same model") {
    const auto model = published();
    if (!model) return;
    const auto file = read_pytorch(data_file("goal_guided/100k_linear_encoder.pt")->string());
    REQUIRE(file);
    const auto original = goal_guided::find_model(file->tensors());
    REQUIRE_MESSAGE(original.ok(), (original.ok() ? "" : original.error().message));
    CHECK(std::equal(original->rule.parameters().begin(), original->rule.parameters().end(),
                     model->rule.parameters().begin()));
    CHECK(original->encoder.embedding == model->encoder.embedding);
    CHECK(*original->encoder.code(3) == *model->encoder.code(3));
}

TEST_CASE("the gradient of four steps under two goals, encoder included, matches the golden vectors") {
    const auto model = published();
    if (!model) return;
    const auto golden = golden_file("goal_guided/golden_train.safetensors");
    using R = goal_guided::Rule<16, double>;
    R rule = typed<R>(model->rule);
    const auto states = floats_of(*golden, "state_0");
    const auto targets = floats_of(*golden, "target");
    const StoredTensor* const fire = golden->find("fire");
    REQUIRE(fire != nullptr);
    const auto doubles = [](const std::vector<float>& values) {
        return std::vector<double>(values.begin(), values.end());
    };
    const auto& encoder = model->encoder;

    BasicTape<double> tape;
    const auto weights = parameters(tape, rule);
    const auto embedding = tape.variable({10, 32}, doubles(encoder.embedding));
    std::vector<BasicVar<double>> matrices;
    std::vector<BasicVar<double>> biases;
    for (const DenseLayer& layer : encoder.layers) {
        matrices.push_back(
            tape.variable({static_cast<int>(layer.in), static_cast<int>(layer.out)}, doubles(layer.weight)));
        biases.push_back(tape.variable({static_cast<int>(layer.out)}, doubles(layer.bias)));
    }
    BasicVar<double> total;
    for (const std::size_t sample : {0U, 1U}) {
        std::vector<double> choice(10);
        choice[sample == 0 ? 0 : 5] = 1.0;
        const auto zeros = tape.constant({32}, std::vector<double>(32));
        auto code = dense(tape.constant({1, 10}, choice), embedding, zeros);
        code = dense(relu(dense(code, matrices[0], biases[0])), matrices[1], biases[1]);
        const std::size_t cells = 20 * 24;
        const std::vector<double> start(states.begin() + static_cast<std::ptrdiff_t>(sample * cells * 21),
                                        states.begin() + static_cast<std::ptrdiff_t>((sample + 1) * cells * 21));
        auto state = constant_state<R>(tape, GridView<const double, 21, 20, 24>{start.data(), {}});
        for (std::size_t t = 0; t < 4; ++t) {
            CellMask mask{20, 24};
            for (std::size_t cell = 0; cell < cells; ++cell) {
                if (fire->bytes[(t * 2 + sample) * cells + cell] == std::byte{0}) continue;
                mask.set(static_cast<int>(cell) / 24, static_cast<int>(cell) % 24);
            }
            state = step(weights, state, FireMask{mask}, {}, &code);
        }
        const std::vector<double> target(targets.begin() + static_cast<std::ptrdiff_t>(sample * cells * 4),
                                         targets.begin() + static_cast<std::ptrdiff_t>((sample + 1) * cells * 4));
        const auto x = rgba(state);
        const auto loss = 0.5 * mean(square(x - tape.constant(x.shape(), target)));
        total = sample == 0 ? loss : total + loss;
    }
    tape.backward(total);
    CHECK(total.item() == doctest::Approx(0.113839302).epsilon(1e-6));

    // In the layout of the file.
    R gradient;
    std::copy(weights.gradient().begin(), weights.gradient().end(), gradient.parameters().begin());
    std::vector<double> filters;
    visit_filters(gradient, [&](double g, int, int, int) { filters.push_back(g); });
    std::vector<std::vector<double>> dense_weight(3);
    std::vector<std::vector<double>> dense_bias(3);
    for (int l = 0; l < 3; ++l) {
        const auto index = static_cast<std::size_t>(l);
        const LayerLayout& layer = R::layers[index];
        for (int o = 0; o < layer.outputs; ++o) {
            for (int i = 0; i < layer.inputs; ++i) {
                const int input = l == 0 ? i % 3 * 21 + i / 3 : i;
                dense_weight[index].push_back(gradient.weight(l, input, o));
            }
            dense_bias[index].push_back(gradient.bias(l, o));
        }
    }
    const auto transposed = [](const BasicVar<double>& matrix) {
        const auto rows = static_cast<std::size_t>(matrix.shape()[0]);
        const auto columns = static_cast<std::size_t>(matrix.shape()[1]);
        std::vector<double> out;
        for (std::size_t c = 0; c < columns; ++c) {
            for (std::size_t r = 0; r < rows; ++r) out.push_back(matrix.gradient()[r * columns + c]);
        }
        return out;
    };
    const auto flat = [](std::span<const double> values) { return std::vector<double>(values.begin(), values.end()); };
    const std::pair<std::string, std::vector<double>> found[] = {{"perception.weight", filters},
                                                                 {"dense1.weight", dense_weight[0]},
                                                                 {"dense1.bias", dense_bias[0]},
                                                                 {"dense2.weight", dense_weight[1]},
                                                                 {"dense2.bias", dense_bias[1]},
                                                                 {"dense3.weight", dense_weight[2]},
                                                                 {"encoder.embedding", flat(embedding.gradient())},
                                                                 {"encoder.dense1.weight", transposed(matrices[0])},
                                                                 {"encoder.dense1.bias", flat(biases[0].gradient())},
                                                                 {"encoder.dense2.weight", transposed(matrices[1])}};
    for (const auto& tensor : found) {
        const auto& values = tensor.second;
        const std::string& name = tensor.first;
        INFO(name);
        CHECK(relative_difference(values, doubles(floats_of(*golden, "grad." + name))) < 1e-5);
    }
    CHECK(*std::max_element(dense_bias[2].begin(), dense_bias[2].end()) == 0.0); // the last layer has no biases
}
