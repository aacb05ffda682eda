// SPDX-License-Identifier: Apache-2.0
// However a training ends, nothing is lost; and nothing that is dear is overwritten.
#include "training.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <thread>

namespace {

using namespace nca::tests;
using nca::Json;

constexpr long forever = 10000000;

/// A training that writes a checkpoint after every iteration.
Arguments busy_training(const std::string& folder, long iterations) {
    return training(folder, iterations, {"--checkpoint-every", "0", "--experiment", "growing"});
}

void check_refused(const Arguments& arguments, const std::string& folder, const std::string& words) {
    const auto before = snapshot(folder);
    const Outcome outcome = run_program(arguments);
    INFO(outcome.error);
    CHECK(outcome.status == 2);
    CHECK(outcome.output.empty());
    CHECK(is_one_line(outcome.error));
    CHECK(outcome.error.find(words) != std::string::npos);
    CHECK(snapshot(folder) == before);
}

} // namespace

TEST_CASE("stopping: a reader of the progress that goes away does not matter") {
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    const Outcome outcome = run_program(busy_training(out, 5), {.break_error = true});
    CHECK(number_in(result_of(outcome), "iterations") == 5.0);

    const std::string stopped = folder.file("stopped");
    Process process{busy_training(stopped, forever), {.break_error = true}};
    wait_for_checkpoint(process, stopped);
    process.send(SIGINT); // a pipeline gets the same Ctrl-C as its reader
    CHECK(process.wait().status == 128 + SIGINT);
    CHECK(std::filesystem::exists(model_in(stopped)));
}

TEST_CASE("stopping: without a standard error no file gets the progress") {
    const TemporaryFolder folder;
    const std::string with = folder.file("with");
    const std::string without = folder.file("without");
    static_cast<void>(result_of(busy_training(with, 5)));
    static_cast<void>(result_of(run_program(busy_training(without, 5), {.close_input = true, .close_error = true})));
    CHECK(read_text(checkpoint_in(without)) == read_text(checkpoint_in(with)));
    CHECK(read_text(model_in(without)) == read_text(model_in(with)));
}

TEST_CASE("stopping: what ends a session, a job or a limit ends a training with its files") {
    const TemporaryFolder folder;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGUSR1, SIGUSR2}) {
        CAPTURE(signal);
        const std::string out = folder.file(std::to_string(signal));
        Process process{busy_training(out, forever)};
        wait_for_checkpoint(process, out);
        process.send(signal);
        CHECK(process.wait().status == 128 + signal);
        CHECK(std::filesystem::exists(model_in(out)));
        CHECK(snapshot(out).size() == 2);
    }
}

TEST_CASE("stopping: a signal that is sent twice within a moment is one wish") {
    const TemporaryFolder folder;
    for (int trial = 0; trial < 5; ++trial) {
        const std::string out = folder.file(std::to_string(trial));
        Process process{busy_training(out, forever)};
        wait_for_checkpoint(process, out);
        process.send(SIGTERM);
        std::this_thread::sleep_for(std::chrono::microseconds(300 * trial));
        if (process.running()) process.send(SIGTERM);
        if (process.running()) process.send(SIGINT);
        const Outcome outcome = process.wait();
        // Of two that arrive together the system delivers either first.
        CHECK((outcome.status == 128 + SIGTERM || outcome.status == 128 + SIGINT));
        CHECK(std::filesystem::exists(model_in(out)));
        CHECK(snapshot(out).size() == 2);
    }
}

TEST_CASE("stopping: a signal that the program was started to ignore stays ignored") {
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    Process process{busy_training(out, forever), {.ignored_signal = SIGHUP}}; // nohup
    wait_for_checkpoint(process, out);
    process.send(SIGHUP);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(process.running());
    process.send(SIGTERM);
    CHECK(process.wait().status == 128 + SIGTERM);
}

TEST_CASE("writing: a folder that holds a training is continued or replaced only if told to") {
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    static_cast<void>(result_of(busy_training(out, 2)));
    const std::string model = read_text(model_in(out));
    Arguments again = busy_training(out, 2);
    again.insert(again.end(), {"--seed", "5"});
    check_refused(again, folder.file(""), "--overwrite");
    std::filesystem::remove(checkpoint_in(out));
    check_refused(again, folder.file(""), "model.safetensors");
    again.emplace_back("--overwrite");
    static_cast<void>(result_of(again));
    CHECK(read_text(model_in(out)) != model);
    again.emplace_back("--resume");
    check_refused(again, folder.file(""), "--resume");
}

TEST_CASE("writing: two trainings in one folder see each other") {
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    Process first{training(out, forever)};
    while (first.running() && !std::filesystem::exists(out)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    check_refused(training(out, 2), folder.file(""), "another training");
    check_refused(training(out, 2, {"--overwrite"}), folder.file(""), "another training");
    first.send(SIGTERM);
    CHECK(first.wait().status == 128 + SIGTERM);
    CHECK(number_in(train(out, 2, {"--overwrite"}), "iterations") == 2.0);
}

TEST_CASE("writing: under a limit on file sizes what is small is saved, and the reason is told") {
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    // The model has 36 kB, the checkpoint 240 kB and more.
    const Outcome outcome = run_program(busy_training(out, 3), {.file_size = 100'000});
    CHECK(outcome.status == 2);
    CHECK(outcome.error.find("checkpoint.safetensors") != std::string::npos);
    CHECK(snapshot(out).size() == 1);
    static_cast<void>(result_of({"run", model_in(out), "--steps", "1"}));

    const auto before = snapshot(folder.file(""));
    const Outcome state =
        run_program({"run", model_in(out), "--steps", "1", "--out", folder.file("s.safetensors")}, {.file_size = 4096});
    CHECK(state.status == 2);
    CHECK(is_one_line(state.error));
    CHECK(snapshot(folder.file("")) == before);
}

TEST_CASE("writing: what a killed training left is used again") {
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    for (int kill = 0; kill < 4; ++kill) {
        Arguments arguments = busy_training(out, forever);
        if (kill > 0) arguments.emplace_back("--resume");
        Process process{arguments};
        wait_for_checkpoint(process, out);
        std::this_thread::sleep_for(std::chrono::milliseconds(17 * kill + 20));
        process.send(SIGKILL);
        CHECK(process.wait().signal == SIGKILL);
        CHECK(snapshot(out).size() <= 2); // the checkpoint, and at most one leftover
    }
    Process last{[&] {
        Arguments arguments = busy_training(out, forever);
        arguments.emplace_back("--resume");
        return arguments;
    }()};
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    last.send(SIGTERM);
    CHECK(last.wait().status == 128 + SIGTERM);
    CHECK(snapshot(out).size() == 2);
}

TEST_CASE("writing: help and version are checked, too") {
    if (!std::filesystem::exists("/dev/full")) {
        MESSAGE("skipped: this system has no /dev/full");
        return;
    }
    for (const Arguments& arguments : {Arguments{"--version"}, Arguments{"--help"}, Arguments{"grow", "--help"}}) {
        const Outcome outcome = run_program(arguments, {.output = "/dev/full"});
        CHECK(outcome.status == 2);
        CHECK(is_one_line(outcome.error));
        CHECK(outcome.error.find("standard output") != std::string::npos);
    }
}
