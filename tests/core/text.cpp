// SPDX-License-Identifier: Apache-2.0
#include <nca/core/hash.hpp>
#include <nca/core/text.hpp>

#include <doctest/doctest.h>

#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <string>

TEST_CASE("the text of a number is the shortest that reads back as the same number") {
    CHECK(nca::number_text(0.1) == "0.1");
    CHECK(nca::number_text(0.1F) == "0.1");
    CHECK(nca::number_text(2.0) == "2");
    CHECK(nca::number_text(1e-8) == "1e-08");
    CHECK(nca::number_text(-0.0) == "-0");
    for (const double value : {1.0 / 3.0, 1e-8, 5e-324, std::numeric_limits<double>::max(), -123456.789}) {
        const std::string text = nca::number_text(value);
        double back = 0.0;
        std::from_chars(text.data(), text.data() + text.size(), back);
        CHECK(back == value);
    }
}

TEST_CASE("a fingerprint is FNV-1a over the bytes") {
    // The test vectors of the authors: "" and "foobar".
    CHECK(nca::fingerprint(std::span<const char>{}) == std::to_string(0xCBF29CE484222325U));
    constexpr std::array text{'f', 'o', 'o', 'b', 'a', 'r'};
    CHECK(nca::fingerprint(std::span<const char>(text)) == std::to_string(0x85944171F73967E8U));
}

TEST_CASE("hashes as text have 16 digits") {
    CHECK(nca::hash_text(0) == "0000000000000000");
    CHECK(nca::hash_text(0x0123456789ABCDEFU) == "0123456789abcdef");
}
