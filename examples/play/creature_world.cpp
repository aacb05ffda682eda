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
    combine_perturbations();
    reset();
}

std::vector<StatusWords> CreatureWorld::status() const {
    std::vector<StatusWords> words{{"fire rate " + short_text(options_.fire_rate)},
                                   {"rotation " + short_text(options_.degrees) + "\xC2\xB0"},
                                   {options_.boundary == nca::Boundary::torus ? "torus" : "border of zeros"},
                                   {std::to_string(world().living_cells()) + " cells"}};
    if (has_adversaries()) {
        words.push_back({(placing_ ? "placing adversaries: " : "adversaries: ") +
                             std::to_string(community_->species().cells(1).count()),
                         nca::Colour{255, 0, 0}});
    }
    for (std::size_t i = 0; i < options_.perturbations.size(); ++i) {
        const program::NamedPerturbation& part = options_.perturbations[i];
        const bool chosen = options_.perturbations.size() > 1 && i == matrix_;
        words.push_back({(chosen ? "> " : "") + part.name + " " + short_text(part.coefficient)});
    }
    return words;
}

std::vector<HelpLine> CreatureWorld::help() const {
    std::vector<HelpLine> lines{{"click", "plant a seed"},
                                {"drag", "erase"},
                                {"right button", "erase at once"},
                                {"[  ]", "rotate what the cells perceive by 15\xC2\xB0"},
                                {"F  Shift+F", "fire rate up, down"},
                                {"B", "border: torus, zeros"}};
    if (has_adversaries()) {
        lines.push_back({"A", "the left button places adversaries, the right one takes them away; A again: as before"});
        lines.push_back({"X", "no adversaries any more"});
    }
    if (!options_.perturbations.empty()) {
        lines.push_back({"sliders", "coefficients of the matrices"});
        lines.push_back({"K  Shift+K", "coefficient of the matrix up, down by 0.05"});
        lines.push_back({"O", "all coefficients 0"});
    }
    if (options_.perturbations.size() > 1) lines.push_back({"M", "another matrix"});
    return lines;
}

void CreatureWorld::reset() {
    std::vector<nca::Borrowed<program::Rule>> rules{nca::borrow(rule_)};
    if (has_adversaries()) rules.push_back(nca::borrow(*options_.adversary));
    community_.emplace(rules, program::Simulation::Shape{{options_.height, options_.width}}, options_.seed);
    apply_options();
    world().plant(options_.width / 2, options_.height / 2);
}

void CreatureWorld::clear() {
    world().clear();
    community_->species().fill(0);
}

void CreatureWorld::step() {
    const auto plain = [this] {
        if (has_adversaries() && community_->species().cells(1).count() > 0) {
            community_->step();
        } else {
            world().step();
        }
    };
    if (perturbed_) {
        nca::perturbed_step(world(), perturbation_, nca::PerturbationOrder::after_step, plain);
    } else {
        plain();
    }
}

void CreatureWorld::click(const Stroke& touch) {
    if (placing_) return place(touch.x, touch.y, touch.button == Button::left, touch.radius);
    // Far outside, a coordinate may not fit into an int.
    if (touch.x > -1.0 && touch.x < options_.width && touch.y > -1.0 && touch.y < options_.height) {
        world().plant(static_cast<int>(std::lround(touch.x)), static_cast<int>(std::lround(touch.y)));
    }
}

void CreatureWorld::stroke(const Stroke& stroke) {
    const double length = std::hypot(stroke.x - stroke.from_x, stroke.y - stroke.from_y);
    // Discs this close to each other leave no notches. No stroke needs more of them than fit on the longest grid.
    const int discs =
        1 + static_cast<int>(std::min(std::ceil(length / std::max(0.5, stroke.radius / 3.0)), 2.0 * program::max_side));
    for (int i = 1; i <= discs; ++i) {
        const double part = static_cast<double>(i) / discs;
        const double x = stroke.from_x + part * (stroke.x - stroke.from_x);
        const double y = stroke.from_y + part * (stroke.y - stroke.from_y);
        if (placing_) {
            place(x, y, stroke.button == Button::left, stroke.radius);
        } else {
            erase(x, y, stroke.radius);
        }
    }
}

