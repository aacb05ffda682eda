// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Whatever parse_rule_file() accepts is a rule, and is written and read again as the same one.
#include <nca/run/rule_file.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto rule = nca::parse_rule_file({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (!rule) {
        if (rule.error().message.find('\n') != std::string_view::npos) std::abort();
        return 0;
    }
    if (!nca::check_rule(*rule)) std::abort();
    const auto text = nca::rule_file_text(*rule);
    if (!text) std::abort();
    const auto again = nca::parse_rule_file(*text);
    if (!again || nca::describe(*again) != nca::describe(*rule)) std::abort();
    return 0;
}
