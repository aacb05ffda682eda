// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Models of convolutions and dense layers, the options of their reader in the first byte: what is accepted has finite
// parameters and can be run.
#include <nca/io/safetensors.hpp>
#include <nca/run/any_model.hpp>
#include <nca/systems/convolution_model.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>

namespace {

template <int Rank>
void run(const nca::ConvolutionTensors& found, const nca::ConvolutionOptions& options) {
    auto model = nca::model_from<Rank>(found, options);
    if (!model) {
        if (model.error().message.find('\n') != std::string::npos) std::abort();
        return;
    }
    for (const float value : std::as_const(model->rule).parameters()) {
        if (!std::isfinite(value)) std::abort();
    }
    std::array<int, static_cast<std::size_t>(Rank)> sizes{};
    sizes.fill(4);
    const auto world = nca::AnyModel::of(std::move(*model)).simulate(sizes);
    if (!world) std::abort();
    (*world)->step();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    nca::ConvolutionOptions options;
    if ((data[0] & 3U) != 0) options.activation_after_perception = (data[0] & 2U) != 0;
    options.life = (data[0] & 4U) == 0;
    const auto file = nca::parse_safetensors(std::as_bytes(std::span{data, size}.subspan(1)), "fuzz");
    if (!file) return 0;
    const auto found = nca::find_convolutions(file->tensors());
    if (!found) {
        if (found.error().message.find('\n') != std::string::npos) std::abort();
        return 0;
    }
    if (found->dimensions == 1) run<1>(*found, options);
    if (found->dimensions == 2) run<2>(*found, options);
    if (found->dimensions == 3) run<3>(*found, options);
    return 0;
}
