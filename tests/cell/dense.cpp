// SPDX-License-Identifier: Apache-2.0
#include <nca/cell/dense.hpp>
#include <nca/core/memory.hpp>
#include <nca/core/philox.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace {

template <class T>
nca::AlignedArray<T> random_array(std::size_t size, std::uint32_t stream) {
    nca::AlignedArray<T> array(size);
    for (std::size_t i = 0; i < size; ++i) array[i] = static_cast<T>(2.0 * nca::Philox{5, stream}.uniform(i) - 1.0);
    return array;
}

template <class T>
double tolerance(int terms) {
    return 8.0 * static_cast<double>(std::numeric_limits<T>::epsilon()) * std::sqrt(static_cast<double>(terms));
}

template <class T, int Inner, int Columns>
void check_rows(int rows) {
    constexpr int stride = nca::padded(Columns);
    constexpr int a_stride = nca::padded(Inner);
    const auto size = [](int r, int c) { return static_cast<std::size_t>(r) * static_cast<std::size_t>(c); };
    const auto a = random_array<T>(size(nca::padded_rows(rows), a_stride), 1);
    const auto matrix = random_array<T>(size(Inner, stride), 2);
    const auto bias = random_array<T>(size(1, stride), 3);
    const auto gate = random_array<T>(size(nca::padded_rows(rows), stride), 4);
    nca::AlignedArray<T> plain(size(nca::padded_rows(rows), stride));
    nca::AlignedArray<T> relu(plain);
    nca::AlignedArray<T> gated(plain);
    using Relu = nca::ForwardEpilogue<nca::Relu>;
    using ReluPullback = nca::PullbackEpilogue<nca::Relu>;
    nca::dense_rows<Inner, Columns, nca::ForwardEpilogue<>, T>(a.data(), a_stride, rows, matrix.data(), bias.data(),
                                                               nullptr, plain.data());
    nca::dense_rows<Inner, Columns, Relu, T>(a.data(), a_stride, rows, matrix.data(), bias.data(), nullptr,
                                             relu.data());
    nca::dense_rows<Inner, Columns, ReluPullback, T>(a.data(), a_stride, rows, matrix.data(), nullptr, gate.data(),
                                                     gated.data());
    double worst = 0.0;
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < Columns; ++column) {
            double sum = 0.0;
            for (int k = 0; k < Inner; ++k) {
                sum += static_cast<double>(a[size(row, a_stride) + static_cast<std::size_t>(k)]) *
                       static_cast<double>(matrix[size(k, stride) + static_cast<std::size_t>(column)]);
            }
            const std::size_t at = size(row, stride) + static_cast<std::size_t>(column);
            const double with_bias = sum + static_cast<double>(bias[static_cast<std::size_t>(column)]);
            worst = std::max(worst, std::abs(static_cast<double>(plain[at]) - with_bias));
            worst = std::max(worst, std::abs(static_cast<double>(relu[at]) - std::max(with_bias, 0.0)));
            worst = std::max(worst, std::abs(static_cast<double>(gated[at]) - (gate[at] > T(0) ? sum : 0.0)));
        }
    }
    CHECK(worst <= tolerance<T>(Inner));
}

template <class T, int Inner, int Columns>
void check_weight_pullback(int rows) {
    constexpr int stride = nca::padded(Columns);
    constexpr int a_stride = nca::padded(Inner);
    const auto size = [](int r, int c) { return static_cast<std::size_t>(r) * static_cast<std::size_t>(c); };
    const auto a = random_array<T>(size(rows, a_stride), 1);
    const auto g = random_array<T>(size(rows, stride), 2);
    const auto start = random_array<T>(size(Inner, stride), 3);
    const auto bias_start = random_array<T>(size(1, stride), 4);
    nca::AlignedArray<T> weight(start);
    nca::AlignedArray<T> bias(bias_start);
    nca::dense_weight_pullback<Inner, Columns, T>(a.data(), a_stride, g.data(), rows, weight.data(), bias.data());
    double worst = 0.0;
    for (int column = 0; column < Columns; ++column) {
        for (int k = 0; k < Inner; ++k) {
            const std::size_t at = size(k, stride) + static_cast<std::size_t>(column);
            auto sum = static_cast<double>(start[at]);
            for (int row = 0; row < rows; ++row) {
                sum += static_cast<double>(a[size(row, a_stride) + static_cast<std::size_t>(k)]) *
                       static_cast<double>(g[size(row, stride) + static_cast<std::size_t>(column)]);
            }
            worst = std::max(worst, std::abs(static_cast<double>(weight[at]) - sum));
        }
        auto sum = static_cast<double>(bias_start[static_cast<std::size_t>(column)]);
        for (int row = 0; row < rows; ++row) {
            sum += static_cast<double>(g[size(row, stride) + static_cast<std::size_t>(column)]);
        }
        worst = std::max(worst, std::abs(static_cast<double>(bias[static_cast<std::size_t>(column)]) - sum));
    }
    CHECK(worst <= tolerance<T>(rows + 1));
}

} // namespace

TEST_CASE_TEMPLATE("dense rows equal the naive product, with bias, ReLU and gate", T, float, double) {
    for (const int rows : {1, 2, 5, 6, 7, 12, 13, 48}) {
        check_rows<T, 48, 128>(rows);
        check_rows<T, 128, 16>(rows);
        check_rows<T, 16, 128>(rows);
        check_rows<T, 128, 48>(rows);
        check_rows<T, 180, 80>(rows);
        check_rows<T, 80, 19>(rows);
        check_rows<T, 1, 1>(rows);
        check_rows<T, 7, 33>(rows);
    }
}

TEST_CASE_TEMPLATE("the pullback to the weights adds the naive sums", T, float, double) {
    for (const int rows : {0, 1, 7, 48}) {
        check_weight_pullback<T, 48, 128>(rows);
        check_weight_pullback<T, 128, 16>(rows);
        check_weight_pullback<T, 80, 19>(rows);
        check_weight_pullback<T, 1, 1>(rows);
        check_weight_pullback<T, 13, 33>(rows);
    }
}

TEST_CASE("a row's result does not depend on how many rows stand beside it") {
    const auto a = random_array<float>(static_cast<std::size_t>(nca::padded_rows(48)) * 48, 1);
    const auto matrix = random_array<float>(48 * 128, 2);
    nca::AlignedArray<float> all(static_cast<std::size_t>(nca::padded_rows(48)) * 128);
    nca::AlignedArray<float> one(static_cast<std::size_t>(nca::padded_rows(1)) * 128);
    nca::dense_rows<48, 128, nca::ForwardEpilogue<>, float>(a.data(), 48, 48, matrix.data(), nullptr, nullptr,
                                                            all.data());
    for (int row = 0; row < 48 - nca::padded_rows(1); ++row) {
        nca::dense_rows<48, 128, nca::ForwardEpilogue<>, float>(a.data() + row * 48, 48, 1, matrix.data(), nullptr,
                                                                nullptr, one.data());
        for (std::size_t c = 0; c < 128; ++c) REQUIRE(one[c] == all[static_cast<std::size_t>(row) * 128 + c]);
    }
}

TEST_CASE("transposing pads with zeros") {
    const auto in = random_array<float>(3 * 16, 1);
    nca::AlignedArray<float> out(5 * 16);
    for (float& v : out) v = 9.0F;
    nca::transpose_padded(in.data(), 3, 5, out.data());
    for (std::size_t c = 0; c < 5; ++c) {
        for (std::size_t r = 0; r < 16; ++r) CHECK(out[c * 16 + r] == (r < 3 ? in[r * 16 + c] : 0.0F));
    }
}