void CreatureWorld::place(double x, double y, bool adversary, double radius) {
    // One cell, however wide the brush: few adversaries are enough.
    community_->assign(adversary ? 1 : 0, adversary ? 0.70 : radius, adversary ? std::round(x) : x,
                       adversary ? std::round(y) : y);
}

std::vector<Slider> CreatureWorld::sliders() const {
    std::vector<Slider> sliders;
    for (const program::NamedPerturbation& part : options_.perturbations) {
        // One that the command line set beyond has a longer slider.
        const double reach = std::max(1.0, std::abs(part.coefficient));
        sliders.push_back({part.name, part.coefficient, -reach, reach});
    }
    return sliders;
}

void CreatureWorld::slide(std::size_t slider, double value) {
    matrix_ = slider;
    options_.perturbations[slider].coefficient = std::round(value * 100.0) / 100.0;
    combine_perturbations();
}

void CreatureWorld::change_coefficient(double change) {
    if (options_.perturbations.empty()) return;
    double& k = options_.perturbations[matrix_].coefficient;
    k = std::clamp(std::round((k + change) * 20.0) / 20.0, -1.0, 1.0);
    combine_perturbations();
}

void CreatureWorld::combine_perturbations() {
    perturbation_ = program::combine(options_.perturbations);
    perturbed_ = std::any_of(options_.perturbations.begin(), options_.perturbations.end(),
                             [](const program::NamedPerturbation& part) { return part.coefficient != 0.0; });
}

void CreatureWorld::erase(double x, double y, double radius) {
    world().erase(radius, x, y);
    const bool inside = x >= -0.5 && x < options_.width - 0.5 && y >= -0.5 && y < options_.height - 0.5;
    if (options_.boundary != nca::Boundary::torus || !inside) return;
    // The part of the disc that lies beyond the border comes in on the other side.
    const double across = x < radius ? options_.width : x + radius > options_.width - 1 ? -options_.width : 0.0;
    const double down = y < radius ? options_.height : y + radius > options_.height - 1 ? -options_.height : 0.0;
    if (across != 0.0) world().erase(radius, x + across, y);
    if (down != 0.0) world().erase(radius, x, y + down);
    if (across != 0.0 && down != 0.0) world().erase(radius, x + across, y + down);
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
    case 'a':
    case 'A':
        if (!has_adversaries()) return false;
        placing_ = !placing_;
        return true;
    case 'x':
    case 'X':
        if (!has_adversaries()) return false;
        community_->species().fill(0);
        return true;
    case 'k':
    case 'K':
        change_coefficient(character == 'k' ? 0.05 : -0.05);
        return true;
    case 'm':
    case 'M':
        if (!options_.perturbations.empty()) matrix_ = (matrix_ + 1) % options_.perturbations.size();
        return true;
    case 'o':
    case 'O':
        for (program::NamedPerturbation& part : options_.perturbations) part.coefficient = 0.0;
        combine_perturbations();
        return true;
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
    const bool drawn = world().rgba(rgba, {.background = nca::Colour{255, 255, 255}});
    NCA_ASSERT(drawn, "play::CreatureWorld: the picture's memory is too small");
    static_cast<void>(drawn);
    if (!has_adversaries()) return;
    // Adversaries blink, once in about three seconds at 60 steps per second.
    const double red = std::abs(std::sin(static_cast<double>(steps()) / 60.0));
    community_->species().cells(1).for_each([&](int row, int column) {
        std::uint8_t* const pixel = rgba.data() + (static_cast<std::ptrdiff_t>(row) * options_.width + column) * 4;
        for (int c = 0; c < 3; ++c) {
            const double wanted = c == 0 ? 255.0 : 0.0;
            pixel[c] = static_cast<std::uint8_t>(std::lround(red * wanted + (1.0 - red) * pixel[c]));
        }
    });
}

void CreatureWorld::apply_options() {
    nca::StepOptions<program::Rule> step = world().options();
    step.fire_rate = options_.fire_rate;
    step.angle = options_.degrees * (3.14159265358979323846 / 180.0);
    step.boundary = options_.boundary;
    world().set_options(step);
}

} // namespace play
