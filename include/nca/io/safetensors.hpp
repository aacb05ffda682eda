// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_SAFETENSORS_HPP
#define NCA_IO_SAFETENSORS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/byte_order.hpp>
#include <nca/core/text.hpp>
#include <nca/io/file.hpp>
#include <nca/io/stored_tensor.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The format (https://huggingface.co/docs/safetensors): 8 bytes little-endian n, n bytes of JSON, then the data.
//   {"__metadata__":{"key":"text"},"name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}
// Offsets count from the end of the header; the tensors cover the data without gap or overlap.

namespace nca::inline NCA_ABI {

class SafetensorsFile;

namespace detail::io {
class SafetensorsParser;
}

/// Key-value metadata of a file, in order.
using StoredMetadata = std::vector<std::pair<std::string, std::string>>;

/// Parses a safetensors file into a view of `bytes`. Errors, starting with `file_name`: any violation of the format.
[[nodiscard]] NCA_COLD inline Result<SafetensorsFile> parse_safetensors(std::span<const std::byte> bytes,
                                                                        std::string_view file_name = {});
/// The same of bytes that the result then owns.
[[nodiscard]] NCA_COLD inline Result<SafetensorsFile> parse_safetensors(std::vector<std::byte>&& bytes,
                                                                        std::string_view file_name = {});

/// Reads a safetensors file; the result owns its bytes. Errors: those of read_file() and parse_safetensors().
[[nodiscard]] NCA_COLD inline Result<SafetensorsFile> read_safetensors(const std::string& path);

/// The tensors and metadata of a safetensors file, fully validated. Move-only, because the tensors are views.
class SafetensorsFile {
public:
    SafetensorsFile() = default;
    SafetensorsFile(SafetensorsFile&&) noexcept = default;
    SafetensorsFile& operator=(SafetensorsFile&&) noexcept = default;

    /// For messages; empty if the file was parsed from memory without a name.
    [[nodiscard]] const std::string& file_name() const noexcept { return file_name_; }
    /// In the order of the header.
    [[nodiscard]] std::span<const StoredTensor> tensors() const noexcept { return tensors_; }
    /// In the order of the header.
    [[nodiscard]] const StoredMetadata& metadata() const noexcept { return metadata_; }

    /// The tensor with that name, or nullptr. Linear in the number of tensors.
    [[nodiscard]] const StoredTensor* find(std::string_view name) const noexcept {
        for (const StoredTensor& tensor : tensors_) {
            if (tensor.name == name) return &tensor;
        }
        return nullptr;
    }
    [[nodiscard]] const std::string* find_metadata(std::string_view key) const noexcept {
        for (const auto& [name, text] : metadata_) {
            if (name == key) return &text;
        }
        return nullptr;
    }

    /// The tensor with that name and shape, never nullptr. Errors: missing, another shape.
    [[nodiscard]] Result<const StoredTensor*> require(std::string_view name,
                                                      const std::vector<std::size_t>& shape) const {
        const StoredTensor* tensor = find(name);
        if (tensor == nullptr) return failure(Error{"has no tensor " + quote(name)});
        if (tensor->shape != shape) {
            return failure(Error{"tensor " + quote(name) + ": expected shape " + shape_text(shape) + ", found " +
                                 shape_text(tensor->shape)});
        }
        return tensor;
    }
    /// The elements of a tensor as floats. Errors: those of require() and nca::to_floats().
    [[nodiscard]] Result<std::vector<float>> to_floats(std::string_view name,
                                                       const std::vector<std::size_t>& shape) const {
        return require(name, shape).and_then([&](const StoredTensor* t) { return in_file(nca::to_floats(*t)); });
    }
    /// As to_floats(), for instance for weights. Errors: also NaN and infinite elements.
    [[nodiscard]] Result<std::vector<float>> to_finite_floats(std::string_view name,
                                                              const std::vector<std::size_t>& shape) const {
        Result<std::vector<float>> values = to_floats(name, shape);
        if (!values) return values;
        if (Result<void> finite = check_finite(name, *values); !finite) return failure(finite.error());
        return values;
    }
    /// The elements of a tensor without conversion. Errors: those of require(), or the dtype is not that of T.
    template <StoredScalar T>
    [[nodiscard]] Result<std::vector<T>> to_vector(std::string_view name, const std::vector<std::size_t>& shape) const {
        return require(name, shape).and_then([&](const StoredTensor* t) { return in_file(nca::to_vector<T>(*t)); });
    }
    /// The metadata of a key. Errors: missing.
    [[nodiscard]] Result<std::string> require_metadata(std::string_view key) const {
        const std::string* text = find_metadata(key);
        if (text == nullptr) return failure(Error{"has no metadata " + quote(key)});
        return *text;
    }

private:
    friend class detail::io::SafetensorsParser;
    friend Result<SafetensorsFile> parse_safetensors(std::vector<std::byte>&& bytes, std::string_view file_name);

