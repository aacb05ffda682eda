// SPDX-License-Identifier: Apache-2.0
// Products of bfloat16: the numbers, their conversion, and dense layers, against scalar code that must have their bits.
#include <nca/cell/dense_bfloat16.hpp>
#include <nca/core/memory.hpp>
#include <nca/core/philox.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

using namespace nca;

namespace {

float float_of(std::uint32_t bits) {
    return std::bit_cast<float>(bits);
}

bool same(float a, float b) {
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

/// Numbers of every exponent, zero and subnormal ones included, or in [-1, 1).
AlignedArray<float> numbers(std::size_t size, std::uint32_t stream, bool all_exponents = false) {
    AlignedArray<float> values(size);
    const Philox random{7, stream};
    for (std::size_t i = 0; i < size; ++i) {
        const auto bits = random.below(i, 0xFFFFFFFFU);
        const float any = float_of(bits & 0xBFFFFFFFU); // less than two in size
        values[i] = all_exponents ? any : static_cast<float>(2.0 * random.uniform(i) - 1.0);
    }
    return values;
}

/// What a kernel computes for one result: pairs in order.
float sum_of(float start, const std::vector<float>& a, const std::vector<float>& b) {
    for (std::size_t k = 0; k < a.size(); k += 2) {
        const auto at = [&](const std::vector<float>& v, std::size_t i) {
            return i < v.size() ? to_bfloat16(v[i]) : bfloat16{};
        };
        start = add_products(start, pair_of(at(a, k), at(a, k + 1)), pair_of(at(b, k), at(b, k + 1)));
    }
    return start;
}

void check_forward(int inner, int columns, int rows) {
    CAPTURE(inner);
    CAPTURE(columns);
    const int a_stride = padded(inner);
    const int stride = padded(columns);
    const auto size = [](int r, int c) { return static_cast<std::size_t>(r) * static_cast<std::size_t>(c); };
    const auto a = numbers(size(rows, a_stride), 1);
    const auto matrix = numbers(size(inner, stride), 2);
    const auto bias = numbers(size(1, stride), 3);
    AlignedArray<Bfloat16Pair> a_pairs(size(padded_rows(rows), pair_count(inner)));
    AlignedArray<Bfloat16Pair> pairs(size(pair_count(inner), stride));
    AlignedArray<float> out(size(padded_rows(rows), stride));
    pair_columns(a.data(), rows, inner, a_stride, a_pairs.data());
    pair_rows(matrix.data(), inner, stride, pairs.data());
    dense_pairs<ForwardEpilogue<Relu>>(inner, columns, a_pairs.data(), rows, pairs.data(), bias.data(), nullptr,
                                       out.data());
    int wrong = 0;
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < columns; ++c) {
            std::vector<float> left;
            std::vector<float> right;
            for (int k = 0; k < inner; ++k) {
                left.push_back(a[size(r, a_stride) + static_cast<std::size_t>(k)]);
                right.push_back(matrix[size(k, stride) + static_cast<std::size_t>(c)]);
            }
            const float expected = std::max(sum_of(bias[static_cast<std::size_t>(c)], left, right), 0.0F);
            wrong += out[size(r, stride) + static_cast<std::size_t>(c)] == expected ? 0 : 1;
        }
    }
    CHECK(wrong == 0);
}

void check_weight_gradient(int inner, int columns, int rows) {
    CAPTURE(inner);
    CAPTURE(columns);
    CAPTURE(rows);
    const int a_stride = padded(inner);
    const int stride = padded(columns);
    const auto size = [](int r, int c) { return static_cast<std::size_t>(r) * static_cast<std::size_t>(c); };
    const auto a = numbers(size(rows, a_stride), 4);
    const auto g = numbers(size(rows, stride), 5);
    const auto before = numbers(size(inner, stride), 6);
    AlignedArray<float> gradient(before);
    AlignedArray<Bfloat16Pair> a_pairs(size(pair_count(rows), a_stride));
    AlignedArray<Bfloat16Pair> g_pairs(size(pair_count(rows), stride));
    pair_rows(a.data(), rows, a_stride, a_pairs.data());
    pair_rows(g.data(), rows, stride, g_pairs.data());
    dense_pair_weight_pullback(inner, columns, a_pairs.data(), a_stride, g_pairs.data(), rows, gradient.data());
    int wrong = 0;
    for (int k = 0; k < inner; ++k) {
        for (int c = 0; c < columns; ++c) {
            std::vector<float> left;
            std::vector<float> right;
            for (int r = 0; r < rows; ++r) {
                left.push_back(a[size(r, a_stride) + static_cast<std::size_t>(k)]);
                right.push_back(g[size(r, stride) + static_cast<std::size_t>(c)]);
            }
            const std::size_t at = size(k, stride) + static_cast<std::size_t>(c);
            wrong += gradient[at] == sum_of(before[at], left, right) ? 0 : 1;
        }
    }
    CHECK(wrong == 0);
}

} // namespace

