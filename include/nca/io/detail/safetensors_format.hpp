// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_SAFETENSORS_FORMAT_HPP
#define NCA_IO_DETAIL_SAFETENSORS_FORMAT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/byte_order.hpp>
#include <nca/core/text.hpp>
#include <nca/io/detail/signature.hpp>
#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>

#include <algorithm>
#include <compare>
#include <limits>
#include <numeric>
#include <optional>

namespace nca::inline NCA_ABI {

namespace detail::io {

// The limit of the format.
inline constexpr std::uint64_t max_safetensors_header = 100'000'000;

/// The size of a tensor in bytes; nothing on overflow, or if it ends within a byte.
inline std::optional<std::size_t> byte_size(std::span<const std::size_t> shape, std::size_t element_bits) noexcept {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    std::size_t elements = 1;
    for (const std::size_t extent : shape) {
        if (extent != 0 && elements > most / extent) return std::nullopt;
        elements *= extent;
    }
    if (elements > most / element_bits || elements * element_bits % 8 != 0) return std::nullopt;
    return elements * element_bits / 8;
}

/// The bits of an element of a dtype that is in the format, but not in Dtype; 0 for any other name.
inline std::size_t bits_of_other(std::string_view name) noexcept {
    if (name == "F4") return 4;
    if (name == "F6_E2M3" || name == "F6_E3M2") return 6;
    if (name.starts_with("F8_")) return 8;
    return name == "C64" ? 64 : 0;
}

class SafetensorsParser {
public:
    SafetensorsParser(std::span<const std::byte> bytes, std::string_view file_name) : bytes_{bytes} {
        file_.file_name_ = file_name;
    }

    Result<SafetensorsFile> parse() {
        if (Result<void> header = read_header(); !header) return about_file(file_.file_name_, header.error());
        if (Result<void> layout = check_layout(); !layout) return about_file(file_.file_name_, layout.error());
        return std::move(file_);
    }

private:
    struct Range {
        std::size_t begin;
        std::size_t end;
        std::size_t tensor;
    };

    NCA_COLD Result<void> read_header() {
        if (bytes_.size() < 8) {
            return Error{"not a safetensors file: it has " + std::to_string(bytes_.size()) +
                         " bytes, expected 8 or more"};
        }
        std::uint64_t length = 0;
        detail::copy_little_endian(bytes_.data(), std::span{&length, 1});
        const std::string_view format = known_format(as_text(bytes_));
        if (length > bytes_.size() - 8 && !format.empty()) {
            return Error{std::string{"not a safetensors file: this is "}.append(format)};
        }
        if (length > max_safetensors_header) {
            return Error{"not a safetensors file: the first 8 bytes announce a header of " + std::to_string(length) +
                         " bytes, at most 100000000 are allowed"};
        }
        if (length > bytes_.size() - 8) {
            return Error{"truncated, or not a safetensors file: a header of " + std::to_string(length) +
                         " bytes is announced, " + std::to_string(bytes_.size() - 8) + " follow"};
        }
        const std::size_t header_size = static_cast<std::uint32_t>(length);
        const std::string_view text = as_text(bytes_.subspan(8, header_size));
        data_ = bytes_.subspan(8 + header_size);
        const std::size_t first = text.find_first_not_of(" \t\r\n");
        if (first == std::string_view::npos || text[first] != '{') {
            return Error{"not a safetensors file: the header does not start with '{'"};
        }
        const Result<Json> header = parse_json(text, {.depth = 127}); // as deep as the reference implementation
        if (!header) return Error{"header, " + header.error().message};
        for (const auto& [name, entry] : *header->as_object()) {
            Result<void> read = name == "__metadata__" ? read_metadata(entry) : read_tensor(name, entry);
            if (!read) return read;
        }
        return {};
    }

    Result<void> read_metadata(const Json& entry) {
        if (entry.is_null()) return {}; // as the reference implementation reads it
        const Json::Object* members = entry.as_object();
        if (members == nullptr) return expected("header: '__metadata__'", "an object", &entry);
        file_.metadata_.reserve(members->size());
        for (const auto& [key, value] : *members) {
            const std::string* text = value.as_string();
            if (text == nullptr) return expected("metadata " + quote(key), "a string", &value);
            file_.metadata_.emplace_back(key, *text);
        }
        return {};
    }

