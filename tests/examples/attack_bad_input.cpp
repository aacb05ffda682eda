// SPDX-License-Identifier: Apache-2.0
// Bad input to `nca attack`, and to `nca run` under attack: exit status 2, one line on standard error that names the
// culprit, and every file as it was.
#include "mnist_files.hpp"
#include "training.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

namespace {

using namespace nca::tests;

/// Models of both systems, matrices, a folder of digits.
struct Workshop {
    DigitFolder digits{};
    TemporaryFolder folder{};
    std::string creature = folder.file("creature.safetensors");
    std::string digit = folder.file("digit/model.safetensors");
    std::string matrix = folder.file("matrix.safetensors");
    std::string narrow = folder.file("narrow.safetensors");

    Workshop() {
        write_model(creature, {{"nca.system", "growing"}});
        static_cast<void>(result_of(mnist_training(digits.path, folder.file("digit"), 1)));
        std::vector<float> values(256);
        for (std::size_t i = 0; i < 16; ++i) values[17 * i] = 1.0F;
        write_matrices(matrix, {{"good", values}});
        write_text(folder.file("text"), "no model");
        // A model with another number of channels.
        nca::SafetensorsWriter writer;
        const std::vector<float> weights(128 * 36);
        writer.add("perceive_to_hidden.weight", {128, 36}, std::span<const float>(weights));
        writer.add("perceive_to_hidden.bias", {128}, std::span{weights}.first(128));
        writer.add("hidden_to_update.weight", {12, 128}, std::span{weights}.first(12 * 128));
        writer.add("hidden_to_update.bias", {12}, std::span{weights}.first(12));
        REQUIRE(write_safetensors(narrow, writer).ok());
    }

    static void write_matrices(const std::string& path,
                               const std::vector<std::pair<std::string, std::vector<float>>>& matrices) {
        nca::SafetensorsWriter writer;
        for (const auto& [name, values] : matrices) {
            const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(values.size()))));
            writer.add(name, {side, side}, std::span<const float>(values));
        }
        REQUIRE(write_safetensors(path, writer).ok());
    }
    [[nodiscard]] std::vector<float> matrix_values() const {
        std::vector<float> values(256);
        for (std::size_t i = 0; i < 16; ++i) values[17 * i] = 1.0F;
        return values;
    }

    void check_refused(Arguments arguments, const Arguments& more, const std::vector<std::string>& words) const {
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto before = snapshot(folder.file(""));
        const Outcome outcome = run_program(arguments);
        std::string command = "nca";
        for (const std::string& word : arguments) command += " '" + word + "'";
        INFO(command);
        INFO("standard error: " << outcome.error);
        CHECK(outcome.signal == 0);
        CHECK(outcome.status == 2);
        CHECK(outcome.output.empty());
        CHECK(is_one_line(outcome.error));
        for (const std::string& word : words) CHECK(outcome.error.find(word) != std::string::npos);
        CHECK(snapshot(folder.file("")) == before);
    }

    /// Commands that would succeed.
    [[nodiscard]] Arguments run() const {
        return {"run", creature, "--steps", "1", "--height", "12", "--width", "12", "--out", folder.file("new.png")};
    }
    [[nodiscard]] Arguments eval(const std::string& victim, const std::string& adversary) const {
        return {"attack", "mnist", "eval", victim, adversary, "--data", digits.path, "--steps", "1"};
    }
    [[nodiscard]] Arguments train(const std::string& kind, const std::string& victim) const {
        Arguments arguments{"attack", kind, "train", victim, "--iterations", "1", "--out", folder.file("new")};
        if (kind == "mnist") arguments.insert(arguments.end(), {"--data", digits.path});
        if (kind != "mnist") arguments.insert(arguments.end(), {"--target", "snail", "--size", "8", "--padding", "2"});
        return arguments;
    }
    [[nodiscard]] Arguments watch(const std::string& victim, const std::string& adversary) const {
        return {"attack", "growing",   "run", victim,    adversary, "--target", "snail", "--size",
                "8",      "--padding", "2",   "--steps", "1",       "--seeds",  "1"};
    }
};

} // namespace

TEST_CASE("attack bad input: the commands of this test are good") {
    const Workshop shop;
    static_cast<void>(result_of(shop.eval(shop.digit, shop.digit)));
    static_cast<void>(result_of(shop.watch(shop.creature, shop.creature)));
    Arguments run = shop.run();
    run.insert(run.end(), {"--adversary", shop.creature, "--fraction", "0.5", "--perturb", shop.matrix + ":good:-0.5"});
    static_cast<void>(result_of(run));
}

TEST_CASE("attack bad input: victim and adversary of different systems or channel counts, or no models") {
    const Workshop shop;
    shop.check_refused(shop.run(), {"--adversary", shop.digit}, {shop.digit, "system 'mnist'"});
    shop.check_refused(shop.run(), {"--adversary", shop.narrow}, {shop.narrow, "48", "36"});
    shop.check_refused(shop.eval(shop.digit, shop.creature), {}, {shop.creature, "system 'growing'"});
    shop.check_refused(shop.eval(shop.creature, shop.digit), {}, {shop.creature, "system 'growing'"});
    shop.check_refused(shop.eval(shop.digit, shop.narrow), {}, {shop.narrow});
    shop.check_refused(shop.watch(shop.creature, shop.digit), {}, {shop.digit, "system 'mnist'"});
    shop.check_refused(shop.watch(shop.digit, shop.creature), {}, {shop.digit, "system 'mnist'"});
    shop.check_refused(shop.watch(shop.creature, shop.narrow), {}, {shop.narrow});
    shop.check_refused(shop.train("mnist", shop.creature), {}, {shop.creature, "system 'growing'"});
    shop.check_refused(shop.train("growing", shop.digit), {}, {shop.digit, "system 'mnist'"});
    shop.check_refused(shop.train("perturb", shop.digit), {}, {shop.digit, "system 'mnist'"});
    for (const std::string& path : {shop.folder.file("text"), shop.folder.file("missing"), shop.matrix}) {
        shop.check_refused(shop.run(), {"--adversary", path}, {path});
        shop.check_refused(shop.eval(shop.digit, path), {}, {path});
        shop.check_refused(shop.train("mnist", path), {}, {path});
        shop.check_refused(shop.train("growing", path), {}, {path});
        shop.check_refused(shop.train("perturb", path), {}, {path});
    }
}

