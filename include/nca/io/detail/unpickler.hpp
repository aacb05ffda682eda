// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_UNPICKLER_HPP
#define NCA_IO_DETAIL_UNPICKLER_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/text.hpp>
#include <nca/io/detail/zip_archive.hpp>
#include <nca/io/stored_tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The part of Python's pickle that torch.save() writes for dictionaries of tensors. Nothing is imported or called: a
// global that is not listed here is refused by its name.

namespace nca::inline NCA_ABI::detail::io {

/// The values of a pickle. They refer to each other by their index, and may do so in circles.
struct PickleValue {
    enum class Kind : std::uint8_t { nothing, mark, integer, string, tuple, list, dict, global, storage, tensor };

    Kind kind = Kind::nothing;
    std::int64_t integer = 0; ///< also the number of elements of a storage, and the offset of a tensor
    std::string_view text{};  ///< of a string or a global; the key of a storage
    /// Dictionaries: key, value, key, value, ...; storages: the global of its type; tensors: storage, shape, strides.
    std::vector<std::size_t> children{};
};

/// A machine that knows the opcodes of tensors, and refuses all others. Memory: proportional to the pickle.
class Unpickler {
public:
    using Kind = PickleValue::Kind;

    explicit Unpickler(std::span<const std::byte> bytes) : bytes_{bytes}, values_(1) {}

    /// The index of the value of the pickle. Errors: an opcode or a global that tensors do not need, a truncated
    /// pickle.
    [[nodiscard]] NCA_COLD Result<std::size_t> run() {
        while (at_ < bytes_.size()) {
            const auto opcode = std::to_integer<unsigned char>(bytes_[at_++]);
            if (opcode == '.') {
                if (stack_.size() != 1 || value(stack_.back()).kind == Kind::mark) return damaged("STOP");
                return stack_.back();
            }
            if (Result<void> done = step(opcode); !done) return done.error();
        }
        return Error{"truncated: its pickle does not end"};
    }

    [[nodiscard]] const PickleValue& value(std::size_t index) const noexcept { return values_[index]; }

private:
    // The names of the opcodes are those of Python's pickletools.
    NCA_COLD Result<void> step(unsigned char opcode) {
        switch (opcode) {
        case 0x80:
            return protocol();
        case 0x95:
            return take(8) ? Result<void>{} : truncated(); // FRAME
        case '}':
            return push({.kind = Kind::dict});
        case ']':
            return push({.kind = Kind::list});
        case ')':
            return push({.kind = Kind::tuple});
        case '(':
            return push({.kind = Kind::mark});
        case 'N': // NONE, and flags, which say nothing about tensors
        case 0x88:
        case 0x89:
            return push_again(nothing);
        case 'G':
            return take(8) ? push_again(nothing) : truncated(); // BINFLOAT
        case 'K':
            return integer(number<std::uint8_t>());
        case 'M':
            return integer(number<std::uint16_t>());
        case 'J':
            return integer(number<std::int32_t>());
        case 0x8A:
            return long_integer();
        case 'X':
            return string(number<std::uint32_t>());
        case 0x8C:
            return string(number<std::uint8_t>());
        case 0x8D:
            return string(number<std::uint64_t>());
        case 'c':
            return global();
        case 0x93:
            return stack_global();
        case 'q':
            return memoize(number<std::uint8_t>());
        case 'r':
            return memoize(number<std::uint32_t>());
        case 0x94:
            return memoize(memo_.size());
        case 'h':
            return recall(number<std::uint8_t>());
        case 'j':
            return recall(number<std::uint32_t>());
        case 't':
            return tuple(std::nullopt);
        case 0x85:
            return tuple(1);
        case 0x86:
            return tuple(2);
        case 0x87:
            return tuple(3);
        case 'a':
            return append(1);
        case 'e':
            return append(0);
        case 's':
            return set_items(2);
        case 'u':
            return set_items(0);
        case 'Q':
            return persistent();
        case 'R':
            return reduce();
        case 'b':
            return build();
        default:
            break;
        }
        constexpr std::string_view digits = "0123456789abcdef";
        return Error{
            std::string{"its pickle uses the opcode 0x"} + digits[opcode >> 4U] + digits[opcode & 15U] +
            (opcode == 0x81 || opcode == 0x92 || opcode == 'o' || opcode == 'i' ? ", which makes objects" : "") + ": " +
            std::string{advice}};
    }

    static constexpr std::string_view advice =
        "tensors need no such thing, and nca runs no code of a file; save model.state_dict() alone, or convert it to "
        "safetensors";

    static Error truncated() { return Error{"truncated: its pickle ends within an opcode"}; }
    static Error damaged(std::string_view opcode) {
        return Error{"its pickle is damaged: " + std::string{opcode} + " finds other values than it needs"};
    }

