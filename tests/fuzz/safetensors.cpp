// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Whatever parse_safetensors() accepts is written and read again as the same tensors and metadata.
#include <nca/io/safetensors.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

namespace {

bool same(const nca::StoredTensor& a, const nca::StoredTensor& b) {
    return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape && std::ranges::equal(a.bytes, b.bytes);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = nca::parse_safetensors(std::as_bytes(std::span{data, size}), "fuzz");
    if (!file) {
        if (file.error().message.find('\n') != std::string::npos) std::abort();
        return 0;
    }
    // The size of an element of a dtype that is not known cannot be written.
    const auto is_other = [](const nca::StoredTensor& tensor) { return tensor.dtype == nca::Dtype::other; };
    const bool writable = std::ranges::none_of(file->tensors(), is_other);
    nca::SafetensorsWriter writer;
    for (const auto& [key, text] : file->metadata()) writer.set_metadata(key, text);
    for (const nca::StoredTensor& tensor : file->tensors()) {
        writer.add(tensor);
        // Every byte is read, so that the address sanitizer checks the views.
        if (const auto values = nca::to_floats(tensor)) static_cast<void>(nca::check_finite(tensor.name, *values).ok());
        if (!file->require(tensor.name, tensor.shape)) std::abort();
    }
    const auto bytes = writer.to_bytes();
    if (bytes.ok() != writable) std::abort();
    if (!writable) return 0;
    const auto again = nca::parse_safetensors(*bytes);
    if (!again || !std::ranges::equal(again->tensors(), file->tensors(), same)) std::abort();
    if (again->metadata() != file->metadata()) std::abort();
    return 0;
}
