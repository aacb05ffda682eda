// SPDX-License-Identifier: Apache-2.0
#include "scratch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <support/progress.hpp>

TEST_CASE("progress: durations") {
    CHECK(support::duration_text(0.4) == "0s");
    CHECK(support::duration_text(59.4) == "59s");
    CHECK(support::duration_text(187.0) == "3m07s");
    CHECK(support::duration_text(7500.0) == "2h05m");
    CHECK(support::duration_text(-1.0) == "0s");
    CHECK_FALSE(support::duration_text(1e300).empty());
}

TEST_CASE("progress: a line has iteration, loss, speed and time left, within the terminal's width") {
    const support::ProgressState state{2000, 8000, 1.25e-3, 12.5, 160.0};
    const std::string wide = support::progress_line(state, 120);
    for (const char* part :
         {"2000/8000", "1.250e-03", "12.5 it/s", "left 8m00s", "elapsed 2m40s", "25%", "[########.."})
        CHECK(contains(wide, part));
    CHECK(wide.size() <= 120);
    for (const int columns : {0, 1, 20, 60, 79})
        CHECK(support::progress_line(state, columns).size() <= static_cast<std::size_t>(columns));
    CHECK(contains(support::progress_line({}, 80), "0/0"));
    CHECK_FALSE(contains(support::progress_line({1, 10, 0.5, 0.0, 0.0}, 80), "left"));
}

TEST_CASE("progress: a file gets plain lines, few of them, and always the last") {
    const Scratch scratch;
    {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream{std::fopen((scratch / "log").c_str(), "w"),
                                                                     std::fclose};
        REQUIRE(stream != nullptr);
        support::ProgressBar bar{1000, 0, stream.get()};
        for (int i = 1; i <= 700; ++i) bar.update(i, 0.1);
        bar.finish();
        bar.finish();
    }
    std::ifstream file{scratch / "log"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
    CHECK(contains(text, "700/1000"));
    CHECK_FALSE(contains(text, "\r"));
    CHECK_FALSE(contains(text, "\x1b"));
}
