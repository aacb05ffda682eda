// SPDX-License-Identifier: Apache-2.0
// Models of any rule in the window: goals, hexagons, blocks, lines. The rules are so simple that what they show is
// known.
#include <nca/run/model_file.hpp>
#include <nca/systems/goal_guided/rule.hpp>

#include "session.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <common/data.hpp>
#include <examples/files.hpp>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace nca::tests;

/// Life spreads to all neighbours: a seed becomes a line, a square, a cube of side 2 k + 1 after k steps, in red.
template <int Rank, class... More>
using Spreading =
    nca::Rule<nca::Dimensions<Rank>, nca::Channels<4>, nca::Linear, nca::Alive<3>, nca::FireRate<1, 1>, More...>;
template <class R>
R spreading() {
    R rule;
    rule.bias(0, 0) = 1.0F;
    rule.bias(0, 3) = 1.0F;
    return rule;
}

/// The seed gets redder in every step, by a number that the goal tells.
using Told = nca::Rule<nca::Channels<4>, nca::Linear, nca::Alive<3>, nca::PerceivedInputs<1>, nca::FireRate<1, 1>>;
constexpr int goal_count = 12;
constexpr int redness(int goal) {
    return 255 * goal / 16;
}

/// A model in a folder of its own, and what is done with it.
class Session {
public:
    template <class R>
    explicit Session(const R& rule, const nca::StoredMetadata& notes = {},
                     const std::vector<nca::NamedTensor>& more = {})
        : arguments_{path()} {
        REQUIRE(nca::save_model(rule, path(), notes, more).ok());
    }
    /// A published file.
    explicit Session(const std::string& file) : arguments_{file} {}

    [[nodiscard]] std::string path() const { return folder_->file("model.safetensors"); }
    [[nodiscard]] Arguments with(const Arguments& more) const {
        Arguments all = arguments_;
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    Session& option(const std::string& name, const std::string& value) {
        arguments_.insert(arguments_.end(), {name, value});
        return *this;
    }
    Session& then(const std::string& action, int at = 0) { return option("--do", std::to_string(at) + " " + action); }
    [[nodiscard]] nca::Json result(int at) {
        option("--speed", "6000").then("quit", at);
        return result_of(play_with({"SDL_VIDEODRIVER=dummy"}, arguments_));
    }
    [[nodiscard]] support::Image picture(int at) {
        const std::string file = folder_->file("picture.png");
        then("picture " + file, at);
        static_cast<void>(result(at));
        return picture_in(file);
    }

private:
    std::shared_ptr<TemporaryFolder> folder_ = std::make_shared<TemporaryFolder>();
    Arguments arguments_;
};

Session told() {
    Told rule;
    rule.weight(0, rule.architecture().layer(0).inputs - 1, 0) = 1.0F;
    std::vector<float> goals;
    for (int goal = 0; goal < goal_count; ++goal) goals.push_back(static_cast<float>(goal) / 16.0F);
    Session session{rule, {}, {{"goals", {goal_count, 1}, goals}}};
    session.option("--height", "9").option("--width", "9");
    return session;
}

/// The red of the seed after one step.
int red_of(Session& session) {
    return session.picture(1).at(4, 4)[0];
}

Session square() {
    Session session{spreading<Spreading<2>>()};
    session.option("--height", "20").option("--width", "30");
    return session;
}

Session hexagons() {
    Session session{spreading<Spreading<2, nca::HexagonalLattice>>()};
    session.option("--height", "24").option("--width", "24");
    return session;
}
constexpr int hexagon = 24; ///< the width of a cell in pixels

Session cube() {
    Session session{spreading<Spreading<3>>()};
    session.option("--depth", "11").option("--height", "11").option("--width", "11");
    return session;
}

/// The number of cells or blocks that a result tells.
int cells_in(const nca::Json& result) {
    const nca::Json* const status = result.find("status");
    REQUIRE(status != nullptr);
    for (const nca::Json& words : *status->as_array()) {
        const std::string& text = *words.as_string();
        if (text.ends_with(" cells") || text.ends_with(" blocks")) return std::stoi(text);
    }
    FAIL("no number of cells");
    return 0;
}

} // namespace

TEST_CASE("a model of a rule of its own grows on its grid") {
    const support::Image picture = square().picture(3);
    CHECK(picture.width == 30);
    CHECK(picture.height == 20);
    CHECK(coloured(picture) == 7 * 7);
    CHECK(!is_white(picture, 12, 7));
    CHECK(!is_white(picture, 18, 13));
    CHECK(cells_in(square().result(3)) == 49);
}

