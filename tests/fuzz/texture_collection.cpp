// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of published collections of textures; the "pictures" are the bytes themselves behind two sizes.
#include <nca/systems/texture/collection.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto decode = [](std::span<const std::byte> bytes) -> nca::Result<nca::texture::RgbaPixels> {
        if (bytes.size() < 2) return nca::Error{"too short"};
        nca::texture::RgbaPixels pixels{std::to_integer<int>(bytes[0]), std::to_integer<int>(bytes[1])};
        for (const std::byte byte : bytes.subspan(2)) pixels.bytes.push_back(std::to_integer<std::uint8_t>(byte));
        return pixels;
    };
    const auto collection = nca::texture::parse_collection(text, decode);
    if (!collection) {
        if (collection.error().message.empty()) std::abort();
        return 0;
    }
    for (std::size_t i = 0; i < collection->names.size(); ++i) {
        const nca::DenseLayers layers = collection->model(i);
        for (const nca::DenseLayer& layer : layers) {
            if (layer.weight.size() != layer.in * layer.out || layer.bias.size() != layer.out) std::abort();
        }
    }
    return 0;
}
