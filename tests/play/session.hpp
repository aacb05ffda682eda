// SPDX-License-Identifier: Apache-2.0
// Runs the program `play` as a user does, on a screen of its own.
#ifndef NCA_TESTS_PLAY_SESSION_HPP
#define NCA_TESTS_PLAY_SESSION_HPP

#include <doctest/doctest.h>

#include <examples/process.hpp>
#include <io/temporary.hpp>
#include <string>
#include <support/image.hpp>

namespace nca::tests {

// NCA_PROGRAM is `env` here, so that a test chooses the environment of the program.

inline const std::string lizard = NCA_MODELS "/lizard.safetensors";
inline const std::string mushroom = NCA_MODELS "/mushroom.safetensors";

/// Runs `play` with settings such as NAME=VALUE of its environment.
[[nodiscard]] inline Outcome play_with(Arguments environment, const Arguments& arguments) {
    environment.push_back(NCA_PLAY);
    environment.insert(environment.end(), arguments.begin(), arguments.end());
    return run_program(environment);
}

/// True if the machine can make a screen; else tells that the test is skipped.
[[nodiscard]] inline bool has_screen() {
    static const bool found = run_program({"sh", "-c", "command -v xvfb-run && command -v xauth"}).status == 0;
    if (!found) MESSAGE("skipped: no xvfb-run (Debian: xvfb and xauth)");
    return found;
}

/// Runs `play` on a new screen. The pictures are drawn in software, because drivers differ, and the leak sanitizer does
/// not look at what the libraries behind X11 keep; the runs without a screen are for it.
[[nodiscard]] inline Outcome play_on_screen(const Arguments& arguments) {
    return play_with({"LSAN_OPTIONS=detect_leaks=0", "SDL_VIDEODRIVER=x11", "SDL_RENDER_DRIVER=software", "xvfb-run",
                      "-a", "-s", "-screen 0 1280x1024x24"},
                     arguments);
}

/// Checks that `play` refuses arguments in one line that holds `culprit`.
inline void check_refused(const Arguments& arguments, const std::string& culprit) {
    const Outcome outcome = play_with({"SDL_VIDEODRIVER=dummy"}, arguments);
    INFO("standard error: " << outcome.error);
    INFO("culprit: " << culprit);
    CHECK(outcome.signal == 0);
    CHECK(outcome.status == 2);
    CHECK(outcome.output.empty());
    CHECK(is_one_line(outcome.error));
    CHECK(outcome.error.starts_with("play: "));
    CHECK(outcome.error.find(culprit) != std::string::npos);
}

[[nodiscard]] inline support::Image picture_in(const std::string& path) {
    INFO(path);
    auto image = support::read_image(path);
    REQUIRE(image.ok());
    return std::move(image).value();
}

/// True if the cell shows nothing.
[[nodiscard]] inline bool is_white(const support::Image& image, int x, int y) {
    const std::uint8_t* const p = image.at(x, y);
    return p[0] == 255 && p[1] == 255 && p[2] == 255;
}

/// The number of cells that show something.
[[nodiscard]] inline int coloured(const support::Image& image) {
    int count = 0;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) count += is_white(image, x, y) ? 0 : 1;
    }
    return count;
}

/// The mean squared difference of two pictures of one size; 1 lies between black and white.
[[nodiscard]] inline double difference(const support::Image& a, const support::Image& b) {
    REQUIRE(a.width == b.width);
    REQUIRE(a.height == b.height);
    double total = 0.0;
    for (std::size_t i = 0; i < a.rgba.size(); ++i) {
        const double d = (a.rgba[i] - b.rgba[i]) / 255.0;
        total += d * d;
    }
    return total / static_cast<double>(a.rgba.size());
}

/// The words about the world's settings in a result.
[[nodiscard]] inline bool has_status(const Json& result, std::string_view words) {
    const Json* const status = result.find("status");
    REQUIRE(status != nullptr);
    return status->dump().find(Json{words}.dump()) != std::string::npos;
}

} // namespace nca::tests

#endif // NCA_TESTS_PLAY_SESSION_HPP