TEST_CASE("on a plane of squares a click plants a seed and a stroke erases") {
    const support::Image planted = square().then("key c").then("plant 3 5").picture(0);
    CHECK(coloured(planted) == 1);
    CHECK(!is_white(planted, 3, 5));
    CHECK(cells_in(square().then("erase 15 10 2.1", 3).result(3)) == 49 - 13);
    CHECK(cells_in(square().then("key c", 3).result(3)) == 0);
    CHECK(cells_in(square().then("key r", 3).result(3)) == 1);
}

TEST_CASE("a stroke beyond the border erases on the other side of a torus, and nothing else") {
    const auto erased = [](const char* boundary) {
        return cells_in(square()
                            .option("--boundary", boundary)
                            .then("plant 29 10")
                            .then("plant 0 12")
                            .then("erase 0 10 1.5")
                            .result(0));
    };
    CHECK(erased("zero") == 3);
    CHECK(erased("torus") == 2);
    CHECK(has_status(square().option("--boundary", "torus").then("key b").result(0), "border of zeros"));
}

TEST_CASE("the keys change the fire rate, the boundary, and the rotation of rules that perceive directions") {
    CHECK(has_status(square().then("key F").result(1), "fire rate 0.9"));
    CHECK(has_status(square().option("--fire-rate", "0.3").result(1), "fire rate 0.3"));
    CHECK(has_status(square().then("key b").result(1), "torus"));
    CHECK(has_status(square().then("key [").result(1), "rotation 15\xC2\xB0"));
    CHECK(!has_status(Session{nca::goal_guided::Rule<>{}}.then("key [").result(1), "rotation 15\xC2\xB0"));
}

TEST_CASE("digits, G and the event goal choose the goal") {
    for (const int goal : {0, 3, 9}) {
        CAPTURE(goal);
        Session session = told();
        session.then("key " + std::to_string(goal));
        CHECK(std::abs(red_of(session) - redness(goal)) <= 1);
    }
    const auto next = [](const char* key) { return told().option("--goal", "11").then(key).result(0); };
    CHECK(has_status(next("key g"), "goal 0 of 12"));
    CHECK(has_status(next("key G"), "goal 10 of 12"));
    Session event = told();
    event.then("goal 11");
    CHECK(std::abs(red_of(event) - redness(11)) <= 1);
    Session option = told();
    option.option("--goal", "10");
    CHECK(std::abs(red_of(option) - redness(10)) <= 1);
    CHECK(has_status(told().then("key 5").then("key r").result(1), "goal 5 of 12"));
}

TEST_CASE("a click plants a seed in the hexagon under the pointer") {
    const support::Image empty = hexagons().then("key c").picture(0);
    CHECK(empty.width == 24 * hexagon);
    CHECK(coloured(empty) == 0);
    for (const auto& place : {std::array{0, 0}, {288, 240}, {301, 255}, {575, 3}, {2, 497}, {570, 498}}) {
        const int x = place[0];
        const int y = place[1];
        CAPTURE(x);
        CAPTURE(y);
        const std::string at = std::to_string(x) + " " + std::to_string(y);
        const support::Image planted = hexagons().then("key c").then("plant " + at).picture(0);
        CHECK(!is_white(planted, x, y));
        CHECK(coloured(planted) <= hexagon * hexagon);
        const double circumradius = 0.58 * hexagon;
        const std::string radius = std::to_string(circumradius);
        CHECK(coloured(hexagons().then("key c").then("plant " + at).then("erase " + at + " " + radius).picture(0)) == 0);
    }
}

TEST_CASE("blocks grow, a touch erases a ball around the block it hits, and a click beside them plants") {
    const support::Image grown = cube().picture(3);
    CHECK(cells_in(cube().result(3)) == 343);
    CHECK(coloured(grown) > 0);
    const std::string middle = std::to_string(grown.width / 2) + " " + std::to_string(grown.height / 2);
    const int hit = cells_in(cube().then("erase " + middle + " 60", 3).result(3));
    CHECK(hit < 343);
    CHECK(hit > 343 / 2);
    CHECK(cells_in(cube().then("plant " + middle, 3).result(3)) < 343);
    CHECK(cells_in(cube().then("erase 2 2 60", 3).result(3)) == 343);
    CHECK(cells_in(cube().then("key c").then("plant 2 2").result(0)) == 1);
    // The ball of radius 11 / 4 around the middle.
    CHECK(cells_in(cube().then("key d", 3).result(3)) == 343 - 81);
}

