// SPDX-License-Identifier: Apache-2.0
// Trainings that are ended at random moments.
#include "../training.hpp"

#include <nca/core/philox.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

namespace {

using namespace nca::tests;

constexpr long iterations = 400;

Arguments part_of(const std::string& folder) {
    return training(folder, iterations, {"--checkpoint-every", "0", "--threads", "2"});
}

} // namespace

TEST_CASE("grow: fifty times killed at a random moment and resumed, a training gives the bytes of one that ran through") {
    const TemporaryFolder folder;
    const std::string whole = folder.file("whole");
    const std::string parts = folder.file("parts");
    train(whole, iterations, {"--checkpoint-every", "0", "--threads", "1"});
    constexpr int signals[] = {SIGKILL, SIGTERM, SIGHUP, SIGPIPE};
    const nca::Philox random{2026};
    int killed = 0;
    for (std::uint32_t run = 0; run < 50; ++run) {
        const int signal = signals[run % 4];
        INFO("run " << run << ", signal " << signal);
        Arguments arguments = part_of(parts);
        if (std::filesystem::exists(checkpoint_in(parts))) {
            arguments.emplace_back("--resume");
        } else if (run > 0) {
            arguments.emplace_back("--overwrite");
        }
        Process process{arguments};
        std::this_thread::sleep_for(std::chrono::microseconds(random.below(run, 60000)));
        if (process.running()) process.send(signal);
        if (signal == SIGPIPE) { // nothing ends a training by going away
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            if (process.running()) process.send(SIGTERM);
        }
        const Outcome outcome = process.wait();
        killed += outcome.status == 0 ? 0 : 1;
        CHECK((outcome.signal == (signal == SIGKILL ? SIGKILL : 0) || outcome.signal == signal));
        CHECK(snapshot(parts).size() <= 6); // the files of a finished training, and at most one leftover
        if (std::filesystem::exists(checkpoint_in(parts))) CHECK(nca::read_safetensors(checkpoint_in(parts)).ok());
        if (std::filesystem::exists(model_in(parts))) CHECK(nca::read_safetensors(model_in(parts)).ok());
    }
    CHECK(killed >= 25);
    Arguments last = part_of(parts);
    last.emplace_back("--resume");
    static_cast<void>(result_of(last));
    CHECK(read_text(checkpoint_in(parts)) == read_text(checkpoint_in(whole)));
    CHECK(read_text(model_in(parts)) == read_text(model_in(whole)));
    CHECK(snapshot(parts).size() == snapshot(whole).size());
}
