// SPDX-License-Identifier: Apache-2.0
#include "creature.hpp"

#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/adversarial/rule.hpp>

#include "film.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace program {

namespace {

constexpr int default_size = 40;
constexpr int default_padding = 16;

void move(support::Target& target, const nca::growing::Offset<Rule>& offset) {
    const auto [rows, columns] = offset;
    require_grid(target.height + 2 * std::abs(rows), target.width + 2 * std::abs(columns));
    if (rows == 0 && columns == 0) return;
    const auto grid = nca::growing::moved<Rule>(grid_of(target), offset);
    target.height = grid.extents()[0];
    target.width = grid.extents()[1];
    target.rgba.assign(grid.values().begin(), grid.values().end());
}

} // namespace

TargetOptions TargetOptions::as_trained(const nca::StoredMetadata& metadata) const {
    TargetOptions options = *this;
    const int trained = metadata_number(metadata, "training.size", default_size);
    options.size = size.value_or(trained);
    if (!padding) options.padding = metadata_number(metadata, "training.padding", default_padding, 0);
    if (options.size == trained) { // an offset is in cells of the picture
        options.offset = {metadata_number(metadata, "training.offset_y", 0, -trained, trained),
                          metadata_number(metadata, "training.offset_x", 0, -trained, trained)};
    }
    return options;
}

nca::TextPairs creature_notes(const support::Target& target, const TargetOptions& options) {
    nca::TextPairs notes{{"nca.system", "growing"},
                         {"training.target", target.name},
                         {"training.height", std::to_string(target.height)},
                         {"training.width", std::to_string(target.width)},
                         {"training.size", std::to_string(options.size.value_or(default_size))},
                         {"training.padding", std::to_string(options.padding.value_or(default_padding))}};
    if (options.offset != nca::growing::Offset<Rule>{}) {
        notes.emplace_back("training.offset_x", std::to_string(options.offset[1]));
        notes.emplace_back("training.offset_y", std::to_string(options.offset[0]));
    }
    return notes;
}

Option add_target(const Command& command, TargetOptions& options, const std::string& what, int max_size,
                  int max_padding) {
    command.add("--size", options.size,
                "The longer side of the target in cells; larger images are shrunk (default: as in the training of the "
                "model, else 40)",
                1, max_size);
    command.add("--padding", options.padding,
                "Empty cells around the target (default: as in the training of the model, else 16)", 0, max_padding);
    return command.add("--target", options.target, what).required();
}

support::Target load_target(const TargetOptions& options) {
    support::Target target = require(support::load_target(options.target, options.size.value_or(default_size),
                                                          options.padding.value_or(default_padding)));
    move(target, options.offset);
    return target;
}

support::Target load_target_under_seed(TargetOptions& options) {
    support::Target target = load_target(options);
    options.offset = nca::growing::offset_to_seed<Rule>(grid_of(target));
    if (options.offset != nca::growing::Offset<Rule>{}) {
        std::fprintf(stderr,
                     "nca: the middle of the target, where the seed is, is empty: the target is moved by %d, %d "
                     "cells in x and y\n",
                     options.offset[1], options.offset[0]);
    }
    move(target, options.offset);
    return target;
}

nca::Grid<float, 4, nca::Dynamic, nca::Dynamic> grid_of(const support::Target& target) {
    nca::Grid<float, 4, nca::Dynamic, nca::Dynamic> grid{
        nca::Extents<nca::Dynamic, nca::Dynamic>{{target.height, target.width}}};
    std::copy(target.rgba.begin(), target.rgba.end(), grid.values().begin());
    return grid;
}

void require_creature(const nca::RuleDescription& rule, const std::string& path) {
    const auto refuse = [&](const std::string& key, const std::string& wanted, const std::string& found) {
        throw Failure{nca::quote_path(path) + ": " + key + " should be " + wanted + ", found " + found};
    };
    if (rule.dimensions != 2) refuse("dimensions", "2, those of a picture", std::to_string(rule.dimensions));
    if (rule.channels < 4) {
        refuse("channels", "at least 4, red, green, blue and alpha of a picture", std::to_string(rule.channels));
    }
    const bool alive = rule.life == nca::LifeKind::alive;
    if (alive && rule.life_channel == nca::growing::alpha_channel) return;
    refuse("life_channel", "3, alpha, where the one cell is alive from which a picture grows",
           alive ? std::to_string(rule.life_channel) : "none");
}

void add_damage(const Command& command, std::vector<std::string>& damages) {
    command.add("--damage", damages,
                "STEP:X,Y,R  Erase a disc of radius R at column X, row Y; repeatable. X,Y,Z,R in three dimensions");
}

std::vector<Damage> parse_damages(const std::vector<std::string>& texts, int dimensions) {
    using Limits = std::numeric_limits<double>;
    std::vector<Damage> damages;
    for (const std::string& text : texts) {
        Damage damage;
        std::string_view rest = text;
        const auto next = [&rest](char separator) {
            const std::string_view field = rest.substr(0, rest.find(separator));
            rest.remove_prefix(std::min(field.size() + 1, rest.size()));
            return field;
        };
        bool good = parse_number(next(':'), 0, std::numeric_limits<long>::max(), damage.step);
        for (int axis = 0; axis < dimensions; ++axis) {
            good = good && parse_number(next(','), Limits::lowest(), Limits::max(), damage.at.emplace_back());
        }
        if (!good || !parse_number(rest, Limits::denorm_min(), Limits::max(), damage.radius)) {
            throw Failure{std::string{"--damage: expected STEP:"} +
                          (dimensions == 1   ? "X,R"
                           : dimensions == 2 ? "X,Y,R"
                                             : "X,Y,Z,R") +
                          " with a step from 0 on and a radius above 0, found '" + text + "'"};
        }
        damages.push_back(std::move(damage));
    }
    return damages;
}

