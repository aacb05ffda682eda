// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_EXPORT_SHADER_HPP
#define NCA_SHADER_EXPORT_SHADER_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/result.hpp>
#include <nca/shader/dialect.hpp>
#include <nca/shader/step_text.hpp>
#include <nca/shader/tables.hpp>
#include <nca/shader/update_text.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace nca::inline NCA_ABI::shader {

/// How a rule becomes a shader.
struct Options {
    Language language = Language::glsl;
    bool int8 = false;     ///< 8 bits per weight, with scales, instead of float32
    std::string comment{}; ///< of the first lines, as where the rule comes from
};

} // namespace nca::inline NCA_ABI::shader

namespace nca::inline NCA_ABI::shader::inline NCA_ISA {

namespace isa_detail {

/// The functions of GLSL that read the state, and the outputs: a texture for each group of channels.
[[nodiscard]] NCA_COLD inline std::string glsl_frame(const Tables& tables) {
    std::string text = R"(precision highp float;
precision highp int;
precision highp sampler2D;
#ifndef NCA_PASS
#define NCA_PASS 0 // 0: the step, 1: the life after it, where there is one, 2: the picture
#endif
)";
    const auto each = [&](auto&& line) {
        for (int g = 0; g < tables.groups; ++g) text += line(std::to_string(g));
    };
    each([](const std::string& g) { return "uniform sampler2D nca_state" + g + ";\n"; });
    const auto load = [&](const std::string& name, const std::string& from) {
        text += "vec4 " + name + "(int x, int y, int group) {\n";
        for (int g = 0; g + 1 < tables.groups; ++g) {
            const std::string number = std::to_string(g);
            text += "    if (group == " + number + ") { return texelFetch(" + from + number + ", ivec2(x, y), 0); }\n";
        }
        text += "    return texelFetch(" + from + std::to_string(tables.groups - 1) + ", ivec2(x, y), 0);\n}\n";
    };
    load("nca_load", "nca_state");
    if (has_life_pass(tables.rule)) {
        text += "#if NCA_PASS == 1\n";
        each([](const std::string& g) { return "uniform sampler2D nca_updated" + g + ";\n"; });
        load("nca_load_next", "nca_updated");
        text += "#else\nvec4 nca_load_next(int x, int y, int group) { return vec4(0.0); }\n#endif\n";
    }
    text += "uniform uint nca_step_number;\nuniform uvec2 nca_seed_key;\n";
    if (tables.goal_count > 0) text += "uniform int nca_goal_number;\nint nca_goal() { return nca_goal_number; }\n";
    text += R"(uint nca_step() { return nca_step_number; }
uint nca_seed(int i) { return i == 0 ? nca_seed_key.x : nca_seed_key.y; }
int nca_width() { return textureSize(nca_state0, 0).x; }
int nca_height() { return textureSize(nca_state0, 0).y; }
)";
    text += "vec4 nca_next[" + std::to_string(tables.groups) +
            "];\n#if NCA_PASS == 2\nuniform vec2 nca_view;\n"
            "layout(location = 0) out vec4 nca_pixel;\n#else\n";
    each([](const std::string& g) { return "layout(location = " + g + ") out vec4 nca_out" + g + ";\n"; });
    return text + "#endif\n";
}

[[nodiscard]] NCA_COLD inline std::string glsl_main(const Tables& tables) {
    std::string text = R"(
void main() {
#if NCA_PASS == 2
    ivec2 cell = ivec2(gl_FragCoord.xy / nca_view * vec2(nca_width(), nca_height()));
    nca_pixel = nca_colour(cell.x, nca_height() - 1 - cell.y);
#else
    int x = int(gl_FragCoord.x);
    int y = int(gl_FragCoord.y);
)";
    if (has_life_pass(tables.rule)) {
        text += "#if NCA_PASS == 1\n    bool lives = nca_lives_on(x, y);\n"
                "    $for (g, ~groups~) { nca_next[g] = lives ? nca_load_next(x, y, g) : nca_dead(g); }\n#else\n"
                "    nca_update(x, y);\n#endif\n";
    } else {
        text += "    nca_update(x, y);\n";
    }
    for (int g = 0; g < tables.groups; ++g) {
        const std::string number = std::to_string(g);
        text += "    nca_out" + number + " = nca_next[" + number + "];\n";
    }
    return in_language(filled(text + "#endif\n}\n", {{"groups", std::to_string(tables.groups)}}), Language::glsl);
}

