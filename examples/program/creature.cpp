// SPDX-License-Identifier: Apache-2.0
#include "creature.hpp"

#include <nca/io/file.hpp>
#include <nca/systems/adversarial/rule.hpp>
#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/growing/published.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <support/render.hpp>
#include <system_error>
#include <utility>

namespace program {

namespace {

constexpr std::uint32_t adversary_stream = 0xAD7E75A1U;

bool read_number(std::string_view text, long& number) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    return code == std::errc{} && end == text.data() + text.size() && number >= 0;
}

} // namespace

NamedPerturbation load_perturbation(const std::string& text) {
    const auto wrong = [&] {
        return Failure{"--perturb: expected FILE:K or FILE:NAME:K with a number K from -100 to 100, found '" +
                       text.substr(0, 200) + "'"};
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) throw wrong();
    double k = 0.0;
    const auto [end, code] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), k);
    if (code != std::errc{} || end != text.data() + text.size() || !(std::abs(k) <= 100.0)) throw wrong();
    std::string path = text.substr(0, colon);
    std::string name;
    // A name follows the last colon, unless there is a file whose own name holds it.
    const std::size_t second = path.rfind(':');
    std::error_code error;
    if (second != std::string::npos && second > 0 && !std::filesystem::exists(path, error)) {
        name = path.substr(second + 1);
        path.resize(second);
        if (name.empty()) throw wrong();
    }
    const nca::SafetensorsFile file = require(nca::read_safetensors(path));
    auto matrix = require(nca::adversarial::perturbation_from<Rule>(file, name));
    if (name.empty()) name = file.tensors().front().name;
    return {std::move(name), std::move(matrix), k};
}

nca::Perturbation<Rule> combine(const std::vector<NamedPerturbation>& parts) {
    nca::Perturbation<Rule> sum;
    for (const NamedPerturbation& part : parts) sum.add(part.matrix, part.coefficient);
    return sum;
}

StepRange parse_step_range(const std::string& option, const std::string& text) {
    StepRange range;
    const std::size_t dash = text.find('-');
    const bool read = read_number(std::string_view{text}.substr(0, dash), range.first) &&
                      (dash == std::string::npos || read_number(std::string_view{text}.substr(dash + 1), range.last));
    if (dash == std::string::npos) range.last = range.first;
    if (!read || range.last < range.first) {
        throw Failure{option + ": expected steps A-B, both included and counted from 0, found '" + text.substr(0, 40) +
                      "'"};
    }
    return range;
}

AttackedWorld::AttackedWorld(const Rule& rule, const Attack& attack, const Simulation::Shape& extents,
                             std::uint64_t seed, int concurrency)
    : attack_{&attack}, seed_{seed}, community_{attack.adversary
                                                    ? std::vector<nca::Borrowed<Rule>>{nca::borrow(rule),
                                                                                       nca::borrow(*attack.adversary)}
                                                    : std::vector<nca::Borrowed<Rule>>{nca::borrow(rule)},
                                                extents, seed, concurrency} {}

void AttackedWorld::place_adversaries(long step) {
    const bool inject = attack_->adversary && attack_->injected.contains(step);
    if (inject == injected_) return;
    injected_ = inject;
    if (!inject) {
        community_.species().fill(0);
        return;
    }
    nca::CellMask everywhere{world().extents()[0], world().extents()[1]};
    everywhere.fill();
    community_.species() = nca::adversarial::draw_adversaries(
        nca::FireMask(nca::Philox{seed_}.split(adversary_stream), 0, attack_->fraction),
        attack_->allowed ? *attack_->allowed : everywhere);
}

Model load_creature(const std::string& path) {
    const auto bytes = require(nca::read_file(path));
    if (nca::identify(bytes).system == nca::System::mnist) {
        throw Failure{"'" + path +
                      "' is a model of another system: of the system 'mnist', where a growing one is needed"};
    }
    return require(nca::growing::parse_model<Rule>(bytes, path));
}

void warn_of_other_victim(const std::string& path, const nca::StoredMetadata& metadata,
                          const std::string& fingerprint) {
    for (const auto& [key, value] : metadata) {
        if (key != "training.victim" || value == fingerprint) continue;
        std::fprintf(stderr, "nca: '%s' was trained against another victim: it may do anything\n", path.c_str());
    }
}

Rule load_adversary(const std::string& path, const Rule& victim) {
    const Model model = load_creature(path);
    warn_of_other_victim(path, model.metadata, nca::adversarial::victim_fingerprint(victim));
    return model.rule;
}

nca::CellMask allowed_in(const support::Target& target, const Simulation::Shape& extents) {
    if (target.height > extents[0] || target.width > extents[1]) {
        throw Failure{"the target has " + std::to_string(target.height) + " x " + std::to_string(target.width) +
                      " cells, more than the grid"};
    }
    const nca::CellMask inner = nca::adversarial::allowed_cells(grid_of(target));
    nca::CellMask allowed{extents[0], extents[1]};
    inner.for_each([&](int row, int column) {
        allowed.set(row + (extents[0] - target.height) / 2, column + (extents[1] - target.width) / 2);
    });
    return allowed;
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

support::Image picture_of(const AttackedWorld& attacked) {
    const StateGrid state = attacked.world().state();
    support::Image image = support::over_white(state.values(), state.extents()[0], state.extents()[1], Rule::channels);
    if (const nca::CellMask* const adversaries = attacked.adversaries()) {
        const double share = 0.5 + 0.5 * std::sin(static_cast<double>(attacked.world().steps()) / 200.0);
        adversaries->for_each([&](int row, int column) {
            if (!(state(row, column)[nca::growing::alpha_channel] > 0.1F)) return;
            std::uint8_t* const pixel = image.at(column, row);
            for (int c = 0; c < 3; ++c) {
                const double red = c == 0 ? 255.0 : 0.0;
                pixel[c] = static_cast<std::uint8_t>(std::lround(share * red + (1.0 - share) * pixel[c]));
            }
        });
    }
    return image;
}

} // namespace program
