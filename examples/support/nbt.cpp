// SPDX-License-Identifier: Apache-2.0
#include "nbt.hpp"

#include <nca/core/text.hpp>
#include <nca/io/file.hpp>

#include <array>

namespace support {
namespace {

// As the game itself allows.
constexpr int max_depth = 512;

constexpr std::array<const char*, 13> type_names{"nothing",    "a byte",   "a short",  "an int",   "a long",
                                                 "a float",    "a double", "an array", "a string", "a list",
                                                 "a compound", "an array", "an array"};

// The bytes of a value, or of an element of an array; 0 if they are not fixed.
constexpr std::array<unsigned, 13> sizes{0, 1, 2, 4, 8, 4, 8, 1, 0, 0, 0, 4, 8};

bool is_array(NbtType type) {
    return type == NbtType::int8_array || type == NbtType::int32_array || type == NbtType::int64_array;
}

} // namespace

void NbtReader::fail(std::string what) {
    if (failed()) return;
    error_ = std::move(what);
    bytes_ = {};
}

std::span<const std::byte> NbtReader::take(std::size_t count, std::size_t size) {
    if (count > bytes_.size() / size) {
        fail(outermost_.empty() ? "ends too early" : "ends within " + nca::quote(outermost_));
        return {};
    }
    const auto taken = bytes_.first(count * size);
    bytes_ = bytes_.subspan(taken.size());
    return taken;
}

std::uint32_t NbtReader::number(unsigned size) {
    std::uint32_t value = 0;
    for (const std::byte byte : take(size)) value = value << 8U | std::to_integer<std::uint32_t>(byte);
    return value;
}

std::string_view NbtReader::take_string() {
    return nca::as_text(take(number(2)));
}

NbtTag NbtReader::next() {
    const auto type = static_cast<NbtType>(number(1));
    if (failed() || type == NbtType::end) return {};
    if (type > NbtType::int64_array) {
        fail("is damaged: it holds a tag of the unknown type " + std::to_string(static_cast<int>(type)));
        return {};
    }
    const std::string_view name = take_string();
    return failed() ? NbtTag{} : NbtTag{name, type};
}

NbtReader::ListHeader NbtReader::list_header(std::string_view name) {
    const auto type = static_cast<NbtType>(number(1));
    const auto count = static_cast<std::int32_t>(number(4));
    if (count <= 0) return {};
    if (type == NbtType::end || type > NbtType::int64_array) {
        fail("is damaged: the list " + nca::quote(name) + " has elements of the unknown type " +
             std::to_string(static_cast<int>(type)));
        return {};
    }
    return {type, count};
}

bool NbtReader::expect(NbtTag tag, NbtType type) {
    if (tag.type != type) {
        fail(std::string{"holds "} + type_names[static_cast<std::size_t>(tag.type)] + " where " + nca::quote(tag.name) +
             " should be " + type_names[static_cast<std::size_t>(type)]);
    }
    return !failed();
}

std::int32_t NbtReader::int32(NbtTag tag) {
    return expect(tag, NbtType::int32) ? static_cast<std::int32_t>(number(4)) : 0;
}

std::string_view NbtReader::string(NbtTag tag) {
    return expect(tag, NbtType::string) ? take_string() : std::string_view{};
}

void NbtReader::skip(NbtTag tag, int depth) {
    if (depth > max_depth) return fail("is nested more than " + std::to_string(max_depth) + " levels deep");
    const unsigned size = sizes[static_cast<std::size_t>(tag.type)];
    if (is_array(tag.type)) {
        // A negative count becomes one that no file has.
        static_cast<void>(take(number(4), size));
    } else if (size > 0) {
        static_cast<void>(take(size));
    } else if (tag.type == NbtType::string) {
        take_string();
    } else if (tag.type == NbtType::list) {
        list(tag, [&](NbtTag element) { skip(element, depth + 1); });
    } else {
        compound(tag, [&](NbtTag member) { skip(member, depth + 1); });
    }
}

void NbtWriter::number(std::uint64_t value, unsigned size) {
    for (unsigned i = size; i-- > 0;) bytes_.push_back(static_cast<std::byte>(value >> 8U * i & 255U));
}

void NbtWriter::text(std::string_view value) {
    NCA_ASSERT(value.size() <= max_nbt_string, "support::NbtWriter: the string is too long");
    number(value.size(), 2);
    const auto bytes = nca::as_bytes(value);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void NbtWriter::tag(std::string_view name, NbtType type) {
    number(static_cast<std::uint64_t>(type), 1);
    text(name);
}

void NbtWriter::begin_list(std::string_view name, NbtType type, std::size_t count) {
    tag(name, NbtType::list);
    number(static_cast<std::uint64_t>(type), 1);
    number(count, 4);
}

void NbtWriter::int32(std::string_view name, std::int32_t value) {
    tag(name, NbtType::int32);
    number(static_cast<std::uint32_t>(value), 4);
}

void NbtWriter::string(std::string_view name, std::string_view value) {
    tag(name, NbtType::string);
    text(value);
}

void NbtWriter::list(std::string_view name, std::span<const int> values) {
    begin_list(name, NbtType::int32, values.size());
    for (const int value : values) number(static_cast<std::uint32_t>(value), 4);
}

} // namespace support