TEST_CASE("a float becomes the nearest bfloat16") {
    CHECK(to_bfloat16(1.0F).bits == 0x3F80);
    CHECK(to_bfloat16(-2.0F).bits == 0xC000);
    CHECK(to_bfloat16(float_of(0x3F808000)).bits == 0x3F80); // halves to even
    CHECK(to_bfloat16(float_of(0x3F818000)).bits == 0x3F82);
    CHECK(to_bfloat16(float_of(0x3F808001)).bits == 0x3F81);
    CHECK(to_bfloat16(std::numeric_limits<float>::max()).bits == 0x7F80); // infinity
    CHECK(to_bfloat16(-std::numeric_limits<float>::infinity()).bits == 0xFF80);
    CHECK(to_bfloat16(float_of(0x007FFFFF)).bits == 0);      // subnormal
    CHECK(to_bfloat16(float_of(0x80000001)).bits == 0x8000); // likewise
    CHECK(std::isnan(to_float(to_bfloat16(float_of(0x7F800001)))));
    for (const float value : numbers(1000, 9)) CHECK(std::abs(to_float(to_bfloat16(value)) - value) <= 0x1p-8F);
}

TEST_CASE("pairs of registers hold the numbers that the scalar conversion gives") {
    constexpr int count = 16 * 64;
    const auto first = numbers(count, 1, true);
    const auto second = numbers(count, 2, true);
    AlignedArray<Bfloat16Pair> rows(count);
    AlignedArray<float> both(2 * count);
    std::copy(first.begin(), first.end(), both.begin());
    std::copy(second.begin(), second.end(), both.begin() + count);
    pair_rows(both.data(), 2, count, rows.data());
    AlignedArray<Bfloat16Pair> neighbours(count);
    pair_columns(both.data(), 1, 2 * count, 2 * count, neighbours.data());
    int wrong = 0;
    for (std::size_t i = 0; i < count; ++i) {
        wrong += rows[i] == pair_of(to_bfloat16(first[i]), to_bfloat16(second[i])) ? 0 : 1;
        wrong += neighbours[i] == pair_of(to_bfloat16(both[2 * i]), to_bfloat16(both[2 * i + 1])) ? 0 : 1;
    }
    CHECK(wrong == 0);
}

TEST_CASE("registers add products with the bits of the scalar code, whatever the exponents") {
    constexpr std::size_t count = 16 * 4096;
    const auto values = numbers(5 * count, 3, true);
    int wrong = 0;
    for (std::size_t i = 0; i < count; i += static_cast<std::size_t>(Vec<float>::size)) {
        Bfloat16Pair a[16];
        Bfloat16Pair b[16];
        float c[16];
        float found[16];
        for (std::size_t l = 0; l < static_cast<std::size_t>(Vec<float>::size); ++l) {
            const float* const v = values.data() + 5 * (i + l);
            a[l] = pair_of(to_bfloat16(v[0]), to_bfloat16(v[1]));
            b[l] = pair_of(to_bfloat16(v[2]), to_bfloat16(v[3]));
            c[l] = v[4] * 0x1p-40F; // often as small as the products
        }
        store(found, add_products(load(c), load_pairs(a), load_pairs(b)));
        for (std::size_t l = 0; l < static_cast<std::size_t>(Vec<float>::size); ++l) {
            wrong += same(found[l], add_products(c[l], a[l], b[l])) ? 0 : 1;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("dense layers of bfloat16 have the bits of sums in order") {
    for (const int columns : {3, 16, 32, 48, 64, 80, 128}) {
        for (const int inner : {1, 7, 48}) check_forward(inner, columns, 13);
    }
}

TEST_CASE("the gradient of weights by products of bfloat16 has the bits of sums in order") {
    for (const int columns : {3, 16, 48, 80, 128}) {
        for (const int rows : {1, 13, 48}) check_weight_gradient(17, columns, rows);
    }
}
