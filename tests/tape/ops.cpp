// SPDX-License-Identifier: Apache-2.0
#include <nca/core/philox.hpp>
#include <nca/tape/gradient_check.hpp>
#include <nca/tape/losses.hpp>
#include <nca/tape/ops.hpp>
#include <nca/tape/softmax.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace {

using namespace nca;
using DVar = BasicVar<double>;
using DTape = BasicTape<double>;

std::vector<double> numbers(std::size_t count, std::uint32_t stream = 0) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = Philox{9, stream}.normal(i);
    return values;
}

/// Checks the gradient of sum(weights * f(x)), in which every element of f(x) has a different adjoint.
template <class F>
void check(const Shape& shape, F&& f) {
    const auto x = numbers(shape.values());
    const GradientCheck result = check_gradient(shape, x, [&](DTape& tape, const DVar& input) {
        const DVar y = f(tape, input);
        const auto w = numbers(y.shape().values(), 1);
        return sum(y * tape.constant(y.shape(), w));
    });
    INFO("element " << result.element << ": " << result.analytic << " instead of " << result.numeric);
    CHECK(result.worst < 1e-6);
}

/// A user's operation: y = x^3.
struct Cube {
    static constexpr const char* name = "cube";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const auto g = at.input_adjoint(0);
        for (std::size_t i = 0; i < g.size(); ++i) g[i] += T(3) * at.input(0)[i] * at.input(0)[i] * at.adjoint()[i];
    }
};
/// Cube with a wrong derivative.
struct WrongCube : Cube {
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const auto g = at.input_adjoint(0);
        for (std::size_t i = 0; i < g.size(); ++i) g[i] += T(2) * at.input(0)[i] * at.input(0)[i] * at.adjoint()[i];
    }
};
template <class Op>
DVar cube(const DVar& x) {
    const DVar y = x.tape().record<Op>(x.shape(), {x});
    for (std::size_t i = 0; i < y.value().size(); ++i) y.value()[i] = x.value()[i] * x.value()[i] * x.value()[i];
    return y;
}

} // namespace

TEST_CASE("elementwise operations have the right gradients") {
    const Shape shape{3, 4};
    check(shape, [](DTape& t, const DVar& x) { return x + t.constant(x.shape(), numbers(12, 2)); });
    check(shape, [](DTape& t, const DVar& x) { return t.constant(x.shape(), numbers(12, 2)) - x; });
    check(shape, [](DTape& t, const DVar& x) { return x * t.constant(x.shape(), numbers(12, 2)); });
    check(shape, [](DTape&, const DVar& x) { return x * x; });
    check(shape, [](DTape&, const DVar& x) { return x - x * x; });
    check(shape, [](DTape&, const DVar& x) { return 3.5 * x; });
    check(shape, [](DTape&, const DVar& x) { return square(x); });
    check(shape, [](DTape&, const DVar& x) { return relu(x); });
    check(shape, [](DTape&, const DVar& x) { return sigmoid(x); });
}

TEST_CASE("reductions and slices have the right gradients") {
    check({5, 7}, [](DTape&, const DVar& x) { return sum(x); });
    check({5, 7}, [](DTape&, const DVar& x) { return mean(square(x)); });
    const std::vector<double> target = numbers(35, 3);
    check({5, 7}, [&](DTape&, const DVar& x) { return mean_squared_error(x, target); });
    check({5, 7}, [](DTape&, const DVar& x) { return slice(x, 2, 3); });
    check({5, 7}, [](DTape&, const DVar& x) { return overflow(x, 0.8); });
    check({5, 7}, [](DTape&, const DVar& x) { return mask_rows(x, std::vector<double>{1, 0, 2, 0, -1}); });
}

