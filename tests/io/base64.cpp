// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#include <nca/io/base64.hpp>
#include <nca/io/file.hpp>

#include "temporary.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string encoded(std::string_view text) {
    return nca::encode_base64(nca::as_bytes(text));
}

std::string refusal(std::string_view text) {
    const auto result = nca::decode_base64(text);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    return result.error().message;
}

} // namespace

TEST_CASE("base64 matches the test vectors of RFC 4648") {
    CHECK(encoded("").empty());
    CHECK(encoded("f") == "Zg==");
    CHECK(encoded("fo") == "Zm8=");
    CHECK(encoded("foo") == "Zm9v");
    CHECK(encoded("foob") == "Zm9vYg==");
    CHECK(encoded("fooba") == "Zm9vYmE=");
    CHECK(encoded("foobar") == "Zm9vYmFy");
    CHECK(encoded("\xFB\xFF\xBE") == "+/++");
}

TEST_CASE("base64 survives a round trip for every length and every byte") {
    std::vector<std::byte> bytes;
    for (std::size_t length = 0; length < 260; ++length) {
        const auto back = nca::decode_base64(nca::encode_base64(bytes));
        REQUIRE(back.ok());
        CHECK(*back == bytes);
        bytes.push_back(static_cast<std::byte>(length * 7));
    }
}

TEST_CASE("base64 accepts only the canonical encoding") {
    NCA_CHECK_MESSAGE_HAS(refusal("Zg="), "3 characters, expected a multiple of 4");
    NCA_CHECK_MESSAGE_HAS(refusal("Zm9v\n"), "5 characters");
    NCA_CHECK_MESSAGE_HAS(refusal("Zm9 Zm9v"), "' ' at character 4");
    NCA_CHECK_MESSAGE_HAS(refusal("Zm-v"), "'-' at character 3");
    NCA_CHECK_MESSAGE_HAS(refusal("Zg==Zm9v"), "'=' at character 3");
    NCA_CHECK_MESSAGE_HAS(refusal("===="), "'=' at character 1");
    NCA_CHECK_MESSAGE_HAS(refusal("Z==="), "'=' at character 2");
    NCA_CHECK_MESSAGE_HAS(refusal("Zh=="), "unused bits");
    NCA_CHECK_MESSAGE_HAS(refusal("Zm9="), "unused bits");
}
