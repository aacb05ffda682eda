// SPDX-License-Identifier: Apache-2.0
#include "creature_world.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace play {

namespace {

std::string short_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

} // namespace

CreatureWorld::CreatureWorld(std::string name, program::Rule rule, const CreatureOptions& options)
    : name_{std::move(name)}, rule_{std::move(rule)}, options_{options} {
    reset();
}

std::vector<StatusWords> CreatureWorld::status() const {
    return {{"fire rate " + short_text(options_.fire_rate)},
            {"rotation " + short_text(options_.degrees) + "\xC2\xB0"},
            {options_.boundary == nca::Boundary::torus ? "torus" : "border of zeros"},
            {std::to_string(world_->living_cells()) + " cells"}};
}

std::vector<HelpLine> CreatureWorld::help() const {
    return {{"click", "plant a seed"},
            {"drag", "erase"},
            {"right button", "erase at once"},
            {"[  ]", "rotate what the cells perceive by 15\xC2\xB0"},
            {"F  Shift+F", "fire rate up, down"},
            {"B", "border: torus, zeros"}};
}

void CreatureWorld::reset() {
    world_.emplace(nca::borrow(rule_), program::Simulation::Shape{{options_.height, options_.width}}, options_.seed);
    apply_options();
    world_->plant(options_.width / 2, options_.height / 2);
}

void CreatureWorld::clear() {
    world_->clear();
}

void CreatureWorld::click(const Stroke& touch) {
    // Far outside, a coordinate may not fit into an int.
    if (touch.x > -1.0 && touch.x < options_.width && touch.y > -1.0 && touch.y < options_.height) {
        world_->plant(static_cast<int>(std::lround(touch.x)), static_cast<int>(std::lround(touch.y)));
    }
}

void CreatureWorld::stroke(const Stroke& stroke) {
    const double length = std::hypot(stroke.x - stroke.from_x, stroke.y - stroke.from_y);
    // Discs this close to each other leave no notches. No stroke needs more of them than fit on the longest grid.
    const int discs =
        1 + static_cast<int>(std::min(std::ceil(length / std::max(0.5, stroke.radius / 3.0)), 2.0 * program::max_side));
    for (int i = 1; i <= discs; ++i) {
        const double part = static_cast<double>(i) / discs;
        erase(stroke.from_x + part * (stroke.x - stroke.from_x), stroke.from_y + part * (stroke.y - stroke.from_y),
              stroke.radius);
    }
}

void CreatureWorld::erase(double x, double y, double radius) {
    world_->erase(radius, x, y);
    const bool inside = x >= -0.5 && x < options_.width - 0.5 && y >= -0.5 && y < options_.height - 0.5;
    if (options_.boundary != nca::Boundary::torus || !inside) return;
    // The part of the disc that lies beyond the border comes in on the other side.
    const double across = x < radius ? options_.width : x + radius > options_.width - 1 ? -options_.width : 0.0;
    const double down = y < radius ? options_.height : y + radius > options_.height - 1 ? -options_.height : 0.0;
    if (across != 0.0) world_->erase(radius, x + across, y);
    if (down != 0.0) world_->erase(radius, x, y + down);
    if (across != 0.0 && down != 0.0) world_->erase(radius, x + across, y + down);
}

bool CreatureWorld::key(char character) {
    const auto rate = [&](double change) {
        options_.fire_rate = std::clamp(std::round((options_.fire_rate + change) * 10.0) / 10.0, 0.0, 1.0);
    };
    switch (character) {
    case '[':
        options_.degrees = std::remainder(options_.degrees + 15.0, 360.0);
        break;
    case ']':
        options_.degrees = std::remainder(options_.degrees - 15.0, 360.0);
        break;
    case 'f':
        rate(0.1);
        break;
    case 'F':
        rate(-0.1);
        break;
    case 'b':
    case 'B':
        options_.boundary = options_.boundary == nca::Boundary::torus ? nca::Boundary::zero : nca::Boundary::torus;
        break;
    default:
        return false;
    }
    apply_options();
    return true;
}

void CreatureWorld::draw(std::span<std::uint8_t> rgba) const {
    const bool drawn = world_->rgba(rgba, {.background = nca::Colour{255, 255, 255}});
    NCA_ASSERT(drawn, "play::CreatureWorld: the picture's memory is too small");
    static_cast<void>(drawn);
}

void CreatureWorld::apply_options() {
    nca::StepOptions<program::Rule> step = world_->options();
    step.fire_rate = options_.fire_rate;
    step.angle = options_.degrees * (3.14159265358979323846 / 180.0);
    step.boundary = options_.boundary;
    world_->set_options(step);
}

} // namespace play
