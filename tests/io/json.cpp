// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#include <nca/io/file.hpp>
#include <nca/io/json.hpp>

#include "common/data.hpp"
#include "temporary.hpp"

#include <doctest/doctest.h>

#include <clocale>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace {

using nca::Json;
using nca::parse_json;

Json parsed(std::string_view text) {
    const auto result = parse_json(text);
    INFO("text: " << text);
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    return *result;
}

std::string refusal(std::string_view text, nca::JsonLimits limits = {}) {
    const auto result = parse_json(text, limits);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message.find('\n') == std::string::npos);
    return result.error().message;
}

} // namespace

TEST_CASE("every kind of JSON value is parsed") {
    CHECK(parsed("null").is_null());
    CHECK(parsed("true").as_bool() == true);
    CHECK(parsed("false").as_bool() == false);
    CHECK(parsed(" -17 ").as_integer<std::int64_t>() == -17);
    CHECK(parsed("0.25").as_number() == 0.25);
    CHECK(*parsed("\"word\"").as_string() == "word");
    CHECK(parsed("[1, [], 3]").as_array()->size() == 3);
    CHECK(parsed("{}").as_object()->empty());
    CHECK(parsed("\t\r\n{\"a\" : {\"b\" : [1 , 2]}}\n").find("a")->find("b")->as_array()->size() == 2);
}

TEST_CASE("accessors of the wrong kind return nothing") {
    const Json text{"12"};
    CHECK_FALSE(text.is_null());
    CHECK_FALSE(text.as_bool());
    CHECK_FALSE(text.as_number());
    CHECK_FALSE(text.as_integer<std::int64_t>());
    CHECK(text.as_array() == nullptr);
    CHECK(text.as_object() == nullptr);
    CHECK(text.find("12") == nullptr);
    CHECK(Json{12}.as_string() == nullptr);
}

TEST_CASE("64-bit integers are exact and distinct from reals") {
    CHECK(parsed("9007199254740993").as_integer<std::int64_t>() == 9007199254740993); // 2^53 + 1, not a double
    CHECK(parsed("9223372036854775807").as_integer<std::int64_t>() == std::numeric_limits<std::int64_t>::max());
    CHECK(parsed("-9223372036854775808").as_integer<std::int64_t>() == std::numeric_limits<std::int64_t>::min());
    CHECK(parsed("18446744073709551615").as_integer<std::uint64_t>() == std::numeric_limits<std::uint64_t>::max());
    CHECK_FALSE(parsed("18446744073709551615").as_integer<std::int64_t>());
    CHECK_FALSE(parsed("18446744073709551616").as_integer<std::uint64_t>());
    CHECK(parsed("18446744073709551616").as_number() == 18446744073709551616.0);
    CHECK_FALSE(parsed("-1").as_integer<std::uint64_t>());
    CHECK_FALSE(parsed("1.0").as_integer<std::int64_t>());
    CHECK_FALSE(parsed("1e3").as_integer<std::int64_t>());
    CHECK_FALSE(parsed("300").as_integer<std::uint8_t>());
    CHECK(parsed("255").as_integer<std::uint8_t>() == std::uint8_t{255});
    CHECK(parsed("-0").dump() == "-0.0"); // a real, because integers have no negative zero
}

TEST_CASE("escapes and surrogate pairs are decoded to UTF-8") {
    CHECK(*parsed(R"("\"\\\/\b\f\n\r\t")").as_string() == "\"\\/\b\f\n\r\t");
    CHECK(*parsed(R"("\u0041\u00e9\u20AC\uD83E\uDD8E")").as_string() == "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\xA6\x8E");
    CHECK(*parsed(R"("\u0000")").as_string() == std::string(1, '\0'));
    CHECK(*parsed("\"\xF0\x9F\xA6\x8E\"").as_string() == "\xF0\x9F\xA6\x8E");
}

TEST_CASE("objects keep the order of their members, and duplicate keys are refused") {
    const Json json = parsed(R"({"z": 1, "a": 2, "m": 3})");
    CHECK(json.dump() == R"({"z":1,"a":2,"m":3})");
    NCA_CHECK_MESSAGE_HAS(refusal(R"({"z": 1, "a": 2, "z": 3})"), "has the key 'z' twice");
    NCA_CHECK_MESSAGE_HAS(refusal(R"({"a": 1, "\u0061": 2})"), "twice");
}

TEST_CASE("a byte order mark before the text is skipped") {
    CHECK(parsed("\xEF\xBB\xBF [1]").dump() == "[1]");
}

