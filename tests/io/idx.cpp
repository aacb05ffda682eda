// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#include <nca/io/file.hpp>
#include <nca/io/idx.hpp>

#include "temporary.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace {

/// The bytes of big-endian numbers, then those of the elements.
std::string idx(std::initializer_list<std::uint32_t> header, const std::string& elements) {
    std::string bytes;
    for (const std::uint32_t number : header) {
        for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>((number >> shift) & 0xFFU);
    }
    return bytes + elements;
}

std::string refused_images(const std::string& bytes) {
    const auto images = nca::parse_idx_images(nca::as_bytes(bytes), "images");
    REQUIRE_FALSE(images.ok());
    return images.error().message;
}
std::string refused_labels(const std::string& bytes) {
    const auto labels = nca::parse_idx_labels(nca::as_bytes(bytes), "labels");
    REQUIRE_FALSE(labels.ok());
    return labels.error().message;
}

} // namespace

TEST_CASE("IDX: images keep count, rows, columns and pixel order") {
    const auto images = nca::parse_idx_images(nca::as_bytes(idx({2051, 2, 1, 3}, "abc\xFF"
                                                                                 "ef")));
    REQUIRE_MESSAGE(images.ok(), images.error().message);
    CHECK(images->count == 2);
    CHECK(images->rows == 1);
    CHECK(images->columns == 3);
    CHECK(images->pixels == std::vector<std::uint8_t>{'a', 'b', 'c', 255, 'e', 'f'});
}

TEST_CASE("IDX: labels are the bytes after the header") {
    const auto labels = nca::parse_idx_labels(nca::as_bytes(idx({2049, 3}, "\x07\x02\xFF")));
    REQUIRE_MESSAGE(labels.ok(), labels.error().message);
    CHECK(*labels == std::vector<std::uint8_t>{7, 2, 255});
}

TEST_CASE("IDX: the labels of records are their first numbers") {
    constexpr std::uint32_t records = 0x0C02;
    const std::string two = idx({records, 2, 3, 7, 100, 200, 2, 300, 400}, "");
    const auto labels = nca::parse_idx_labels(nca::as_bytes(two));
    REQUIRE_MESSAGE(labels.ok(), labels.error().message);
    CHECK(*labels == std::vector<std::uint8_t>{7, 2});
    for (std::size_t length = 0; length < two.size(); ++length) {
        NCA_CHECK_MESSAGE_HAS(refused_labels(two.substr(0, length)), "'labels': ");
    }
    NCA_CHECK_MESSAGE_HAS(refused_labels(two + "x"), "announces 24 bytes of labels, found 25");
    NCA_CHECK_MESSAGE_HAS(refused_labels(idx({records, 1, 2, 256, 0}, "")), "label 0 is 256");
    NCA_CHECK_MESSAGE_HAS(refused_labels(idx({records, 0x7FFFFFFF, 0x7FFFFFFF, 0}, "")), "too large");
}

TEST_CASE("IDX: a file that is truncated or too long is refused with its name") {
    const std::string images = idx({2051, 2, 2, 2}, "abcdefgh");
    for (std::size_t length = 0; length < images.size(); ++length) {
        NCA_CHECK_MESSAGE_HAS(refused_images(images.substr(0, length)), "'images': ");
    }
    NCA_CHECK_MESSAGE_HAS(refused_images(images.substr(0, 3)), "expected an IDX file of images, found 3 bytes");
    NCA_CHECK_MESSAGE_HAS(refused_images(images.substr(0, 10)), "ends inside its header: expected 16 bytes, found 10");
    NCA_CHECK_MESSAGE_HAS(refused_images(images.substr(0, 20)), "its header announces 8 bytes of images, found 4");
    NCA_CHECK_MESSAGE_HAS(refused_images(images + "x"), "its header announces 8 bytes of images, found 9");
    const std::string labels = idx({2049, 3}, "abc");
    for (std::size_t length = 0; length < labels.size(); ++length) {
        NCA_CHECK_MESSAGE_HAS(refused_labels(labels.substr(0, length)), "'labels': ");
    }
    NCA_CHECK_MESSAGE_HAS(refused_labels(labels + "x"), "its header announces 3 bytes of labels, found 4");
}

TEST_CASE("IDX: images and labels are told apart by the magic number") {
    NCA_CHECK_MESSAGE_HAS(refused_labels(idx({2051, 1, 1, 1}, "a")), "found the magic number 2051");
    NCA_CHECK_MESSAGE_HAS(refused_images(idx({2049, 1}, "a")), "found the magic number 2049");
    NCA_CHECK_MESSAGE_HAS(refused_images("a text, longer than a header"), "expected an IDX file of images");
}

TEST_CASE("IDX: zero extents and extents whose product overflows are refused") {
    NCA_CHECK_MESSAGE_HAS(refused_images(idx({2051, 0, 28, 28}, "")), "dimension 0 of the images is 0");
    NCA_CHECK_MESSAGE_HAS(refused_images(idx({2051, 1, 28, 0}, "")), "dimension 2 of the images is 0");
    NCA_CHECK_MESSAGE_HAS(refused_labels(idx({2049, 0}, "")), "dimension 0 of the labels is 0");
    NCA_CHECK_MESSAGE_HAS(refused_labels(idx({2049, 0xFFFFFFFF}, "a")), "is 4294967295, which is too large");
    // The products are 2^64, 2^32 and 2^31: zero or small if they wrapped around.
    NCA_CHECK_MESSAGE_HAS(refused_images(idx({2051, 0x40000000, 0x40000000, 16}, "")), "which is too large");
    NCA_CHECK_MESSAGE_HAS(refused_images(idx({2051, 0x10000, 0x10000, 1}, "")), "announces 4294967296 bytes");
    NCA_CHECK_MESSAGE_HAS(refused_images(idx({2051, 0x40000000, 2, 1}, "")), "announces 2147483648 bytes");
}
