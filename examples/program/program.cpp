// SPDX-License-Identifier: Apache-2.0
#include "program.hpp"

#include <nca/io/file.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>

namespace program {

bool try_print(const nca::Json& result) {
    std::printf("%s\n", result.dump(nca::JsonStyle::spaced).c_str());
    return std::fflush(stdout) == 0;
}

void print_result(const nca::Json& result) {
    if (!try_print(result)) throw Failure{output_failure};
}

std::optional<Range> parse_range(std::string_view text, long max) {
    Range range;
    const std::size_t dash = text.find('-');
    if (!parse_number(text.substr(0, dash), 0, max, range.first)) return std::nullopt;
    range.last = range.first;
    if (dash != std::string_view::npos && !parse_number(text.substr(dash + 1), range.first, max, range.last)) {
        return std::nullopt;
    }
    return range;
}

void require_writable(const std::string& path) {
    // Nothing remains of it without a commit.
    static_cast<void>(require(nca::AtomicFile::create(path)));
}

void require_grid(int height, int width) {
    if (static_cast<long>(height) * width <= max_cells) return;
    throw Failure{"a grid of " + std::to_string(height) + " x " + std::to_string(width) +
                  " cells is too large: --height times --width must be at most " + std::to_string(max_cells)};
}

std::string extension_of(const std::string& path) {
    const std::size_t dot = path.rfind('.');
    const std::size_t slash = path.rfind('/');
    if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return {};
    std::string extension = path.substr(dot);
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension;
}

std::string stem_of(const std::string& path) {
    return std::filesystem::path{path}.stem().string();
}

} // namespace program
