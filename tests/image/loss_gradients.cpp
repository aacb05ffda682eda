// SPDX-License-Identifier: Apache-2.0
// The losses of features in double: their gradients against central differences, and what they mean.
#include <nca/core/philox.hpp>
#include <nca/image/gram.hpp>
#include <nca/image/sliced_transport.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

using namespace nca;
using namespace nca::image;

/// Random features, positive as those after a ReLU.
template <class T>
AlignedArray<T> random_features(int count, int channels, std::uint64_t seed) {
    AlignedArray<T> values(static_cast<std::size_t>(count) * static_cast<std::size_t>(padded(channels)));
    for (int i = 0; i < count; ++i) {
        for (int c = 0; c < channels; ++c) {
            const auto at = static_cast<std::size_t>(i * padded(channels) + c);
            values[at] = static_cast<T>(std::max(0.0, 0.5 + Philox{seed}.normal(at)));
        }
    }
    return values;
}

template <class T>
FeatureMaps<const T> features_of(const AlignedArray<T>& values, int count, int channels) {
    return {values.data(), count, 1, channels, padded(channels)};
}
template <class T>
FeatureMaps<T> adjoint_of(AlignedArray<T>& values, int count, int channels) {
    return {values.data(), count, 1, channels, padded(channels)};
}

/// The largest relative error of a loss's gradient at some of its numbers.
template <class Loss>
double worst_error(const Loss& loss, int count, int channels) {
    AlignedArray<double> values = random_features<double>(count, channels, 1);
    AlignedArray<double> adjoint(values.size());
    AlignedArray<double> ignored(values.size());
    typename Loss::Workspace work;
    const auto evaluate = [&](AlignedArray<double>& to) {
        return loss(features_of(values, count, channels), adjoint_of(to, count, channels), work);
    };
    static_cast<void>(evaluate(adjoint));
    double worst = 0.0;
    for (int k = 0; k < 60; ++k) {
        const int channel = k % channels;
        const auto at = static_cast<std::size_t>(k * count / 60 * padded(channels) + channel);
        const double middle = values[at];
        if (middle == 0.0) continue;
        constexpr double step = 1e-6;
        values[at] = middle + step;
        const double above = evaluate(ignored);
        values[at] = middle - step;
        const double below = evaluate(ignored);
        values[at] = middle;
        const double numeric = (above - below) / (2.0 * step);
        worst = std::max(worst,
                         std::abs(adjoint[at] - numeric) / std::max({std::abs(numeric), std::abs(adjoint[at]), 1e-6}));
    }
    return worst;
}

} // namespace

TEST_CASE("the gradient of sliced transport agrees with central differences") {
    const auto target = random_features<double>(50, 5, 2);
    for (const int count : {30, 50, 77}) {
        SlicedTransport<double> loss{features_of(target, 50, 5), count, 7};
        loss.draw(Philox{3});
        CHECK(worst_error(loss, count, 5) < 1e-6);
    }
}

TEST_CASE("the gradients of Gram losses agree with central differences") {
    const auto target = random_features<double>(50, 21, 2);
    for (const GramForm form : {GramForm::plain, GramForm::compressed}) {
        const GramLoss<double> loss{features_of(target, 50, 21), form};
        CHECK(worst_error(loss, 43, 21) < 1e-5);
    }
}

TEST_CASE("the losses are zero for a permutation of the target's features") {
    constexpr int count = 2000;
    const auto target = random_features<float>(count, 9, 2);
    AlignedArray<float> mixed(target.size());
    for (int i = 0; i < count; ++i) {
        std::copy_n(target.data() + i * padded(9), padded(9), mixed.data() + (i * 7 + 3) % count * padded(9));
    }
    AlignedArray<float> adjoint(target.size());
    SlicedTransport<float> transport{features_of(target, count, 9), count};
    transport.draw(Philox{3});
    SlicedTransport<float>::Workspace work;
    CHECK(transport(features_of(mixed, count, 9), adjoint_of(adjoint, count, 9), work) == 0.0);
    CHECK(std::all_of(adjoint.begin(), adjoint.end(), [](float g) { return g == 0.0F; }));
    const GramLoss<float> gram{features_of(target, count, 9), GramForm::plain};
    GramLoss<float>::Workspace gram_work;
    CHECK(gram(features_of(mixed, count, 9), adjoint_of(adjoint, count, 9), gram_work) < 1e-9);
}

TEST_CASE("sliced transport ignores the padding of rows") {
    constexpr int count = 40;
    const auto target = random_features<float>(count, 3, 2);
    const auto padded_rows = random_features<float>(count, 3, 4);
    std::vector<float> packed;
    for (int i = 0; i < count; ++i) {
        packed.insert(packed.end(), padded_rows.data() + i * padded(3), padded_rows.data() + i * padded(3) + 3);
    }
    SlicedTransport<float> transport{features_of(target, count, 3), count};
    transport.draw(Philox{3});
    SlicedTransport<float>::Workspace work;
    AlignedArray<float> a(target.size());
    AlignedArray<float> b(target.size());
    CHECK(transport(features_of(padded_rows, count, 3), adjoint_of(a, count, 3), work) ==
          transport({packed.data(), count, 1, 3, 3}, adjoint_of(b, count, 3), work));
    CHECK(std::equal(a.begin(), a.end(), b.begin()));
}

TEST_CASE("directions are unit vectors and a function of the seed") {
    const auto target = random_features<float>(40, 6, 2);
    const auto sorted = [&](std::uint64_t seed) {
        SlicedTransport<float> transport{features_of(target, 40, 6), 40};
        transport.draw(Philox{seed});
        return std::vector<float>(transport.sorted_target().begin(), transport.sorted_target().end());
    };
    CHECK(sorted(1) == sorted(1));
    CHECK(sorted(1) != sorted(2));
    // One vector: its projections are at most as long as it is.
    SlicedTransport<float> one{features_of(target, 1, 6), 1};
    one.draw(Philox{1});
    double length = 0.0;
    for (int c = 0; c < 6; ++c)
        length += static_cast<double>(target[static_cast<std::size_t>(c)]) *
                  static_cast<double>(target[static_cast<std::size_t>(c)]);
    double most = 0.0;
    for (const float x : one.sorted_target()) most = std::max(most, std::abs(static_cast<double>(x)));
    CHECK(most <= std::sqrt(length) * (1.0 + 1e-6));
    CHECK(most > 0.5 * std::sqrt(length));
}
