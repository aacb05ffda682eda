// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_ZIP_ARCHIVE_HPP
#define NCA_IO_DETAIL_ZIP_ARCHIVE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/byte_order.hpp>
#include <nca/core/text.hpp>
#include <nca/io/file.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Zip archives (APPNOTE 6.3) whose entries are stored without compression, with zip64 and data descriptors.

namespace nca::inline NCA_ABI::detail::io {

/// The little-endian number at a position; 0 past the end.
template <class T>
[[nodiscard]] inline T number_at(std::span<const std::byte> bytes, std::size_t position) noexcept {
    T number = 0;
    if (position <= bytes.size() && bytes.size() - position >= sizeof number) {
        detail::copy_little_endian(bytes.data() + position, std::span{&number, 1});
    }
    return number;
}

/// A number that was compared with the size of something in memory, as a size.
[[nodiscard]] constexpr std::size_t as_size(std::uint64_t number) noexcept {
    return number & ~std::size_t{0};
}

/// CRC-32 as zip and PNG count it.
[[nodiscard]] inline std::uint32_t crc32(std::span<const std::byte> bytes) noexcept {
    static constexpr auto table = [] {
        std::array<std::uint32_t, 256> entries{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t entry = i;
            for (int bit = 0; bit < 8; ++bit) entry = (entry >> 1U) ^ ((entry & 1U) != 0 ? 0xEDB88320U : 0U);
            entries[i] = entry;
        }
        return entries;
    }();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::byte byte : bytes) crc = table[(crc ^ static_cast<std::uint32_t>(byte)) & 0xFFU] ^ (crc >> 8U);
    return ~crc;
}

/// The entries of an archive. Views of its bytes, which must outlive it.
class ZipArchive {
public:
    struct Entry {
        std::string_view name;
        std::span<const std::byte> bytes;
        std::uint32_t crc;
        std::size_t begin; ///< of its local header
        std::size_t end;   ///< of its bytes
        bool compressed = false;
    };

    /// Reads the central directory. Errors: what violates the format, an entry that is encrypted, entries
    /// that overlap or have the same name. Allocates a list of entries.
    [[nodiscard]] NCA_COLD static Result<ZipArchive> parse(std::span<const std::byte> bytes) {
        ZipArchive archive;
        const Result<Directory> directory = find_directory(bytes);
        if (!directory) return directory.error();
        std::size_t at = directory->begin;
        while (at != directory->end) {
            Result<Entry> entry = read_entry(bytes, *directory, at);
            if (!entry) return entry.error();
            archive.entries_.push_back(*entry);
        }
        if (Result<void> separate = archive.check_overlap(); !separate) return separate.error();
        std::sort(archive.entries_.begin(), archive.entries_.end(),
                  [](const Entry& a, const Entry& b) { return a.name < b.name; });
        for (std::size_t i = 1; i < archive.entries_.size(); ++i) {
            if (archive.entries_[i - 1].name != archive.entries_[i].name) continue;
            return Error{"two entries have the name " + quote(archive.entries_[i].name)};
        }
        return archive;
    }

    /// Ordered by name.
    [[nodiscard]] std::span<const Entry> entries() const noexcept { return entries_; }

    /// The entry with that name, or nullptr.
    [[nodiscard]] const Entry* find(std::string_view name) const noexcept {
        const auto found =
            std::lower_bound(entries_.begin(), entries_.end(), name,
                             [](const Entry& entry, std::string_view text) { return entry.name < text; });
        return found != entries_.end() && found->name == name ? &*found : nullptr;
    }

    /// Errors: an entry is compressed, or its bytes are not those that were written.
    [[nodiscard]] NCA_COLD static Result<void> require_sound(const Entry& entry) {
        if (entry.compressed) {
            return Error{"entry " + quote(entry.name) +
                         " is compressed, which torch.save() never does: unpack the archive and pack it without "
                         "compression (zip -0)"};
        }
        if (crc32(entry.bytes) == entry.crc) return {};
        return Error{"damaged: the checksum of the entry " + quote(entry.name) + " is wrong"};
    }

private:
    struct Directory {
        std::size_t begin;
        std::size_t end;
    };

    static constexpr std::size_t end_size = 22;
    static constexpr std::size_t entry_size = 46;
    static constexpr std::size_t local_size = 30;

