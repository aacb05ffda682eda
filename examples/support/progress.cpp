// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include "terminal.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace support {
namespace {

template <class... Values>
std::string formatted(const char* pattern, Values... values) {
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(), pattern, values...);
    return text.data();
}

} // namespace

std::string duration_text(double seconds) {
    const long whole = std::lround(std::clamp(seconds, 0.0, 3.6e8));
    if (whole < 60) return formatted("%lds", whole);
    if (whole < 3600) return formatted("%ldm%02lds", whole / 60, whole % 60);
    return formatted("%ldh%02ldm", whole / 3600, whole / 60 % 60);
}

std::string progress_line(const ProgressState& state, int columns) {
    const double fraction =
        state.total > 0 ? std::clamp(static_cast<double>(state.iteration) / static_cast<double>(state.total), 0.0, 1.0)
                        : 1.0;
    const long left = std::max(state.total - state.iteration, 0L);
    std::string text = formatted("%ld/%ld", state.iteration, state.total) + formatted("  loss %.3e", state.loss);
    if (state.speed > 0.0) {
        text += formatted(state.speed < 10.0 ? "  %.2f it/s" : "  %.1f it/s", state.speed);
        text += "  left " + duration_text(static_cast<double>(left) / state.speed);
    }
    text += "  elapsed " + duration_text(state.elapsed);

    const int room = columns - static_cast<int>(text.size()) - 10; // "[] 100%  "
    if (room >= 8) {
        const int width = std::min(room, 32);
        const int filled = static_cast<int>(fraction * width);
        std::string bar{"["};
        bar.append(static_cast<std::size_t>(filled), '#').append(static_cast<std::size_t>(width - filled), '.');
        bar += formatted("] %3.0f%%  ", std::floor(fraction * 100.0));
        text.insert(0, bar);
    }
    return text.substr(0, static_cast<std::size_t>(std::max(columns, 0)));
}

ProgressBar::ProgressBar(long total, long first, std::FILE* stream)
    : stream_{stream}, terminal_{is_terminal(stream)}, first_{first}, start_{Clock::now()}, shown_{start_},
      state_{first, total}, mark_{start_, first}, next_mark_{mark_} {}

void ProgressBar::update(long iteration, double loss) {
    state_.iteration = iteration;
    state_.loss = loss;
    unshown_ = true;
    const Clock::time_point now = Clock::now();
    const auto interval = terminal_ ? std::chrono::milliseconds{100} : std::chrono::milliseconds{10000};
    // The first update shows at once: a log file then tells early that the run has begun.
    if (iteration - first_ > 1 && now - shown_ < interval && iteration < state_.total) return;
    show(now);
}

void ProgressBar::show(Clock::time_point now) {
    if (!takes_text(stream_)) return;
    state_.elapsed = std::chrono::duration<double>(now - start_).count();
    const double window = std::chrono::duration<double>(now - mark_.time).count();
    if (window > 0.0 && state_.iteration > mark_.iteration) {
        state_.speed = static_cast<double>(state_.iteration - mark_.iteration) / window;
    }
    if (now - next_mark_.time > std::chrono::seconds{15}) mark_ = std::exchange(next_mark_, {now, state_.iteration});
    if (terminal_) {
        // Return to the line's start, then clear what a longer line left. The last column stays free, because some
        // terminals wrap as soon as it is filled.
        std::fprintf(stream_, "\r%s\x1b[K", progress_line(state_, terminal_size(stream_).columns - 1).c_str());
        line_open_ = true;
    } else {
        std::fprintf(stream_, "%s\n", progress_line(state_, 80).c_str());
    }
    std::fflush(stream_);
    shown_ = now;
    unshown_ = false;
}

void ProgressBar::show_above(const std::vector<std::string>& lines) {
    if (!terminal_ || !takes_text(stream_)) return;
    std::string text = "\r";
    const bool over = line_open_ && lines.size() == above_;
    if (over && above_ > 0) text.append("\x1b[").append(std::to_string(above_)).append("A");
    for (const std::string& line : lines) text.append(line).append("\x1b[K\n");
    std::fputs(text.c_str(), stream_);
    above_ = lines.size();
    show(Clock::now());
}

void ProgressBar::finish() {
    if (unshown_) show(Clock::now());
    if (line_open_ && takes_text(stream_)) {
        std::fputc('\n', stream_);
        std::fflush(stream_);
    }
    line_open_ = false;
    above_ = 0;
}

} // namespace support
