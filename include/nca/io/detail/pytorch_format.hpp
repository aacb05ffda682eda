// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_PYTORCH_FORMAT_HPP
#define NCA_IO_DETAIL_PYTORCH_FORMAT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/text.hpp>
#include <nca/io/detail/unpickler.hpp>
#include <nca/io/detail/zip_archive.hpp>
#include <nca/io/pytorch_file.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace nca::inline NCA_ABI {

namespace detail::io {

// Limits that no file of a model reaches, so that a small file cannot exhaust memory or time.
inline constexpr std::size_t max_pickle_bytes = std::size_t{1} << 24U;
inline constexpr std::size_t max_copied_bytes = std::size_t{1} << 26U; ///< of tensors that are not contiguous
inline constexpr std::size_t max_pytorch_tensors = 100'000;            ///< and dictionaries
inline constexpr std::size_t max_pytorch_depth = 32;
inline constexpr std::size_t max_pytorch_name = 1000;

inline constexpr std::pair<std::string_view, Dtype> storage_types[] = {
    {"FloatStorage", Dtype::f32},     {"DoubleStorage", Dtype::f64}, {"HalfStorage", Dtype::f16},
    {"BFloat16Storage", Dtype::bf16}, {"LongStorage", Dtype::i64},   {"IntStorage", Dtype::i32},
    {"ShortStorage", Dtype::i16},     {"CharStorage", Dtype::i8},    {"ByteStorage", Dtype::u8},
    {"BoolStorage", Dtype::boolean}};

class PytorchParser {
public:
    PytorchParser(std::span<const std::byte> bytes, std::string_view file_name) : bytes_{bytes}, pickle_{{}} {
        file_.file_name_ = file_name;
    }

    NCA_COLD Result<PytorchFile> parse() {
        Result<void> read = read_archive();
        if (read) read = check_names();
        if (!read) return about_file(file_.file_name_, read.error());
        return std::move(file_);
    }

private:
    using Kind = PickleValue::Kind;

    NCA_COLD Result<void> read_archive() {
        const std::string_view text = as_text(bytes_);
        if (text.starts_with('\x80')) {
            return Error{"a pickle without an archive, as PyTorch wrote before 1.6: load it there and save its "
                         "state_dict() again, or convert it to safetensors"};
        }
        if (!text.starts_with("PK")) return Error{"not a PyTorch file: expected a zip archive of torch.save()"};
        const Result<ZipArchive> archive = ZipArchive::parse(bytes_);
        if (!archive) return archive.error();
        archive_ = *archive;
        const ZipArchive::Entry* const pickle = find_pickle();
        if (pickle == nullptr) return Error{"a zip archive, but not one of torch.save(): it has no data.pkl"};
        folder_ = pickle->name.substr(0, pickle->name.size() - std::string_view{"data.pkl"}.size());
        if (archive_.find(folder_ + "constants.pkl") != nullptr) {
            return Error{"a TorchScript program: save its state_dict() instead, or convert it to safetensors"};
        }
        if (const ZipArchive::Entry* const order = archive_.find(folder_ + "byteorder")) {
            if (as_text(order->bytes) != "little")
                return Error{"its numbers are big-endian: expected little-endian ones"};
        }
        if (pickle->bytes.size() > max_pickle_bytes) {
            return Error{"its pickle has " + std::to_string(pickle->bytes.size()) + " bytes, at most " +
                         std::to_string(max_pickle_bytes) + " are allowed"};
        }
        if (Result<void> sound = ZipArchive::require_sound(*pickle); !sound) return sound;
        pickle_ = Unpickler{pickle->bytes};
        const Result<std::size_t> root = pickle_.run();
        if (!root) return root.error();
        return collect(*root, {}, 0);
    }

    /// Beside a folder of any name, of which there is one in an archive of torch.save().
    const ZipArchive::Entry* find_pickle() const {
        for (const ZipArchive::Entry& entry : archive_.entries()) {
            const std::size_t slash = entry.name.find('/');
            if (entry.name.substr(slash == std::string_view::npos ? 0 : slash + 1) == "data.pkl") return &entry;
        }
        return nullptr;
    }