TEST_CASE("malformed text is refused with the reason and the position") {
    struct Case {
        std::string_view text;
        std::string_view message;
    };
    const Case cases[] = {
        {"", "line 1, column 1: expected a value, found the end of the text"},
        {"  \n ", "line 2, column 2: expected a value, found the end"},
        {"nul", "column 1: expected a value, found 'n'"},
        {"True", "expected a value, found 'T'"},
        {"NaN", "expected a value"},
        {"-Infinity", "expected a digit, found 'I'"},
        {"'a'", "expected a value"},
        {"\xEF\xBB\xBF\xEF\xBB\xBF{}", "expected a value"},
        {"\xFF\xFE{", "the text is UTF-16: expected UTF-8"},
        {"\xFE\xFF", "the text is UTF-16: expected UTF-8"},
        {"1 2", "column 3: expected the end of the text after the value, found '2'"},
        {"[1]]", "expected the end of the text"},
        {"01", "leading 0"},
        {"-01", "leading 0"},
        {"+1", "expected a value, found '+'"},
        {".5", "expected a value, found '.'"},
        {"1.", "expected a digit after the decimal point"},
        {"1.e5", "expected a digit after the decimal point"},
        {"1e", "expected a digit in the exponent"},
        {"1e+", "expected a digit in the exponent"},
        {"-", "expected a digit"},
        {"0x10", "expected the end of the text after the value, found 'x'"},
        {"1e999", "'1e999' is out of the range of double"},
        {"[1,]", "expected a value, found ']'"},
        {"[1 2]", "column 4: expected ',' or ']' after an element, found '2'"},
        {"[1", "expected ',' or ']' after an element, found the end"},
        {"[,1]", "expected a value, found ','"},
        {"{\"a\":1,}", "expected a key in double quotes, found '}'"},
        {"{\"a\" 1}", "expected ':' after a key, found '1'"},
        {"{\"a\":1 \"b\":2}", "expected ',' or '}' after a member, found '\\\"'"},
        {"{a:1}", "expected a key in double quotes, found 'a'"},
        {"{1:1}", "expected a key in double quotes"},
        {"{\"a\"", "expected ':' after a key, found the end"},
        {"[1 // one\n]", "expected ',' or ']'"},
        {"\"abc", "column 1: a string has no closing quote"},
        {"\"a\nb\"", "column 3: a string has an unescaped control character"},
        {"\"\\x41\"", "unknown escape, found 'x'"},
        {"\"\\", "unknown escape, found the end"},
        {"\"\\u12G4\"", "expected four hexadecimal digits after \\u, found 'G'"},
        {"\"\\uD83E\"", "unpaired high surrogate"},
        {"\"\\uD83E\\n\"", "unpaired high surrogate"},
        {"\"\\uD83E\\u0041\"", "unpaired high surrogate"},
        {"\"\\uDD8E\"", "unpaired low surrogate"},
        {"\"\x80\"", "not valid UTF-8 at the byte 0x80"},
        {"\"\xC0\xAF\"", "not valid UTF-8"},         // overlong
        {"\"\xE0\x80\xAF\"", "not valid UTF-8"},     // overlong
        {"\"\xED\xA0\x80\"", "not valid UTF-8"},     // a surrogate
        {"\"\xF4\x90\x80\x80\"", "not valid UTF-8"}, // above U+10FFFF
        {"\"\xE2\x82\"", "not valid UTF-8"},         // truncated
        {"[1,\n 2,\n  3 4]", "line 3, column 5: expected ','"},
    };
    for (const Case& c : cases) NCA_CHECK_MESSAGE_HAS(refusal(c.text), c.message);
}

TEST_CASE("text truncated at any position is refused") {
    const std::string_view text = R"({"a": [1.5, -2e3, "x\u00e9\\"], "b": {"c": null, "d": true}})";
    CHECK(parse_json(text).ok());
    for (std::size_t length = 0; length < text.size(); ++length) refusal(text.substr(0, length));
}

TEST_CASE("nesting depth and the number of values are limited") {
    CHECK(parse_json(std::string(64, '[') + std::string(64, ']')).ok());
    NCA_CHECK_MESSAGE_HAS(refusal(std::string(65, '[') + std::string(65, ']')),
                          "column 65: arrays and objects are nested more than 64 deep");
    NCA_CHECK_MESSAGE_HAS(refusal(std::string(10'000'000, '[')), "nested more than 64 deep");
    CHECK(parse_json("[1,2]", {.depth = 1, .values = 3}).ok());
    NCA_CHECK_MESSAGE_HAS(refusal("[1,2]", {.depth = 1, .values = 2}), "more than 2 values");
    NCA_CHECK_MESSAGE_HAS(refusal("[[]]", {.depth = 1, .values = 9}), "nested more than 1 deep");
}

