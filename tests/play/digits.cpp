// SPDX-License-Identifier: Apache-2.0
// Digits in the window: drawing, erasing and samples, through SDL's queue, under Xvfb.
#include <nca/run/model_file.hpp>
#include <nca/systems/mnist/published.hpp>

#include "session.hpp"

#include <doctest/doctest.h>

#include <array>
#include <common/data.hpp>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace nca::tests;
using nca::mnist::palette;

/// A session on the grid of the demonstration, 56 x 56 cells of 10 x 10 picture elements, which begins empty.
class Drawing {
public:
    explicit Drawing(const std::string& model, const Arguments& options = {})
        : arguments_{model, "--scale", "10", "--speed", "3000"} {
        arguments_.insert(arguments_.end(), options.begin(), options.end());
        then("key c");
    }
    Drawing& then(const std::string& action, int at = 0) {
        arguments_.insert(arguments_.end(), {"--do", std::to_string(at) + " " + action});
        return *this;
    }
    /// A stroke from cell to cell; button: "", "right" or "shift".
    Drawing& stroke(const std::vector<std::array<int, 2>>& cells, const std::string& button = "", int at = 0) {
        const auto place = [](const std::array<int, 2>& cell) {
            return std::to_string(10 * cell[0] + 5) + " " + std::to_string(10 * cell[1] + 5) + " ";
        };
        then("mouse_down " + place(cells.front()) + button, at);
        for (const auto& cell : cells) then("mouse_move " + place(cell), at);
        return then("mouse_up " + place(cells.back()) + (button == "right" ? button : ""), at);
    }
    /// What is shown after so many steps.
    [[nodiscard]] support::Image picture(int at) {
        const std::string path = folder_.file("picture.png");
        then("picture " + path, at);
        static_cast<void>(result(at));
        return picture_in(path);
    }
    [[nodiscard]] nca::Json result(int at) {
        then("quit", at);
        return result_of(play_on_screen(arguments_));
    }

private:
    TemporaryFolder folder_;
    Arguments arguments_;
};

std::string first_status(const nca::Json& result) {
    const nca::Json* const status = result.find("status");
    REQUIRE(status != nullptr);
    REQUIRE(status->as_array() != nullptr);
    REQUIRE(!status->as_array()->empty());
    return *status->as_array()->front().as_string();
}

/// The digit that most cells say, if they are more than half of the living.
int majority(const nca::Json& result) {
    const std::string words = first_status(result);
    INFO(words);
    if (!words.starts_with("says ")) return -1;
    const std::size_t share = words.find('(');
    REQUIRE(share != std::string::npos);
    return std::atoi(words.c_str() + share + 1) > 50 ? words[5] - '0' : -1;
}

int count_of(const support::Image& image, const nca::Colour& colour) {
    int count = 0;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const std::uint8_t* const p = image.at(x, y);
            count += p[0] == colour.red && p[1] == colour.green && p[2] == colour.blue ? 1 : 0;
        }
    }
    return count;
}

const std::vector<std::array<int, 2>> one{{28, 18}, {28, 38}};
const std::vector<std::array<int, 2>> seven{{21, 19}, {34, 19}, {27, 38}};

/// A model whose cells think nothing, with notes in its file.
std::string blank_model(const TemporaryFolder& folder, const char* name, const nca::StoredMetadata& notes) {
    const std::string path = folder.file(name);
    nca::StoredMetadata all{{"nca.system", "mnist"}};
    all.insert(all.end(), notes.begin(), notes.end());
    REQUIRE(nca::save_model(nca::mnist::Rule<>{}, path, all).ok());
    return path;
}

} // namespace

TEST_CASE("the cells of a drawn digit agree on which one it is") {
    const auto model = data_file("mnist/published_model.json");
    if (!model || !has_screen()) return;
    CHECK(majority(Drawing{model->string()}.stroke(one).result(150)) == 1);

    // The same in our format.
    const TemporaryFolder folder;
    const auto rule = nca::mnist::load_model(model->string());
    REQUIRE(rule.ok());
    const std::string ours = folder.file("ours.safetensors");
    REQUIRE(nca::save_model(rule->rule, ours, {{"nca.system", "mnist"}}).ok());
    const support::Image drawn = Drawing{model->string()}.stroke(seven).picture(150);
    CHECK(drawn.width == 56);
    CHECK(drawn.height == 56);
    // Full ink shows the digit's own colour.
    CHECK(count_of(drawn, palette[7]) > 30);
    for (std::size_t k = 0; k < 11; ++k) CHECK((k == 7 || count_of(drawn, palette[k]) == 0));
    CHECK(drawn == Drawing{ours}.stroke(seven).picture(150));
}

TEST_CASE("what is drawn later changes what the cells say") {
    const auto model = data_file("mnist/published_model.json");
    if (!model || !has_screen()) return;
    const std::vector<std::array<int, 2>> slanted{{34, 19}, {27, 38}};
    CHECK(majority(Drawing{model->string()}.stroke(slanted).result(120)) == 1);
    CHECK(majority(Drawing{model->string()}.stroke(slanted).stroke({{21, 19}, {34, 19}}, "", 120).result(320)) == 7);
}

