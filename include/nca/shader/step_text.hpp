// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_STEP_TEXT_HPP
#define NCA_SHADER_STEP_TEXT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/limits.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/shader/dialect.hpp>
#include <nca/shader/tables.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

/// A step of a rule in the text that in_language() translates. It reads cells by nca_load(x, y, group) and
/// nca_load_next(x, y, group), and knows nca_width(), nca_height(), nca_step, nca_seed and nca_goal; its functions are
///
///     nca_update(x, y)      the new state of a cell in nca_next[group], before it is known whether the cell lives on
///     nca_lives_on(x, y)    whether it does: after all cells of nca_load_next() were updated
namespace nca::inline NCA_ABI::shader::inline NCA_ISA {

/// True if the life of a cell is known only when all cells are updated: a step is two passes.
[[nodiscard]] inline bool has_life_pass(const RuleDescription& rule) noexcept {
    return rule.life == LifeKind::alive && rule.life_test == LifeTest::before_and_after;
}

namespace isa_detail {

/// A float that every language reads as this one.
[[nodiscard]] NCA_COLD inline std::string literal(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", static_cast<double>(static_cast<float>(value)));
    std::string number{text};
    if (number.find_first_of(".en") == std::string::npos) number += ".0";
    return number;
}

/// Replaces every "NAME" of the text between ~ signs.
[[nodiscard]] NCA_COLD inline std::string filled(std::string_view text, const detail::Words& words) {
    std::string result;
    while (!text.empty()) {
        const std::size_t at = text.find('~');
        result += text.substr(0, at);
        if (at == std::string_view::npos) break;
        const std::size_t end = text.find('~', at + 1);
        const std::string_view name = text.substr(at + 1, end - at - 1);
        for (const auto& [from, to] : words) {
            if (name == from) result += to;
        }
        text = text.substr(end + 1);
    }
    return result;
}

/// Random numbers, those of the simulation of the same seed: the cells that fire, and the noise of a cell.
[[nodiscard]] NCA_COLD inline std::string random_text(const RuleDescription& rule, double fire_rate, double noise) {
    const auto limit = static_cast<std::uint64_t>(std::llround(fire_rate * 0x1p32));
    const bool fires_always = limit >> 32U != 0;
    std::string text;
    if (!fires_always || noise != 0.0) {
        text += R"(
// The upper half of a product of 64 bits.
$fn uint nca_high(uint a, uint b) {
    $var uint low = (a & 65535u) * (b & 65535u);
    $var uint first = (a >> 16u) * (b & 65535u) + (low >> 16u);
    $var uint second = (a & 65535u) * (b >> 16u) + (first & 65535u);
    return (a >> 16u) * (b >> 16u) + (first >> 16u) + (second >> 16u);
}
// Philox4x32-10.
$fn uvec4 nca_random(uint a, uint b, uint stream) {
    $var uint c0 = a;
    $var uint c1 = b;
    $var uint c2 = nca_step();
    $var uint c3 = stream;
    $var uint key0 = nca_seed(0);
    $var uint key1 = nca_seed(1);
    $for (turn, 10) {
        $var uint high0 = nca_high(3528531795u, c0);
        $var uint low0 = 3528531795u * c0;
        $var uint high1 = nca_high(3449720151u, c2);
        $var uint low1 = 3449720151u * c2;
        c0 = high1 ^ c1 ^ key0;
        c1 = low1;
        c2 = high0 ^ c3 ^ key1;
        c3 = low0;
        key0 += 2654435769u;
        key1 += 3144134277u;
    }
    return uvec4(c0, c1, c2, c3);
}
)";
    }
    if (fires_always) {
        text += "$fn bool nca_fires(int x, int y) {\n    return true;\n}\n";
    } else {
        text += filled(R"($fn bool nca_fires(int x, int y) {
    $var uvec4 bits = nca_random(uint(x) / 4u, uint(y), 61742u);
    return bits[x % 4] < ~limit~u;
}
)",
                       {{"limit", std::to_string(limit)}});
    }
    if (noise == 0.0) return text;
    return text + filled(R"(// Two standard normal numbers by the Box-Muller transform.
$fn vec4 nca_normal(uint first, uint second) {
    $var float r = sqrt(max(-2.0 * log((float(first >> 8u) + 0.5) / 16777216.0), 0.0));
    $var float part = float((second << 2u) >> 8u) / 8388608.0 - 1.0;
    $var float angle = part * 0.785398163 + float(second >> 30u) * 1.57079633;
    return vec4(r * cos(angle), r * sin(angle), 0.0, 0.0);
}
$fn vec4 nca_noise(int x, int y, int block) {
    $var uvec4 bits = nca_random(uint(x + ~radius~) | (uint(block) << 26u), uint(y + ~radius~), 131422u);
    $var vec4 a = nca_normal(bits.x, bits.y);
    $var vec4 b = nca_normal(bits.z, bits.w);
    return ~noise~ * vec4(a.x, a.y, b.x, b.y);
}
)",
                         {{"radius", std::to_string(rule.radius)}, {"noise", literal(noise)}});
}

