// SPDX-License-Identifier: Apache-2.0
// Steps a state by an exported shader of GLSL, for tests/shader/models. States are files of floats, [row][column]
// [channel]. Exits with status 77 where there is no OpenGL ES.
#include "gles.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <ios>
#include <iterator>
#include <string>
#include <vector>

int main(int count, char** arguments) {
    using nca::tests::Gles;
    Gles::require(count == 10, "expected SHADER STATE OUT HEIGHT WIDTH CHANNELS SEED STEPS GOAL");
    const auto number = [&](int i) { return std::atoi(arguments[i]); };
    const auto gles = Gles::create();
    if (gles == nullptr) return 77;
    std::ifstream file{arguments[1]};
    const std::string shader{std::istreambuf_iterator<char>{file}, {}};
    const int height = number(4);
    const int width = number(5);
    const int channels = number(6);
    std::vector<float> state(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
                             static_cast<std::size_t>(channels));
    const auto bytes = static_cast<std::streamsize>(state.size() * sizeof(float));
    std::ifstream in{arguments[2], std::ios::binary};
    Gles::require(static_cast<bool>(in.read(reinterpret_cast<char*>(state.data()), bytes)), "the state is too short");
    const bool has_life_pass = shader.find("nca_updated0") != std::string::npos;
    const std::uint64_t seed = std::strtoull(arguments[7], nullptr, 10);
    nca::tests::ShaderWorld world{shader, channels, has_life_pass, width, height, seed};
    world.load(state);
    world.set_goal(number(9));
    world.step(number(8));
    state = world.state();
    std::ofstream out{arguments[3], std::ios::binary};
    Gles::require(static_cast<bool>(out.write(reinterpret_cast<const char*>(state.data()), bytes)),
                  "the state cannot be written");
    return 0;
}
