// SPDX-License-Identifier: Apache-2.0
// Terminals: what a stream is, how large it is, and pictures made of characters.
#ifndef NCA_EXAMPLES_SUPPORT_TERMINAL_HPP
#define NCA_EXAMPLES_SUPPORT_TERMINAL_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#define NCA_EXAMPLES_TERMINAL 1
#else
#define NCA_EXAMPLES_TERMINAL 0
#endif

namespace support {

/// Characters that a terminal has room for.
struct TerminalSize {
    int columns = 80;
    int rows = 24;
};

#if NCA_EXAMPLES_TERMINAL
/// True if a stream is a terminal on which the cursor can be moved.
[[nodiscard]] inline bool is_terminal(std::FILE* stream) {
    const char* const kind = std::getenv("TERM");
    return ::isatty(::fileno(stream)) != 0 && (kind == nullptr || std::strcmp(kind, "dumb") != 0);
}

/// The size of a terminal; 80 x 24 if it does not tell.
[[nodiscard]] inline TerminalSize terminal_size(std::FILE* stream) {
    TerminalSize size;
    winsize told{};
    if (::ioctl(::fileno(stream), TIOCGWINSZ, &told) != 0) return size;
    if (told.ws_col > 0) size.columns = told.ws_col;
    if (told.ws_row > 0) size.rows = told.ws_row;
    return size;
}

/// False while a pipe is full, or a terminal is held: writing would wait for the reader.
[[nodiscard]] inline bool takes_text(std::FILE* stream) {
    pollfd output{::fileno(stream), POLLOUT, 0};
    return ::poll(&output, 1, 0) != 0;
}
#else
[[nodiscard]] inline bool is_terminal(std::FILE* /*stream*/) {
    return false;
}

[[nodiscard]] inline TerminalSize terminal_size(std::FILE* /*stream*/) {
    return {};
}

[[nodiscard]] inline bool takes_text(std::FILE* /*stream*/) {
    return true;
}
#endif

/// True if pictures can be shown on a stream: a terminal whose user has not refused colours (https://no-color.org).
[[nodiscard]] inline bool shows_pictures(std::FILE* stream) {
    const char* const refused = std::getenv("NO_COLOR");
    return is_terminal(stream) && (refused == nullptr || *refused == '\0');
}

/// The lines of a picture in 24-bit colours, two pixels one above the other in each character, reduced by a whole
/// factor until it fits. `rgba`: opaque pixels, rows of `width` without gaps. Precondition: the sizes fit.
[[nodiscard]] inline std::vector<std::string> half_blocks(std::span<const std::uint8_t> rgba, int width, int height,
                                                          TerminalSize room) {
    using Pixel = std::array<int, 3>;
    int factor = 1;
    while (width / factor > std::max(room.columns, 1) || height / factor > 2 * std::max(room.rows, 1)) ++factor;
    const int columns = std::max(width / factor, 1);
    const int rows = std::max(height / factor, 1);
    const auto mean = [&](int column, int row) {
        Pixel sum{};
        if (row >= rows) return Pixel{255, 255, 255};
        int count = 0;
        for (int y = row * factor; y < std::min((row + 1) * factor, height); ++y) {
            for (int x = column * factor; x < std::min((column + 1) * factor, width); ++x, ++count) {
                const std::size_t at =
                    4 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
                for (std::size_t c = 0; c < 3; ++c) sum[c] += rgba[at + c];
            }
        }
        for (int& part : sum) part /= count;
        return sum;
    };
    std::vector<std::string> lines;
    for (int row = 0; row < rows; row += 2) {
        std::string& line = lines.emplace_back();
        std::array<Pixel, 2> last{Pixel{-1, -1, -1}, Pixel{-1, -1, -1}}; // foreground, background
        for (int column = 0; column < columns; ++column) {
            const std::array<Pixel, 2> pixels{mean(column, row), mean(column, row + 1)};
            const bool plain = pixels[0] == pixels[1]; // a blank in the colour of the background, which is shorter
            for (const std::size_t half : {std::size_t{0}, std::size_t{1}}) {
                if ((plain && half == 0) || pixels[half] == last[half]) continue;
                std::array<char, 32> code{};
                std::snprintf(code.data(), code.size(), "\x1b[%d;2;%d;%d;%dm", half == 0 ? 38 : 48, pixels[half][0],
                              pixels[half][1], pixels[half][2]);
                line += code.data();
                last[half] = pixels[half];
            }
            line += plain ? " " : "\xe2\x96\x80"; // the upper half block
        }
        line += "\x1b[0m";
    }
    return lines;
}

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_TERMINAL_HPP