    std::optional<std::span<const std::byte>> take(std::uint64_t size) noexcept {
        if (size > bytes_.size() - at_) return std::nullopt;
        const auto taken = bytes_.subspan(at_, as_size(size));
        at_ += taken.size();
        return taken;
    }
    template <class T>
    std::optional<T> number() noexcept {
        const auto taken = take(sizeof(T));
        return taken ? std::optional{number_at<T>(*taken, 0)} : std::nullopt;
    }

    Result<void> push(PickleValue next) {
        stack_.push_back(values_.size());
        values_.push_back(std::move(next));
        return {};
    }
    Result<void> push_again(std::size_t index) {
        stack_.push_back(index);
        return {};
    }

    Result<void> protocol() {
        const auto version = number<std::uint8_t>();
        if (!version) return truncated();
        if (*version >= 2 && *version <= 5) return {};
        return Error{"its pickle has protocol " + std::to_string(*version) + ", expected 2 to 5"};
    }
    template <class T>
    Result<void> integer(std::optional<T> number) {
        if (!number) return truncated();
        return push({.kind = Kind::integer, .integer = *number});
    }
    /// A number that does not fit 64 bits, for instance a seed, becomes nothing.
    NCA_COLD Result<void> long_integer() {
        const auto size = number<std::uint8_t>();
        const auto taken = size ? take(*size) : std::nullopt;
        if (!taken) return truncated();
        if (taken->size() > 8) return push_again(nothing);
        std::uint64_t bits = !taken->empty() && (taken->back() & std::byte{0x80}) != std::byte{} ? ~std::uint64_t{} : 0;
        for (std::size_t i = taken->size(); i-- > 0;) bits = (bits << 8U) | std::to_integer<std::uint64_t>((*taken)[i]);
        return push({.kind = Kind::integer, .integer = static_cast<std::int64_t>(bits)});
    }
    template <class T>
    Result<void> string(std::optional<T> size) {
        const auto taken = size ? take(*size) : std::nullopt;
        if (!taken) return truncated();
        return push({.kind = Kind::string, .text = as_text(*taken)});
    }

    NCA_COLD Result<void> global() {
        const std::string_view rest = as_text(bytes_.subspan(at_));
        const std::size_t first = rest.find('\n');
        const std::size_t second = first == std::string_view::npos ? first : rest.find('\n', first + 1);
        if (second == std::string_view::npos) return truncated();
        at_ += second + 1;
        return push_global(rest.substr(0, first), rest.substr(first + 1, second - first - 1));
    }
    NCA_COLD Result<void> stack_global() {
        const std::size_t base = stack_.size() - std::min<std::size_t>(stack_.size(), 2);
        if (stack_.size() < 2 || value(stack_[base]).kind != Kind::string ||
            value(stack_[base + 1]).kind != Kind::string) {
            return damaged("STACK_GLOBAL");
        }
        const std::string_view module = value(stack_[base]).text;
        const std::string_view name = value(stack_[base + 1]).text;
        stack_.resize(base);
        return push_global(module, name);
    }
    NCA_COLD Result<void> push_global(std::string_view module, std::string_view name) {
        const auto is = [&](std::string_view m, std::string_view n) { return module == m && name == n; };
        const bool is_storage = (module == "torch" || module == "torch.cuda") && name.ends_with("Storage");
        const bool is_dtype =
            module == "torch" && std::find(std::begin(dtypes), std::end(dtypes), name) != std::end(dtypes);
        if (is_dtype) return push_again(nothing);
        if (is_storage || is("collections", "OrderedDict") || is("collections", "Counter") ||
            is("torch._utils", "_rebuild_tensor_v2") || is("torch._utils", "_rebuild_parameter") ||
            is("torch", "Size") || is("torch", "device")) {
            return push({.kind = Kind::global, .text = name});
        }
        std::string full = quote(module, 60);
        full.insert(full.size() - 1, "." + quote(name, 60).substr(1));
        full.pop_back();
        return Error{"its pickle asks for " + full + ": " + std::string{advice}};
    }

    template <class T>
    Result<void> memoize(std::optional<T> key) {
        if (!key) return truncated();
        return memoize(as_size(*key));
    }
    // Python numbers the memo from 0 on without gaps, so a list suffices.
    Result<void> memoize(std::size_t key) {
        if (stack_.empty() || value(stack_.back()).kind == Kind::mark || key > memo_.size()) return damaged("BINPUT");
        if (key == memo_.size()) memo_.push_back(0);
        memo_[key] = stack_.back();
        return {};
    }
    template <class T>
    Result<void> recall(std::optional<T> key) {
        if (!key) return truncated();
        if (*key >= memo_.size()) return damaged("BINGET");
        stack_.push_back(memo_[*key]);
        return {};
    }

