// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Whatever parse_quantized_json() accepts is written and read again as the same layers, also after quantize(). The
// base64 text inside is checked with it.
#include <nca/systems/growing/published.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

bool same(const nca::DenseLayer& a, const nca::DenseLayer& b) {
    return a.in == b.in && a.out == b.out && a.weight == b.weight && a.bias == b.bias && a.quantized == b.quantized &&
           a.weight_scale == b.weight_scale && a.bias_scale == b.bias_scale;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto bytes = nca::decode_base64(text); bytes && nca::encode_base64(*bytes) != text) std::abort();

    auto layers = nca::parse_quantized_json(text);
    if (!layers) {
        if (layers.error().message.find('\n') != std::string::npos) std::abort();
        return 0;
    }
    const auto written = nca::to_quantized_json(*layers);
    if (!written) std::abort();
    const auto again = nca::parse_quantized_json(*written);
    if (!again || again->size() != layers->size() || *nca::to_quantized_json(*again) != *written) std::abort();
    for (std::size_t i = 0; i < layers->size(); ++i) {
        if (!same((*again)[i], (*layers)[i])) std::abort();
    }
    for (nca::DenseLayer& layer : *layers) {
        if (!nca::quantize(layer)) std::abort();
    }
    const auto quantized = nca::to_quantized_json(*layers);
    if (!quantized || !nca::parse_quantized_json(*quantized)) std::abort();
    return 0;
}
