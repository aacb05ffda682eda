// SPDX-License-Identifier: Apache-2.0
// What the rotation-invariant loss means, and its gradient.
#include <nca/core/philox.hpp>
#include <nca/systems/isotropic/invariant_loss.hpp>
#include <nca/tape/gradient_check.hpp>
#include <nca/tape/ops.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace {

using namespace nca;
using namespace nca::isotropic;

/// A square picture of any number of channels.
template <class T>
struct Picture {
    int side;
    int channels;
    std::vector<T> values = std::vector<T>(static_cast<std::size_t>(side * side * channels));

    [[nodiscard]] T& at(int row, int column, int channel) {
        return values[static_cast<std::size_t>((row * side + column) * channels + channel)];
    }
    [[nodiscard]] image::FeatureMaps<const T> maps() const { return {values.data(), side, side, channels, channels}; }
};

/// A picture whose pixels are those of `from` at where(row, column).
template <class T, class Where>
Picture<T> rearranged(Picture<T> from, Where&& where) {
    Picture<T> to{from.side, from.channels};
    for (int row = 0; row < from.side; ++row) {
        for (int column = 0; column < from.side; ++column) {
            const std::array<int, 2> source = where(row, column);
            for (int c = 0; c < from.channels; ++c) to.at(row, column, c) = from.at(source[0], source[1], c);
        }
    }
    return to;
}

/// Smooth bumps of about 2.5 pixels in each channel, within the circle of which the loss sees all.
template <class T>
Picture<T> bumps(int side, int channels, std::uint32_t stream) {
    Picture<T> picture{side, channels};
    const Philox random{3, stream};
    for (int bump = 0; bump < 4 * channels; ++bump) {
        const auto draw = [&](int i) { return 2.0 * random.uniform(static_cast<std::uint64_t>(3 * bump + i)) - 1.0; };
        const double y = side * (0.5 + 0.2 * draw(0));
        const double x = side * (0.5 + 0.2 * draw(1));
        const double height = draw(2);
        for (int row = 0; row < side; ++row) {
            for (int column = 0; column < side; ++column) {
                const double square = (row + 0.5 - y) * (row + 0.5 - y) + (column + 0.5 - x) * (column + 0.5 - x);
                picture.at(row, column, bump % channels) += static_cast<T>(height * std::exp(-square / 12.5));
            }
        }
    }
    return picture;
}

template <class T>
InvariantLoss<T> loss_of(const Picture<T>& target, const InvariantLossOptions& options = {}) {
    auto loss = InvariantLoss<T>::create(target.maps(), options);
    REQUIRE(loss.ok());
    return std::move(*loss);
}
template <class T>
double value_of(const InvariantLoss<T>& loss, const Picture<T>& picture) {
    typename InvariantLoss<T>::Workspace work;
    return loss(picture.maps(), {}, work).loss;
}

constexpr int side = 40;
std::array<int, 2> quarter_turn(int row, int column) {
    return {column, side - 1 - row};
}
std::array<int, 2> reflection(int row, int column) {
    return {side - 1 - row, column};
}

} // namespace

TEST_CASE("the gradient of the invariant loss agrees with central differences") {
    for (const int size : {12, 15}) {
        for (const InvariantLossOptions options : {InvariantLossOptions{}, InvariantLossOptions{.mirror = true},
                                                   InvariantLossOptions{.mirror = true, .hexagonal = true}}) {
            const auto loss = loss_of(bumps<double>(size, 3, 1), options);
            const Picture<double> at = bumps<double>(size, 3, 2);
            const GradientCheck result = check_gradient(
                {size, size, 3}, at.values,
                [&](BasicTape<double>&, const BasicVar<double>& x) { return 0.3 * invariant_loss(x, loss); },
                {.step = 1e-4}); // the loss is quadratic
            INFO("element " << result.element << ": " << result.analytic << " instead of " << result.numeric);
            CHECK(result.worst < 1e-6);
        }
    }
}

TEST_CASE("the invariant loss of the target itself is zero") {
    const Picture<float> target = bumps<float>(side, 3, 1);
    CHECK(value_of(loss_of(target), target) == 0.0);
    CHECK(value_of(loss_of(target, {.mirror = true, .hexagonal = true}), target) == 0.0);
}

