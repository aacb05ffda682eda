// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_PROGRESS_HPP
#define NCA_EXAMPLES_SUPPORT_PROGRESS_HPP

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace support {

/// What a progress line tells.
struct ProgressState {
    long iteration = 0; ///< done so far
    long total = 0;
    double loss = 0.0;
    double speed = 0.0;   ///< iterations a second; 0 while unknown
    double elapsed = 0.0; ///< seconds
};

/// A progress line of at most `columns` characters, with a bar if there is room for one.
[[nodiscard]] std::string progress_line(const ProgressState& state, int columns);

/// Seconds as "8s", "3m07s" or "2h05m".
[[nodiscard]] std::string duration_text(double seconds);

/// The progress of a training run on standard error: iteration, loss, speed, time left, time passed. On a terminal one
/// line is redrawn, ten times a second at most; elsewhere (a log file, CI) a new line is printed every ten seconds. It
/// never waits for whoever reads it: a line that finds no room is left out. (libindicators would do it, but Debian 12
/// has no package of it.)
class ProgressBar {
public:
    /// A bar for iterations `first` (where a resumed run continues) to `total`.
    explicit ProgressBar(long total, long first = 0, std::FILE* stream = stderr);
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;
    /// As finish().
    ~ProgressBar() { finish(); }

    /// Tells that `iteration` iterations are done. Cheap enough to be called after each.
    void update(long iteration, double loss);

    /// Shows lines above the bar, over those of the last call if they are as many. Does nothing where the stream is no
    /// terminal, or takes no text now.
    void show_above(const std::vector<std::string>& lines);

    /// Shows the last state and ends the line, so that what is printed next starts on its own. Call it before printing
    /// anything else, also when the run was stopped; later calls do nothing.
    void finish();

private:
    using Clock = std::chrono::steady_clock;
    struct Mark {
        Clock::time_point time;
        long iteration;
    };
    void show(Clock::time_point now);

    std::FILE* stream_;
    bool terminal_;
    bool unshown_ = false;
    bool line_open_ = false;
    std::size_t above_ = 0; ///< lines above the bar that show_above() may replace
    long first_;
    Clock::time_point start_;
    Clock::time_point shown_;
    ProgressState state_;
    // The speed is that of the last 15 to 30 seconds: measured from the mark, to which the next one succeeds.
    Mark mark_;
    Mark next_mark_;
};

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_PROGRESS_HPP
