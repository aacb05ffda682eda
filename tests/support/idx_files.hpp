// SPDX-License-Identifier: Apache-2.0
// IDX files for tests.
#ifndef NCA_TESTS_SUPPORT_IDX_FILES_HPP
#define NCA_TESTS_SUPPORT_IDX_FILES_HPP

#include "scratch.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <zlib.h>

/// An IDX file: its header, then bytes of one value.
inline std::string idx(std::initializer_list<int> header, char value, std::size_t size) {
    std::string bytes;
    for (const int number : header) {
        bytes += {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
                  static_cast<char>(number)};
    }
    return bytes + std::string(size, value);
}

/// The gzip file of a text.
inline std::string gzipped(const std::string& text) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string packed(text.size() + 1000, '\0');
    std::string from = text;
    stream.next_in = reinterpret_cast<Bytef*>(from.data());
    stream.avail_in = static_cast<uInt>(from.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

#endif // NCA_TESTS_SUPPORT_IDX_FILES_HPP