TEST_CASE("other shapes and transposes have the right values and gradients") {
    check({4, 6}, [](DTape&, const DVar& x) { return square(reshape(x, {2, 3, 4})); });
    check({2, 3, 5}, [](DTape& t, const DVar& x) { return transpose(x) * t.constant({5, 6}, numbers(30, 2)); });
    DTape tape;
    const DVar x = tape.variable({2, 3}, std::vector<double>{1, 2, 3, 4, 5, 6});
    const DVar turned = transpose(x);
    CHECK(turned.shape() == Shape{3, 2});
    CHECK(std::vector<double>(turned.value().begin(), turned.value().end()) == std::vector<double>{1, 4, 2, 5, 3, 6});
    const DVar flat = reshape(x, {6});
    CHECK(std::vector<double>(flat.value().begin(), flat.value().end()) == std::vector<double>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("softmax and the losses of probabilities and logits have the right gradients") {
    check({5, 7}, [](DTape&, const DVar& x) { return softmax(x); });
    const std::vector<std::int32_t> classes{3, 0, 6, 6, 1};
    const std::vector<double> weights{1.0, 0.25, 0.0, 3.0, 2.0};
    check({5, 7}, [&](DTape&, const DVar& x) { return cross_entropy(x, classes); });
    check({5, 7}, [&](DTape&, const DVar& x) { return cross_entropy(x, classes, weights); });
    std::vector<double> target = numbers(35, 3);
    for (double& t : target) t = 1.0 / (1.0 + std::exp(-t));
    check({5, 7}, [&](DTape&, const DVar& x) { return soft_iou_loss(sigmoid(x), target); });
    check({5, 7}, [&](DTape&, const DVar& x) { return dice_loss(softmax(x), target); });
}

TEST_CASE("a dense layer has the right gradients for input, weights and bias") {
    check({6, 3}, [](DTape& t, const DVar& x) {
        return dense(x, t.constant({3, 4}, numbers(12, 2)), t.constant({4}, numbers(4, 3)));
    });
    check({3, 4}, [](DTape& t, const DVar& w) {
        return dense(t.constant({6, 3}, numbers(18, 2)), w, t.constant({4}, numbers(4, 3)));
    });
    check({4}, [](DTape& t, const DVar& b) {
        return dense(t.constant({6, 3}, numbers(18, 2)), t.constant({3, 4}, numbers(12, 3)), b);
    });
}

TEST_CASE("user-defined operations are differentiated like built-in ones") {
    check({4, 4}, [](DTape&, const DVar& x) { return cube<Cube>(x); });
}

TEST_CASE("the gradient check finds a wrong pullback") {
    const auto x = numbers(8);
    const auto result = check_gradient({8}, x, [](DTape&, const DVar& v) { return sum(cube<WrongCube>(v)); });
    CHECK(result.worst > 0.1);
}

TEST_CASE("the mean squared error is that of its parts, bit for bit") {
    std::vector<float> values;
    std::vector<float> target;
    for (std::uint64_t i = 0; i < 100; ++i) {
        values.push_back(static_cast<float>(Philox{1}.normal(i)));
        target.push_back(static_cast<float>(Philox{2}.normal(i)));
    }
    Tape tape;
    const Var x = tape.variable({100}, values);
    const auto gradient_of = [&](const Var& loss) {
        tape.backward(0.3F * loss);
        return std::vector<float>(x.gradient().begin(), x.gradient().end());
    };
    const Var fused = mean_squared_error(x, target);
    const Var plain = mean(square(x - tape.constant({100}, target)));
    CHECK(fused.item() == plain.item());
    CHECK(gradient_of(fused) == gradient_of(plain));
}

TEST_CASE("a scaled gradient belongs to the same values") {
    DTape tape;
    const std::vector<double> v{-2.0, 0.5, 3.0};
    const DVar x = tape.variable({3}, v);
    const DVar loss = scale_gradient(sum(square(x)), 0.25);
    CHECK(loss.item() == sum(square(x)).item());
    tape.backward(loss);
    for (std::size_t i = 0; i < v.size(); ++i) CHECK(x.gradient()[i] == 0.25 * 2.0 * v[i]);
}

TEST_CASE("the gradient of a power belongs to the same value, and stays finite at zero") {
    DTape tape;
    const std::vector<double> v{-2.0, 0.5, 3.0};
    const DVar x = tape.variable({3}, v);
    const DVar loss = with_gradient_of_power(sum(square(x)), 0.5);
    CHECK(loss.item() == 13.25);
    tape.backward(loss);
    for (std::size_t i = 0; i < v.size(); ++i) {
        CHECK(x.gradient()[i] == doctest::Approx(v[i] / std::sqrt(13.25)).epsilon(1e-12)); // of sqrt(x^2 + y^2 + z^2)
    }
    const DVar zero = tape.variable({1}, std::vector<double>{0.0});
    tape.backward(with_gradient_of_power(sum(zero), 0.5));
    CHECK(zero.gradient()[0] == doctest::Approx(0.5 / std::sqrt(1e-8)));
}

TEST_CASE("operations compute the right values") {
    DTape tape;
    const std::vector<double> v{-2.0, 0.5, 3.0};
    const DVar x = tape.variable({3}, v);
    CHECK(sum(x).item() == 1.5);
    CHECK(mean(x).item() == 0.5);
    CHECK(relu(x).value()[0] == 0.0);
    CHECK(relu(x).value()[2] == 3.0);
    CHECK(overflow(x).item() == doctest::Approx(3.0));
    CHECK(square(x).value()[0] == 4.0);
}
