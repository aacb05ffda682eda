// SPDX-License-Identifier: Apache-2.0
// Exported shaders of GLSL on an OpenGL ES context without a display, as Mesa's software rasteriser provides it.
#ifndef NCA_TESTS_SHADER_GLES_GLES_HPP
#define NCA_TESTS_SHADER_GLES_GLES_HPP

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nca::tests {

/// A context for one thread.
class Gles {
public:
    /// Null where there is no OpenGL ES without a display.
    [[nodiscard]] static std::unique_ptr<Gles> create() {
        auto gles = std::unique_ptr<Gles>{new Gles};
        return gles->start() ? std::move(gles) : nullptr;
    }
    Gles(const Gles&) = delete;
    Gles& operator=(const Gles&) = delete;
    ~Gles() {
        if (display_ == EGL_NO_DISPLAY) return;
        eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
        if (context_ != EGL_NO_CONTEXT) eglDestroyContext(display_, context_);
        eglTerminate(display_);
    }

    /// Ends the program with a message.
    static void require(bool condition, const char* message) {
        if (condition) return;
        std::fprintf(stderr, "%s\n", message);
        std::exit(2);
    }

private:
    Gles() = default;
    [[nodiscard]] bool start() {
        const auto get =
            reinterpret_cast<PFNEGLGETPLATFORMDISPLAYEXTPROC>(eglGetProcAddress("eglGetPlatformDisplayEXT"));
        display_ =
            get != nullptr ? get(EGL_PLATFORM_SURFACELESS_MESA, nullptr, nullptr) : eglGetDisplay(EGL_DEFAULT_DISPLAY);
        if (eglInitialize(display_, nullptr, nullptr) != EGL_TRUE) return false;
        if (eglBindAPI(EGL_OPENGL_ES_API) != EGL_TRUE) return false;
        const std::array<EGLint, 3> wanted{EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_NONE};
        EGLConfig config = nullptr;
        EGLint count = 0;
        eglChooseConfig(display_, wanted.data(), &config, 1, &count);
        const std::array<EGLint, 3> version{EGL_CONTEXT_MAJOR_VERSION, 3, EGL_NONE};
        context_ = eglCreateContext(display_, count > 0 ? config : nullptr, EGL_NO_CONTEXT, version.data());
        return context_ != EGL_NO_CONTEXT &&
               eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_) == EGL_TRUE;
    }

    EGLDisplay display_ = EGL_NO_DISPLAY;
    EGLContext context_ = EGL_NO_CONTEXT;
};

/// Textures of four floats per cell, one for each group of channels, and the framebuffer that writes them.
class Layers {
public:
    Layers(int groups, int width, int height)
        : textures_(static_cast<std::size_t>(groups)), width_{width}, height_{height} {
        glGenTextures(groups, textures_.data());
        glGenFramebuffers(1, &framebuffer_);
        glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
        std::vector<GLenum> buffers;
        for (std::size_t g = 0; g < textures_.size(); ++g) {
            glBindTexture(GL_TEXTURE_2D, textures_[g]);
            glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA32F, width, height);
            glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
            glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
            const auto place = static_cast<GLenum>(GL_COLOR_ATTACHMENT0 + g);
            glFramebufferTexture2D(GL_FRAMEBUFFER, place, GL_TEXTURE_2D, textures_[g], 0);
            buffers.push_back(place);
        }
        glDrawBuffers(groups, buffers.data());
        Gles::require(glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE,
                      "the framebuffer cannot hold floats");
    }
    Layers(const Layers&) = delete;
    Layers& operator=(const Layers&) = delete;
    ~Layers() {
        glDeleteFramebuffers(1, &framebuffer_);
        glDeleteTextures(static_cast<GLsizei>(textures_.size()), textures_.data());
    }

    [[nodiscard]] GLuint framebuffer() const noexcept { return framebuffer_; }
    void bind(GLuint program, const std::string& name, int first_unit) const {
        for (std::size_t g = 0; g < textures_.size(); ++g) {
            const int unit = first_unit + static_cast<int>(g);
            glActiveTexture(static_cast<GLenum>(GL_TEXTURE0 + unit));
            glBindTexture(GL_TEXTURE_2D, textures_[g]);
            glUniform1i(glGetUniformLocation(program, (name + std::to_string(g)).c_str()), unit);
        }
    }
    /// Of [cells, channels].
    void load(std::span<const float> state, int channels) {
        for (std::size_t g = 0; g < textures_.size(); ++g) {
            std::vector<float> texels(4U * static_cast<std::size_t>(width_ * height_));
            visit(g, channels, [&](std::size_t texel, std::size_t value) { texels[texel] = state[value]; });
            glBindTexture(GL_TEXTURE_2D, textures_[g]);
            glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, width_, height_, GL_RGBA, GL_FLOAT, texels.data());
        }
    }
    [[nodiscard]] std::vector<float> store(int channels) const {
        std::vector<float> state(static_cast<std::size_t>(width_ * height_ * channels));
        glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
        for (std::size_t g = 0; g < textures_.size(); ++g) {
            std::vector<float> texels(4U * static_cast<std::size_t>(width_ * height_));
            glReadBuffer(static_cast<GLenum>(GL_COLOR_ATTACHMENT0 + g));
            glReadPixels(0, 0, width_, height_, GL_RGBA, GL_FLOAT, texels.data());
            visit(g, channels, [&](std::size_t texel, std::size_t value) { state[value] = texels[texel]; });
        }
        return state;
    }

private:
    /// Calls f(index of a texel's value, index in [cells, channels]) for the channels of a group.
    template <class F>
    void visit(std::size_t group, int channels, F&& f) const {
        for (std::size_t cell = 0; cell < static_cast<std::size_t>(width_ * height_); ++cell) {
            for (std::size_t c = 4 * group; c < 4 * group + 4 && c < static_cast<std::size_t>(channels); ++c) {
                f(4 * cell + c % 4, cell * static_cast<std::size_t>(channels) + c);
            }
        }
    }

    std::vector<GLuint> textures_;
    GLuint framebuffer_ = 0;
    int width_;
    int height_;
};

/// A part of a program. Ends the test with the compiler's message if it does not compile.
[[nodiscard]] inline GLuint shader_part(GLenum kind, const std::string& text) {
    const GLuint shader = glCreateShader(kind);
    const char* const pointer = text.c_str();
    glShaderSource(shader, 1, &pointer, nullptr);
    glCompileShader(shader);
    GLint done = 0;
    glGetShaderiv(shader, GL_COMPILE_STATUS, &done);
    if (done == 0) {
        std::array<char, 2000> log{};
        glGetShaderInfoLog(shader, static_cast<GLsizei>(log.size()), nullptr, log.data());
        Gles::require(false, log.data());
    }
    return shader;
}
/// A program that runs a fragment shader on every pixel.
[[nodiscard]] inline GLuint pixel_program(const std::string& shader) {
    const GLuint corners = shader_part(GL_VERTEX_SHADER, R"(#version 300 es
void main() {
    gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}
)");
    const GLuint pixels = shader_part(GL_FRAGMENT_SHADER, shader);
    const GLuint program = glCreateProgram();
    glAttachShader(program, corners);
    glAttachShader(program, pixels);
    glLinkProgram(program);
    GLint done = 0;
    glGetProgramiv(program, GL_LINK_STATUS, &done);
    Gles::require(done != 0, "the shader does not link");
    glDeleteShader(corners);
    glDeleteShader(pixels);
    return program;
}

} // namespace nca::tests

#endif // NCA_TESTS_SHADER_GLES_GLES_HPP
