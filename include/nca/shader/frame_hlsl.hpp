// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_FRAME_HLSL_HPP
#define NCA_SHADER_FRAME_HLSL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/shader/step_text.hpp>
#include <nca/shader/tables.hpp>

#include <string>

/// What surrounds a step in HLSL: compute shaders on buffers.
namespace nca::inline NCA_ABI::shader::inline NCA_ISA::isa_detail {

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

} // namespace nca::inline NCA_ABI::shader::inline NCA_ISA::isa_detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_FRAME_HLSL_HPP
