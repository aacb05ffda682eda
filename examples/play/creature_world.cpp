// SPDX-License-Identifier: Apache-2.0
#include "cells_world.hpp"

#include <algorithm>
#include <numbers>
#include <program/creature.hpp>

namespace play {

namespace {

using program::NamedPerturbation;
using program::Rule;

/// Creatures of one growing model: clicks plant seeds, strokes erase, keys change the options of the steps. With an
/// adversary the brush may place its cells instead, as in the article's demonstration.
class CreatureWorld final : public CellsWorld<Rule> {
public:
    /// A world with a seed in the middle. The perturbations act on all cells where their coefficients are not 0.
    CreatureWorld(std::string name, program::Model model, std::optional<Rule> adversary, const WorldOptions& chosen,
                  int side)
        : CellsWorld{std::move(name), std::move(model), std::move(adversary), chosen, side, nca::Boundary::torus},
          degrees_{chosen.degrees}, perturbations_{program::load_perturbations(chosen.perturbations)} {
        combine_perturbations();
        set_angle();
        reset();
    }

    [[nodiscard]] std::vector<StatusWords> status() const override {
        std::vector<StatusWords> words{{"fire rate " + short_text(options_.fire_rate)},
                                       {"rotation " + short_text(degrees_) + "\xC2\xB0"},
                                       {options_.boundary == nca::Boundary::torus ? "torus" : "border of zeros"},
                                       {std::to_string(cells_->living_cells()) + " cells"}};
        add_adversary_status(words);
        for (std::size_t i = 0; i < perturbations_.size(); ++i) {
            const bool chosen = perturbations_.size() > 1 && i == matrix_;
            words.push_back(
                {(chosen ? "> " : "") + perturbations_[i].name + " " + short_text(perturbations_[i].coefficient)});
        }
        return words;
    }

    [[nodiscard]] std::vector<HelpLine> help() const override {
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

    [[nodiscard]] std::vector<Slider> sliders() const override {
        std::vector<Slider> sliders;
        for (const NamedPerturbation& part : perturbations_) {
            // A coefficient beyond 1 that the command line set has a longer slider.
            const double reach = std::max(1.0, std::abs(part.coefficient));
            sliders.push_back({part.name, part.coefficient, -reach, reach});
        }
        return sliders;
    }

    void slide(std::size_t slider, double value) override {
        matrix_ = slider;
        perturbations_[slider].coefficient = std::round(value * 100.0) / 100.0;
        combine_perturbations();
    }

    void reset() override {
        rebuild();
        cells_->plant(width() / 2, height() / 2);
    }

    void step() override { cells_->step(adversary_count() > 0, nullptr, perturbed_ ? &perturbation_ : nullptr); }

    void click(const Stroke& touch) override {
        if (placing_) return place(touch.x, touch.y, touch.button == Button::left, touch.radius);
        // Far outside, a coordinate may not fit into an int.
        if (touch.x > -1.0 && touch.x < width() && touch.y > -1.0 && touch.y < height()) {
            cells_->plant(static_cast<int>(std::lround(touch.x)), static_cast<int>(std::lround(touch.y)));
        }
    }

    void stroke(const Stroke& stroke) override {
        // Discs this close to each other leave no notches.
        for_each_place(stroke, std::max(0.5, stroke.radius / 3.0), false, [&](double x, double y) {
            if (placing_) {
                place(x, y, stroke.button == Button::left, stroke.radius);
            } else {
                erase(x, y, stroke.radius);
            }
        });
    }

    void key(char character) override {
        if (rotate(character, degrees_)) {
            set_angle();
            cells_->set_options(options_);
            return;
        }
        switch (key_of(character)) {
        case 'k':
            if (!perturbations_.empty()) change_coefficient(character == 'k' ? 0.05 : -0.05);
            break;
        case 'm':
            if (!perturbations_.empty()) matrix_ = (matrix_ + 1) % perturbations_.size();
            break;
        case 'o':
            for (NamedPerturbation& part : perturbations_) part.coefficient = 0.0;
            combine_perturbations();
            break;
        case 'b':
            options_.boundary = options_.boundary == nca::Boundary::torus ? nca::Boundary::zero : nca::Boundary::torus;
            cells_->set_options(options_);
            break;
        default:
            CellsWorld::key(character);
        }
    }

    void draw(std::span<std::uint8_t> rgba) const override {
        // Adversaries blink, once in about three seconds at 60 steps per second.
        draw_cells(rgba, {}, std::abs(std::sin(static_cast<double>(steps()) / 60.0)));
    }

private:
    void set_angle() { options_.angle = degrees_ * (std::numbers::pi / 180.0); }

    void erase(double x, double y, double radius) {
        cells_->erase(radius, x, y);
        const bool inside = x >= -0.5 && x < width() - 0.5 && y >= -0.5 && y < height() - 0.5;
        if (options_.boundary != nca::Boundary::torus || !inside) return;
        // The part of the disc beyond the border wraps around to the other side.
        const double across = x < radius ? width() : x + radius > width() - 1 ? -width() : 0.0;
        const double down = y < radius ? height() : y + radius > height() - 1 ? -height() : 0.0;
        if (across != 0.0) cells_->erase(radius, x + across, y);
        if (down != 0.0) cells_->erase(radius, x, y + down);
        if (across != 0.0 && down != 0.0) cells_->erase(radius, x + across, y + down);
    }

    void change_coefficient(double change) {
        double& k = perturbations_[matrix_].coefficient;
        k = std::clamp(std::round((k + change) * 20.0) / 20.0, -1.0, 1.0);
        combine_perturbations();
    }

    void combine_perturbations() {
        perturbation_ = program::combine(perturbations_);
        perturbed_ = std::any_of(perturbations_.begin(), perturbations_.end(),
                                 [](const NamedPerturbation& part) { return part.coefficient != 0.0; });
    }

    double degrees_;
    std::vector<NamedPerturbation> perturbations_;
    nca::Perturbation<Rule> perturbation_{};
    bool perturbed_ = false;
    std::size_t matrix_ = 0; // whose coefficient the keys change
};

} // namespace

std::unique_ptr<World> make_creature_world(const program::ModelFile& file, const WorldOptions& options) {
    program::Model model = program::creature_in(file);
    std::optional<Rule> adversary;
    if (has_adversary(options, nca::System::growing)) {
        adversary = program::load_adversary(options.adversary, model.rule);
    }
    const auto trained = [&](std::string_view key) { return program::metadata_number(model.metadata, key, 1); };
    const int side = std::max({96, trained("training.height"), trained("training.width")}); // no smaller than needed
    return std::make_unique<CreatureWorld>(program::stem_of(file.path), std::move(model), std::move(adversary), options,
                                           side);
}

} // namespace play
