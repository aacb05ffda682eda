// SPDX-License-Identifier: Apache-2.0
#include "mnist_data.hpp"

#include <nca/io/file.hpp>

#include "mnist_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <zlib.h>

namespace support {
namespace {

constexpr const char* where_to_get =
    "get the four MNIST files from https://storage.googleapis.com/cvdf-datasets/mnist/ and name their folder with "
    "--data or the variable NCA_MNIST";

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

bool exists(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

// The folder to look into, or nothing if none was named and none is found.
std::string data_folder(const std::string& folder) {
    if (!folder.empty()) return folder;
    if (std::string named = variable("NCA_MNIST"); !named.empty()) return named;
    if (const std::string data = variable("NCA_DATA"); !data.empty()) {
        return (std::filesystem::path{data} / "mnist").string();
    }
    const char* const beside = "../shared/data/mnist";
    return exists(beside) ? beside : std::string{};
}

template <class Content>
nca::Result<Content> read_data_file(const std::string& name,
                                    nca::Result<Content> (*parse)(std::span<const std::byte>, const std::string&)) {
    return nca::read_file(name, std::size_t{1} << 28U)
        .and_then([&](std::vector<std::byte> bytes) { return gunzip(std::move(bytes), name); })
        .and_then([&](const std::vector<std::byte>& bytes) { return parse(bytes, name); });
}

nca::IdxImages transposed(const nca::IdxImages& images) {
    nca::IdxImages result{images.count, images.columns, images.rows, {}};
    result.pixels.reserve(images.pixels.size());
    const auto rows = static_cast<std::size_t>(images.rows);
    const auto columns = static_cast<std::size_t>(images.columns);
    for (std::size_t first = 0; first < images.pixels.size(); first += rows * columns) {
        for (std::size_t x = 0; x < columns; ++x) {
            for (std::size_t y = 0; y < rows; ++y) result.pixels.push_back(images.pixels[first + y * columns + x]);
        }
    }
    return result;
}

} // namespace

nca::Result<std::vector<std::byte>> gunzip(std::vector<std::byte> bytes, const std::string& file_name,
                                           std::size_t most) {
    const auto packed = [&](std::size_t at) {
        return bytes.size() - at >= 2 && bytes[at] == std::byte{0x1F} && bytes[at + 1] == std::byte{0x8B};
    };
    if (!packed(0)) return bytes;
    const auto wrong = [&](const std::string& what) { return nca::Error{nca::quote_path(file_name) + what}; };
    z_stream stream{};
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return nca::Error{"zlib could not be started"};
    const std::unique_ptr<z_stream, int (*)(z_streamp)> guard{&stream, inflateEnd};

    // A file may consist of several packed parts, one after another.
    std::vector<std::byte> out(std::min(most, std::max<std::size_t>(4 * bytes.size(), 65536)));
    std::size_t used = 0;
    std::size_t taken = 0;
    while (true) {
        const std::size_t in = std::min<std::size_t>(bytes.size() - taken, std::size_t{1} << 30U);
        const std::size_t room = std::min<std::size_t>(out.size() - used, std::size_t{1} << 30U);
        stream.next_in = reinterpret_cast<Bytef*>(bytes.data() + taken);
        stream.avail_in = static_cast<uInt>(in);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        stream.avail_out = static_cast<uInt>(room);
        const int code = inflate(&stream, Z_NO_FLUSH);
        taken += in - stream.avail_in;
        used += room - stream.avail_out;
        if (code == Z_STREAM_END) {
            if (taken == bytes.size()) break;
            if (!packed(taken) || inflateReset(&stream) != Z_OK) {
                return wrong(" is damaged: there are bytes after the compressed data");
            }
            continue;
        }
        if (code != Z_OK && code != Z_BUF_ERROR) {
            return wrong(" is damaged: its compressed data cannot be decompressed");
        }
        if (used == out.size()) {
            if (used == most) return wrong(" decompresses to more than " + std::to_string(most) + " bytes");
            out.resize(std::min(most, 2 * out.size()));
        } else if (taken == bytes.size()) {
            return wrong(" is truncated: its compressed data ends too early");
        }
    }
    out.resize(used);
    return out;
}

nca::Result<nca::mnist::Digits> load_digits(const std::string& folder, bool train) {
    const std::string place = data_folder(folder);
    if (place.empty()) return nca::Error{std::string{"no MNIST data: "} + where_to_get};
    const auto files = find_digit_files(place, train);
    if (!files) return nca::Error{files.error().message + ": " + where_to_get};
    const std::string images_name = files->images.string();
    const std::string labels_name = files->labels.string();
    auto images = read_data_file(images_name, nca::parse_idx_images);
    if (!images) return images.error();
    auto labels = read_data_file(labels_name, nca::parse_idx_labels);
    if (!labels) return labels.error();
    auto digits =
        nca::mnist::make_digits(files->transposed ? transposed(*images) : std::move(*images), std::move(*labels));
    if (!digits) {
        return nca::Error{nca::quote_path(images_name) + " and " + nca::quote_path(labels_name) + ": " +
                          digits.error().message};
    }
    return digits;
}

} // namespace support
