// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_NBT_HPP
#define NCA_EXAMPLES_SUPPORT_NBT_HPP

#include <nca/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

/// The types of NBT, by their numbers in files.
enum class NbtType : std::uint8_t {
    end,
    int8,
    int16,
    int32,
    int64,
    float32,
    float64,
    int8_array,
    string,
    list,
    compound,
    int32_array,
    int64_array
};

/// A member of a compound whose value comes next, or an element of a list, which goes by the list's name.
struct NbtTag {
    std::string_view name;
    NbtType type = NbtType::end;
};

/// A pull reader of NBT, Minecraft's named binary tags, uncompressed and big-endian (Java Edition): the caller reads or
/// skips one value after another. Allocates nothing but the message of an error. After an error all reads return
/// nothing, and loops end. Names and strings are views of the bytes.
class NbtReader {
public:
    explicit NbtReader(std::span<const std::byte> bytes) noexcept : bytes_{bytes} {}

    /// Calls member(tag) for each member of the root, which must be a compound and all that there is.
    template <class Member>
    void root(Member&& member) {
        if (static_cast<NbtType>(number(1)) != NbtType::compound) return fail("is not an NBT file");
        take_string();
        for (NbtTag tag = next(); tag.type != NbtType::end; tag = next()) {
            outermost_ = tag.name;
            member(tag);
        }
        outermost_ = {};
        if (!bytes_.empty()) fail("goes on after the end of its root compound");
    }

    /// Calls member(tag) for each member of a compound.
    template <class Member>
    void compound(NbtTag compound, Member&& member) {
        if (!expect(compound, NbtType::compound)) return;
        for (NbtTag tag = next(); tag.type != NbtType::end; tag = next()) member(tag);
    }

    /// Calls element(tag) for each element of a list.
    template <class Element>
    void list(NbtTag list, Element&& element) {
        if (!expect(list, NbtType::list)) return;
        const ListHeader header = list_header(list.name);
        for (std::int32_t i = 0; i < header.count && !failed(); ++i) element(NbtTag{list.name, header.type});
    }

    [[nodiscard]] std::int32_t int32(NbtTag tag);
    [[nodiscard]] std::string_view string(NbtTag tag);
    void skip(NbtTag tag) { skip(tag, 1); }

    /// Ends the reading with an error about the file, unless there is one: "has no palette".
    void fail(std::string what);
    [[nodiscard]] bool failed() const noexcept { return !error_.empty(); }
    /// What is wrong with the file; empty if nothing is.
    [[nodiscard]] const std::string& error() const noexcept { return error_; }

private:
    struct ListHeader {
        NbtType type = NbtType::end;
        std::int32_t count = 0;
    };

    [[nodiscard]] std::span<const std::byte> take(std::size_t count, std::size_t size = 1);
    [[nodiscard]] std::uint32_t number(unsigned size);
    std::string_view take_string();
    // The next member of a compound; type `end` behind the last one.
    [[nodiscard]] NbtTag next();
    [[nodiscard]] ListHeader list_header(std::string_view name);
    [[nodiscard]] bool expect(NbtTag tag, NbtType type);
    void skip(NbtTag tag, int depth);

    std::span<const std::byte> bytes_; // what is left
    std::string_view outermost_{};     // the member of the root that is being read
    std::string error_{};
};

/// Writes NBT as NbtReader reads it. The caller ends what it begins, writes as many elements as a list was said to
/// have, and no string longer than max_nbt_string bytes.
class NbtWriter {
public:
    /// Begins the root.
    NbtWriter() { tag({}, NbtType::compound); }

    void begin_compound(std::string_view name) { tag(name, NbtType::compound); }
    /// Ends a compound: a member, an element of a list, or the root.
    void end_compound() { number(0, 1); }
    /// Elements of the type `compound` are their members and end_compound().
    void begin_list(std::string_view name, NbtType type, std::size_t count);
    void int32(std::string_view name, std::int32_t value);
    void string(std::string_view name, std::string_view value);
    /// A list of int32.
    void list(std::string_view name, std::span<const int> values);

    [[nodiscard]] std::vector<std::byte> bytes() && noexcept { return std::move(bytes_); }

private:
    void tag(std::string_view name, NbtType type);
    void number(std::uint64_t value, unsigned size);
    void text(std::string_view value);

    std::vector<std::byte> bytes_{};
};

inline constexpr std::size_t max_nbt_string = 65535;

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_NBT_HPP
