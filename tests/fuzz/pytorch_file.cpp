// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Whatever parse_pytorch() accepts has as many bytes as its shapes tell; what it refuses it refuses in one line. The
// input is an archive, and also a pickle in an archive, as checksums keep a fuzzer from changing the one in the first.
#include <nca/io/pytorch_file.hpp>

#include "../common/pytorch_archive.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void parse(std::string_view text) {
    const auto file = nca::parse_pytorch(nca::as_bytes(text), "fuzz");
    if (!file) {
        if (file.error().message.find('\n') != std::string::npos) std::abort();
        return;
    }
    for (const nca::StoredTensor& tensor : file->tensors()) {
        if (tensor.dtype == nca::Dtype::other) continue;
        std::size_t size = nca::dtype_size(tensor.dtype);
        for (const std::size_t extent : tensor.shape) size *= extent;
        if (size != tensor.bytes.size()) std::abort();
        // Every byte is read, so that the address sanitizer checks the views.
        if (const auto values = nca::to_floats(tensor)) static_cast<void>(nca::check_finite(tensor.name, *values).ok());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    parse(text);
    parse(nca::tests::zip_of({{"m/data.pkl", std::string{text}}, {"m/data/0", std::string(24, 'x')}}));
    return 0;
}