    NCA_COLD static Result<Directory> find_directory(std::span<const std::byte> bytes) {
        const Error missing{"truncated, or not a zip archive: its directory is missing"};
        if (bytes.size() < end_size) return missing;
        std::size_t end = bytes.size() - end_size;
        const std::size_t first = end - std::min<std::size_t>(end, 0xFFFF);
        while (number_at<std::uint32_t>(bytes, end) != 0x06054B50U ||
               number_at<std::uint16_t>(bytes, end + 20) != bytes.size() - end - end_size) {
            if (end-- == first) return missing;
        }
        std::uint64_t size = number_at<std::uint32_t>(bytes, end + 12);
        std::uint64_t begin = number_at<std::uint32_t>(bytes, end + 16);
        std::size_t limit = end;
        if (end >= 20 && number_at<std::uint32_t>(bytes, end - 20) == 0x07064B50U) { // zip64
            const auto record = number_at<std::uint64_t>(bytes, end - 12);
            if (record > end - 20 || number_at<std::uint32_t>(bytes, as_size(record)) != 0x06064B50U) {
                return missing;
            }
            limit = as_size(record);
            size = number_at<std::uint64_t>(bytes, limit + 40);
            begin = number_at<std::uint64_t>(bytes, limit + 48);
        }
        if (begin > limit || size > limit - begin) return Error{"damaged: its directory lies outside of the file"};
        return Directory{as_size(begin), as_size(begin + size)};
    }

    /// Reads one entry of the directory, and moves behind it.
    NCA_COLD static Result<Entry> read_entry(std::span<const std::byte> bytes, const Directory& directory,
                                             std::size_t& at) {
        const auto record = bytes.first(directory.end).subspan(at);
        if (record.size() < entry_size || number_at<std::uint32_t>(record, 0) != 0x02014B50U) {
            return Error{"damaged: an entry of its directory is truncated"};
        }
        const std::size_t name_size = number_at<std::uint16_t>(record, 28);
        const std::size_t extra_size = number_at<std::uint16_t>(record, 30);
        const std::size_t size = entry_size + name_size + extra_size + number_at<std::uint16_t>(record, 32);
        if (size > record.size()) return Error{"damaged: an entry of its directory is truncated"};
        at += size;
        Entry entry{as_text(record.subspan(entry_size, name_size)), {}, number_at<std::uint32_t>(record, 16), 0, 0};
        const std::string who = "entry " + quote(entry.name);
        if ((number_at<std::uint16_t>(record, 8) & 1U) != 0) return Error{who + " is encrypted"};
        entry.compressed = number_at<std::uint16_t>(record, 10) != 0;
        std::uint64_t fields[] = {number_at<std::uint32_t>(record, 24), number_at<std::uint32_t>(record, 20),
                                  number_at<std::uint32_t>(record, 42)};
        if (!widen(record.subspan(entry_size + name_size, extra_size), fields)) {
            return Error{"damaged: " + who + " lacks its sizes"};
        }
        const auto& [length, stored, begin] = fields;
        if (!entry.compressed && length != stored) return Error{"damaged: " + who + " has two sizes"};
        if (begin > directory.begin || directory.begin - begin < local_size) {
            return Error{"damaged: " + who + " lies outside of the file"};
        }
        entry.begin = as_size(begin);
        const auto local = bytes.first(directory.begin).subspan(entry.begin);
        const std::size_t local_name = number_at<std::uint16_t>(local, 26);
        const std::size_t data = local_size + local_name + number_at<std::uint16_t>(local, 28);
        if (number_at<std::uint32_t>(local, 0) != 0x04034B50U || data > local.size() ||
            as_text(local.subspan(local_size, local_name)) != entry.name) {
            return Error{"damaged: " + who + " is not where the directory says"};
        }
        if (stored > local.size() - data) return Error{"damaged: " + who + " reaches beyond its archive"};
        entry.bytes = local.subspan(data, as_size(stored));
        entry.end = entry.begin + data + entry.bytes.size();
        return entry;
    }

    /// Replaces what does not fit 32 bits by the numbers in the zip64 field. False if one is missing.
    static bool widen(std::span<const std::byte> extra, std::uint64_t (&fields)[3]) noexcept {
        std::span<const std::byte> numbers;
        while (extra.size() >= 4) {
            const std::size_t size = number_at<std::uint16_t>(extra, 2);
            if (size > extra.size() - 4) break;
            if (number_at<std::uint16_t>(extra, 0) == 1) numbers = extra.subspan(4, size);
            extra = extra.subspan(4 + size);
        }
        for (std::uint64_t& field : fields) {
            if (field != 0xFFFFFFFFU) continue;
            if (numbers.size() < 8) return false;
            field = number_at<std::uint64_t>(numbers, 0);
            numbers = numbers.subspan(8);
        }
        return true;
    }

    /// Leaves the entries in the order of the file.
    NCA_COLD Result<void> check_overlap() {
        std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
        for (std::size_t i = 1; i < entries_.size(); ++i) {
            if (entries_[i - 1].end <= entries_[i].begin) continue;
            return Error{"the entries " + quote(entries_[i - 1].name) + " and " + quote(entries_[i].name) + " overlap"};
        }
        return {};
    }

    std::vector<Entry> entries_;
};

} // namespace nca::inline NCA_ABI::detail::io

#include <nca/core/pop_macros.hpp>

#endif // NCA_IO_DETAIL_ZIP_ARCHIVE_HPP