AttackedCreature::AttackedCreature(const Rule& rule, const Attack& attack, int height, int width, std::uint64_t seed,
                                   const CellWorldOptions& options)
    : attack_{&attack}, seed_{seed}, creature_{make_cell_world(rule, attack.adversary ? &*attack.adversary : nullptr,
                                                               height, width, seed, options)} {}

void AttackedCreature::apply_due() {
    for (const Damage& damage : attack_->damages) {
        if (damage.step == steps()) creature_->erase(damage.radius, damage.at[0], damage.at[1]);
    }
}

void AttackedCreature::step(nca::ThreadPool* threads) {
    const long now = creature_->steps();
    const bool inject = attack_->adversary && attack_->injected.contains(now);
    if (inject && !injected_) {
        constexpr std::uint32_t adversary_stream = 0xAD7E75A1U;
        nca::CellMask everywhere{creature_->height(), creature_->width()};
        everywhere.fill();
        creature_->species() = nca::adversarial::draw_adversaries(
            nca::FireMask(nca::Philox{seed_}.split(adversary_stream), 0, attack_->fraction),
            attack_->allowed.value_or(everywhere));
    } else if (injected_ && !inject) {
        creature_->species().fill(0);
    }
    injected_ = inject;
    const auto contains = [now](const Range& range) { return range.contains(now); };
    const bool perturbed = std::any_of(attack_->perturbed.begin(), attack_->perturbed.end(), contains);
    creature_->step(injected_, threads, perturbed ? &attack_->perturbation : nullptr, attack_->order);
}

std::vector<float> AttackedCreature::state() const {
    const StateGrid state = creature_->state();
    return {state.values().begin(), state.values().end()};
}

support::Image AttackedCreature::image(bool plain) const {
    const StateGrid state = creature_->state();
    support::Image image = image_of(state);
    if (!injected_ || plain) return enlarged(image);
    nca::CellMask visible{creature_->height(), creature_->width()};
    creature_->species().cells(1).for_each([&](int row, int column) {
        if (state(row, column)[nca::growing::alpha_channel] > 0.1F) visible.set(row, column);
    });
    const double red = 0.5 + 0.5 * std::sin(static_cast<double>(creature_->steps()) / 200.0);
    support::tint_red(image.rgba, image.width, visible, red);
    return enlarged(image);
}

void warn_of_other_victim(const std::string& path, const nca::StoredMetadata& metadata,
                          const std::string& fingerprint) {
    const std::string* const victim = find_metadata(metadata, "training.victim");
    if (victim == nullptr || *victim == fingerprint) return;
    std::fprintf(stderr, "nca: '%s' was trained against another victim: its effect is unknown\n", path.c_str());
}

Rule load_adversary(const std::string& path, const Rule& victim) {
    const Model model = load_creature(path);
    warn_of_other_victim(path, model.metadata, nca::fingerprint(victim.parameters()));
    return model.rule;
}

Option add_perturbations(const Command& command, std::vector<std::string>& texts) {
    return command.add("--perturb", texts,
                       "FILE:K or FILE:NAME:K  Perturb all states by this symmetric matrix (nca attack perturb) with "
                       "the coefficient K: 1 as trained, 0 without effect; repeatable, they add up");
}

std::vector<NamedPerturbation> load_perturbations(const std::vector<std::string>& texts) {
    std::vector<NamedPerturbation> perturbations;
    for (const std::string& text : texts) {
        NamedPerturbation& perturbation = perturbations.emplace_back();
        const std::size_t colon = text.rfind(':');
        bool good = colon != std::string::npos && colon > 0 &&
                    parse_number(text.substr(colon + 1), -100.0, 100.0, perturbation.coefficient);
        std::string path = text.substr(0, colon);
        // A name follows the last colon, unless that is part of the name of a file.
        const std::size_t second = path.rfind(':');
        std::error_code error;
        if (good && second != std::string::npos && second > 0 && !std::filesystem::exists(path, error)) {
            perturbation.name = path.substr(second + 1);
            path.resize(second);
            good = !perturbation.name.empty();
        }
        if (!good) {
            throw Failure{"--perturb: expected FILE:K or FILE:NAME:K with a number K from -100 to 100, found '" +
                          text.substr(0, 200) + "'"};
        }
        const nca::SafetensorsFile file = require(nca::read_safetensors(path));
        perturbation.matrix = require(nca::adversarial::perturbation_from<Rule>(file, perturbation.name));
        if (perturbation.name.empty()) perturbation.name = file.tensors().front().name;
    }
    return perturbations;
}

nca::Perturbation<Rule> combine(const std::vector<NamedPerturbation>& parts) {
    nca::Perturbation<Rule> sum;
    for (const NamedPerturbation& part : parts) sum.add(part.matrix, part.coefficient);
    return sum;
}

nca::CellMask allowed_in(const support::Target& target, int height, int width) {
    if (target.height > height || target.width > width) {
        throw Failure{"the target has " + std::to_string(target.height) + " x " + std::to_string(target.width) +
                      " cells, more than the grid"};
    }
    nca::CellMask allowed{height, width};
    nca::adversarial::allowed_cells(grid_of(target)).for_each([&](int row, int column) {
        allowed.set(row + (height - target.height) / 2, column + (width - target.width) / 2);
    });
    return allowed;
}

} // namespace program
