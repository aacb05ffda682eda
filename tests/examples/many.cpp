// SPDX-License-Identifier: Apache-2.0
// `nca many`: a list of trainings.
#include "training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace {

using namespace nca::tests;
using nca::Json;

/// A list of targets, each for a training of a few milliseconds an iteration.
Arguments many(const TemporaryFolder& folder, const std::string& list, long iterations, const Arguments& more = {}) {
    write_text(folder.file("list.txt"), list);
    Arguments words{"many", folder.file("list.txt"), "--out", folder.file("zoo")};
    words.insert(words.end(), more.begin(), more.end());
    const Arguments command{"--",
                            "grow",
                            "--target",
                            "{}",
                            "--size",
                            "12",
                            "--padding",
                            "4",
                            "--batch",
                            "2",
                            "--iterations",
                            std::to_string(iterations),
                            "--checkpoint-every",
                            "0"};
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

long rows_in(const std::string& table) {
    return std::count(table.begin(), table.end(), '\n') - 1;
}

} // namespace

TEST_CASE("every target of a list is trained once, and the table has a row for each") {
    const TemporaryFolder folder;
    const std::string list = "# three pictures\nlizard\n\n  mushroom\nsnail\r\n";
    const Json result = result_of(many(folder, list, 3, {"--jobs", "2"}));
    CHECK(number_in(result, "trainings") == 3.0);
    CHECK(number_in(result, "done") == 3.0);
    const std::string table = read_text(folder.file("zoo/table.csv"));
    CHECK(rows_in(table) == 3);
    CHECK(table.starts_with("name,done,model,target,"));
    CHECK(table.find("health.verdict") != std::string::npos);
    for (const std::string name : {"lizard", "mushroom", "snail"}) {
        CHECK(table.find("\n" + name + ",yes,") != std::string::npos);
        CHECK(std::filesystem::exists(folder.file("zoo/" + name + "/model.safetensors")));
    }
    // What one process trains is what the command alone trains.
    static_cast<void>(result_of({"grow", "--target", "snail", "--size", "12", "--padding", "4", "--batch", "2",
                                 "--iterations", "3", "--out", folder.file("alone")}));
    CHECK(losses_in(folder.file("alone")) == losses_in(folder.file("zoo/snail")));

    const auto before = snapshot(folder.file("zoo/snail"));
    CHECK(number_in(result_of(many(folder, list, 3)), "done") == 3.0);
    CHECK(snapshot(folder.file("zoo/snail")) == before);
}

TEST_CASE("parts of a list are trained by themselves") {
    const TemporaryFolder folder;
    const std::string list = "lizard\nmushroom\nsnail\n";
    CHECK(number_in(result_of(many(folder, list, 2, {"--part", "1/2"})), "done") == 2.0);
    CHECK_FALSE(std::filesystem::exists(folder.file("zoo/mushroom")));
    CHECK(read_text(folder.file("zoo/table.csv")).find("\nmushroom,no,") != std::string::npos);
    CHECK(number_in(result_of(many(folder, list, 2, {"--part", "2/2"})), "done") == 3.0);
}

TEST_CASE("a list that was stopped goes on where it was") {
    const TemporaryFolder folder;
    const std::string list = "lizard\nsnail\n";
    Process process{many(folder, list, 100000, {"--jobs", "2"})};
    wait_for_checkpoint(process, folder.file("zoo/snail"));
    wait_for_checkpoint(process, folder.file("zoo/lizard"));
    process.send(SIGTERM);
    const Outcome stopped = process.wait();
    CHECK(stopped.status == 128 + SIGTERM);
    CHECK(number_in(line_of(stopped), "done") == 0.0);
    const auto done = static_cast<long>(losses_in(folder.file("zoo/snail")).size());
    REQUIRE(done > 0);
    CHECK(number_in(result_of(many(folder, list, done + 2)), "done") == 2.0);
    CHECK(static_cast<long>(losses_in(folder.file("zoo/snail")).size()) == done + 2);
}

TEST_CASE("a training that fails is named, and the others are trained") {
    const TemporaryFolder folder;
    const Outcome outcome = run_program(many(folder, "lizard\nno_such_picture.png\n", 2));
    CHECK(outcome.status == 2);
    CHECK(number_in(line_of(outcome), "done") == 1.0);
    CHECK(outcome.error.find("1 of 2 trainings failed") != std::string::npos);
    CHECK(read_text(folder.file("zoo/no_such_picture/log.txt")).find("no_such_picture.png") != std::string::npos);
}

TEST_CASE("lists and commands that make no sense are refused before anything is trained") {
    const TemporaryFolder folder;
    check_program_refuses(many(folder, "# nothing\n", 2), "names nothing to train");
    check_program_refuses(many(folder, "a/lizard.png\nlizard\n", 2), "would share the folder");
    check_program_refuses(many(folder, "lizard\n", 2, {"--part", "3/2"}), "--part: expected K/N");
    const std::string list = folder.file("list.txt");
    const std::string zoo = folder.file("zoo");
    check_program_refuses({"many", list, "--out", zoo, "--", "grow", "--target", "lizard"}, "has no {}");
    check_program_refuses({"many", list, "--out", zoo, "--", "grow", "--target", "{}", "--out", "x"}, "has --out");
    check_program_refuses({"many", folder.file("none.txt"), "--out", zoo, "--", "grow", "{}"}, "none.txt");
    CHECK_FALSE(std::filesystem::exists(zoo));
}
