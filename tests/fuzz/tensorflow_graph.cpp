// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Whatever parse_tensorflow_graph() accepts has as many finite values as its shapes tell; what it refuses it refuses in
// one line.
#include <nca/io/tensorflow_graph.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto tensors = nca::parse_tensorflow_graph({reinterpret_cast<const char*>(data), size});
    if (!tensors) {
        if (tensors.error().message.find('\n') != std::string::npos) std::abort();
        return 0;
    }
    for (const nca::GraphTensor& tensor : *tensors) {
        if (tensor.shape.empty()) std::abort();
        std::size_t count = 1;
        for (const std::size_t extent : tensor.shape) count *= extent;
        if (count == 0 || count != tensor.values.size()) std::abort();
        for (const float value : tensor.values) {
            if (!std::isfinite(value)) std::abort();
        }
    }
    return 0;
}
