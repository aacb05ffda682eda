// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// The description of a rule in the metadata of a file, one `key=value` per line, beside weights that fit: what is
// accepted is in the range of the options.
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using R = nca::Rule<nca::Channels<4>, nca::Perception<nca::Identity, nca::SobelX>, nca::Mlp<2>, nca::Alive<3>>;
    nca::SafetensorsWriter writer;
    std::string_view text{reinterpret_cast<const char*>(data), size};
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() + (line.size() < text.size() ? 1 : 0));
        const std::size_t sign = line.find('=');
        if (sign != std::string_view::npos) {
            writer.set_metadata(std::string{line.substr(0, sign)}, std::string{line.substr(sign + 1)});
        }
    }
    const std::vector<float> zeros(16);
    const auto add = [&](const char* name, std::vector<std::size_t> shape, std::size_t count) {
        writer.add(name, std::move(shape), std::span{zeros}.first(count));
    };
    add("perceive_to_hidden.weight", {2, 8}, 16);
    add("perceive_to_hidden.bias", {2}, 2);
    add("hidden_to_update.weight", {4, 2}, 8);
    add("hidden_to_update.bias", {4}, 4);
    const auto bytes = writer.to_bytes();
    if (!bytes) return 0; // text that is not UTF-8
    const auto model = nca::parse_model<R>(*bytes, "fuzz");
    if (!model) {
        if (model.error().message.find('\n') != std::string::npos) std::abort();
        return 0;
    }
    const nca::StepOptions<R>& options = model->options;
    if (!(options.fire_rate >= 0.0 && options.fire_rate <= 1.0) || options.noise != 0.0) std::abort();
    nca::Simulation<R, 8, 8> world{model->rule};
    world.set_options(options);
    world.plant(4, 4);
    world.step(2);
    return 0;
}