    /// Appends the tensors within a value, whose name is `name`.
    NCA_COLD Result<void> collect(std::size_t index, const std::string& name, std::size_t depth) {
        const PickleValue& value = pickle_.value(index);
        if (value.kind == Kind::tensor) return add_tensor(value, name.empty() ? "tensor" : name);
        const bool dict = value.kind == Kind::dict;
        if (!dict && value.kind != Kind::list && value.kind != Kind::tuple) return {};
        if (depth == max_pytorch_depth || ++containers_ > max_pytorch_tensors) return too_many();
        for (std::size_t i = 0; i < value.children.size(); i += dict ? 2 : 1) {
            if (++visited_ > max_pickle_bytes) return too_many();
            const std::size_t child = value.children[dict ? i + 1 : i];
            if (!may_hold_tensors(child)) continue;
            std::string key = std::to_string(i);
            if (dict) {
                const PickleValue& found = pickle_.value(value.children[i]);
                if (found.kind != Kind::string && found.kind != Kind::integer) {
                    return Error{"a dictionary has a key that is neither a text nor a number"};
                }
                key = found.kind == Kind::string ? std::string{found.text.substr(0, max_pytorch_name + 1)}
                                                 : std::to_string(found.integer);
            }
            if (!name.empty()) key.insert(0, name + ".");
            if (key.size() > max_pytorch_name) {
                return Error{"the name " + quote(key, 40) + " is longer than " + std::to_string(max_pytorch_name) +
                             " bytes"};
            }
            if (Result<void> done = collect(child, key, depth + 1); !done) return done;
        }
        return {};
    }

    static Error too_many() { return Error{"its dictionaries hold too many values, or hold themselves"}; }
    [[nodiscard]] bool may_hold_tensors(std::size_t index) const noexcept {
        const Kind kind = pickle_.value(index).kind;
        return kind == Kind::tensor || kind == Kind::dict || kind == Kind::list || kind == Kind::tuple;
    }

    NCA_COLD Result<void> add_tensor(const PickleValue& value, const std::string& name) {
        if (file_.tensors_.size() == max_pytorch_tensors) return too_many();
        const std::string who = "tensor " + quote(name);
        const PickleValue& storage = pickle_.value(value.children[0]);
        StoredTensor tensor{name, Dtype::other, {}, {}, {}};
        const std::string_view type_name = pickle_.value(storage.children[0]).text;
        const auto type = std::find_if(std::begin(storage_types), std::end(storage_types),
                                       [&](const auto& known) { return known.first == type_name; });
        if (type != std::end(storage_types)) tensor.dtype = type->second;
        if (type == std::end(storage_types)) tensor.other_dtype = type_name;

        const ZipArchive::Entry* const entry = archive_.find(folder_ + "data/" + std::string{storage.text});
        if (entry == nullptr) return Error{who + ": its data are missing"};
        const auto number = static_cast<std::size_t>(entry - archive_.entries().data());
        checked_.resize(archive_.entries().size());
        if (!checked_[number]) {
            if (Result<void> sound = ZipArchive::require_sound(*entry); !sound) return sound;
            checked_[number] = true;
        }
        std::vector<std::size_t> strides;
        for (const auto& [index, list] : {std::pair{value.children[1], &tensor.shape}, {value.children[2], &strides}}) {
            for (const std::size_t child : pickle_.value(index).children) {
                const std::int64_t extent = pickle_.value(child).integer;
                if (extent < 0) return Error{who + ": its shape or strides are negative"};
                list->push_back(static_cast<std::size_t>(extent));
            }
        }
        if (tensor.shape.size() != strides.size()) {
            return Error{who + ": it has " + std::to_string(tensor.shape.size()) + " dimensions and " +
                         std::to_string(strides.size()) + " strides"};
        }
        tensor.bytes = entry->bytes; // of one whose elements are not known, all
        if (tensor.dtype != Dtype::other) {
            if (Result<void> laid_out = lay_out(tensor, strides, storage.integer, value.integer); !laid_out) {
                return Error{who + ": " + laid_out.error().message};
            }
        }
        file_.tensors_.push_back(std::move(tensor));
        return {};
    }

