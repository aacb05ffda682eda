// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_SIGNATURE_HPP
#define NCA_IO_DETAIL_SIGNATURE_HPP

#include <nca/core/push_macros.hpp>

#include <string_view>

namespace nca::inline NCA_ABI::detail::io {

/// What a file is that begins with these bytes, for the message of a reader of something else; empty if not known.
[[nodiscard]] NCA_COLD constexpr std::string_view known_format(std::string_view text) noexcept {
    struct Signature {
        std::string_view start;
        std::string_view format;
    };
    constexpr Signature signatures[] = {
        {"PK\x03\x04", "a zip archive, as PyTorch writes models"},
        {"\x1F\x8B", "compressed by gzip: unpack it first"},
        {"\xFF\xFE", "text in UTF-16: save it as UTF-8"},
        {"\xFE\xFF", "text in UTF-16: save it as UTF-8"},
        {"version https://git-lfs", "the pointer of Git LFS to a file that was not downloaded (git lfs pull)"},
        {"<!DOCTYPE", "a web page: the download was of the page about the file"},
        {"<!doctype", "a web page: the download was of the page about the file"},
        {"<html", "a web page: the download was of the page about the file"},
        {"\x89PNG", "a picture (PNG)"},
        {"\xFF\xD8\xFF", "a picture (JPEG)"},
        {"GIF8", "a picture (GIF)"},
        {"RIFF", "a picture or a sound (WebP, WAV)"},
        {"\x89HDF", "an HDF5 file, as Keras writes"},
        {"\x93NUMPY", "an array of NumPy"},
        {"\x80\x02", "a pickle of Python"},
        {"\x80\x04", "a pickle of Python"},
        {"\x7F"
         "ELF",
         "a program"},
        {"#!", "a program"},
    };
    for (const Signature& signature : signatures) {
        if (text.starts_with(signature.start)) return signature.format;
    }
    return {};
}

} // namespace nca::inline NCA_ABI::detail::io

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_DETAIL_SIGNATURE_HPP