    NCA_COLD Result<void> read_tensor(const std::string& name, const Json& entry) {
        const std::string who = "tensor " + quote(name);
        if (entry.as_object() == nullptr) return expected(who, "an object in the header", &entry);

        StoredTensor tensor{name, Dtype::other, {}, {}, {}};
        const Json* dtype = entry.find("dtype");
        if (dtype == nullptr || dtype->as_string() == nullptr) return expected(who + ": dtype", "a string", dtype);
        // Whoever asks for a tensor of another dtype is told; the rest of the file can be used.
        const std::optional<Dtype> known = parse_dtype(*dtype->as_string());
        if (known) tensor.dtype = *known;
        if (!known) tensor.other_dtype = *dtype->as_string();

        const Json* shape = entry.find("shape");
        if (shape == nullptr || shape->as_array() == nullptr) return expected(who + ": shape", "an array", shape);
        for (const Json& extent : *shape->as_array()) {
            const auto value = extent.as_integer<std::size_t>();
            if (!value) return expected(who + ": shape", "integers from 0", &extent);
            tensor.shape.push_back(*value);
        }

        const Json* offsets = entry.find("data_offsets");
        const Json::Array* pair = offsets == nullptr ? nullptr : offsets->as_array();
        if (pair == nullptr || pair->size() != 2) return expected(who + ": data_offsets", "two integers", offsets);
        const auto begin = (*pair)[0].as_integer<std::size_t>();
        const auto end = (*pair)[1].as_integer<std::size_t>();
        if (!begin || !end || *begin > *end) return expected(who + ": data_offsets", "0 <= begin <= end", offsets);
        if (*end > data_.size()) {
            return Error{who + ": its data end at byte " + std::to_string(*end) + ", but the file has only " +
                         std::to_string(data_.size()) + " bytes of data (truncated?)"};
        }
        const std::size_t bits = known ? 8 * dtype_size(*known) : bits_of_other(tensor.other_dtype);
        const std::optional<std::size_t> size = bits == 0 ? *end - *begin : byte_size(tensor.shape, bits);
        if (!size) return Error{who + ": the shape " + shape_text(tensor.shape) + " is too large"};
        if (*size != *end - *begin) {
            return Error{who + ": shape " + shape_text(tensor.shape) + " of " + std::string{tensor.dtype_text()} +
                         " takes " + std::to_string(*size) + " bytes, but data_offsets span " +
                         std::to_string(*end - *begin)};
        }
        tensor.bytes = data_.subspan(*begin, *end - *begin);
        ranges_.push_back({*begin, *end, file_.tensors_.size()});
        file_.tensors_.push_back(std::move(tensor));
        return {};
    }

    // Every byte of the data belongs to exactly one tensor, so a file cannot hide data.
    NCA_COLD Result<void> check_layout() {
        std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) {
            return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
        });
        std::size_t covered = 0;
        std::size_t previous = 0;
        for (const Range& range : ranges_) {
            const std::string who = "tensor " + quote(file_.tensors_[range.tensor].name);
            if (range.begin < covered) {
                return Error{who + ": its data overlap those of tensor " + quote(file_.tensors_[previous].name)};
            }
            if (range.begin > covered) {
                return Error{std::to_string(range.begin - covered) + " bytes before the data of " + who +
                             " belong to no tensor"};
            }
            covered = range.end;
            previous = range.tensor;
        }
        if (covered != data_.size()) {
            return Error{std::to_string(data_.size() - covered) + " bytes at the end belong to no tensor"};
        }
        return {};
    }

    NCA_COLD static Error expected(const std::string& who, std::string_view what, const Json* found) {
        std::string text = "nothing";
        if (found != nullptr) {
            text = found->kind();
            // Show short values themselves, and of long ones only the kind.
            if (found->as_number() || (found->as_array() != nullptr && found->as_array()->size() < 4)) {
                text = quote(found->dump());
            }
        }
        return Error{who + ": expected " + std::string{what} + ", found " + text};
    }

    std::span<const std::byte> bytes_;
    std::span<const std::byte> data_;
    std::vector<Range> ranges_;
    SafetensorsFile file_;
};

