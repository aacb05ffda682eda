// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_FRAME_WGSL_HPP
#define NCA_SHADER_FRAME_WGSL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/shader/step_text.hpp>
#include <nca/shader/tables.hpp>

#include <string>

/// What surrounds a step in WGSL: compute shaders on buffers.
namespace nca::inline NCA_ABI::shader::inline NCA_ISA::isa_detail {

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

} // namespace nca::inline NCA_ABI::shader::inline NCA_ISA::isa_detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_FRAME_WGSL_HPP
