// SPDX-License-Identifier: Apache-2.0
#include "block_target.hpp"

#include <nca/core/text.hpp>

#include "decode.hpp"

#include <algorithm>
#include <set>

namespace support {
namespace {

constexpr std::string_view air = "AIR";
constexpr std::string_view game = "MINECRAFT:";
constexpr std::size_t max_classes = 256;

// Not those of the locale.
char upper(char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}
char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

// The names of the palette's entries that have blocks.
std::set<std::string> names_in_use(const Structure& structure, std::span<const std::string> names) {
    std::vector<bool> used(names.size());
    for (const PlacedBlock& block : structure.blocks) used[static_cast<std::size_t>(block.state)] = true;
    std::set<std::string> in_use;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (used[i] && names[i] != air) in_use.insert(names[i]);
    }
    return in_use;
}

// In single quotes, the first few.
std::string list_text(std::span<const std::string> names) {
    constexpr std::size_t most = 10;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i > 0 ? ", " : "") + nca::quote(names[i]);
    if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
    return text;
}

} // namespace

std::string class_name(std::string_view block) {
    std::string name{block};
    std::ranges::transform(name, name.begin(), upper);
    // A second colon is part of no name, but keeping it lets block_name() give back all that a file can hold.
    if (name.starts_with(game) && name.find(':', game.size()) == std::string::npos) name.erase(0, game.size());
    return name == "CAVE_AIR" || name == "VOID_AIR" ? std::string{air} : name;
}

std::string block_name(std::string_view class_name) {
    std::string name = class_name.find(':') == std::string_view::npos ? std::string{game} : std::string{};
    name += class_name;
    std::ranges::transform(name, name.begin(), lower);
    return name;
}

nca::Result<BlockTarget> make_block_target(const Structure& structure, std::string_view name,
                                           std::span<const std::string> classes) {
    std::vector<std::string> names;
    for (const BlockState& state : structure.palette) names.push_back(class_name(state.name));
    const std::set<std::string> in_use = names_in_use(structure, names);
    if (in_use.empty()) return detail::wrong(name, "holds no block but air");

    const auto [x, y, z] = structure.size;
    BlockTarget target{ClassGrid{{z, y, x}}, {classes.begin(), classes.end()}};
    if (classes.empty()) {
        target.classes.assign(1, std::string{air});
        target.classes.insert(target.classes.end(), in_use.begin(), in_use.end());
    } else if (classes[0] != air) {
        return nca::Error{"the first class must be 'AIR', and it is " + nca::quote(classes[0])};
    }
    if (target.classes.size() > max_classes) {
        return detail::wrong(name, "needs " + std::to_string(target.classes.size()) + " classes: at most " +
                                       std::to_string(max_classes) + " are possible");
    }
    std::vector<std::string> unknown;
    std::vector<std::uint8_t> class_of(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto found = std::ranges::find(target.classes, names[i]);
        if (found != target.classes.end()) {
            class_of[i] = static_cast<std::uint8_t>(found - target.classes.begin());
        } else if (in_use.contains(names[i])) {
            unknown.push_back(names[i]);
        }
    }
    if (!unknown.empty()) {
        return detail::wrong(name, "holds blocks that are none of the " + std::to_string(target.classes.size()) +
                                       " classes: " + list_text(unknown));
    }
    for (const PlacedBlock& block : structure.blocks) {
        const auto [w, h, d] = block.position;
        target.grid.at(d, h, w) = class_of[static_cast<std::size_t>(block.state)];
    }
    target.grid = cropped(target.grid);
    return target;
}

Structure make_structure(const BlockTarget& target) {
    const ClassGrid& grid = target.grid;
    Structure structure;
    structure.size = {grid.width(), grid.height(), grid.depth()};
    for (const std::string& name : target.classes) {
        structure.palette.push_back({block_name(name), name == "STICKY_PISTON" ? "south"
                                                       : name == "PISTON"      ? "north"
                                                                               : ""});
    }
    structure.blocks.reserve(grid.cells.size());
    for (int d = 0; d < grid.depth(); ++d)
        for (int h = 0; h < grid.height(); ++h)
            for (int w = 0; w < grid.width(); ++w) {
                const int state = grid.at(d, h, w);
                NCA_ASSERT(static_cast<std::size_t>(state) < target.classes.size(),
                           "support::make_structure: a class without a name");
                structure.blocks.push_back({{w, h, d}, state});
            }
    return structure;
}

} // namespace support