    /// Narrows the bytes of a tensor from those of its storage to its own, which are copied if they are not contiguous.
    NCA_COLD Result<void> lay_out(StoredTensor& tensor, std::span<const std::size_t> strides,
                                  std::int64_t storage_elements, std::int64_t offset) {
        const std::size_t size = dtype_size(tensor.dtype);
        const std::size_t elements = tensor.bytes.size() / size;
        if (!std::cmp_equal(elements, storage_elements) || tensor.bytes.size() % size != 0) {
            return Error{"its data have " + std::to_string(tensor.bytes.size()) + " bytes, expected " +
                         std::to_string(storage_elements) + " elements"};
        }
        const auto outside = [&] {
            return Error{"shape " + shape_text(tensor.shape) + " and strides " + shape_text(strides) +
                         " reach beyond its data"};
        };
        if (offset < 0 || std::cmp_greater(offset, elements)) return outside();
        std::size_t count = 1;
        bool contiguous = true;
        for (std::size_t axis = strides.size(); axis-- > 0;) {
            const std::size_t extent = tensor.shape[axis];
            contiguous = contiguous && (extent == 1 || strides[axis] == count);
            if (extent != 0 && count > std::numeric_limits<std::size_t>::max() / 8 / extent) return outside();
            count *= extent;
        }
        const auto first = static_cast<std::size_t>(offset);
        if (count == 0) {
            tensor.bytes = {};
            return {};
        }
        std::size_t last = first;
        for (std::size_t axis = 0; axis < strides.size(); ++axis) {
            const std::size_t steps = tensor.shape[axis] - 1;
            if (steps != 0 && strides[axis] > elements / steps) return outside();
            last += steps * strides[axis];
            if (last >= elements) return outside();
        }
        if (last >= elements) return outside();
        if (contiguous) {
            tensor.bytes = tensor.bytes.subspan(first * size, count * size);
            return {};
        }
        if (count * size > max_copied_bytes - copied_) {
            return Error{"too large for a tensor that is not contiguous: save it as .contiguous()"};
        }
        copied_ += count * size;
        tensor.bytes = file_.copies_.emplace_back(gather(tensor, strides, first, count));
        return {};
    }

    NCA_COLD static std::vector<std::byte> gather(const StoredTensor& tensor, std::span<const std::size_t> strides,
                                                  std::size_t first, std::size_t count) {
        const std::size_t size = dtype_size(tensor.dtype);
        std::vector<std::byte> out(count * size);
        std::vector<std::size_t> position(strides.size());
        for (std::size_t i = 0; i < count; ++i) {
            std::memcpy(out.data() + i * size, tensor.bytes.data() + first * size, size);
            for (std::size_t axis = strides.size(); axis-- > 0;) {
                first += strides[axis];
                if (++position[axis] < tensor.shape[axis]) break;
                first -= strides[axis] * tensor.shape[axis];
                position[axis] = 0;
            }
        }
        return out;
    }

    NCA_COLD Result<void> check_names() const {
        std::vector<std::string_view> names;
        for (const StoredTensor& tensor : file_.tensors_) names.push_back(tensor.name);
        std::sort(names.begin(), names.end());
        const auto twice = std::adjacent_find(names.begin(), names.end());
        if (twice != names.end()) return Error{"two tensors have the name " + quote(*twice)};
        return {};
    }

    std::span<const std::byte> bytes_;
    ZipArchive archive_;
    Unpickler pickle_;
    std::string folder_;
    std::size_t visited_ = 0;    // elements of dictionaries and lists
    std::size_t containers_ = 0; // dictionaries and lists
    std::size_t copied_ = 0;
    std::vector<bool> checked_; // entries whose checksums were found right
    PytorchFile file_;
};

} // namespace detail::io

inline bool looks_like_pytorch(std::span<const std::byte> bytes) noexcept {
    const std::string_view text = as_text(bytes);
    // The length with which a safetensors file begins is smaller than that of these pickles.
    const bool pickle = text.size() >= 8 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5 &&
                        detail::io::number_at<std::uint64_t>(bytes, 0) > 100'000'000;
    return pickle || text.starts_with("PK\x03\x04") || text.starts_with("PK\x05\x06");
}

inline Result<PytorchFile> parse_pytorch(std::span<const std::byte> bytes, std::string_view file_name) {
    return detail::io::PytorchParser{bytes, file_name}.parse();
}

inline Result<PytorchFile> parse_pytorch(std::vector<std::byte>&& bytes, std::string_view file_name) {
    Result<PytorchFile> file = parse_pytorch(std::span<const std::byte>{bytes}, file_name);
    if (file) file->storage_ = std::move(bytes); // a move keeps the address that the tensors refer to
    return file;
}

inline Result<PytorchFile> read_pytorch(const std::string& path) {
    Result<std::vector<std::byte>> bytes = read_file(path);
    if (!bytes) return bytes.error();
    return parse_pytorch(std::move(*bytes), path);
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_DETAIL_PYTORCH_FORMAT_HPP
