// SPDX-License-Identifier: Apache-2.0
#include "rule_world.hpp"

#include <array>
#include <numbers>

namespace play {

namespace {

/// In the order of nca::Boundary.
constexpr std::array borders{"border of zeros", "torus", "replicated border", "reflected border"};

} // namespace

RuleWorld::RuleWorld(std::string name, nca::AnyModel model, const WorldOptions& chosen)
    : name_{std::move(name)}, model_{std::move(model)}, sizes_{program::extents_of(
                                                            rule().dimensions, model_.metadata(),
                                                            {chosen.depth, chosen.height, chosen.width})},
      seed_{chosen.seed}, degrees_{chosen.degrees}, options_{model_.options()}, goal_{chosen.goal.value_or(0)} {
    if (degrees_ != 0.0 && !rotates()) {
        throw program::Failure{"--rotate: the cells of the model perceive no directions that could be rotated: " +
                               nca::quote_path(name_)};
    }
    if (const auto inputs = model_.goals().at(goal_); chosen.goal && !inputs) {
        throw program::Failure{"--goal: " + nca::quote_path(name_) + ": " + inputs.error().message};
    }
    options_.fire_rate = chosen.fire_rate.value_or(options_.fire_rate);
    if (!chosen.boundary.empty()) {
        options_.boundary = chosen.boundary == "torus" ? nca::Boundary::torus : nca::Boundary::zero;
    }
    RuleWorld::reset();
}

bool RuleWorld::rotates() const noexcept {
    const nca::ResponseLayout responses = rule().responses();
    return rule().dimensions == 2 && rule().gradient == nca::GradientKind::cartesian && responses.x >= 0 &&
           responses.y >= 0;
}

std::vector<StatusWords> RuleWorld::status() const {
    std::vector<StatusWords> words;
    if (const int goals = model_.goals().count(); goals > 0) {
        words.push_back({"goal " + std::to_string(goal_) + " of " + std::to_string(goals)});
    }
    words.push_back({"fire rate " + short_text(options_.fire_rate)});
    if (rotates()) words.push_back({"rotation " + short_text(degrees_) + "\xC2\xB0"});
    words.push_back({borders[static_cast<std::size_t>(options_.boundary)]});
    const std::string content = this->content();
    if (!content.empty()) words.push_back({content});
    return words;
}

std::string RuleWorld::content() const {
    return has_seed() ? std::to_string(program::visible_cells(world_->state(), rule())) + " cells" : std::string{};
}

std::vector<HelpLine> RuleWorld::help() const {
    std::vector<HelpLine> lines;
    if (model_.goals().count() > 0) {
        lines.push_back({"0-9", "goal"});
        lines.push_back({"G  Shift+G", "next, previous goal"});
    }
    if (rotates()) lines.push_back(rotation_help);
    lines.push_back(fire_rate_help);
    lines.push_back({"B", "border: torus, zeros"});
    return lines;
}

void RuleWorld::reset() {
    world_ = std::make_unique<program::AnyWorld>(model_, no_damages_, no_changes_, sizes_, seed_);
    set_options();
    if (model_.goals().count() > 0) program::require(choose_goal(goal_));
    world_->plant();
}

void RuleWorld::key(char character) {
    const int goals = model_.goals().count();
    if (goals > 0 && character >= '0' && character <= '9') {
        if (const int goal = character - '0'; goal < goals) program::require(choose_goal(goal));
    } else if (goals > 0 && key_of(character) == 'g') {
        program::require(choose_goal((goal_ + (character == 'g' ? 1 : goals - 1)) % goals));
    } else if (key_of(character) == 'b') {
        options_.boundary = options_.boundary == nca::Boundary::torus ? nca::Boundary::zero : nca::Boundary::torus;
        set_options();
    } else if (change_fire_rate(character, options_.fire_rate) || (rotates() && rotate(character, degrees_))) {
        set_options();
    }
}

nca::Result<void> RuleWorld::choose_goal(int goal) {
    const auto inputs = model_.goals().at(goal);
    if (!inputs) return inputs.error();
    goal_ = goal;
    return cells().set_inputs(*inputs);
}

void RuleWorld::set_options() {
    options_.angle = degrees_ * (std::numbers::pi / 180.0);
    cells().set_options(options_);
}

} // namespace play