inline bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

} // namespace detail::io

inline Result<SafetensorsFile> parse_safetensors(std::span<const std::byte> bytes, std::string_view file_name) {
    return detail::io::SafetensorsParser{bytes, file_name}.parse();
}

inline Result<SafetensorsFile> parse_safetensors(std::vector<std::byte>&& bytes, std::string_view file_name) {
    Result<SafetensorsFile> file = parse_safetensors(std::span<const std::byte>{bytes}, file_name);
    if (file) file->storage_ = std::move(bytes); // a move keeps the address that the tensors refer to
    return file;
}

inline Result<SafetensorsFile> read_safetensors(const std::string& path) {
    Result<std::vector<std::byte>> bytes = read_file(path);
    if (!bytes) return bytes.error();
    return parse_safetensors(std::move(*bytes), path);
}

inline Result<std::vector<std::span<const std::byte>>> SafetensorsWriter::parts(std::string& header) const {
    for (const auto& [key, text] : metadata_) {
        if (!detail::io::is_utf8(key) || !detail::io::is_utf8(text)) {
            return Error{"metadata " + quote(key) + " is not valid UTF-8"};
        }
    }
    for (const Entry& entry : tensors_) {
        const StoredTensor& tensor = entry.tensor;
        const std::string who = "tensor " + quote(tensor.name);
        if (tensor.name == "__metadata__") return Error{who + ": the format reserves this name"};
        if (!detail::io::is_utf8(tensor.name)) return Error{who + ": the name is not valid UTF-8"};
        if (tensor.dtype == Dtype::other) return Error{who + ": the size of its elements is not known"};
        if (detail::io::byte_size(tensor.shape, 8 * dtype_size(tensor.dtype)) != entry.bytes()) {
            return Error{who + ": shape " + shape_text(tensor.shape) + " does not fit " +
                         std::to_string(entry.bytes() / dtype_size(tensor.dtype)) + " values"};
        }
        for (const Entry* other = tensors_.data(); other != &entry; ++other) {
            if (other->tensor.name == tensor.name) return Error{who + " was added twice"};
        }
    }

    std::vector<std::size_t> offsets(tensors_.size());
    std::vector<std::span<const std::byte>> parts{{}}; // the header is filled in last
    std::size_t end = 0;
    for (std::size_t scalar_size = 8; scalar_size > 0; scalar_size /= 2) {
        for (std::size_t i = 0; i < tensors_.size(); ++i) {
            if (dtype_size(tensors_[i].tensor.dtype) != scalar_size) continue;
            offsets[i] = end;
            end += tensors_[i].bytes();
            for (const std::span<const std::byte> piece : tensors_[i].pieces) parts.push_back(piece);
        }
    }

    std::string text{"{"}; // written by hand: with Json, a source that saves models compiles a twentieth longer
    const auto next = [&text] { return text.back() == '{' || text.back() == '[' ? "" : ","; };
    if (!metadata_.empty()) {
        text += "\"__metadata__\":{";
        for (const auto& [key, value] : metadata_) {
            text += next();
            append_quoted(text, key);
            text += ':';
            append_quoted(text, value);
        }
        text += '}';
    }
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
        const StoredTensor& tensor = tensors_[i].tensor;
        text += next();
        append_quoted(text, tensor.name);
        text.append(":{\"dtype\":\"").append(dtype_name(tensor.dtype)).append("\",\"shape\":[");
        for (const std::size_t extent : tensor.shape) text.append(next()).append(std::to_string(extent));
        text.append("],\"data_offsets\":[").append(std::to_string(offsets[i]));
        text.append(",").append(std::to_string(offsets[i] + tensors_[i].bytes())).append("]}");
    }
    text += '}';
    text.append((8 - text.size() % 8) % 8, ' ');
    if (text.size() > detail::io::max_safetensors_header) return Error{"the header is larger than 100000000 bytes"};

    const std::uint64_t length = text.size();
    header = as_text(detail::little_endian_bytes(std::span{&length, 1}));
    header += text;
    parts.front() = as_bytes(header);
    return parts;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_DETAIL_SAFETENSORS_FORMAT_HPP