TEST_CASE("the invariant loss does not see a rotation of the picture") {
    const Picture<float> target = bumps<float>(side, 3, 1);
    const auto loss = loss_of(target);
    // Not exactly: the angles are discrete, and not closed.
    const double other = value_of(loss, bumps<float>(side, 3, 2));
    Picture<float> picture = target;
    for (int turns = 1; turns < 4; ++turns) {
        picture = rearranged(picture, quarter_turn);
        CHECK(value_of(loss, picture) < 0.005 * other);
    }
    const double turned = value_of(loss, rearranged(bumps<float>(side, 3, 2), quarter_turn));
    CHECK(turned == doctest::Approx(other).epsilon(0.01));
}

TEST_CASE("the invariant loss sees a reflection of the picture unless told to mirror") {
    const Picture<float> target = bumps<float>(side, 3, 1);
    const Picture<float> picture = rearranged(rearranged(target, reflection), quarter_turn);
    const double plain = value_of(loss_of(target), picture);
    const double mirrored = value_of(loss_of(target, {.mirror = true}), picture);
    CHECK(plain > 1.0);
    CHECK(mirrored < 0.01 * plain);
}

TEST_CASE("the hexagonal invariant loss does not see a rotation by 60 degrees on the lattice") {
    constexpr int odd = 41; // a cell in the middle
    const Picture<float> target = bumps<float>(odd, 2, 1);
    const Picture<float> picture = rearranged(target, [](int row, int column) {
        const int r = row - odd / 2;
        const int c = column - odd / 2;
        return std::array<int, 2>{((odd / 2 + r + c) % odd + odd) % odd, ((odd / 2 - r) % odd + odd) % odd};
    });
    const double hexagonal = value_of(loss_of(target, {.hexagonal = true}), picture);
    const double square = value_of(loss_of(target), picture);
    CHECK(hexagonal < 0.05 * square);
}

TEST_CASE("the invariant loss and its gradient have the same bits in every call") {
    const auto loss = loss_of(bumps<float>(side, 5, 1), {.mirror = true});
    const Picture<float> picture = bumps<float>(side, 5, 2);
    const auto evaluate = [&](InvariantLoss<float>::Workspace& work) {
        std::pair<double, std::vector<float>> result{0.0, std::vector<float>(picture.values.size())};
        result.first = loss(picture.maps(), {result.second.data(), side, side, 5, 5}, work).loss;
        return result;
    };
    InvariantLoss<float>::Workspace first;
    const auto expected = evaluate(first);
    CHECK(evaluate(first) == expected);
    InvariantLoss<float>::Workspace second;
    const auto larger = loss_of(bumps<float>(side + 6, 2, 1));
    static_cast<void>(larger(bumps<float>(side + 6, 2, 2).maps(), {}, second));
    CHECK(evaluate(second) == expected); // after another loss
}

TEST_CASE("the invariant loss reads channels of a state in place") {
    const auto loss = loss_of(bumps<float>(side, 3, 1));
    Picture<float> picture = bumps<float>(side, 3, 2);
    std::vector<float> state(std::size_t{side} * side * 7, 1e9F);
    std::vector<float> gradient(state.size(), 7.0F);
    for (int i = 0; i < side * side; ++i) std::copy_n(picture.values.data() + 3 * i, 3, state.data() + 7 * i);
    InvariantLoss<float>::Workspace work;
    const ClosestPose pose = loss({state.data(), side, side, 3, 7}, {gradient.data(), side, side, 3, 7}, work);
    CHECK(pose.loss == value_of(loss, picture));
    CHECK(gradient[3] == 7.0F); // other channels are kept
    CHECK(gradient[2] != 7.0F);
}

TEST_CASE("a target that is not square or too small is an error") {
    const std::vector<float> values(100);
    const auto error = [&](int height, int width) {
        const auto loss = InvariantLoss<float>::create({values.data(), height, width, 1, 1});
        return loss.ok() ? std::string{} : loss.error().message;
    };
    CHECK(error(5, 6).ends_with("not 6 x 5"));
    CHECK(error(3, 3).ends_with("not 3 x 3"));
    CHECK(error(4, 4).empty());
}
