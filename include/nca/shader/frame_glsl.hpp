// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_FRAME_GLSL_HPP
#define NCA_SHADER_FRAME_GLSL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/shader/dialect.hpp>
#include <nca/shader/step_text.hpp>
#include <nca/shader/tables.hpp>

#include <string>

/// What surrounds a step in GLSL: fragment shaders that write a texture for each group of channels.
namespace nca::inline NCA_ABI::shader::inline NCA_ISA::isa_detail {

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

} // namespace nca::inline NCA_ABI::shader::inline NCA_ISA::isa_detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_FRAME_GLSL_HPP
