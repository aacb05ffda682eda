// SPDX-License-Identifier: Apache-2.0
// Steps a state by an exported shader of GLSL, for tests/shader/models. States are files of floats, [row][column]
// [channel], words the pixels of a picture of weights, or nothing. Exits with status 77 where there is no OpenGL ES.
#include "shader_world.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <ios>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

int main(int count, char** arguments) {
    using nca::tests::Gles;
    Gles::require(count == 11, "expected SHADER WORDS STATE OUT HEIGHT WIDTH CHANNELS SEED STEPS GOAL");
    const auto number = [&](int i) { return std::atoi(arguments[i]); };
    const auto gles = Gles::create();
    if (gles == nullptr) return 77;
    std::ifstream file{arguments[1]};
    const std::string shader{std::istreambuf_iterator<char>{file}, {}};
    std::optional<nca::shader::WeightsPicture> weights;
    std::ifstream picture{arguments[2], std::ios::binary};
    const std::vector<std::uint8_t> pixels{std::istreambuf_iterator<char>{picture}, {}};
    if (!pixels.empty()) {
        weights.emplace(nca::shader::WeightsPicture{
            static_cast<int>(pixels.size() / (4 * nca::shader::WeightsPicture::width)), pixels});
    }
    const int height = number(5);
    const int width = number(6);
    const int channels = number(7);
    std::vector<float> state(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
                             static_cast<std::size_t>(channels));
    const auto bytes = static_cast<std::streamsize>(state.size() * sizeof(float));
    std::ifstream in{arguments[3], std::ios::binary};
    Gles::require(static_cast<bool>(in.read(reinterpret_cast<char*>(state.data()), bytes)), "the state is too short");
    const bool has_life_pass = shader.find("nca_updated0") != std::string::npos;
    const std::uint64_t seed = std::strtoull(arguments[8], nullptr, 10);
    nca::tests::ShaderWorld world{shader, channels, has_life_pass, width, height, seed, weights};
    world.load(state);
    world.set_goal(number(10));
    world.step(number(9));
    state = world.state();
    std::ofstream out{arguments[4], std::ios::binary};
    Gles::require(static_cast<bool>(out.write(reinterpret_cast<const char*>(state.data()), bytes)),
                  "the state cannot be written");
    return 0;
}
