// SPDX-License-Identifier: Apache-2.0
// `nca train`, and models whose rule nobody compiled.
#include <nca/run/model_file.hpp>
#include <nca/run/rule_file.hpp>
#include <nca/systems/growing/rule.hpp>

#include "training.hpp"

#include <doctest/doctest.h>

#include <common/rules.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace {

using namespace nca::tests;
using nca::Json;

constexpr std::string_view coral = R"({
    "channels": 10, "hidden": [16, 12], "activation": "tanh", "boundary": "torus", "life_channel": 3,
    "perception": ["identity", "sobel_x", "sobel_y", "laplacian"]
})";

/// A folder with rule files, and trainings of a small lizard.
struct Workshop {
    TemporaryFolder folder{};
    std::string rule = write("coral.json", coral);

    [[nodiscard]] std::string write(const std::string& name, std::string_view text) const {
        write_text(folder.file(name), text);
        return folder.file(name);
    }
    [[nodiscard]] std::string out(const std::string& name) const { return folder.file(name); }

    /// As training() for nca grow.
    [[nodiscard]] Arguments arguments(const std::string& name, long iterations, const Arguments& more = {}) const {
        Arguments words = training(out(name), iterations, {"--rule", rule});
        words.front() = "train";
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }

    /// The program must refuse, in one line that contains `words`.
    void check_refused(const Arguments& arguments, const std::string& words) const {
        check_program_refuses(arguments, words);
    }
    void check_rule_refused(std::string_view text, const std::string& words) const {
        const std::string odd = write("odd.json", text);
        check_refused({"train", "--rule", odd, "--target", "lizard", "--out", out("odd")}, words);
        CHECK_FALSE(std::filesystem::exists(out("odd")));
    }

    /// Saves a rule with random weights.
    template <class R>
    [[nodiscard]] std::string model(const std::string& name) const {
        REQUIRE(nca::save_model(random_rule<R>(3), folder.file(name)).ok());
        return folder.file(name);
    }
};

/// What a program prints that grows the creature of an exported header, with the arithmetic of every processor.
std::string hash_of_header(const Workshop& shop, const std::string& header) {
    const std::string source = shop.write("main.cpp", "#include \"" + header + R"("
#include <cstdio>
int main() {
    nca::Simulation<coral::Rule, 20, 20> world{coral::rule(), 3};
    world.plant(10, 10);
    world.step(100);
    std::printf("%016llx", static_cast<unsigned long long>(world.hash()));
    return coral::self_test() ? 0 : 1;
})");
    const std::string program = shop.folder.file("program");
    const std::string compile = "'" NCA_CXX_COMPILER "' -std=c++20 -O1 -DNCA_DETERMINISTIC -DNCA_SIMD_SCALAR "
                                "-I'" NCA_PROJECT "/include' '" +
                                source + "' -o '" + program + "'";
    REQUIRE(std::system(compile.c_str()) == 0);
    REQUIRE(std::system(("'" + program + "' > '" + program + ".txt'").c_str()) == 0);
    return read_text(program + ".txt");
}

} // namespace

TEST_CASE("train: a rule that nobody compiled stops and resumes bit for bit") {
    const Workshop shop;
    Process process{shop.arguments("stopped", 10000000, {"--checkpoint-every", "0", "--threads", "1"})};
    wait_for_checkpoint(process, shop.out("stopped"));
    process.send(SIGINT);
    const Outcome stopped = process.wait();
    CHECK(stopped.status == 128 + SIGINT);
    const long iterations = static_cast<long>(number_in(line_of(stopped), "iterations")) + 5;
    static_cast<void>(result_of(shop.arguments("stopped", iterations, {"--resume", "--threads", "2"})));
    static_cast<void>(result_of(shop.arguments("whole", iterations)));
    CHECK(read_text(model_in(shop.out("stopped"))) == read_text(model_in(shop.out("whole"))));
}

TEST_CASE("train: the recipe fast resumes a rule that nobody compiled bit for bit") {
    const Workshop shop;
    // Its schedules depend on the number of iterations, so that the training has to be stopped before their end.
    const Arguments fast{"--recipe", "fast", "--checkpoint-every", "0"};
    Process process{shop.arguments("stopped", 200, fast)};
    wait_for_checkpoint(process, shop.out("stopped"));
    process.send(SIGINT);
    static_cast<void>(process.wait());
    static_cast<void>(result_of(shop.arguments("stopped", 200, {"--recipe", "fast", "--resume"})));
    static_cast<void>(result_of(shop.arguments("whole", 200, {"--recipe", "fast"})));
    CHECK(read_text(model_in(shop.out("stopped"))) == read_text(model_in(shop.out("whole"))));
}

