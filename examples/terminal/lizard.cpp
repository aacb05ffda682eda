// SPDX-License-Identifier: Apache-2.0
// A lizard grows in the terminal from one cell, is cut, and grows back. With --until-end the lines of standard input
// become its caption, one after the other, and it lives until they end: `make 2>&1 | lizard --until-end`.
#include "../models/growing/lizard.hpp"

#include <nca/run.hpp>

#include "../support/terminal.hpp"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int width = 50;
constexpr int height = 44;
constexpr int life = 480; // steps

volatile std::sig_atomic_t stop_signal = 0;
extern "C" void request_stop(int signal) {
    stop_signal = signal;
}

using World = nca::Simulation<lizard::Rule, height, width>;

/// One step of a life: from the seed, with a hole in the middle and another near an end.
void live(World& world, int step) {
    if (step == 0) {
        world.clear();
        world.plant(width / 2, height / 2);
    }
    if (step == 200) world.erase(/*radius=*/7, width / 2, height / 2);
    if (step == 340) world.erase(/*radius=*/8, width / 2 - 12, height / 2 - 8);
    world.step();
}

/// The lines that come from standard input.
class Caption {
public:
    explicit Caption(bool reads) : open_{reads} {}

    [[nodiscard]] bool open() const { return open_; }
    [[nodiscard]] const std::string& line() const { return line_; }

    /// Waits for some milliseconds, and takes what comes in them.
    void wait(int milliseconds) {
#if NCA_EXAMPLES_TERMINAL
        pollfd input{open_ ? STDIN_FILENO : -1, POLLIN, 0};
        if (::poll(&input, 1, milliseconds) <= 0) return;
        char text[4096];
        const auto count = ::read(STDIN_FILENO, text, sizeof text);
        open_ = count > 0;
        for (long i = 0; i < count; ++i) {
            if (text[i] == '\n')
                line_ = std::exchange(partial_, {});
            else if (text[i] >= ' ' && partial_.size() < 500)
                partial_ += text[i];
        }
#else
        static_cast<void>(milliseconds);
        open_ = false;
#endif
    }

private:
    bool open_;
    std::string line_{};
    std::string partial_{};
};

/// Without colours: the grown lizard in characters.
void print(World& world) {
    for (int step = 0; step < 200; ++step) live(world, step);
    const auto state = world.state();
    for (int y = 0; y < height; y += 2) {
        std::string line;
        for (int x = 0; x < width; ++x) line += state(y, x)[3] > 0.1F ? '#' : ' ';
        line.erase(line.find_last_not_of(' ') + 1);
        if (!line.empty()) std::printf("%s\n", line.c_str());
    }
    std::printf("A lizard of %d living cells, grown from one; in a terminal with colours it moves.\n",
                world.living_cells());
    std::fflush(stdout);
}

void show(World& world, Caption& caption) {
    std::vector<std::uint8_t> pixels(std::size_t{4} * width * height);
    std::size_t above = 0;           // lines of the last picture
    std::fputs("\x1b[?25l", stdout); // no cursor
    const bool until_end = caption.open();
    for (long step = 0; stop_signal == 0 && (until_end ? caption.open() : step < life); step += 2) {
        for (long i = step; i < step + 2; ++i) live(world, static_cast<int>(i % life));
        static_cast<void>(world.rgba(pixels, {.background = nca::Colour{}}));
        support::TerminalSize room = support::terminal_size(stdout);
        room.rows -= 2;
        --room.columns;
        const std::vector<std::string> lines = support::half_blocks(pixels, width, height, room);
        std::string text;
        if (above == lines.size()) text += "\x1b[" + std::to_string(above) + "A";
        for (const std::string& line : lines) text.append(line).append("\x1b[K\n");
        text.append(caption.line(), 0, static_cast<std::size_t>(room.columns)).append("\x1b[K\r");
        above = lines.size();
        std::fputs(text.c_str(), stdout);
        std::fflush(stdout);
        caption.wait(66);
    }
    std::fputs("\x1b[K\x1b[?25h", stdout);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGINT, request_stop);
    std::signal(SIGTERM, request_stop);
    World world{lizard::rule(), /*seed=*/7};
    Caption caption{argc > 1 && std::strcmp(argv[1], "--until-end") == 0};
    if (support::shows_pictures(stdout)) {
        show(world, caption);
    } else {
        print(world);
    }
    while (caption.open() && stop_signal == 0) caption.wait(1000);
    if (stop_signal == 0) return 0;
    std::signal(stop_signal, SIG_DFL);
    return std::raise(stop_signal);
}
