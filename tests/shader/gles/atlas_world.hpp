// SPDX-License-Identifier: Apache-2.0
// Worlds that step by exported shaders of Godot and Shadertoy, whose texts are completed as these do.
#ifndef NCA_TESTS_SHADER_GLES_ATLAS_WORLD_HPP
#define NCA_TESTS_SHADER_GLES_ATLAS_WORLD_HPP

#include <nca/shader.hpp>

#include "gles.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nca::tests {

class AtlasWorld {
public:
    AtlasWorld(shader::Language language, std::string text, int channels, bool has_life_pass, int width, int height,
               std::uint64_t seed)
        : godot_{language == shader::Language::gdshader}, channels_{channels}, passes_{has_life_pass ? 2 : 1},
          bands_{(channels + 3) / 4 + passes_ - 1}, width_{width}, height_{height}, seed_{seed},
          program_{pixel_program(godot_ ? of_godot(std::move(text)) : of_shadertoy(std::move(text)))} {
        for (auto& layers : layers_) layers = std::make_unique<Layers>(1, width * bands_, height);
        glGenVertexArrays(1, &corners_);
        glBindVertexArray(corners_);
        glViewport(0, 0, width * bands_, height);
    }
    AtlasWorld(const AtlasWorld&) = delete;
    AtlasWorld& operator=(const AtlasWorld&) = delete;
    ~AtlasWorld() {
        glDeleteProgram(program_);
        glDeleteVertexArrays(1, &corners_);
    }

    void load(std::span<const float> state) {
        std::vector<float> atlas(4U * static_cast<std::size_t>(width_ * bands_ * height_));
        visit([&](std::size_t texel, std::size_t value) { atlas[texel] = state[value]; });
        layers_[0]->load(atlas, 4);
    }
    [[nodiscard]] std::vector<float> state() const {
        const std::vector<float> atlas = layers_[0]->store(4);
        std::vector<float> state(static_cast<std::size_t>(width_ * height_ * channels_));
        visit([&](std::size_t texel, std::size_t value) { state[value] = atlas[texel]; });
        return state;
    }
    void step(int count) {
        for (int pass = 0; pass < count * passes_; ++pass) {
            glUseProgram(program_);
            glBindFramebuffer(GL_FRAMEBUFFER, layers_[1]->framebuffer());
            layers_[0]->bind(program_, "iChannel", 0); // the unit of every sampler that is not told one
            set("nca_pass", pass % passes_);
            set("nca_step_number", pass / passes_);
            set("iFrame", pass + 1);
            set("nca_grid_width", width_);
            set("nca_grid_height", height_);
            set("nca_seed_low", static_cast<GLint>(seed_ & 0xffffffffU));
            set("nca_seed_high", static_cast<GLint>(seed_ >> 32U));
            set("nca_goal_number", goal);
            glUniform2f(glGetUniformLocation(program_, "view"), static_cast<float>(width_ * bands_),
                        static_cast<float>(height_));
            glDrawArrays(GL_TRIANGLES, 0, 3);
            std::swap(layers_[0], layers_[1]);
        }
    }

private:
    static constexpr int goal = 1;
    static constexpr std::string_view start = R"(#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
layout(location = 0) out vec4 result;
uniform vec2 view;
)";
    static void replace(std::string& text, std::string_view from, const std::string& to) {
        for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
            text.replace(at, from.size(), to);
        }
    }
    [[nodiscard]] static std::string of_godot(std::string text) {
        replace(text, "shader_type canvas_item;", "#define COLOR result");
        replace(text, "render_mode unshaded, blend_disabled;", "#define UV (gl_FragCoord.xy / view)");
        replace(text, " : filter_nearest, repeat_disable", "");
        replace(text, "void fragment()", "void main()");
        return std::string{start} + text;
    }
    [[nodiscard]] std::string of_shadertoy(std::string text) const {
        replace(text, "NCA_WIDTH 72", "NCA_WIDTH " + std::to_string(width_));
        replace(text, "NCA_HEIGHT 72", "NCA_HEIGHT " + std::to_string(height_));
        replace(text, "NCA_GOAL 0", "NCA_GOAL " + std::to_string(goal));
        replace(text, "uvec2(1u, 0u)",
                "uvec2(" + std::to_string(seed_ & 0xffffffffU) + "u, " + std::to_string(seed_ >> 32U) + "u)");
        return std::string{start} +
               "uniform int iFrame;\nuniform vec3 iResolution;\nuniform vec4 iMouse;\nuniform sampler2D iChannel0;\n" +
               text + "void main() { mainImage(result, gl_FragCoord.xy); }\n";
    }
    void set(const char* name, GLint value) const { glUniform1i(glGetUniformLocation(program_, name), value); }
    /// Calls f(index of a texel's value, index in [cells, channels]) for every channel of every cell.
    template <class F>
    void visit(F&& f) const {
        for (int y = 0; y < height_; ++y) {
            for (int x = 0; x < width_; ++x) {
                for (int c = 0; c < channels_; ++c) {
                    const int texel = y * width_ * bands_ + c / 4 * width_ + x;
                    f(static_cast<std::size_t>(4 * texel + c % 4),
                      static_cast<std::size_t>((y * width_ + x) * channels_ + c));
                }
            }
        }
    }

    bool godot_;
    int channels_;
    int passes_;
    int bands_;
    int width_;
    int height_;
    std::uint64_t seed_;
    GLuint program_ = 0;
    GLuint corners_ = 0;
    std::array<std::unique_ptr<Layers>, 2> layers_{};
};

} // namespace nca::tests

#endif // NCA_TESTS_SHADER_GLES_ATLAS_WORLD_HPP