TEST_CASE("a large object is parsed in less than quadratic time") {
    std::string text = "{";
    for (int i = 0; i < 200'000; ++i)
        text += (i > 0 ? ",\"key" : "\"key") + std::to_string(i) + "\":" + std::to_string(i);
    text += '}';
    CHECK(parsed(text).as_object()->size() == 200'000); // pairwise comparison would take minutes
}

TEST_CASE("objects and arrays are built and written in insertion order") {
    const std::string path = "out/lizard.safetensors";
    Json line = Json::object({{"model", path}, {"iterations", 8000}, {"loss", 0.0012F}, {"done", true}});
    line.set("seconds", 251.5).set("sizes", Json::array({72, 72, 16})).set("iterations", 8001);
    CHECK(line.dump() == R"({"model":"out/lizard.safetensors","iterations":8001,"loss":0.0012,"done":true,)"
                         R"("seconds":251.5,"sizes":[72,72,16]})");
    CHECK(line.dump(nca::JsonStyle::spaced) ==
          R"({"model": "out/lizard.safetensors", "iterations": 8001, "loss": 0.0012, "done": true, )"
          R"("seconds": 251.5, "sizes": [72, 72, 16]})");
    Json list;
    list.push_back("a").push_back(nullptr).push_back(Json::object());
    CHECK(list.dump() == R"(["a",null,{}])");
}

TEST_CASE("reals are written with the shortest digits that read back exactly") {
    const auto text = [](double value) { return Json{value}.dump(); };
    CHECK(text(0.1) == "0.1");
    CHECK(text(1.0) == "1.0");
    CHECK(text(-0.0) == "-0.0");
    CHECK(text(100000.0) == "100000.0");
    CHECK(text(1e-4) == "0.0001");
    CHECK(text(1e-5) == "1e-05");
    CHECK(text(1e16) == "1e+16");
    CHECK(text(1.1909914016723633) == "1.1909914016723633");
    CHECK(Json{0.1F}.dump() == "0.1");
    CHECK(Json{1e-7F}.dump() == "1e-07");
    for (const double value :
         {1.0 / 3.0, 5e-324, 1.7976931348623157e308, 123456789.123456789, 2.2250738585072014e-308}) {
        CHECK(parsed(text(value)).as_number() == value);
        CHECK(parsed(text(-value)).as_number() == -value);
    }
}

TEST_CASE("NaN and infinities are written as null") {
    CHECK(Json{std::numeric_limits<double>::quiet_NaN()}.dump() == "null");
    CHECK(Json{std::numeric_limits<float>::infinity()}.dump() == "null");
    CHECK(Json{-std::numeric_limits<double>::infinity()}.dump() == "null");
}

TEST_CASE("a string of arbitrary bytes is written as valid JSON") {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    const std::string text = Json{bytes}.dump();
    CHECK(text.find('\n') == std::string::npos);
    const std::string back = *parsed(text).as_string();
    CHECK(back.substr(0, 128) == bytes.substr(0, 128));
    CHECK(back.size() == 128 + 3 * 128); // every byte above 0x7F became U+FFFD
    CHECK(Json{"tab\there \x01 \xF0\x9F\xA6\x8E"}.dump() == "\"tab\\there \\u0001 \xF0\x9F\xA6\x8E\"");
}

TEST_CASE("numbers are independent of the locale") {
    const std::string before = std::setlocale(LC_ALL, nullptr);
    bool found = false;
    for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"}) found = found || std::setlocale(LC_ALL, name);
    CHECK(parsed("1.5").as_number() == 1.5);
    CHECK(Json{1.5}.dump() == "1.5");
    std::setlocale(LC_ALL, before.c_str());
    if (!found) MESSAGE("no locale with a decimal comma is installed: checked the current one only");
}

TEST_CASE("values are equal if kind, content and order of members match") {
    CHECK(parsed("[1,{\"a\":2}]") == Json::array({1, Json::object({{"a", 2}})}));
    CHECK_FALSE(parsed("1") == parsed("1.0"));
    CHECK_FALSE(parsed("{\"a\":1,\"b\":2}") == parsed("{\"b\":2,\"a\":1}"));
}

TEST_CASE("the published JSON files of all four articles survive a round trip") {
    for (const char* name : {"mnist/published_model.json", "textures/published_models.json",
                             "adversarial/published_json/no_tail_model.json", "growing/published/losses.json"}) {
        const auto path = nca::tests::data_file(name);
        if (!path) continue;
        const auto bytes = nca::read_file(path->string());
        REQUIRE(bytes.ok());
        const Json json = parsed(nca::as_text(*bytes));
        CHECK(parsed(json.dump()) == json);
    }
}