/// Storage buffers of WGSL: [row][column][group].
[[nodiscard]] NCA_COLD inline std::string wgsl_frame(const Tables& tables) {
    std::string text = R"(struct NcaFrame {
    width: i32,
    height: i32,
    step_number: u32,
    goal_number: i32,
    seed: vec2<u32>,
    view: vec2<f32>,
}
@group(0) @binding(0) var<uniform> nca_frame: NcaFrame;
@group(0) @binding(1) var<storage, read> nca_state_cells: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> nca_updated_cells: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> nca_result_cells: array<vec4<f32>>;
var<private> nca_next: array<vec4<f32>, ~groups~>;
fn nca_step() -> u32 { return nca_frame.step_number; }
fn nca_seed(i: i32) -> u32 { return nca_frame.seed[i]; }
fn nca_goal() -> i32 { return nca_frame.goal_number; }
fn nca_width() -> i32 { return nca_frame.width; }
fn nca_height() -> i32 { return nca_frame.height; }
fn nca_index(x: i32, y: i32, g: i32) -> i32 { return (y * nca_frame.width + x) * ~groups~ + g; }
fn nca_load(x: i32, y: i32, g: i32) -> vec4<f32> { return nca_state_cells[nca_index(x, y, g)]; }
fn nca_load_next(x: i32, y: i32, g: i32) -> vec4<f32> { return nca_updated_cells[nca_index(x, y, g)]; }
)";
    return filled(text, {{"groups", std::to_string(tables.groups)}});
}

[[nodiscard]] NCA_COLD inline std::string wgsl_main(const Tables& tables) {
    std::string text = R"(
@compute @workgroup_size(8, 8)
fn step(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = i32(id.x);
    let y = i32(id.y);
    if (x >= nca_width() || y >= nca_height()) { return; }
    nca_update(x, y);
    for (var g = 0; g < ~groups~; g++) { nca_updated_cells[nca_index(x, y, g)] = nca_next[g]; }
}
)";
    if (has_life_pass(tables.rule)) {
        text += R"(
@compute @workgroup_size(8, 8)
fn life(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = i32(id.x);
    let y = i32(id.y);
    if (x >= nca_width() || y >= nca_height()) { return; }
    let lives = nca_lives_on(x, y);
    for (var g = 0; g < ~groups~; g++) {
        nca_result_cells[nca_index(x, y, g)] = select(nca_dead(g), nca_load_next(x, y, g), lives);
    }
}
)";
    }
    text += R"(
@vertex
fn corners(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}
@fragment
fn show(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let x = i32(at.x / nca_frame.view.x * f32(nca_width()));
    let y = i32(at.y / nca_frame.view.y * f32(nca_height()));
    return nca_colour(x, y);
}
)";
    return filled(text, {{"groups", std::to_string(tables.groups)}});
}

/// Buffers of HLSL: [row][column][group].
[[nodiscard]] NCA_COLD inline std::string hlsl_frame(const Tables& tables) {
    std::string text = R"(cbuffer NcaFrame : register(b0) {
    int nca_frame_width;
    int nca_frame_height;
    uint nca_frame_step;
    int nca_frame_goal;
    uint2 nca_frame_seed;
    float2 nca_frame_view;
};
StructuredBuffer<float4> nca_state_cells : register(t0);
RWStructuredBuffer<float4> nca_updated_cells : register(u0);
RWStructuredBuffer<float4> nca_result_cells : register(u1);
static float4 nca_next[~groups~];
uint nca_step() { return nca_frame_step; }
uint nca_seed(int i) { return i == 0 ? nca_frame_seed.x : nca_frame_seed.y; }
int nca_goal() { return nca_frame_goal; }
int nca_width() { return nca_frame_width; }
int nca_height() { return nca_frame_height; }
int nca_index(int x, int y, int g) { return (y * nca_frame_width + x) * ~groups~ + g; }
float4 nca_load(int x, int y, int g) { return nca_state_cells[nca_index(x, y, g)]; }
float4 nca_load_next(int x, int y, int g) { return nca_updated_cells[nca_index(x, y, g)]; }
)";
    return filled(text, {{"groups", std::to_string(tables.groups)}});
}

[[nodiscard]] NCA_COLD inline std::string hlsl_main(const Tables& tables) {
    std::string text = R"(
[numthreads(8, 8, 1)]
void step_cells(uint3 id : SV_DispatchThreadID) {
    int x = int(id.x);
    int y = int(id.y);
    if (x >= nca_width() || y >= nca_height()) { return; }
    nca_update(x, y);
    for (int g = 0; g < ~groups~; ++g) { nca_updated_cells[nca_index(x, y, g)] = nca_next[g]; }
}
)";
    if (has_life_pass(tables.rule)) {
        text += R"(
[numthreads(8, 8, 1)]
void life(uint3 id : SV_DispatchThreadID) {
    int x = int(id.x);
    int y = int(id.y);
    if (x >= nca_width() || y >= nca_height()) { return; }
    bool lives = nca_lives_on(x, y);
    for (int g = 0; g < ~groups~; ++g) {
        float4 next = nca_load_next(x, y, g);
        if (!lives) { next = nca_dead(g); }
        nca_result_cells[nca_index(x, y, g)] = next;
    }
}
)";
    }
    text += R"(
