// SPDX-License-Identifier: Apache-2.0
#include <nca/core/philox.hpp>
#include <nca/tape/losses.hpp>
#include <nca/tape/softmax.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

using namespace nca;
using DTape = BasicTape<double>;
using DVar = BasicVar<double>;
using Classes = std::vector<std::int32_t>;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::vector<double> numbers(std::size_t count) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = 2.0 * Philox{9}.normal(i);
    return values;
}

/// The gradient of a loss with respect to its only variable.
template <class T>
std::vector<T> gradient_of(const BasicVar<T>& variable, const BasicVar<T>& loss) {
    loss.tape().backward(loss);
    return {variable.gradient().begin(), variable.gradient().end()};
}

} // namespace

TEST_CASE("softmax gives each row the shares of its exponentials") {
    DTape tape;
    const std::vector<double> logits{std::log(1.0), std::log(2.0), std::log(5.0), -3.0, -3.0, -3.0};
    const DVar y = softmax(tape.variable({2, 3}, logits));
    const std::vector<double> expected{1.0 / 8.0, 2.0 / 8.0, 5.0 / 8.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0};
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(y.value()[i] == doctest::Approx(expected[i]).epsilon(1e-14));
}

TEST_CASE_TEMPLATE("softmax and sigmoid saturate at logits of a million", T, float, double) {
    BasicTape<T> tape;
    const std::vector<T> logits{T(1e6), T(-1e6), T(1e6), T(0)};
    const BasicVar<T> x = tape.variable({2, 2}, logits);
    const auto shares = softmax(x).value();
    CHECK(std::vector<T>(shares.begin(), shares.end()) == std::vector<T>{1, 0, 1, 0});
    const auto sides = sigmoid(x).value();
    CHECK(std::vector<T>(sides.begin(), sides.end()) == std::vector<T>{1, 0, 1, T(0.5)});
}

TEST_CASE_TEMPLATE("the sigmoid of a negative number keeps its digits", T, float, double) {
    BasicTape<T> tape;
    const BasicVar<T> x = tape.variable({1}, std::vector<T>{T(-30)});
    CHECK(static_cast<double>(sigmoid(x).item()) == doctest::Approx(std::exp(-30.0)).epsilon(1e-5));
}

TEST_CASE("cross-entropy is the mean of -log softmax at the targets") {
    DTape tape;
    const std::vector<double> logits = numbers(4 * 3 * 5);
    const Classes targets{4, 0, 2, 2, 1, 3, 0, 0, 4, 1, 2, 3};
    double expected = 0.0;
    for (std::size_t row = 0; row < targets.size(); ++row) {
        double sum = 0.0;
        for (std::size_t k = 0; k < 5; ++k) sum += std::exp(logits[row * 5 + k]);
        expected -= std::log(std::exp(logits[row * 5 + static_cast<std::size_t>(targets[row])]) / sum) / 12.0;
    }
    const DVar loss = cross_entropy(tape.variable({4, 3, 5}, logits), targets);
    CHECK(loss.shape().rank() == 0);
    CHECK(loss.item() == doctest::Approx(expected).epsilon(1e-14));
}

TEST_CASE("the weights of cross-entropy are those of its mean") {
    DTape tape;
    const std::vector<double> logits{std::log(1.0), std::log(3.0), std::log(4.0), std::log(1.0)};
    const DVar x = tape.variable({2, 2}, logits);
    const Classes targets{0, 1};
    const double expected = (0.5 * std::log(4.0) + 2.0 * std::log(5.0)) / 2.5;
    CHECK(cross_entropy(x, targets, std::vector<double>{0.5, 2.0}).item() == doctest::Approx(expected).epsilon(1e-14));
}

TEST_CASE("cross-entropy without weights is that of equal weights") {
    DTape tape;
    const DVar x = tape.variable({6, 5}, numbers(30));
    const Classes targets{4, 0, 2, 2, 1, 3};
    const std::vector<double> ones(6, 1.0);
    const DVar plain = cross_entropy(x, targets);
    const DVar weighted = cross_entropy(x, targets, ones);
    CHECK(plain.item() == weighted.item());
    CHECK(gradient_of(x, plain) == gradient_of(x, weighted));
}

TEST_CASE("cross-entropy ignores elements of weight zero, whatever they hold") {
    DTape tape;
    const std::vector<double> logits{std::log(1.0), std::log(3.0), not_a_number, 0.0};
    const DVar x = tape.variable({2, 2}, logits);
    const Classes targets{0, -1};
    const std::vector<double> weights{3.0, 0.0};
    const DVar loss = cross_entropy(x, targets, weights);
    CHECK(loss.item() == doctest::Approx(std::log(4.0)).epsilon(1e-14));
    const std::vector<double> gradient = gradient_of(x, loss);
    CHECK(gradient[0] == doctest::Approx(-0.75).epsilon(1e-14));
    CHECK(gradient[2] == 0.0);
    CHECK(gradient[3] == 0.0);
}

