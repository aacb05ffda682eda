// SPDX-License-Identifier: Apache-2.0
// What `play` refuses: one line, status 2, nothing written, no window needed.
#include <nca/run/model_file.hpp>
#include <nca/systems/mnist/rule.hpp>

#include "session.hpp"

#include <doctest/doctest.h>

#include <common/data.hpp>
#include <examples/files.hpp>

using namespace nca::tests;

TEST_CASE("play refuses models that are missing or broken") {
    const TemporaryFolder folder;
    const std::string odd = folder.file("odd.safetensors");
    check_refused({}, "MODEL");
    check_refused({odd}, "odd.safetensors");
    check_refused({lizard, odd}, "odd.safetensors");
    check_refused({folder.file("")}, folder.file(""));
    write_text(odd, "no model");
    check_refused({odd}, "odd.safetensors");
    write_text(odd, "[1, 2]");
    check_refused({odd}, "odd.safetensors");
    write_text(odd, read_text(lizard).substr(0, 5000));
    check_refused({odd}, "odd.safetensors");
}

TEST_CASE("play refuses models of digits that are broken, or that something else is asked of") {
    const TemporaryFolder folder;
    const std::string odd = folder.file("odd.json");
    write_text(odd, R"({"format": "graph-model", "modelTopology": {"node": []}})");
    check_refused({odd}, "odd.json");
    check_refused({lizard, odd}, "odd.json");

    const std::string digits = folder.file("digits.safetensors");
    REQUIRE(nca::save_model(nca::mnist::Rule<>{}, digits, {{"nca.system", "mnist"}}).ok());
    check_refused({digits, "--rotate", "30"}, "--rotate");
    check_refused({digits, "--data", folder.file("missing")}, "--data");
    check_refused({digits, "--do", "0 mouse_up 1 2 shift"}, "--do");
    write_text(digits, read_text(digits).substr(0, 50000));
    check_refused({digits}, "digits.safetensors");
    REQUIRE(nca::save_model(nca::mnist::Rule<>{}, digits, {{"nca.system", "mnist"}, {"nca.noise", "loud"}}).ok());
    check_refused({digits}, "nca.noise");

    const auto published = data_file("mnist/published_model.json");
    if (!published) return;
    write_text(odd, read_text(published->string()).substr(0, 60000));
    check_refused({odd}, "odd.json");
}

TEST_CASE("play refuses images that do not match their labels") {
    const auto images = data_file("mnist/train-images-idx3-ubyte.gz");
    const auto labels = data_file("mnist/t10k-labels-idx1-ubyte.gz");
    if (!images || !labels) return;
    const TemporaryFolder folder;
    const std::string digits = folder.file("digits.safetensors");
    REQUIRE(nca::save_model(nca::mnist::Rule<>{}, digits, {{"nca.system", "mnist"}}).ok());
    write_text(folder.file("train-images-idx3-ubyte.gz"), read_text(images->string()));
    write_text(folder.file("train-labels-idx1-ubyte.gz"), read_text(labels->string()));
    check_refused({digits, "--data", folder.file("")}, "train-labels");
    write_text(folder.file("train-images-idx3-ubyte.gz"), read_text(images->string()).substr(0, 100000));
    check_refused({digits, "--data", folder.file("")}, "train-images");
}

TEST_CASE("play refuses a folder of digits that the environment names and that holds none") {
    const TemporaryFolder folder;
    const std::string digits = folder.file("digits.safetensors");
    REQUIRE(nca::save_model(nca::mnist::Rule<>{}, digits, {{"nca.system", "mnist"}}).ok());
    const Outcome outcome =
        play_with({"SDL_VIDEODRIVER=dummy", "NCA_MNIST=" + folder.file("")}, {digits, "--frames", "1"});
    CHECK(outcome.status == 2);
    CHECK(is_one_line(outcome.error));
    CHECK(outcome.error.starts_with("play: NCA_MNIST: "));
}

TEST_CASE("play refuses values of options") {
    const auto check = [](const std::string& option, const std::string& value) {
        check_refused({lizard, option, value}, option);
    };
    for (const char* value : {"0", "-1", "2049", "ten", "1.5", ""}) {
        check("--height", value);
        check("--width", value);
    }
    check("--scale", "0");
    check("--scale", "65");
    check("--seed", "-1");
    check("--seed", "18446744073709551616");
    check("--fire-rate", "1.1");
    check("--fire-rate", "nan");
    check("--rotate", "inf");
    check("--rotate", "left");
    check("--boundary", "sphere");
    check("--speed", "0");
    check("--speed", "-5");
    check("--brush", "0");
    check("--frames", "0");
    check_refused({lizard, "--nonsense"}, "--nonsense");
    check_refused({lizard, "--speed"}, "--speed");
}

