// SPDX-License-Identifier: Apache-2.0
// Files as torch.save() writes them, made by hand.
#ifndef NCA_TESTS_COMMON_PYTORCH_ARCHIVE_HPP
#define NCA_TESTS_COMMON_PYTORCH_ARCHIVE_HPP

#include <nca/io/detail/zip_archive.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nca::tests {

/// The bytes of a number, little-endian.
template <class T>
[[nodiscard]] std::string bytes_of(T number) {
    return {reinterpret_cast<const char*>(&number), sizeof number};
}
/// The bytes of a list of numbers.
template <class T>
[[nodiscard]] std::string bytes_of(const std::vector<T>& numbers) {
    return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

/// The opcodes of values, as protocol 2 has them.
namespace pickle {

inline const std::string begin = "\x80\x02";
inline const std::string ordered_dict = "ccollections\nOrderedDict\n)R";

[[nodiscard]] inline std::string text(std::string_view value) {
    std::string opcodes{"X"};
    return opcodes.append(bytes_of(static_cast<std::uint32_t>(value.size()))).append(value);
}
[[nodiscard]] inline std::string integer(std::int32_t value) {
    std::string opcodes{"J"};
    return opcodes.append(bytes_of(value));
}
[[nodiscard]] inline std::string tuple(const std::vector<int>& values) {
    std::string opcodes = "(";
    for (const int value : values) opcodes += integer(value);
    return opcodes + "t";
}
/// A dictionary of pairs of values.
[[nodiscard]] inline std::string dict(const std::vector<std::pair<std::string, std::string>>& items,
                                      const std::string& empty = "}") {
    std::string opcodes = empty + "(";
    for (const auto& [key, value] : items) opcodes += text(key) + value;
    return opcodes + "u";
}

} // namespace pickle

/// A tensor in a pickle. Precondition: as many strides as extents; the file may violate it to be refused.
struct SavedTensor {
    std::string key = "0";
    int elements = 0; ///< of the storage
    std::vector<int> shape{};
    std::vector<int> strides{};
    int offset = 0;
    std::string type = "FloatStorage";

    [[nodiscard]] std::string opcodes() const {
        return "ctorch._utils\n_rebuild_tensor_v2\n((" + pickle::text("storage") + "ctorch\n" + type + "\n" +
               pickle::text(key) + pickle::text("cpu") + pickle::integer(elements) + "tQ" + pickle::integer(offset) +
               pickle::tuple(shape) + pickle::tuple(strides) + "\x89" + pickle::ordered_dict + "tR";
    }
};

using ZipFiles = std::vector<std::pair<std::string, std::string>>;

/// Where `zip_of()` departs from an archive of torch.save().
struct ZipQuirks {
    std::uint16_t method = 0;
    std::uint16_t flags = 0x0808; ///< UTF-8, and a data descriptor behind the data
    bool zip64 = false;
    std::uint32_t crc_error = 0;
    std::string comment{};
};

/// An archive of these files in this order.
[[nodiscard]] inline std::string zip_of(const ZipFiles& files, const ZipQuirks& quirks = {}) {
    using Half = std::uint16_t;
    using Word = std::uint32_t;
    std::string out;
    std::string directory;
    for (const auto& [name, content] : files) {
        const Word crc = detail::io::crc32(std::as_bytes(std::span{content.data(), content.size()})) ^ quirks.crc_error;
        const Word size = quirks.zip64 ? 0xFFFFFFFFU : static_cast<Word>(content.size());
        const Word begin = quirks.zip64 ? 0xFFFFFFFFU : static_cast<Word>(out.size());
        const std::uint64_t wide = content.size();
        const std::string extra = quirks.zip64 ? bytes_of(Half{1}) + bytes_of(Half{24}) + bytes_of(wide) +
                                                     bytes_of(wide) + bytes_of(std::uint64_t{out.size()})
                                               : "";
        const std::string common = bytes_of(quirks.flags) + bytes_of(quirks.method) + bytes_of(Word{0}) +
                                   bytes_of(crc) + bytes_of(size) + bytes_of(size) +
                                   bytes_of(static_cast<Half>(name.size()));
        directory += "PK\x01\x02" + bytes_of(Half{0}) + bytes_of(Half{0}) + common +
                     bytes_of(static_cast<Half>(extra.size())) + bytes_of(Half{0}) + bytes_of(Word{0}) +
                     bytes_of(Word{0}) + bytes_of(begin) + name + extra;
        // Like torch.save(): padding, so that the data are aligned.
        const std::string padding = "FB" + bytes_of(Half{3}) + "ZZZ";
        out += "PK\x03\x04" + bytes_of(Half{0}) + common + bytes_of(static_cast<Half>(padding.size())) + name + padding;
        out += content + "PK\x07\x08" + bytes_of(crc) + bytes_of(size) + bytes_of(size);
    }
    const std::uint64_t begin = out.size();
    out += directory;
    const std::uint64_t end = out.size();
    const auto count = static_cast<Half>(files.size());
    if (quirks.zip64) {
        out += "PK\x06\x06" + bytes_of(std::uint64_t{44}) + bytes_of(Word{0}) + bytes_of(Word{0}) + bytes_of(Word{0}) +
               bytes_of(std::uint64_t{count}) + bytes_of(std::uint64_t{count}) + bytes_of(end - begin) +
               bytes_of(begin);
        out += "PK\x06\x07" + bytes_of(Word{0}) + bytes_of(end) + bytes_of(Word{1});
    }
    out += "PK\x05\x06" + bytes_of(Word{0}) + bytes_of(count) + bytes_of(count) +
           bytes_of(quirks.zip64 ? 0xFFFFFFFFU : static_cast<Word>(end - begin)) +
           bytes_of(quirks.zip64 ? 0xFFFFFFFFU : static_cast<Word>(begin)) +
           bytes_of(static_cast<Half>(quirks.comment.size())) + quirks.comment;
    return out;
}

/// A file of torch.save(): a pickle without its first and last opcodes, and storages by key.
[[nodiscard]] inline std::string pytorch_file(const std::string& opcodes, const ZipFiles& storages,
                                              const ZipQuirks& quirks = {}) {
    ZipFiles files{{"model/data.pkl", pickle::begin + opcodes + "."}, {"model/byteorder", "little"}};
    for (const auto& [key, content] : storages) files.emplace_back("model/data/" + key, content);
    files.emplace_back("model/version", "3\n");
    return zip_of(files, quirks);
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_PYTORCH_ARCHIVE_HPP