    /// The values behind the last mark, or the last `count`; nothing if there are none such.
    NCA_COLD std::optional<std::vector<std::size_t>> pop(std::size_t count) {
        std::size_t begin = stack_.size();
        while (begin > 0 && value(stack_[begin - 1]).kind != Kind::mark &&
               (count == 0 || stack_.size() - begin < count)) {
            --begin;
        }
        if (count == 0 ? begin == 0 : stack_.size() - begin != count) return std::nullopt;
        std::vector<std::size_t> values(stack_.begin() + static_cast<std::ptrdiff_t>(begin), stack_.end());
        stack_.resize(count == 0 ? begin - 1 : begin);
        return values;
    }
    PickleValue* top(Kind kind) noexcept {
        return !stack_.empty() && value(stack_.back()).kind == kind ? &values_[stack_.back()] : nullptr;
    }

    NCA_COLD Result<void> tuple(std::optional<std::size_t> count) {
        auto children = pop(count.value_or(0));
        if (!children) return damaged("TUPLE");
        return push({.kind = Kind::tuple, .children = std::move(*children)});
    }
    NCA_COLD Result<void> append(std::size_t count) {
        const auto children = pop(count);
        PickleValue* const list = top(Kind::list);
        if (!children || list == nullptr) return damaged("APPEND");
        list->children.insert(list->children.end(), children->begin(), children->end());
        return {};
    }
    NCA_COLD Result<void> set_items(std::size_t count) {
        const auto children = pop(count);
        PickleValue* const dict = top(Kind::dict);
        if (!children || dict == nullptr || children->size() % 2 != 0) return damaged("SETITEMS");
        dict->children.insert(dict->children.end(), children->begin(), children->end());
        return {};
    }
    /// The attributes of an OrderedDict, for instance the versions of modules, say nothing about tensors.
    Result<void> build() {
        if (!pop(1) || top(Kind::dict) == nullptr) return damaged("BUILD");
        return {};
    }

    /// ('storage', torch.FloatStorage, key, location, number of elements)
    NCA_COLD Result<void> persistent() {
        const PickleValue* const id = top(Kind::tuple);
        if (id == nullptr || id->children.size() != 5) return damaged("BINPERSID");
        const auto& part = id->children;
        const PickleValue& type = value(part[1]);
        const PickleValue& key = value(part[2]);
        const PickleValue& size = value(part[4]);
        if (value(part[0]).text != "storage" || type.kind != Kind::global || !type.text.ends_with("Storage") ||
            key.kind != Kind::string || key.text.size() > 100 || size.kind != Kind::integer) {
            return damaged("BINPERSID");
        }
        PickleValue storage{.kind = Kind::storage, .integer = size.integer, .text = key.text, .children = {part[1]}};
        stack_.pop_back();
        return push(std::move(storage));
    }

    NCA_COLD Result<void> reduce() {
        const auto call = pop(2);
        if (!call || value((*call)[0]).kind != Kind::global || value((*call)[1]).kind != Kind::tuple) {
            return damaged("REDUCE");
        }
        const std::string_view name = value((*call)[0]).text;
        const std::vector<std::size_t>& arguments = value((*call)[1]).children;
        if (name == "OrderedDict" && arguments.empty()) return push({.kind = Kind::dict});
        if (name == "device" || name == "Counter") return push_again(nothing);
        if (name == "Size" && arguments.size() == 1) return push_again(arguments[0]);
        if (name == "_rebuild_parameter" && arguments.size() == 3 && value(arguments[0]).kind == Kind::tensor) {
            return push_again(arguments[0]);
        }
        // Storage, offset, shape, strides; whether it has a gradient and hooks is of no interest.
        if (name == "_rebuild_tensor_v2" && (arguments.size() == 6 || arguments.size() == 7) &&
            value(arguments[0]).kind == Kind::storage && value(arguments[1]).kind == Kind::integer &&
            is_integers(arguments[2]) && is_integers(arguments[3])) {
            return push({.kind = Kind::tensor,
                         .integer = value(arguments[1]).integer,
                         .children = {arguments[0], arguments[2], arguments[3]}});
        }
        return damaged("REDUCE of " + quote(name));
    }
    [[nodiscard]] bool is_integers(std::size_t index) const noexcept {
        const PickleValue& list = value(index);
        return list.kind == Kind::tuple && list.children.size() <= max_rank &&
               std::all_of(list.children.begin(), list.children.end(),
                           [&](std::size_t i) { return value(i).kind == Kind::integer; });
    }

    static constexpr std::size_t nothing = 0; // the index of None, of flags and of all that is skipped
    static constexpr std::size_t max_rank = 16;
    static constexpr std::string_view dtypes[] = {"float32", "float64", "float16", "bfloat16", "int64",
                                                  "int32",   "int16",   "int8",    "uint8",    "bool"};

    std::span<const std::byte> bytes_;
    std::size_t at_ = 0;
    std::vector<PickleValue> values_;
    std::vector<std::size_t> stack_;
    std::vector<std::size_t> memo_;
};

} // namespace nca::inline NCA_ABI::detail::io

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_DETAIL_UNPICKLER_HPP
