// SPDX-License-Identifier: Apache-2.0
#include "creature_world.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace play {

std::unique_ptr<World> make_creature_world(const program::ModelFile& file, const WorldOptions& options) {
    CreatureWorld::Options creature{96, nca::Boundary::torus, options};
    program::Model model = program::creature_in(file);
    if (has_adversary(options, nca::System::growing)) {
        creature.adversary =
            std::make_unique<const program::Rule>(program::load_adversary(options.adversary, model.rule));
    }
    return std::make_unique<CreatureWorld>(program::stem_of(file.path), std::move(model.rule), std::move(creature),
                                           options.degrees, program::load_perturbations(options.perturbations));
}

CreatureWorld::CreatureWorld(std::string name, program::Rule rule, Options options, double degrees,
                             std::vector<program::NamedPerturbation> perturbations)
    : CellsWorld{std::move(name), std::move(rule), std::move(options)}, degrees_{degrees}, perturbations_{std::move(
                                                                                               perturbations)} {
    combine_perturbations();
    reset();
}

std::vector<StatusWords> CreatureWorld::status() const {
    std::vector<StatusWords> words{{"fire rate " + short_text(options().fire_rate)},
                                   {"rotation " + short_text(degrees_) + "\xC2\xB0"},
                                   {options().boundary == nca::Boundary::torus ? "torus" : "border of zeros"},
                                   {std::to_string(cells().living_cells()) + " cells"}};
    add_adversary_status(words);
    for (std::size_t i = 0; i < perturbations_.size(); ++i) {
        const bool chosen = perturbations_.size() > 1 && i == matrix_;
        words.push_back(
            {(chosen ? "> " : "") + perturbations_[i].name + " " + short_text(perturbations_[i].coefficient)});
    }
    return words;
}

std::vector<HelpLine> CreatureWorld::help() const {
    std::vector<HelpLine> lines{{"click", "plant a seed"},
                                {"drag", "erase"},
                                {"right button", "erase at once"},
                                rotation_help,
                                fire_rate_help,
                                {"B", "border: torus, zeros"}};
    add_adversary_help(lines);
    if (!perturbations_.empty()) {
        lines.push_back({"sliders", "coefficients of the matrices"});
        lines.push_back({"K  Shift+K", "coefficient of the matrix up, down by 0.05"});
        lines.push_back({"O", "all coefficients 0"});
    }
    if (perturbations_.size() > 1) lines.push_back({"M", "another matrix"});
    return lines;
}

void CreatureWorld::reset() {
    rebuild();
    cells().plant(width() / 2, height() / 2);
}

void CreatureWorld::step() {
    cells().step(adversary_count() > 0, nullptr, perturbed_ ? &perturbation_ : nullptr);
}

void CreatureWorld::click(const Stroke& touch) {
    if (placing()) return place(touch.x, touch.y, touch.button == Button::left, touch.radius);
    // Far outside, a coordinate may not fit into an int.
    if (touch.x > -1.0 && touch.x < width() && touch.y > -1.0 && touch.y < height()) {
        cells().plant(static_cast<int>(std::lround(touch.x)), static_cast<int>(std::lround(touch.y)));
    }
}

void CreatureWorld::stroke(const Stroke& stroke) {
    // Discs this close to each other leave no notches.
    for_each_place(stroke, std::max(0.5, stroke.radius / 3.0), false, [&](double x, double y) {
        if (placing()) {
            place(x, y, stroke.button == Button::left, stroke.radius);
        } else {
            erase(x, y, stroke.radius);
        }
    });
}

std::vector<Slider> CreatureWorld::sliders() const {
    std::vector<Slider> sliders;
    for (const program::NamedPerturbation& part : perturbations_) {
        // A coefficient beyond 1 that the command line set has a longer slider.
        const double reach = std::max(1.0, std::abs(part.coefficient));
        sliders.push_back({part.name, part.coefficient, -reach, reach});
    }
    return sliders;
}

void CreatureWorld::slide(std::size_t slider, double value) {
    matrix_ = slider;
    perturbations_[slider].coefficient = std::round(value * 100.0) / 100.0;
    combine_perturbations();
}

void CreatureWorld::change_coefficient(double change) {
    if (perturbations_.empty()) return;
    double& k = perturbations_[matrix_].coefficient;
    k = std::clamp(std::round((k + change) * 20.0) / 20.0, -1.0, 1.0);
    combine_perturbations();
}

void CreatureWorld::combine_perturbations() {
    perturbation_ = program::combine(perturbations_);
    perturbed_ = std::any_of(perturbations_.begin(), perturbations_.end(),
                             [](const program::NamedPerturbation& part) { return part.coefficient != 0.0; });
}

void CreatureWorld::erase(double x, double y, double radius) {
    cells().erase(radius, x, y);
    const bool inside = x >= -0.5 && x < options().width - 0.5 && y >= -0.5 && y < options().height - 0.5;
    if (options().boundary != nca::Boundary::torus || !inside) return;
    // The part of the disc beyond the border wraps around to the other side.
    const double across = x < radius ? options().width : x + radius > options().width - 1 ? -options().width : 0.0;
    const double down = y < radius ? options().height : y + radius > options().height - 1 ? -options().height : 0.0;
    if (across != 0.0) cells().erase(radius, x + across, y);
    if (down != 0.0) cells().erase(radius, x, y + down);
    if (across != 0.0 && down != 0.0) cells().erase(radius, x + across, y + down);
}

bool CreatureWorld::key(char character) {
    if (rotate(character, degrees_)) {
        apply_options();
        return true;
    }
    switch (character) {
    case 'k':
    case 'K':
        change_coefficient(character == 'k' ? 0.05 : -0.05);
        return true;
    case 'm':
    case 'M':
        if (!perturbations_.empty()) matrix_ = (matrix_ + 1) % perturbations_.size();
        return true;
    case 'o':
    case 'O':
        for (program::NamedPerturbation& part : perturbations_) part.coefficient = 0.0;
        combine_perturbations();
        return true;
    case 'b':
    case 'B':
        options().boundary = options().boundary == nca::Boundary::torus ? nca::Boundary::zero : nca::Boundary::torus;
        apply_options();
        return true;
    default:
        return CellsWorld::key(character);
    }
}

void CreatureWorld::draw(std::span<std::uint8_t> rgba) const {
    // Adversaries blink, once in about three seconds at 60 steps per second.
    draw_cells(rgba, {}, std::abs(std::sin(static_cast<double>(steps()) / 60.0)));
}

void CreatureWorld::apply_options() {
    nca::StepOptions<program::Rule> step = cells().options();
    step.fire_rate = options().fire_rate;
    step.angle = degrees_ * (3.14159265358979323846 / 180.0);
    step.boundary = options().boundary;
    cells().set_options(step);
}

} // namespace play
