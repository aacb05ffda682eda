// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_FRAME_ATLAS_HPP
#define NCA_SHADER_FRAME_ATLAS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/shader/dialect.hpp>
#include <nca/shader/step_text.hpp>
#include <nca/shader/tables.hpp>

#include <string>

/// What surrounds a step where a pass writes one texture: shaders of Godot, and of Shadertoy. The groups of channels
/// lie side by side, one band of the grid's width each. A rule whose life is known only after the step has a band
/// more, which tells pass 1 where there was life before it.
namespace nca::inline NCA_ABI::shader::inline NCA_ISA::isa_detail {

[[nodiscard]] NCA_COLD inline int atlas_bands(const Tables& tables) {
    return tables.groups + (has_life_pass(tables.rule) ? 1 : 0);
}

[[nodiscard]] NCA_COLD inline std::string atlas_constants(const Tables& tables) {
    return "const int NCA_BANDS = " + std::to_string(atlas_bands(tables)) +
           ";\nconst int NCA_PASSES = " + (has_life_pass(tables.rule) ? "2" : "1") + ";\n";
}

/// The functions that read the texture.
[[nodiscard]] NCA_COLD inline std::string atlas_reads(const std::string& texture) {
    return "vec4 nca_load(int x, int y, int group) { return texelFetch(" + texture +
           ", ivec2(x + group * nca_width(), y), 0); }\n"
           "vec4 nca_load_next(int x, int y, int group) { return nca_load(x, y, group); }\n";
}

/// A function: what a pass writes in a band.
[[nodiscard]] NCA_COLD inline std::string atlas_pass(const Tables& tables) {
    std::string text = "\nvec4 nca_band(int x, int y, int band, int pass) {\n";
    if (has_life_pass(tables.rule)) {
        text += R"(    if (pass == 1) {
        if (band == ~groups~) { return vec4(0.0); }
        if (nca_load(x, y, ~groups~).x > 0.5 && nca_alive_next(x, y)) { return nca_load(x, y, band); }
        return nca_dead(band);
    }
    if (band == ~groups~) {
        if (nca_alive(x, y)) { return vec4(1.0); }
        return vec4(0.0);
    }
)";
    }
    text += R"(    vec4 nca_next[~groups~];
    nca_update(x, y, nca_next);
    return nca_next[band];
}
)";
    return filled(text, {{"groups", std::to_string(tables.groups)}});
}

/// Parameters of Godot, and what reads them. Godot wants the type of the shader before all else.
[[nodiscard]] NCA_COLD inline std::string gdshader_frame(const Tables& tables) {
    std::string text = R"(shader_type canvas_item;
render_mode unshaded, blend_disabled;
uniform sampler2D nca_state : filter_nearest, repeat_disable;
uniform int nca_grid_width;
uniform int nca_grid_height;
uniform int nca_pass; // 0: the step, 1: the life after it where NCA_PASSES is 2, 2: the picture
uniform int nca_step_number;
uniform int nca_seed_low;
uniform int nca_seed_high;
)";
    text += atlas_constants(tables);
    if (tables.goal_count > 0) text += "uniform int nca_goal_number;\nint nca_goal() { return nca_goal_number; }\n";
    return text + R"(uint nca_step() { return uint(nca_step_number); }
uint nca_seed(int i) { return i == 0 ? uint(nca_seed_low) : uint(nca_seed_high); }
int nca_width() { return nca_grid_width; }
int nca_height() { return nca_grid_height; }
)" + atlas_reads("nca_state");
}

[[nodiscard]] NCA_COLD inline std::string gdshader_main(const Tables& tables) {
    return atlas_pass(tables) + R"(
void fragment() {
    if (nca_pass == 2) {
        COLOR = nca_colour(int(UV.x * float(nca_width())), int(UV.y * float(nca_height())));
    } else {
        int column = int(UV.x * float(nca_width() * NCA_BANDS));
        COLOR = nca_band(column % nca_width(), int(UV.y * float(nca_height())), column / nca_width(), nca_pass);
    }
}
)";
}

