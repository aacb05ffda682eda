// SPDX-License-Identifier: Apache-2.0
#include "block_colours.hpp"

#include <nca/core/hash.hpp>

#include <algorithm>
#include <cmath>

namespace support {
namespace {

struct Material {
    std::string_view word; // that occurs in the class's name
    std::uint32_t rgb;
};

// The first whose word occurs counts.
constexpr std::array materials{
    Material{"REDSTONE", 0xB3261A},    Material{"REPEATER", 0xC9A7A2},  Material{"TORCH", 0xFFC94A},
    Material{"GLOWSTONE", 0xF6CF74},   Material{"LAVA", 0xE8641B},      Material{"WATER", 0x3F6FDB},
    Material{"ICE", 0x9CC4F5},         Material{"SNOW", 0xF3F8F8},      Material{"GLASS", 0xB9DDE6},
    Material{"OBSIDIAN", 0x2A1E3D},    Material{"MOSSY", 0x6C7F58},     Material{"VINE", 0x4A7A2B},
    Material{"LEAVES", 0x4F8A34},      Material{"GRASS", 0x6FA544},     Material{"HAY", 0xC9A02B},
    Material{"SLIME", 0x6FC05B},       Material{"STICKY", 0x8A9A55},    Material{"PISTON", 0xB39A6C},
    Material{"CHEST", 0xA8741E},       Material{"BOOKSHELF", 0x8A5A33}, Material{"LOG", 0x6A5030},
    Material{"PLANKS", 0xB08D55},      Material{"DOOR", 0x8E6B3C},      Material{"FENCE", 0x9A7746},
    Material{"WOOD", 0x9C7A49},        Material{"DIRT", 0x80593B},      Material{"GRAVEL", 0x88827F},
    Material{"SAND", 0xDDD09F},        Material{"GOLD", 0xF4CB3C},      Material{"DIAMOND", 0x66DDD6},
    Material{"EMERALD", 0x33BE5F},     Material{"LAPIS", 0x2A4C9C},     Material{"COAL", 0x2B2B2E},
    Material{"IRON", 0xD4D4D2},        Material{"QUARTZ", 0xEBE5DD},    Material{"NETHER", 0x5A262B},
    Material{"WOOL", 0xE4E4E4},        Material{"CLAY", 0x7D5B4B},      Material{"COBBLESTONE", 0x7A7A7A},
    Material{"STONEBRICK", 0x8E8D88},  Material{"BRICK", 0x9A5544},     Material{"STONE", 0x9C9C9A},
    Material{"MONSTER_EGG", 0x878B82}, Material{"DISPENSER", 0x60605F}, Material{"FURNACE", 0x666462},
    Material{"LEVER", 0x8B7355},       Material{"TRIPWIRE", 0xC8C3B4},
};

std::uint8_t byte_of(double value) {
    return static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(value, 0.0, 1.0)));
}

// A soft colour; `hue` from 0 to 1.
Rgba8 hue_colour(double hue) {
    const auto part = [&](double shift) {
        return byte_of(0.65 + 0.25 * std::cos(2.0 * 3.14159265358979323846 * (hue - shift)));
    };
    return {part(0.0), part(1.0 / 3.0), part(2.0 / 3.0), 255};
}

} // namespace

Rgba8 block_colour(std::string_view class_name) {
    if (class_name == "AIR") return {};
    nca::Fnv1a hash;
    for (const char letter : class_name) hash.add(static_cast<unsigned char>(letter));
    hash.fold();
    const double fraction = static_cast<double>(hash.value() & 0xFFFFU) / 0x10000;
    const auto material = std::ranges::find_if(
        materials, [&](std::string_view word) { return class_name.find(word) != std::string_view::npos; },
        &Material::word);
    if (material == materials.end()) return hue_colour(fraction);
    const double brightness = class_name == material->word ? 1.0 : 0.88 + 0.24 * fraction;
    const auto part = [&](unsigned shift) { return byte_of(brightness * (material->rgb >> shift & 255U) / 255.0); };
    return {part(16), part(8), part(0), 255};
}

std::vector<Rgba8> block_colours(std::span<const std::string> classes) {
    std::vector<Rgba8> colours;
    for (const std::string& name : classes) colours.push_back(block_colour(name));
    return colours;
}

} // namespace support
