// SPDX-License-Identifier: Apache-2.0
#include "creature.hpp"

#include <nca/systems/growing/published.hpp>

#include "cell_world_engine.hpp"
#include "model_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <support/render.hpp>
#include <system_error>

namespace program {

template std::unique_ptr<Creature> make_cell_world(const Rule&, const Rule*, int, int, std::uint64_t, int);

namespace {

/// Reads one number up to a separator, or the end, and removes both from the text.
template <class Number>
bool take_number(std::string_view& text, char separator, Number& number) {
    const std::size_t length = separator == '\0' ? text.size() : text.find(separator);
    if (length == std::string_view::npos || length == 0) return false;
    const auto [end, code] = std::from_chars(text.data(), text.data() + length, number);
    if (code != std::errc{} || end != text.data() + length) return false;
    text.remove_prefix(separator == '\0' ? length : length + 1);
    return true;
}

} // namespace

Model load_creature(const std::string& path) {
    return creature_in(open_model_file(path));
}

Model creature_in(const ModelFile& file) {
    if (kind_of(file) == nca::System::mnist) {
        throw Failure{nca::quote_path(file.path) +
                      " is a model of another system: of the system 'mnist', where a growing one is needed"};
    }
    return require(nca::growing::parse_model<Rule>(file.bytes, file.path));
}

nca::TextPairs creature_notes(nca::TextPairs notes, const support::Target& target) {
    notes.emplace_back("nca.system", "growing");
    notes.emplace_back("training.target", target.name);
    notes.emplace_back("training.height", std::to_string(target.height));
    notes.emplace_back("training.width", std::to_string(target.width));
    return notes;
}

void save_creature(const Rule& rule, const std::string& path, const nca::StoredMetadata& notes) {
    require(nca::save_model(rule, path, notes));
}

nca::Json describe_creature(const ModelFile& file) {
    return describe_model(creature_in(file), file.path, "growing");
}

nca::Json import_creature(const ModelFile& file, const std::string& to) {
    return save_import(creature_in(file).rule, file.path, to, "growing");
}

std::string creature_header(const ModelFile& file, const nca::HeaderOptions& options) {
    return header_of(creature_in(file), options);
}

std::string creature_distill(const ModelFile& file) {
    return require(nca::growing::to_quantized_json(creature_in(file).rule));
}

void add_damage(const Command& command, std::vector<std::string>& damages) {
    command.add("--damage", damages, "STEP:X,Y,R  Erase a disc of radius R at column X, row Y; repeatable");
}

std::vector<Damage> parse_damages(const std::vector<std::string>& texts) {
    std::vector<Damage> damages;
    for (const std::string& text : texts) {
        Damage damage;
        std::string_view rest = text;
        if (!take_number(rest, ':', damage.step) || !take_number(rest, ',', damage.x) ||
            !take_number(rest, ',', damage.y) || !take_number(rest, '\0', damage.radius) || damage.step < 0 ||
            !std::isfinite(damage.x) || !std::isfinite(damage.y) || !std::isfinite(damage.radius) ||
            damage.radius <= 0.0) {
            throw Failure{"--damage: expected STEP:X,Y,R with a step from 0 on and a radius above 0, found '" + text +
                          "'"};
        }
        damages.push_back(damage);
    }
    return damages;
}

void apply_damages(Creature& creature, const std::vector<Damage>& damages) {
    for (const Damage& damage : damages) {
        if (damage.step == creature.steps()) creature.erase(damage.radius, damage.x, damage.y);
    }
}

Option add_target(const Command& command, TargetOptions& options, const std::string& what, int max_size,
                  int max_padding) {
    command.add("--size", options.size, "The longer side of the target in cells; larger images are shrunk", 1,
                max_size);
    command.add("--padding", options.padding, "Empty cells around the target", 0, max_padding);
    return command.add("--target", options.target, what).required();
}

support::Target load_target(const TargetOptions& options) {
    support::Target target = require(support::load_target(options.target, options.size, options.padding));
    require_grid(target.height, target.width);
    return target;
}

nca::Grid<float, 4, nca::Dynamic, nca::Dynamic> grid_of(const support::Target& target) {
    nca::Grid<float, 4, nca::Dynamic, nca::Dynamic> grid{
        nca::Extents<nca::Dynamic, nca::Dynamic>{{target.height, target.width}}};
    std::copy(target.rgba.begin(), target.rgba.end(), grid.values().begin());
    return grid;
}

double error_of(const StateGrid& state, const support::Target& target) {
    double total = 0.0;
    for (int cell = 0; cell < state.extents().cells(); ++cell) {
        for (std::size_t c = 0; c < 4; ++c) {
            const double error = static_cast<double>(state.view().cell(cell)[c]) -
                                 static_cast<double>(target.rgba[static_cast<std::size_t>(cell) * 4 + c]);
            total += error * error;
        }
    }
    return total / static_cast<double>(target.rgba.size());
}

double mean_of(const std::vector<double>& errors) {
    return std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
}

double worst_of(const std::vector<double>& errors) {
    return *std::max_element(errors.begin(), errors.end());
}

support::Image image_of(const StateGrid& state) {
    return support::over_white(state.values(), state.extents()[0], state.extents()[1], Rule::channels);
}

} // namespace program
