// SPDX-License-Identifier: Apache-2.0
// Bad input to `nca mnist`: exit status 2, one line on standard error that names the culprit, and every file as it was.
#include "mnist_files.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <support/image.hpp>

namespace {

using namespace nca::tests;

/// Digits, a model that was trained on them for an instant, a growing model and a good drawing.
struct Workshop {
    DigitFolder digits{};
    TemporaryFolder folder{};
    std::string model = folder.file("trained/model.safetensors");
    std::string growing = folder.file("growing.safetensors");
    std::string drawing = folder.file("drawing.png");

    Workshop() {
        static_cast<void>(result_of(mnist_training(digits.path, folder.file("trained"), 1)));
        write_model(growing, {{"nca.system", "growing"}});
        support::Image image{20, 20, {255, 255, 255, 255}};
        for (int y = 5; y < 15; ++y) std::fill_n(image.at(8, y), 3, std::uint8_t{0});
        REQUIRE(support::write_png(drawing, image).ok());
    }

    /// A run that would make two files.
    [[nodiscard]] Arguments run(const Arguments& more) const { return run_with(model, more); }
    [[nodiscard]] Arguments run_with(const std::string& with_model, const Arguments& more) const {
        Arguments arguments{"mnist",
                            "run",
                            with_model,
                            "--steps",
                            "1",
                            "--out",
                            folder.file("new.png"),
                            "--out",
                            folder.file("new.webp")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    [[nodiscard]] Arguments eval(const Arguments& more = {}) const {
        Arguments arguments{"mnist", "eval", model, "--steps", "1", "--data", digits.path};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    /// The program must refuse, in one line that contains every word, and leave the folders as they are.
    void check_refused(const Arguments& arguments, const std::vector<std::string>& words) const {
        const auto before = snapshot(folder.file(""));
        const auto data = snapshot(digits.path);
        const Outcome outcome = run_program(arguments);
        std::string command = "nca";
        for (const std::string& word : arguments) command += " '" + word + "'";
        INFO(command);
        INFO("standard error: " << outcome.error);
        CHECK(outcome.signal == 0);
        CHECK(outcome.status == 2);
        CHECK(outcome.output.empty());
        CHECK(is_one_line(outcome.error));
        CHECK(outcome.error.starts_with("nca: "));
        for (const std::string& word : words) CHECK(outcome.error.find(word) != std::string::npos);
        CHECK(snapshot(folder.file("")) == before);
        CHECK(snapshot(digits.path) == data);
    }
    /// Every command that reads the digits must refuse them.
    void check_digits_refused(const std::vector<std::string>& words) const {
        check_refused(eval(), words);
        check_refused(run({"--digits", "0", "--data", digits.path}), words);
        check_refused(mnist_training(digits.path, folder.file("new"), 2), words);
    }
};

} // namespace

TEST_CASE("mnist bad input: the model and the digits of this test are good") {
    const Workshop shop;
    static_cast<void>(result_of(shop.eval()));
    static_cast<void>(result_of(shop.run({"--digits", "0,11", "--picture", shop.drawing, "--data", shop.digits.path})));
    CHECK(snapshot(shop.folder.file("")).contains(shop.folder.file("new.png")));
    CHECK(snapshot(shop.folder.file("")).contains(shop.folder.file("new.webp")));
}

TEST_CASE("mnist bad input: IDX files that are cut off, or whose labels do not match") {
    for (const std::string name : {"images-idx3-ubyte", "labels-idx1-ubyte"}) {
        const Workshop shop;
        const std::string train = shop.digits.read("train-" + name);
        for (const std::size_t length : {std::size_t{0}, std::size_t{3}, std::size_t{7}, train.size() - 1}) {
            for (const std::string set : {"train-", "t10k-"}) shop.digits.write(set + name, train.substr(0, length));
            shop.check_digits_refused({name});
        }
        for (const std::string set : {"train-", "t10k-"}) shop.digits.write(set + name, train + "x");
        shop.check_digits_refused({name});
    }
    const Workshop shop;
    for (const std::string set : {"train-", "t10k-"}) {
        shop.digits.write(set + "labels-idx1-ubyte", idx_file({2049, 11}, std::string(11, '\1')));
    }
    shop.check_digits_refused({"labels", "11", "12"});
    for (const std::string set : {"train-", "t10k-"}) {
        shop.digits.write(set + "labels-idx1-ubyte", idx_file({2049, 12}, std::string(12, '\12')));
    }
    shop.check_digits_refused({"label", "10"});
}

TEST_CASE("mnist bad input: the message about missing data names the source and the option") {
    const Workshop shop;
    const std::string missing = shop.folder.file("missing");
    const std::vector<std::string> words{"NCA_MNIST", "--data", "http", missing};
    shop.check_refused(shop.run({"--digits", "0", "--data", missing}), words);
    shop.check_refused({"mnist", "eval", shop.model, "--data", missing}, words);
    shop.check_refused(mnist_training(missing, shop.folder.file("new"), 2), words);
    const char* const before = std::getenv("NCA_MNIST");
    const std::string kept = before == nullptr ? "" : before;
    ::setenv("NCA_MNIST", missing.c_str(), 1);
    shop.check_refused({"mnist", "eval", shop.model}, words);
    before == nullptr ? ::unsetenv("NCA_MNIST") : ::setenv("NCA_MNIST", kept.c_str(), 1);
}

TEST_CASE("mnist bad input: digits that do not exist, or are no numbers") {
    const Workshop shop;
    for (const char* const digits : {"12", "0,1,12", "5-12", "999999999"}) {
        shop.check_refused(shop.run({"--data", shop.digits.path, "--digits", digits}), {"--digits"});
    }
    for (const char* const digits :
         {"-1", "1,", ",1", "1,,2", "a", "1 2", "1.5", "3-1", "1-", "1-2-3", "99999999999"}) {
        shop.check_refused(shop.run({"--data", shop.digits.path, "--digits", digits}), {"--digits"});
    }
    shop.check_refused(shop.run({"--data", shop.digits.path, "--digits", "12"}), {"12", "0 to 11"});
    shop.check_refused(shop.run({"--data", shop.digits.path, "--digits", "0-999999999"}), {"at most"});
    shop.check_refused(shop.run({}), {"--digits", "--picture"});
}

TEST_CASE("mnist bad input: images without ink, of too many cells, or files that are not images") {
    const Workshop shop;
    const std::string picture = shop.folder.file("odd.png");
    const auto check = [&](const support::Image& image, const std::string& word, const Arguments& more = {}) {
        REQUIRE(support::write_png(picture, image).ok());
        Arguments arguments = shop.run({"--picture", picture});
        arguments.insert(arguments.end(), more.begin(), more.end());
        shop.check_refused(arguments, {"odd.png", word});
    };
    check(support::Image{30, 30, {255, 255, 255, 255}}, "no ink");
    check(support::Image{30, 30, {0, 0, 0, 255}}, "no ink");
    check(support::Image{30, 30, {0, 0, 0, 0}}, "no ink");
    check(support::Image{1, 1, {90, 10, 10, 255}}, "no ink");
    support::Image faint{30, 30, {200, 200, 200, 255}};
    faint.at(15, 15)[0] = 180;
    check(faint, "no ink");
    support::Image speck{3000, 10, {255, 255, 255, 255}};
    speck.at(15, 5)[0] = 0;
    check(speck, "cells", {"--fit", "100"});
    write_text(picture, "no picture");
    shop.check_refused(shop.run({"--picture", picture}), {"odd.png"});
    shop.check_refused(shop.run({"--picture", shop.folder.file("missing.png")}), {"missing.png"});
    // One that is good does not save one that is not.
    shop.check_refused(shop.run({"--picture", shop.drawing, "--picture", picture}), {"odd.png"});
}

TEST_CASE("mnist bad input: models of another system, and of none") {
    const Workshop shop;
    const Arguments picture{"--picture", shop.drawing};
    const std::string json = shop.folder.file("growing.json");
    static_cast<void>(result_of({"export", shop.growing, json}));
    for (const std::string& path : {shop.growing, json}) {
        shop.check_refused(shop.run_with(path, picture), {path, "system 'growing'"});
        shop.check_refused({"mnist", "eval", path, "--data", shop.digits.path}, {path, "system 'growing'"});
    }
    const std::string graph = shop.folder.file("graph.json");
    write_text(graph, R"({"format": "graph-model", "modelTopology": {"node": []}, "weightsManifest": []})");
    for (const auto& [path, word] : {std::pair{shop.model, "system 'mnist'"}, std::pair{graph, "constants"}}) {
        shop.check_refused({"run", path, "--steps", "1", "--out", shop.folder.file("new.png")}, {path, word});
        shop.check_refused({"evaluate", path, "--target", "lizard", "--steps", "1", "--seeds", "1"}, {path, word});
        shop.check_refused({"export", path, shop.folder.file("new.hpp")}, {path, word});
    }
    // A graph without weights is no model either.
    shop.check_refused(shop.run_with(graph, picture), {"graph.json", "constants"});
    shop.check_refused({"info", graph}, {"graph.json", "constants"});
    shop.check_refused({"import", graph, shop.folder.file("new.safetensors")}, {"graph.json", "constants"});
    const std::string text = shop.folder.file("text");
    write_text(text, "a text");
    shop.check_refused(shop.run_with(text, picture), {text});
    shop.check_refused(shop.run_with(shop.folder.file("missing"), picture), {"missing"});
}

TEST_CASE("mnist bad input: commands and options that do not exist or make no sense") {
    const Workshop shop;
    const Arguments picture{"--picture", shop.drawing};
    shop.check_refused({"mnist"}, {"command"});
    shop.check_refused({"mnist", "nonsense"}, {"nonsense"});
    shop.check_refused({"mnist", "run"}, {"MODEL"});
    shop.check_refused({"mnist", "eval"}, {"MODEL"});
    shop.check_refused({"mnist", "train"}, {"--out"});
    const auto with = [&](const Arguments& more) {
        Arguments arguments = shop.run(picture);
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    };
    for (const char* const option : {"--fit", "--steps", "--seed", "--noise", "--fire-rate", "--threads", "--scale"}) {
        shop.check_refused(with({option, "-1"}), {option});
        shop.check_refused(with({option, "x"}), {option});
    }
    shop.check_refused(with({"--out", shop.folder.file("new.gif")}), {"new.gif"});
    shop.check_refused(with({"--out", shop.folder.file("no/such/folder.png")}), {"folder.png"});
    shop.check_refused(shop.eval({"--count", "0"}), {"--count"});
    shop.check_refused(shop.eval({"--steps", "0"}), {"--steps"});
    shop.check_refused(mnist_training(shop.digits.path, shop.folder.file("new"), 1, {"--loss", "l3"}), {"--loss"});
    shop.check_refused(mnist_training(shop.digits.path, shop.folder.file("new"), 1, {"--scheme", "x"}), {"--scheme"});
    shop.check_refused(mnist_training(shop.digits.path, shop.folder.file("new"), 1, {"--resume"}), {"checkpoint"});
}