TEST_CASE("attack bad input: fractions outside of [0, 1], and other numbers that make no sense") {
    const Workshop shop;
    for (const char* const fraction : {"-0.1", "1.1", "nan", "inf", "x", ""}) {
        shop.check_refused(shop.run(), {"--adversary", shop.creature, "--fraction", fraction}, {"--fraction"});
        shop.check_refused(shop.eval(shop.digit, shop.digit), {"--fraction", fraction}, {"--fraction"});
        shop.check_refused(shop.train("mnist", shop.digit), {"--fraction", fraction}, {"--fraction"});
        shop.check_refused(shop.train("growing", shop.creature), {"--fraction", fraction}, {"--fraction"});
        shop.check_refused(shop.watch(shop.creature, shop.creature), {"--fraction", fraction}, {"--fraction"});
    }
    shop.check_refused(shop.train("mnist", shop.digit), {"--class", "10"}, {"--class"});
    shop.check_refused(shop.eval(shop.digit, shop.digit), {"--inject-at", "5", "--remove-at", "5"}, {"--remove-at"});
    shop.check_refused(shop.train("perturb", shop.creature), {"--batch", "1"}, {"--batch"});
    shop.check_refused(shop.train("growing", shop.creature), {"--fraction", "0.5", "--resume"}, {"checkpoint"});
    shop.check_refused(shop.run(), {"--fraction", "0.5"}, {"--adversary"});
    shop.check_refused(shop.run(), {"--perturb-steps", "0-5"}, {"--perturb"});
    shop.check_refused({"attack"}, {}, {"command"});
    shop.check_refused({"attack", "mnist"}, {}, {"command"});
    shop.check_refused({"attack", "nonsense"}, {}, {"nonsense"});
    shop.check_refused({"attack", "growing", "train"}, {}, {"VICTIM"});
    shop.check_refused(shop.train("growing", shop.creature), {"--recipe", "fast", "--drop-after", "5"},
                       {"--drop-after", "--recipe fast"});
    shop.check_refused(shop.train("growing", shop.creature), {"--recipe", "quick"}, {"--recipe", "fast"});
}

TEST_CASE("attack bad input: matrices that are not symmetric, of the wrong size, not finite, or not there") {
    const Workshop shop;
    const std::string odd = shop.folder.file("odd.safetensors");
    const auto check = [&](const std::string& spec, const std::vector<std::string>& words) {
        shop.check_refused(shop.run(), {"--perturb", spec}, words);
        shop.check_refused({"attack", "perturb", "run", shop.creature, "--target", "snail", "--size", "8", "--steps",
                            "1", "--seeds", "1"},
                           {"--perturb", spec}, words);
    };
    std::vector<float> values = shop.matrix_values();
    values[1] = 0.5F;
    Workshop::write_matrices(odd, {{"skew", values}});
    check(odd + ":1", {odd, "skew", "not symmetric"});
    values = shop.matrix_values();
    values[17] = std::numeric_limits<float>::quiet_NaN();
    Workshop::write_matrices(odd, {{"nan", values}});
    check(odd + ":1", {odd, "nan", "finite"});
    Workshop::write_matrices(odd, {{"small", std::vector<float>(144)}});
    check(odd + ":1", {odd, "small", "[16, 16]", "[12, 12]"});
    Workshop::write_matrices(odd, {{"a", shop.matrix_values()}, {"b", shop.matrix_values()}});
    check(odd + ":1", {odd, "a, b"});
    check(odd + ":c:1", {odd, "'c'", "a, b"});
    check(shop.creature + ":1", {shop.creature});
    check(shop.folder.file("missing") + ":1", {"missing"});
    check(shop.folder.file("text") + ":1", {"text"});
    for (const std::string end : {"", ":", ":x", ":good:", ":good:nan", ":good:1e9", "::1"}) {
        check(shop.matrix + end, {"--perturb"});
    }
    for (const char* const steps : {"", "x", "-5", "5-", "7-3", "1-2-3", "99999999999999999999"}) {
        shop.check_refused(shop.run(), {"--perturb", shop.matrix + ":1", "--perturb-steps", steps},
                           {"--perturb-steps"});
    }
}

TEST_CASE("attack bad input: targets that are not images, or larger than the grid; a checkpoint of another victim") {
    const Workshop shop;
    shop.check_refused(shop.run(), {"--adversary", shop.creature, "--target", "lizard"}, {"40 x 40", "grid"});
    shop.check_refused(shop.run(), {"--adversary", shop.creature, "--target", "nothing.png"}, {"nothing.png"});
    Arguments train = shop.train("growing", shop.creature);
    static_cast<void>(result_of(train));
    const std::string other = shop.folder.file("other.safetensors");
    write_model(other, {{"nca.system", "growing"}}, 0.4);
    Arguments resumed = shop.train("growing", other);
    shop.check_refused(resumed, {"--resume"}, {"another run"});
}
