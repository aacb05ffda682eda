// SPDX-License-Identifier: Apache-2.0
// Decimal numbers where the standard library has none: as std::to_chars and std::from_chars.
#include <nca/core/decimal.hpp>
#include <nca/core/philox.hpp>

#include <doctest/doctest.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#if defined(__cpp_lib_to_chars)

namespace {

namespace decimal = nca::detail::decimal;

/// Finite numbers of all sizes, round ones, whole ones, and the limits.
template <class Real>
std::vector<Real> numbers() {
    using Bits = std::conditional_t<sizeof(Real) == 4, std::uint32_t, std::uint64_t>;
    using Limits = std::numeric_limits<Real>;
    std::vector<Real> list{Real(0),       Real(-0.0),           Real(1),       Real(0.1),        Real(1e-4), Real(1e16),
                           Limits::max(), Limits::denorm_min(), Limits::min(), Limits::lowest(), Real(1e23)};
    const nca::Philox random{1};
    for (std::uint64_t i = 0; i < 20000; ++i) {
        const auto high = static_cast<std::uint64_t>(random.uniform(2 * i) * 4294967296.0);
        const auto low = static_cast<std::uint64_t>(random.uniform(2 * i + 1) * 4294967296.0);
        const auto bits = static_cast<Bits>(high << 32U | low);
        Real value;
        std::memcpy(&value, &bits, sizeof value);
        if (std::isfinite(value)) list.push_back(value);
        list.push_back(static_cast<Real>(low % 100000) /
                       static_cast<Real>(std::pow(10.0, static_cast<double>(i % 12))));
        list.push_back(static_cast<Real>((high << 32U | low) >> (i % 64)));
    }
    return list;
}

template <class Real>
std::string by_library(Real value, std::chars_format format) {
    std::array<char, 512> buffer;
    return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr};
}

} // namespace

TEST_CASE_TEMPLATE("decimal: numbers are written as std::to_chars writes them", Real, float, double) {
    for (const Real value : numbers<Real>()) {
        std::array<char, 512> buffer;
        const std::string shortest{buffer.data(),
                                   std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
        REQUIRE(decimal::general(value) == shortest);
        REQUIRE(decimal::fixed(value) == by_library(value, std::chars_format::fixed));
        REQUIRE(decimal::scientific(value) == by_library(value, std::chars_format::scientific));
    }
}

TEST_CASE("decimal: texts are read as std::from_chars reads them") {
    std::vector<std::string> texts{
        "",       "-",    ".",   "1",   "-1",    "+1",  " 1",  "1 ",    "0x10",

        "1e5",    "1e",   "1e+", "1.5", ".5",    "5.",  "-.5", "1e400", "-1e400", "1e-400",
        "0e-400", "1..2", "1-2", "--1", "1e5.5", "0.0", "-0",  "00012", "1E3",    "9007199254740993",
        "1,5",    "e5",   ".e5"};
    for (const double value : numbers<double>()) texts.push_back(decimal::general(value));
    for (const std::string& text : texts) {
        INFO(text);
        double wanted = -1.0;
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), wanted);
        const bool is_number = code == std::errc{} && end == text.data() + text.size();
        double found = -1.0;
        REQUIRE(decimal::read(text, found) == is_number);
        if (is_number) REQUIRE(std::memcmp(&found, &wanted, sizeof found) == 0);
    }
}

#endif