float4 corners(uint index : SV_VertexID) : SV_Position {
    return float4(float(index & 1u) * 4.0 - 1.0, float(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}
float4 show(float4 at : SV_Position) : SV_Target {
    int x = int(at.x / nca_frame_view.x * float(nca_width()));
    int y = int(at.y / nca_frame_view.y * float(nca_height()));
    return nca_colour(x, y);
}
)";
    return filled(text, {{"groups", std::to_string(tables.groups)}});
}

/// A function: what a dead cell holds.
[[nodiscard]] NCA_COLD inline std::string dead_text(const Tables& tables) {
    std::string text = "$fn vec4 nca_dead(int group) {\n";
    const auto& dead = tables.rule.dead_state;
    for (std::size_t first = 0; first < dead.size(); first += 4) {
        std::string values;
        for (std::size_t c = first; c < first + 4; ++c) {
            values += (c > first ? ", " : "") + literal(c < dead.size() ? dead[c] : 0.0);
        }
        text += "    if (group == " + std::to_string(first / 4) + ") { return vec4(" + values + "); }\n";
    }
    return text + "    return vec4(0.0, 0.0, 0.0, 0.0);\n}\n";
}

/// A function: the colour of a cell, opaque; as ArticleColours, over white.
[[nodiscard]] NCA_COLD inline std::string colour_text(const RuleDescription& rule) {
    std::string body;
    if (rule.life == LifeKind::alive && rule.life_channel == 3) {
        body = "    $var float paper = 1.0 - clamp(cell.w, 0.0, 1.0);\n"
               "    return vec4(cell.x + paper, cell.y + paper, cell.z + paper, 1.0);\n";
    } else {
        const std::string scale = literal(rule.clamp > 0.0 ? 1.0 / rule.clamp : 1.0);
        const std::string second = rule.channels >= 3 ? "y" : "x";
        const std::string third = rule.channels >= 3 ? "z" : "x";
        body = "    return vec4(cell.x * " + scale + " + 0.5, cell." + second + " * " + scale + " + 0.5, cell." +
               third + " * " + scale + " + 0.5, 1.0);\n";
    }
    return "$fn vec4 nca_colour(int x, int y) {\n    $var vec4 cell = nca_load(x, y, 0);\n" + body + "}\n";
}

} // namespace isa_detail

/// A rule as the text of a shader that needs no file at run time: its step, the life after it where a rule has one, and
/// its picture. docs/shaders.md says how it is bound. Its cells fire as those of a simulation of the same seed.
/// Allocates. Errors: what a shader cannot hold (check_shader()); inputs without goals; weights that are not finite.
template <class R>
[[nodiscard]] NCA_COLD Result<std::string> to_shader(const R& rule, const Options& options,
                                                     const StepOptions<R>& step = {}, const Goals& goals = {}) {
    const auto tables = tables_of(rule, step, goals, options.int8);
    if (!tables) return tables.error();
    if (tables->rule.input_kind != InputKind::none && tables->goal_count == 0) {
        return Error{"a shader of a rule with inputs needs a model with goals, which tell them"};
    }
    std::string text = options.language == Language::glsl ? "#version 300 es\n" : "";
    for (std::size_t first = 0; first < options.comment.size();) {
        const std::size_t end = std::min(options.comment.find('\n', first), options.comment.size());
        text += "// " + options.comment.substr(first, end - first) + "\n";
        first = end + 1;
    }
    const bool glsl = options.language == Language::glsl;
    const bool wgsl = options.language == Language::wgsl;
    text += glsl   ? isa_detail::glsl_frame(*tables)
            : wgsl ? isa_detail::wgsl_frame(*tables)
                   : isa_detail::hlsl_frame(*tables);
    text += table("nca_weights", tables->weights, options.language);
    text += table("nca_numbers", tables->numbers, options.language);
    text +=
        in_language(step_text(*tables, step) + isa_detail::dead_text(*tables) + isa_detail::colour_text(tables->rule),
                    options.language);
    text += glsl   ? isa_detail::glsl_main(*tables)
            : wgsl ? isa_detail::wgsl_main(*tables)
                   : isa_detail::hlsl_main(*tables);
    return text;
}

} // namespace nca::inline NCA_ABI::shader::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_EXPORT_SHADER_HPP
