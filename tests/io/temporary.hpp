// SPDX-License-Identifier: Apache-2.0
// A folder for files written by tests.
#ifndef NCA_TESTS_IO_TEMPORARY_HPP
#define NCA_TESTS_IO_TEMPORARY_HPP

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

namespace nca::tests {

/// A new empty folder, removed with its contents at the end of the test.
class TemporaryFolder {
public:
    TemporaryFolder() {
        const std::filesystem::path parent = std::filesystem::temp_directory_path();
        for (int i = 0; !std::filesystem::create_directory(path_ = parent / ("nca-test-io-" + std::to_string(i)));) ++i;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// The path of a file in the folder, in UTF-8.
    [[nodiscard]] std::string file(std::string_view name) const {
        const std::u8string folder = path_.u8string();
        return std::string{folder.begin(), folder.end()}.append("/").append(name);
    }
    /// The number of files in the folder.
    [[nodiscard]] std::size_t count() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{path_}, {}));
    }

private:
    std::filesystem::path path_;
};

/// Checks that `text` contains `part`, and prints `text` if it does not.
#define NCA_CHECK_MESSAGE_HAS(text, part)                                                                              \
    do {                                                                                                               \
        const std::string nca_whole{text};                                                                             \
        INFO("message: " << nca_whole);                                                                                \
        CHECK(nca_whole.find(part) != std::string::npos);                                                              \
    } while (false)

} // namespace nca::tests

#endif // NCA_TESTS_IO_TEMPORARY_HPP
