// SPDX-License-Identifier: Apache-2.0
#include "decode.hpp"

#include <memory>
#include <turbojpeg.h>

namespace support::detail {

// By libjpeg-turbo rather than stb_image: version 2.27 of the latter, which Debian 12 ships, writes past its Huffman
// tables when a file is corrupt, and it takes the missing half of a truncated file for grey. Pillow decodes with
// libjpeg-turbo too, so targets agree byte for byte.
nca::Result<Image> decode_jpeg(std::span<const std::byte> bytes, std::string_view name) {
    const std::unique_ptr<void, int (*)(tjhandle)> decoder{tjInitDecompress(), tjDestroy};
    if (decoder == nullptr) return nca::Error{"not enough memory to read " + nca::quote_path(name)};
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto size = bytes.size();
    const auto reason = [&] { return std::string{tjGetErrorStr2(decoder.get())}; };

    int width = 0;
    int height = 0;
    int subsampling = 0;
    int colours = 0;
    if (tjDecompressHeader3(decoder.get(), data, size, &width, &height, &subsampling, &colours) != 0) {
        return wrong(name, "is a damaged or truncated JPEG file: " + reason());
    }
    if (const auto checked = check_size(width, height, name); !checked) return checked.error();
    // What inks look like only the profile of a printer knows, and files disagree about which end of the scale is ink.
    if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
        return wrong(name, "has CMYK colours: expected red, green and blue; convert it to RGB");
    }
    Image image{width, height};
    if (tjDecompress2(decoder.get(), data, size, image.rgba.data(), width, 0, height, TJPF_RGBA,
                      TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS) != 0) {
        // Warnings are about oddities that every viewer forgives, but for this one, which leaves a part of it grey.
        const std::string text = reason();
        if (text.find("Premature end") != std::string::npos) return truncated(name);
        if (tjGetErrorCode(decoder.get()) != TJERR_WARNING) return wrong(name, "is damaged: " + text);
    }
    return image;
}

} // namespace support::detail
