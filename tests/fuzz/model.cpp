// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Models of a small rule: whatever is accepted can be run as its metadata say.
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using R = nca::Rule<nca::Channels<4>, nca::Perception<nca::Identity, nca::SobelX>, nca::Mlp<2>, nca::Alive<3>>;
    const auto model = nca::parse_model<R>(std::as_bytes(std::span{data, size}), "fuzz");
    if (!model) {
        if (model.error().message.find('\n') != std::string::npos) std::abort();
        return 0;
    }
    nca::Simulation<R, 8, 8> world{model->rule};
    world.set_options(model->options);
    world.plant(4, 4);
    world.step(2);
    return 0;
}