TEST_CASE("play refuses events that mean nothing") {
    for (const char* event : {"",
                              "quit",
                              "0",
                              "-1 quit",
                              "1.5 quit",
                              "0 dance",
                              "0 quit now",
                              "0 plant",
                              "0 plant 1",
                              "0 plant 1 x",
                              "0 plant 1 2 3",
                              "0 erase 1 2",
                              "0 erase 1 2 0",
                              "0 erase 1 2 -3",
                              "0 erase 1 2 nan",
                              "0 erase 1 inf 3",
                              "0 erase 1e9 1 3",
                              "0 mouse_down 1 2 middle",
                              "0 mouse_move 1 2 left",
                              "0 key",
                              "0 screenshot",
                              "99999999999999999999 quit"}) {
        check_refused({lizard, "--do", event}, "--do");
    }
    const TemporaryFolder folder;
    const std::string script = folder.file("script.txt");
    check_refused({lizard, "--script", script}, "script.txt");
    write_text(script, "# a comment\n\n  10 plant 3 4\r\n20 erase 1 2\n30 quit\n");
    check_refused({lizard, "--script", script}, "line 4");
}

TEST_CASE("play refuses image files that cannot be written, before it opens a window") {
    const TemporaryFolder folder;
    const std::string missing = folder.file("missing/picture.png");
    check_refused({lizard, "--screenshot", missing}, missing);
    check_refused({lizard, "--screenshot", folder.file("picture.jpg")}, "picture.jpg");
    for (const char* action : {"screenshot", "window", "picture"}) {
        check_refused({lizard, "--do", "100 " + std::string{action} + " " + missing}, missing);
    }
    CHECK(folder.count() == 0);
}

TEST_CASE("play explains what to do without a screen") {
    const Outcome outcome =
        play_with({"-u", "WAYLAND_DISPLAY", "LSAN_OPTIONS=detect_leaks=0", "SDL_VIDEODRIVER=x11", "DISPLAY=:98765"},
                  {lizard, "--frames", "1"});
    CHECK(outcome.status == 2);
    CHECK(outcome.output.empty());
    CHECK(is_one_line(outcome.error));
    CHECK(outcome.error.find("xvfb-run") != std::string::npos);
}

TEST_CASE("play does not run unseen unless it is told to") {
    const auto play_without_display = [](const Arguments& settings) {
        Arguments environment;
        for (const char* name : {"WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DISPLAY", "SDL_VIDEODRIVER"}) {
            environment.insert(environment.end(), {"-u", name});
        }
        environment.push_back("LSAN_OPTIONS=detect_leaks=0");
        environment.insert(environment.end(), settings.begin(), settings.end());
        return play_with(environment, {lizard, "--frames", "1"});
    };
    for (const Arguments& settings :
         {Arguments{}, Arguments{"DISPLAY="}, Arguments{"DISPLAY=:98765"}, Arguments{"SDL_VIDEODRIVER="}}) {
        const Outcome outcome = play_without_display(settings);
        INFO(outcome.error);
        CHECK(outcome.status == 2);
        CHECK(outcome.output.empty());
        CHECK(is_one_line(outcome.error));
        CHECK(outcome.error.find("no window can be opened") != std::string::npos);
        CHECK(outcome.error.find("xvfb-run") != std::string::npos);
    }
    CHECK(play_without_display({"SDL_VIDEODRIVER=dummy"}).status == 0);
}

TEST_CASE("the help of play lists its options and where to find the keys") {
    const Outcome outcome = play_with({}, {"--help"});
    CHECK(outcome.status == 0);
    CHECK(outcome.error.empty());
    for (const char* word : {"MODEL", "--height", "--width", "--scale", "--seed", "--fire-rate", "--rotate",
                             "--boundary", "--speed", "--brush", "--frames", "--screenshot", "--script", "--do",
                             "--data", "--depth", "--goal", "NCA_MNIST", "digits"}) {
        INFO(outcome.output);
        INFO(word);
        CHECK(outcome.output.find(word) != std::string::npos);
    }
    for (const char* trace : {"->", "ENUM", "{,"}) CHECK(outcome.output.find(trace) == std::string::npos);
}