TEST_CASE("cross-entropy is zero, and so is its gradient, where all weights are") {
    DTape tape;
    const DVar x = tape.variable({2, 3}, numbers(6));
    const Classes targets{0, 1};
    const std::vector<double> weights(2, 0.0);
    const DVar loss = cross_entropy(x, targets, weights);
    CHECK(loss.item() == 0.0);
    CHECK(gradient_of(x, loss) == std::vector<double>(6, 0.0));
}

TEST_CASE_TEMPLATE("cross-entropy is exact for logits of a million", T, float, double) {
    BasicTape<T> tape;
    const auto loss_of = [&](const std::vector<T>& logits, std::int32_t target) {
        return cross_entropy(tape.variable({1, static_cast<int>(logits.size())}, logits), Classes{target}).item();
    };
    const T million = T(1e6);
    CHECK(loss_of({million, -million}, 0) == T(0));
    CHECK(loss_of({million, -million}, 1) == T(2e6));
    CHECK(loss_of({million, million, -million}, 1) == std::log(T(2)));
    CHECK(loss_of({-million, -million}, 0) == std::log(T(2)));
}

TEST_CASE_TEMPLATE("the gradient of cross-entropy is softmax less one at the target for logits of a million", T, float,
                   double) {
    BasicTape<T> tape;
    const BasicVar<T> x = tape.variable({2, 2}, std::vector<T>{T(1e6), T(-1e6), T(1e6), T(1e6)});
    const Classes targets{1, 0};
    CHECK(gradient_of(x, cross_entropy(x, targets)) == std::vector<T>{T(0.5), T(-0.5), T(-0.25), T(0.25)});
}

TEST_CASE("the soft IoU and Dice losses of sets are those of their counts") {
    DTape tape;
    const DVar x = tape.variable({5}, std::vector<double>{1, 1, 1, 0, 0});
    const std::vector<double> target{0, 1, 1, 1, 0};
    CHECK(soft_iou_loss(x, target).item() == doctest::Approx(1.0 - 2.0 / 4.0).epsilon(1e-6));
    CHECK(dice_loss(x, target).item() == doctest::Approx(1.0 - 4.0 / 6.0).epsilon(1e-6));
}

TEST_CASE("the soft IoU and Dice losses of fractions are those of their sums") {
    DTape tape;
    const DVar x = tape.variable({2, 1}, std::vector<double>{0.5, 0.2});
    const std::vector<double> target{1.0, 0.3}; // both: 0.56, of the prediction: 0.7, of the target: 1.3
    const double e = overlap_epsilon;
    CHECK(soft_iou_loss(x, target).item() == doctest::Approx(1.0 - (0.56 + e) / (1.44 + e)).epsilon(1e-14));
    CHECK(dice_loss(x, target).item() == doctest::Approx(1.0 - (1.12 + 2.0 * e) / (2.0 + 2.0 * e)).epsilon(1e-14));
}

TEST_CASE_TEMPLATE("the soft IoU and Dice losses run from zero where sets agree to one where they share nothing", T,
                   float, double) {
    BasicTape<T> tape;
    const std::vector<T> some{1, 0, 1, 0};
    const std::vector<T> others{0, 1, 0, 1};
    const std::vector<T> none(4);
    const BasicVar<T> x = tape.variable({4}, some);
    CHECK(soft_iou_loss(x, some).item() == T(0));
    CHECK(dice_loss(x, some).item() == T(0));
    CHECK(static_cast<double>(soft_iou_loss(x, others).item()) == doctest::Approx(1.0).epsilon(1e-6));
    CHECK(static_cast<double>(dice_loss(x, others).item()) == doctest::Approx(1.0).epsilon(1e-6));
    CHECK(soft_iou_loss(tape.variable({4}, none), none).item() == T(0));
    CHECK(dice_loss(tape.variable({4}, none), none).item() == T(0));
}

TEST_CASE("an empty target pushes predictions towards zero") {
    DTape tape;
    const DVar x = tape.variable({2}, std::vector<double>{0.001, 0.003});
    const std::vector<double> none(2);
    const double e = overlap_epsilon;
    for (const double slope : gradient_of(x, soft_iou_loss(x, none))) {
        CHECK(slope == doctest::Approx(e / ((0.004 + e) * (0.004 + e))).epsilon(1e-12));
    }
    for (const double slope : gradient_of(x, dice_loss(x, none))) {
        CHECK(slope == doctest::Approx(0.5 * e / ((0.002 + e) * (0.002 + e))).epsilon(1e-12));
    }
}
