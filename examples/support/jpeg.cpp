// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.

// libjpeg-turbo rather than stb_image: version 2.27 of the latter, which Debian 12 ships, writes past its Huffman
// tables when a file is corrupt, and it takes the missing half of a truncated file for grey. Pillow decodes with
// libjpeg-turbo too, so targets agree byte for byte.

#include "jpeg.hpp"

#include <memory>
#include <turbojpeg.h>
#include <type_traits>

namespace support {
namespace {

struct Destroy {
    void operator()(tjhandle handle) const noexcept { tjDestroy(handle); }
};
using Decoder = std::unique_ptr<std::remove_pointer_t<tjhandle>, Destroy>;

} // namespace

bool is_jpeg(std::span<const std::byte> bytes) noexcept {
    return bytes.size() >= 3 && bytes[0] == std::byte{0xFF} && bytes[1] == std::byte{0xD8} &&
           bytes[2] == std::byte{0xFF};
}

nca::Result<Image> decode_jpeg(std::span<const std::byte> bytes, std::string_view name) {
    const Decoder decoder{tjInitDecompress()};
    if (decoder == nullptr) return nca::Error{"not enough memory to read " + nca::quote_path(name)};
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto size = static_cast<unsigned long>(bytes.size());
    const auto reason = [&] { return std::string{tjGetErrorStr2(decoder.get())}; };

    int width = 0;
    int height = 0;
    int subsampling = 0;
    int colours = 0;
    if (tjDecompressHeader3(decoder.get(), data, size, &width, &height, &subsampling, &colours) != 0) {
        return nca::Error{nca::quote_path(name) + " is a damaged or truncated JPEG file: " + reason()};
    }
    if (auto size_checked = check_image_size(width, height, name); !size_checked) return size_checked.error();
    if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
        return nca::Error{nca::quote_path(name) + " has CMYK colours: expected red, green and blue"};
    }
    Image image{width, height};
    if (tjDecompress2(decoder.get(), data, size, image.rgba.data(), width, 0, height, TJPF_RGBA,
                      TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS) != 0) {
        // Warnings are about oddities that every viewer forgives, but for this one, which leaves a part of it grey.
        const std::string text = reason();
        if (text.find("Premature end") != std::string::npos) {
            return nca::Error{nca::quote_path(name) + " is truncated: the file ends before the image does"};
        }
        if (tjGetErrorCode(decoder.get()) != TJERR_WARNING)
            return nca::Error{nca::quote_path(name) + " is damaged: " + text};
    }
    return image;
}

} // namespace support