/// What is beyond the border, and which cells live.
[[nodiscard]] NCA_COLD inline std::string common_text(const RuleDescription& rule, Boundary boundary) {
    std::string text;
    std::string place;
    switch (boundary) {
    case Boundary::zero:
        place = "return -1;";
        break;
    case Boundary::torus:
        place = "return (at + 64 * size) % size;"; // remainders of negative numbers are undefined in GLSL
        break;
    case Boundary::replicate:
        place = "if (at < 0) { return 0; }\n    return size - 1;";
        break;
    case Boundary::reflect:
        place = "if (size == 1) { return 0; }\n    $var int period = 2 * (size - 1);\n"
                "    $var int folded = (at + 64 * period) % period;\n"
                "    if (folded < size) { return folded; }\n    return period - folded;";
        break;
    }
    text += "// The row or column that is seen at a place beyond the border, or -1.\n"
            "$fn int nca_place(int at, int size) {\n    if (at >= 0 && at < size) { return at; }\n    " +
            place + "\n}\n" + R"($fn vec4 nca_neighbour(int x, int y, int group) {
    $var int column = nca_place(x, nca_width());
    $var int row = nca_place(y, nca_height());
    if (column < 0 || row < 0) { return vec4(0.0, 0.0, 0.0, 0.0); }
    return nca_load(column, row, group);
}
)";
    if (rule.life == LifeKind::none) return text;
    // Beyond the border there is life on a torus alone.
    const std::string life_place =
        boundary == Boundary::torus
            ? "    $var int column = nca_place(x, nca_width());\n    $var int row = nca_place(y, nca_height());\n"
            : "    $var int column = x;\n    $var int row = y;\n"
              "    if (x < 0 || y < 0 || x >= nca_width() || y >= nca_height()) { return false; }\n";
    const std::string group = std::to_string(rule.life_channel / 4);
    const std::string lane(1, "xyzw"[rule.life_channel % 4]);
    const std::string compare = rule.life_test == LifeTest::on_update ? " >= " : " > ";
    const auto mature = [&](std::string_view name, std::string_view load) {
        return "$fn bool " + std::string{name} + "(int x, int y) {\n" + life_place + "    return " + std::string{load} +
               "(column, row, " + group + ")." + lane + compare + literal(rule.life_threshold) + ";\n}\n";
    };
    text += mature("nca_mature", "nca_load");
    if (rule.life != LifeKind::alive) return text;
    const auto alive = [&](std::string_view name, std::string_view of, int radius, bool hexagonal) {
        std::string width = std::to_string(2 * radius + 1);
        std::string r = std::to_string(radius);
        return filled(R"($fn bool ~name~(int x, int y) {
    $for (j, ~width~) {
        $for (i, ~width~) {
            if (~corner~~of~(x + i - ~r~, y + j - ~r~)) { return true; }
        }
    }
    return false;
}
)",
                      {{"name", name},
                       {"of", of},
                       {"width", width},
                       {"r", r},
                       // In axial coordinates the cells above and to the left, and below and to the right, are none.
                       {"corner", hexagonal ? "i + j != 0 && i + j != 4 && " : ""}});
    };
    const bool hexagonal = rule.lattice == Lattice::hexagonal;
    text += alive("nca_alive", "nca_mature", rule.life_radius, hexagonal);
    if (has_life_pass(rule)) {
        text += "// Other cells cannot live after the step, nor keep one alive that can.\n" +
                alive("nca_near_life", "nca_mature", 2 * rule.life_radius, false) +
                mature("nca_mature_next", "nca_load_next") +
                alive("nca_alive_next", "nca_mature_next", rule.life_radius, hexagonal) +
                "$fn bool nca_lives_on(int x, int y) {\n    return nca_alive(x, y) && nca_alive_next(x, y);\n}\n";
    }
    return text;
}

} // namespace isa_detail

} // namespace nca::inline NCA_ABI::shader::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_STEP_TEXT_HPP
