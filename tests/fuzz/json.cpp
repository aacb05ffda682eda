// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Whatever parse_json() accepts is written and read again as the same value.
#include <nca/io/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto json = nca::parse_json(text);
    if (!json) {
        if (json.error().message.find('\n') != std::string::npos) std::abort();
        return 0;
    }
    for (const nca::JsonStyle style : {nca::JsonStyle::compact, nca::JsonStyle::spaced}) {
        const std::string written = json->dump(style);
        const auto again = nca::parse_json(written);
        if (!again || !(*again == *json) || again->dump(style) != written) std::abort();
    }
    return 0;
}