TEST_CASE("the right button and Shift erase") {
    const auto model = data_file("mnist/mnist_l2_noise_mutating.safetensors");
    if (!model || !has_screen()) return;
    for (const char* button : {"right", "shift"}) {
        INFO(button);
        Drawing all{model->string()};
        all.stroke(seven).stroke(seven, button, 40);
        CHECK(first_status(all.result(60)) == "draw a digit");
        Drawing lower{model->string()};
        const support::Image half = lower.stroke(one).stroke({{10, 38}, {46, 38}}, button, 40).picture(60);
        CHECK(coloured(half) > 0);
        for (int y = 0; y < half.height; ++y) CHECK(is_white(half, 28, y) == (y < 16 || y > 32));
    }
    CHECK(first_status(Drawing{model->string()}.stroke(one).then("key c", 20).result(30)) == "draw a digit");
}

TEST_CASE("a press draws a dot at once, the wheel makes it larger, and undecided cells are black") {
    if (!has_screen()) return;
    const TemporaryFolder folder;
    const std::string blank = blank_model(folder, "blank.safetensors", {});
    const auto dot = [&](int notches) {
        Drawing drawing{blank};
        if (notches != 0) drawing.then("wheel " + std::to_string(notches));
        // The button is still down.
        return drawing.then("key n").then("mouse_down 285 285").picture(1);
    };
    const support::Image usual = dot(0);
    // A disc of radius 3/2 around the left upper corner of the cell.
    for (const int x : {27, 28}) {
        for (const int y : {27, 28}) CHECK(*usual.at(x, y) < 26);
    }
    CHECK(!is_white(usual, 26, 27));
    CHECK(is_white(usual, 25, 27));
    CHECK(is_white(usual, 30, 28));
    CHECK(coloured(dot(1)) > coloured(usual));
    CHECK(coloured(dot(-1)) < coloured(usual));
}

TEST_CASE("a model file sets the noise, and whether cells may be undecided") {
    if (!has_screen()) return;
    const TemporaryFolder folder;
    const auto after = [&](const nca::StoredMetadata& notes, const std::string& key) {
        Drawing drawing{blank_model(folder, "blank.safetensors", notes)};
        if (!key.empty()) drawing.then(key);
        return drawing.stroke(one).result(1);
    };
    const nca::Json silent = after({{"nca.noise", "0"}}, "");
    CHECK(has_status(silent, "no noise"));
    CHECK(first_status(silent) == "undecided");
    CHECK(first_status(after({{"nca.noise", "0"}, {"training.loss", "ce"}}, "")) == "says 0 (100%)");
    CHECK(has_status(after({{"nca.noise", "0"}}, "key n"), "noise 0.02"));
    CHECK(has_status(after({{"nca.noise", "0.05"}}, ""), "noise 0.05"));
    CHECK(has_status(after({}, "key n"), "no noise"));
    CHECK(has_status(after({}, "key f"), "fire rate 0.6"));
}

TEST_CASE("keys put handwritten digits under the cells, and the cells follow") {
    const auto model = data_file("mnist/published_model.json");
    const auto pictures = data_file("mnist/train-images-idx3-ubyte.gz");
    const auto labels = data_file("mnist/train-labels-idx1-ubyte.gz");
    if (!model || !pictures || !labels || !has_screen()) return;
    const auto session = [&] { return Drawing{model->string(), {"--data", pictures->parent_path().string()}}; };
    CHECK(first_status(session().result(20)) == "draw a digit");
    CHECK(majority(session().then("key r").result(150)) == 0);
    CHECK(majority(session().then("key 7").result(150)) == 7);
    CHECK(majority(session().then("key 1").then("key 7", 150).result(400)) == 7);
    // A key takes the next one each time; a reset starts with the present one anew.
    const support::Image first = session().then("key 3").picture(0);
    const support::Image second = session().then("key 3").then("key 3").picture(0);
    CHECK(coloured(first) > 30);
    CHECK(first != second);
    const support::Image again = session().then("key 3").then("key 3").then("key r", 30).picture(30);
    CHECK(again == second);
}

TEST_CASE("digits and creatures share a session, and without samples digit keys choose the model") {
    if (!has_screen()) return;
    const TemporaryFolder folder;
    const std::string blank = blank_model(folder, "blank.safetensors", {});
    const Arguments nowhere{"-u", "NCA_DATA", "-u", "NCA_MNIST", "-C", folder.file(""), "SDL_VIDEODRIVER=dummy"};
    const nca::Json digits = result_of(play_with(nowhere, {blank, lizard, "--do", "3 quit"}));
    CHECK(text_in(digits, "model") == "blank");
    CHECK(first_status(digits) == "draw a digit");
    for (const char* key : {"2", "Tab"}) {
        const nca::Json creature = result_of(play_with(
            nowhere, {blank, lizard, "--do", "0 key c", "--do", "0 key " + std::string{key}, "--do", "20 quit"}));
        CHECK(text_in(creature, "model") == "lizard");
        CHECK(has_status(creature, "torus"));
        CHECK(number_in(creature, "steps") == 20);
    }
    CHECK(text_in(result_of(play_with(nowhere, {lizard, blank, "--do", "0 key 2", "--do", "0 key 1", "--do", "0 key 2",
                                                "--do", "0 quit"})),
                  "model") == "blank");
}