TEST_CASE("train: the header of a rule that nobody compiled does what nca run does") {
    const Workshop shop;
    static_cast<void>(result_of(shop.arguments("out", 4)));
    const std::string header = shop.folder.file("coral.hpp");
    static_cast<void>(result_of({"export", model_in(shop.out("out")), header}));
    const Json run = result_of({"run", model_in(shop.out("out")), "--steps", "100", "--seed", "3", "--deterministic"});
    CHECK(number_in(run, "width") == 20);
    CHECK(number_in(run, "visible_cells") > 1);
    CHECK(text_in(run, "hash") == hash_of_header(shop, header));
}

TEST_CASE("train: the rule of the article trains as nca grow trains it, bit for bit") {
    Workshop shop;
    using R = nca::growing::Rule<>;
    const auto text = nca::rule_file_text(nca::RuleDescription::of(R::DescribedPolicies{}));
    REQUIRE(text.ok());
    shop.rule = shop.write("article.json", *text);
    static_cast<void>(result_of(shop.arguments("train", 3)));
    train(shop.out("grow"), 3);
    CHECK(read_text(model_in(shop.out("train"))) == read_text(model_in(shop.out("grow"))));
    CHECK(text_in(result_of({"info", model_in(shop.out("train"))}), "system") == "growing");
}

TEST_CASE("train: another rule does not continue a training") {
    Workshop shop;
    static_cast<void>(result_of(shop.arguments("out", 1)));
    shop.rule = shop.write("wide.json", R"({"channels": 10, "hidden": [16], "life_channel": 3})");
    shop.check_refused(shop.arguments("out", 2, {"--resume"}), "nca.hidden");
}

TEST_CASE("train: bad input is refused in one line") {
    const Workshop shop;
    shop.check_refused({"train", "--rule", shop.out("none.json"), "--target", "lizard", "--out", shop.out("odd")},
                       "none.json': no such file");
    shop.check_rule_refused(coral.substr(0, 60), "odd.json': line 2, column ");
    shop.check_rule_refused(R"({"channels": 10, "life_chanel": 3})",
                            "unknown key 'life_chanel', perhaps 'life_channel'");
    shop.check_rule_refused(R"({"channels": 10, "life_channel": 12})", "life_channel should be from 0 to 9, found 12");
    shop.check_rule_refused(R"({"channels": 3})", "channels should be at least 4");
    shop.check_rule_refused(R"({"channels": 10})", "life_channel should be 3, alpha, where the one cell is alive");
    shop.check_rule_refused(R"({"channels": 10, "life_channel": 0})", "found 0");
    shop.check_rule_refused(R"({"channels": 10, "life_channel": 3, "dimensions": 3})", "dimensions should be 2");
    shop.check_rule_refused(R"({"channels": 9, "life_channel": 3, "hidden": [16384, 16384]})", "can be trained");
    const std::string no_picture = shop.write("picture.png", "no picture");
    shop.check_refused({"train", "--rule", shop.rule, "--target", no_picture, "--out", shop.out("odd")}, no_picture);
}

TEST_CASE("own rules: info, run, evaluate and export take a model that nobody compiled") {
    const Workshop shop;
    using R = nca::Rule<nca::Channels<7>, nca::Mlp<9>, nca::Torus, nca::Alive<3>>;
    const std::string model = shop.model<R>("own.safetensors");
    const Json info = result_of({"info", model});
    CHECK(text_in(info, "system") == "custom");
    CHECK(number_in(info, "channels") == 7);
    CHECK(number_in(info, "parameters") == R::parameter_count);
    const Json run = result_of({"run", model, "--height", "12", "--width", "14", "--steps", "9", "--out",
                                shop.folder.file("film.webp"), "--damage", "3:7,6,2"});
    CHECK(number_in(run, "visible_cells") >= 0);
    CHECK(std::filesystem::exists(shop.folder.file("film.webp")));
    CHECK(numbers_in(result_of({"evaluate", model, "--target", "lizard", "--steps", "2,4", "--seeds", "2"}), "loss")
              .size() == 2);
    CHECK(number_in(result_of({"export", model, shop.folder.file("own.hpp")}), "bytes") > 0);
    shop.check_refused({"export", model, shop.folder.file("own.json")}, "can be exported as a header only");
    shop.check_refused({"run", model, "--adversary", model}, "--adversary: ");
    shop.check_refused({"run", model, "--perturb", model + ":1"}, "--perturb: ");
}

TEST_CASE("own rules: a rule without life starts from zeros, or from the state of a file") {
    const Workshop shop;
    using R = nca::Rule<nca::Channels<2>, nca::Mlp<5>>;
    const std::string model = shop.model<R>("own.safetensors");
    const std::string state = shop.folder.file("state.safetensors");
    const Json once = result_of({"run", model, "--height", "6", "--width", "5", "--steps", "3", "--seed", "2", "--out",
                                 state, "--out", shop.folder.file("last.png")});
    CHECK(once.find("visible_cells") == nullptr);
    const Json still = result_of({"run", model, "--state", state, "--steps", "0"});
    CHECK(text_in(still, "hash") == text_in(once, "hash"));
    shop.check_refused({"evaluate", model, "--target", "lizard"}, "channels should be at least 4");
}
