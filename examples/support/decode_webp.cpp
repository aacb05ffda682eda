// SPDX-License-Identifier: Apache-2.0
#include "decode.hpp"

#include <webp/decode.h>
#include <webp/demux.h>

#include <cstring>
#include <memory>

namespace support::detail {
namespace {

// The first image of an animation, on its whole canvas.
nca::Result<Image> first_frame(const WebPData& data, std::string_view name) {
    WebPAnimDecoderOptions options;
    WebPAnimInfo info;
    if (WebPAnimDecoderOptionsInit(&options) == 0) return wrong(name, "needs another version of libwebp");
    options.color_mode = MODE_RGBA;
    const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder{WebPAnimDecoderNew(&data, &options),
                                                                               WebPAnimDecoderDelete};
    std::uint8_t* pixels = nullptr;
    int end = 0;
    if (decoder == nullptr || WebPAnimDecoderGetInfo(decoder.get(), &info) == 0 ||
        WebPAnimDecoderGetNext(decoder.get(), &pixels, &end) == 0) {
        return wrong(name, "is damaged: its first frame cannot be decoded");
    }
    Image image{static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height)};
    std::memcpy(image.rgba.data(), pixels, image.rgba.size());
    return image;
}

std::size_t announced_size(std::span<const std::byte> bytes) noexcept {
    std::size_t size = 0;
    for (std::size_t i = 8; i-- > 4;) size = (size << 8U) | std::to_integer<std::size_t>(bytes[i]);
    return size + 8;
}

} // namespace

nca::Result<Image> decode_webp(std::span<const std::byte> bytes, std::string_view name) {
    if (announced_size(bytes) > bytes.size()) return truncated(name);
    const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
    WebPDecoderConfig config;
    if (WebPInitDecoderConfig(&config) == 0) return wrong(name, "needs another version of libwebp");
    if (WebPGetFeatures(data.bytes, data.size, &config.input) != VP8_STATUS_OK) {
        return wrong(name, "is a damaged or truncated WebP file");
    }
    const int width = config.input.width;
    const int height = config.input.height;
    if (const auto checked = check_size(width, height, name); !checked) return checked.error();
    if (config.input.has_animation != 0) return first_frame(data, name);

    Image image{width, height};
    config.output.colorspace = MODE_RGBA;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = {image.rgba.data(), width * 4, image.rgba.size()};
    switch (WebPDecode(data.bytes, data.size, &config)) {
    case VP8_STATUS_OK:
        return image;
    case VP8_STATUS_OUT_OF_MEMORY:
        return nca::Error{"not enough memory to read " + nca::quote_path(name)};
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
        return truncated(name);
    default:
        return wrong(name, "is damaged: its WebP data cannot be decoded");
    }
}

} // namespace support::detail
