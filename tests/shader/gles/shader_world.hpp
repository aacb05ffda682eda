// SPDX-License-Identifier: Apache-2.0
// Worlds that step by exported shaders of GLSL.
#ifndef NCA_TESTS_SHADER_GLES_SHADER_WORLD_HPP
#define NCA_TESTS_SHADER_GLES_SHADER_WORLD_HPP

#include <nca/shader.hpp>

#include "gles.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nca::tests {

/// The texture of a picture of weights.
class Words {
public:
    explicit Words(const shader::WeightsPicture& picture) {
        glGenTextures(1, &texture_);
        glBindTexture(GL_TEXTURE_2D, texture_);
        glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, shader::WeightsPicture::width, picture.height);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
        glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, shader::WeightsPicture::width, picture.height, GL_RGBA,
                        GL_UNSIGNED_BYTE, picture.pixels.data());
    }
    Words(const Words&) = delete;
    Words& operator=(const Words&) = delete;
    ~Words() { glDeleteTextures(1, &texture_); }

    void bind(GLuint program, int unit) const {
        glActiveTexture(static_cast<GLenum>(GL_TEXTURE0 + unit));
        glBindTexture(GL_TEXTURE_2D, texture_);
        glUniform1i(glGetUniformLocation(program, "nca_words"), unit);
    }

private:
    GLuint texture_ = 0;
};

/// A world that steps by an exported shader.
class ShaderWorld {
public:
    ShaderWorld(const std::string& shader, int channels, bool has_life_pass, int width, int height, std::uint64_t seed,
                const std::optional<shader::WeightsPicture>& weights = {})
        : channels_{channels}, seed_{seed}, step_{pass(shader, 0)} {
        if (has_life_pass) life_ = pass(shader, 1);
        const int groups = (channels + 3) / 4;
        for (auto& layers : layers_) layers = std::make_unique<Layers>(groups, width, height);
        if (weights) words_ = std::make_unique<Words>(*weights);
        glGenVertexArrays(1, &corners_);
        glBindVertexArray(corners_);
        glViewport(0, 0, width, height);
    }
    ShaderWorld(const ShaderWorld&) = delete;
    ShaderWorld& operator=(const ShaderWorld&) = delete;
    ~ShaderWorld() {
        glDeleteProgram(step_);
        if (life_ != 0) glDeleteProgram(life_);
        glDeleteVertexArrays(1, &corners_);
    }

    void load(std::span<const float> state) { layers_[0]->load(state, channels_); }
    [[nodiscard]] std::vector<float> state() const { return layers_[0]->store(channels_); }
    void set_goal(int goal) noexcept { goal_ = goal; }
    void step(int count) {
        const int groups = (channels_ + 3) / 4;
        for (int i = 0; i < count; ++i, ++steps_) {
            draw(step_, *layers_[1], [&] { layers_[0]->bind(step_, "nca_state", 0); });
            if (life_ == 0) {
                std::swap(layers_[0], layers_[1]);
                continue;
            }
            draw(life_, *layers_[2], [&] {
                layers_[0]->bind(life_, "nca_state", 0);
                layers_[1]->bind(life_, "nca_updated", groups);
            });
            std::swap(layers_[0], layers_[2]);
        }
    }

private:
    template <class Bind>
    void draw(GLuint program, const Layers& to, Bind&& bind) {
        glUseProgram(program);
        glBindFramebuffer(GL_FRAMEBUFFER, to.framebuffer());
        bind();
        if (words_) words_->bind(program, 2 * ((channels_ + 3) / 4));
        glUniform1ui(glGetUniformLocation(program, "nca_step_number"), steps_);
        glUniform2ui(glGetUniformLocation(program, "nca_seed_key"), static_cast<GLuint>(seed_),
                     static_cast<GLuint>(seed_ >> 32U));
        glUniform1i(glGetUniformLocation(program, "nca_goal_number"), goal_);
        glDrawArrays(GL_TRIANGLES, 0, 3);
    }
    [[nodiscard]] static GLuint pass(std::string shader, int number) {
        shader.insert(shader.find('\n') + 1, "#define NCA_PASS " + std::to_string(number) + "\n");
        return pixel_program(shader);
    }

    int channels_;
    std::uint64_t seed_;
    GLuint step_ = 0;
    GLuint life_ = 0;
    GLuint corners_ = 0;
    GLuint steps_ = 0;
    int goal_ = 0;
    std::array<std::unique_ptr<Layers>, 3> layers_{};
    std::unique_ptr<Words> words_{};
};

} // namespace nca::tests

#endif // NCA_TESTS_SHADER_GLES_SHADER_WORLD_HPP