TEST_CASE("the view turns by quarters around blocks") {
    const auto turned = [](int turns) {
        Session session = cube();
        session.then("erase 300 250 60", 3);
        for (int i = 0; i < std::abs(turns); ++i) session.then(turns > 0 ? "key v" : "key V", 3);
        return session.picture(3);
    };
    const support::Image once = turned(1);
    CHECK(once != turned(0));
    CHECK(once != turned(2));
    CHECK(once == turned(-3));
    CHECK(turned(4) == turned(0));
}

TEST_CASE("in every view a touch hits the block under the pointer") {
    for (int turns = 0; turns < 4; ++turns) {
        CAPTURE(turns);
        const auto seen = [&](bool erase) {
            Session session{spreading<Spreading<3>>()};
            session.option("--depth", "5").option("--height", "11").option("--width", "9");
            for (int i = 0; i < turns; ++i) session.then("key v", 2);
            if (erase) session.then("erase 330 330 20", 2);
            return session.picture(2);
        };
        const support::Image before = seen(false);
        REQUIRE(!is_white(before, 330, 330));
        const support::Image after = seen(true);
        const auto differs = [&](int x, int y) {
            return !std::equal(before.at(x, y), before.at(x, y) + 4, after.at(x, y));
        };
        int changed = 0;
        int near = 0;
        for (int y = 0; y < before.height; ++y) {
            for (int x = 0; x < before.width; ++x) {
                changed += differs(x, y) ? 1 : 0;
                near += differs(x, y) && std::abs(x - 330) < 100 && std::abs(y - 330) < 100 ? 1 : 0;
            }
        }
        CHECK(changed > 0);
        CHECK(near == changed);
    }
}

TEST_CASE("cells of one dimension draw a space-time diagram") {
    const support::Image diagram = Session{spreading<Spreading<1>>()}.option("--width", "41").picture(5);
    CHECK(diagram.width == 41);
    for (int age = 0; age <= 6; ++age) {
        int cells = 0;
        for (int x = 0; x < diagram.width; ++x) cells += is_white(diagram, x, diagram.height - 1 - age) ? 0 : 1;
        CHECK(cells == std::max(0, 2 * (5 - age) + 1));
    }
}

TEST_CASE("published models of goals, of isotropic rules and of blocks open directly") {
    const auto goals = data_file("goal_guided/100k_linear_encoder.pt");
    const auto hexagonal = data_file("isotropic/cadata.json");
    const auto house = data_file("voxel/plain_village_house.pt");
    if (!goals || !hexagonal || !house) return;
    const auto grown = [&](const char* goal) {
        Session session{goals->string()};
        return session.option("--height", "40").option("--width", "40").then(goal).picture(40);
    };
    CHECK(coloured(grown("goal 0")) > 100);
    CHECK(grown("goal 0") != grown("goal 3"));
    CHECK(coloured(Session{hexagonal->string()}.picture(60)) > 1000);
    CHECK(coloured(Session{house->string()}.picture(20)) > 1000);
}

TEST_CASE("play refuses goals and extents that a model does not have") {
    check_refused({lizard, "--goal", "0"}, "--goal: '" + lizard + "': there is no goal 0: the model has no goals");
    check_refused(square().with({"--goal", "1"}), "there is no goal 1");
    check_refused(told().with({"--goal", "12"}), "the goals of the model are 0 to 11");
    check_refused(told().with({"--goal", "-1"}), "--goal");
    check_refused(told().with({"--do", "1 goal 12"}), "goal: 'model': there is no goal 12");
    check_refused(told().with({"--do", "1 goal 1.5"}), "--do");
    check_refused(told().with({"--do", "1 goal"}), "--do");
    check_refused({lizard, "--depth", "3"}, "--depth: the model has 2 dimensions");
    check_refused(square().with({"--depth", "3"}), "--depth: the model has 2 dimensions");
    check_refused(Session{spreading<Spreading<1>>()}.with({"--height", "3"}), "--height: the model has 1 dimension");
    check_refused(cube().with({"--rotate", "30"}), "--rotate");
    check_refused(Session{spreading<Spreading<3>>()}.with({"--depth", "2000", "--height", "2000", "--width", "2000"}),
                  "too large");
}

TEST_CASE("play refuses models of any rule that are damaged") {
    const TemporaryFolder folder;
    const std::string odd = folder.file("odd.safetensors");
    REQUIRE(nca::save_model(spreading<Spreading<2>>(), odd).ok());
    write_text(odd, read_text(odd).substr(0, read_text(odd).size() - 8));
    check_refused({odd}, "odd.safetensors");
    const auto house = data_file("voxel/plain_village_house.pt");
    if (!house) return;
    write_text(odd, read_text(house->string()).substr(0, 20000));
    check_refused({odd}, "odd.safetensors");
}