    Error failure(Error error) const { return about_file(file_name_, std::move(error)); }
    template <class T>
    Result<T> in_file(Result<T> result) const {
        return result ? std::move(result) : failure(result.error());
    }

    std::string file_name_;
    std::vector<std::byte> storage_; // empty if the bytes belong to the caller
    std::vector<StoredTensor> tensors_;
    StoredMetadata metadata_;
};

/// Collects tensors and metadata to write. Keeps views of the values, which must outlive the writing. The same calls
/// give the same bytes; data are ordered by descending element size, so that every tensor is aligned.
class SafetensorsWriter {
public:
    /// Adds a contiguous range of a StoredScalar. A duplicate name or a wrong shape makes the writing fail.
    template <class Values>
    NCA_COLD SafetensorsWriter& add(std::string_view name, std::vector<std::size_t> shape, const Values& values) {
        const std::span view{values};
        constexpr Dtype dtype = dtype_of<typename decltype(view)::value_type>;
        return add(StoredTensor{std::string{name}, dtype, std::move(shape), stored(view)});
    }
    /// Adds a tensor whose values are the concatenation of `pieces`.
    template <StoredScalar T>
    SafetensorsWriter& add_pieces(std::string_view name, std::vector<std::size_t> shape,
                                  std::span<const std::span<const T>> pieces) {
        add(StoredTensor{std::string{name}, dtype_of<T>, std::move(shape), {}});
        for (const std::span<const T> piece : pieces) tensors_.back().pieces.push_back(stored(piece));
        return *this;
    }
    /// Adds a tensor of any dtype, for instance from another file.
    NCA_COLD SafetensorsWriter& add(StoredTensor tensor) {
        const std::span<const std::byte> bytes = tensor.bytes;
        tensors_.push_back({std::move(tensor), {bytes}});
        return *this;
    }
    /// Adds or replaces a metadata entry.
    NCA_COLD SafetensorsWriter& set_metadata(std::string_view key, std::string_view text) {
        for (auto& [name, old] : metadata_) {
            if (name == key) {
                old = text;
                return *this;
            }
        }
        metadata_.push_back({std::string{key}, std::string{text}});
        return *this;
    }

    /// The header, stored in `header`, then the data. Errors: those of add(), names or metadata that are not UTF-8.
    [[nodiscard]] NCA_COLD Result<std::vector<std::span<const std::byte>>> parts(std::string& header) const;

    /// The file in memory. Errors: those of parts().
    [[nodiscard]] Result<std::vector<std::byte>> to_bytes() const {
        std::string header;
        const auto pieces = parts(header);
        if (!pieces) return pieces.error();
        std::vector<std::byte> bytes;
        for (const std::span<const std::byte> piece : *pieces) bytes.insert(bytes.end(), piece.begin(), piece.end());
        return bytes;
    }

private:
    struct Entry {
        StoredTensor tensor;
        std::vector<std::span<const std::byte>> pieces; ///< the values

        [[nodiscard]] std::size_t bytes() const noexcept {
            std::size_t total = 0;
            for (const std::span<const std::byte> piece : pieces) total += piece.size();
            return total;
        }
    };

    /// The bytes of values as the file has them: the values themselves on a little-endian host, else a copy.
    template <class T, std::size_t N>
    std::span<const std::byte> stored(std::span<T, N> values) {
        if constexpr (detail::is_little_endian || sizeof(T) == 1) {
            return std::as_bytes(values);
        } else {
            return converted_.emplace_back(detail::little_endian_bytes(std::span<const T>{values}));
        }
    }

    std::vector<Entry> tensors_;
    std::vector<std::vector<std::byte>> converted_; ///< empty on a little-endian host
    StoredMetadata metadata_;
};

/// Writes a safetensors file, completely or not at all. Errors: those of SafetensorsWriter::parts() and AtomicFile.
[[nodiscard]] NCA_COLD inline Result<void> write_safetensors(const std::string& path,
                                                             const SafetensorsWriter& contents) {
    std::string header;
    const auto parts = contents.parts(header);
    if (!parts) return Error{"cannot write " + quote_path(path) + ": " + parts.error().message};
    return write_file_atomically(path, *parts);
}

} // namespace nca::inline NCA_ABI

#include <nca/io/detail/safetensors_format.hpp>

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_SAFETENSORS_HPP