/// The size of the grid, its seed and its goal, as macros that a user changes, and what reads them.
[[nodiscard]] NCA_COLD inline std::string shadertoy_frame(const Tables& tables) {
    std::string text = R"(#define NCA_WIDTH 72
#define NCA_HEIGHT 72
#define NCA_SEED uvec2(1u, 0u)
)";
    text += atlas_constants(tables);
    if (tables.goal_count > 0) text += "#define NCA_GOAL 0\nint nca_goal() { return NCA_GOAL; }\n";
    return text + R"(uint nca_step() { return uint((iFrame - 1) / NCA_PASSES); }
uint nca_seed(int i) { return i == 0 ? NCA_SEED.x : NCA_SEED.y; }
int nca_width() { return NCA_WIDTH; }
int nca_height() { return NCA_HEIGHT; }
// The cell that the picture shows at a pixel.
ivec2 nca_cell(vec2 pixel) {
    vec2 size = vec2(float(NCA_WIDTH), float(NCA_HEIGHT));
    vec2 from_middle = (pixel - 0.5 * iResolution.xy) / min(iResolution.x / size.x, iResolution.y / size.y);
    return ivec2(floor(vec2(from_middle.x, -from_middle.y) + 0.5 * size));
}
)" + atlas_reads("iChannel0");
}

/// The first state, the mouse, and the picture. Where cells live by ink the mouse draws it; elsewhere it erases.
[[nodiscard]] NCA_COLD inline std::string shadertoy_main(const Tables& tables) {
    const RuleDescription& rule = tables.rule;
    std::string first = "vec4(0.0)";
    std::string touched = "nca_dead(band)";
    const auto from = [](int channel) { // channels from this one on are 1
        const std::string c = std::to_string(channel);
        return "vec4(greaterThanEqual(4 * band + ivec4(0, 1, 2, 3), ivec4(" + c + ")))";
    };
    if (rule.life == LifeKind::alive) {
        first = "(x == NCA_WIDTH / 2 && y == NCA_HEIGHT / 2) ? " + from(rule.life_channel) + " * nca_used(band)" +
                " : nca_dead(band)";
    }
    if (rule.life == LifeKind::alive_where) {
        const std::string c = std::to_string(rule.life_channel);
        touched = "vec4(equal(4 * band + ivec4(0, 1, 2, 3), ivec4(" + c + ")))";
    }
    return atlas_pass(tables) + filled(R"(
// 1 in the channels of a band, 0 in what pads the last.
vec4 nca_used(int band) {
    return vec4(lessThan(4 * band + ivec4(0, 1, 2, 3), ivec4(~channels~)));
}
void mainImage(out vec4 colour, in vec2 pixel) {
#ifdef NCA_PICTURE
    ivec2 cell = nca_cell(pixel);
    bool inside = cell.x >= 0 && cell.y >= 0 && cell.x < NCA_WIDTH && cell.y < NCA_HEIGHT;
    colour = inside ? nca_colour(cell.x, cell.y) : vec4(1.0);
#else
    int x = int(pixel.x) % NCA_WIDTH;
    int y = int(pixel.y);
    int band = int(pixel.x) / NCA_WIDTH;
    colour = vec4(0.0);
    if (band >= NCA_BANDS || y >= NCA_HEIGHT) { return; }
    int pass = (iFrame - 1) % NCA_PASSES;
    ivec2 from_mouse = ivec2(x, y) - nca_cell(iMouse.xy);
    if (iFrame == 0) {
        if (band < ~groups~) { colour = ~first~; }
    } else if (iMouse.z > 0.0 && pass == NCA_PASSES - 1 && band < ~groups~ &&
               from_mouse.x * from_mouse.x + from_mouse.y * from_mouse.y < ~square~) {
        colour = ~touched~;
    } else {
        colour = nca_band(x, y, band, pass);
    }
#endif
}
)",
                                       {{"channels", std::to_string(rule.channels)},
                                        {"groups", std::to_string(tables.groups)},
                                        {"square", rule.life == LifeKind::alive_where ? "4" : "50"},
                                        {"first", first},
                                        {"touched", touched}});
}

} // namespace nca::inline NCA_ABI::shader::inline NCA_ISA::isa_detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_FRAME_ATLAS_HPP
