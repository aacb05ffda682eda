// SPDX-License-Identifier: Apache-2.0
// Where the tests find published models, pictures and golden vectors, which are too large for the repository.
#ifndef NCA_TESTS_COMMON_DATA_HPP
#define NCA_TESTS_COMMON_DATA_HPP

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace nca::tests {

/// The folder of the data: the environment variable NCA_DATA when the test runs, else the folder known at build time.
[[nodiscard]] inline std::filesystem::path data_folder() {
    const char* folder = std::getenv("NCA_DATA");
    return (folder != nullptr && *folder != '\0') ? folder : NCA_DATA_DEFAULT;
}

/// The path of a data file (or folder) given relative to data_folder(). Where it is missing, tells so in the test's
/// output and returns nothing; the test then returns, and counts as passed:
///
///     const auto path = nca::tests::data_file("growing/golden_step.safetensors");
///     if (!path) { return; }
[[nodiscard]] inline std::optional<std::filesystem::path> data_file(const std::filesystem::path& relative) {
    std::filesystem::path path = data_folder() / relative;
    std::error_code error;
    if (std::filesystem::exists(path, error)) {
        return path;
    }
    const std::string text = path.lexically_normal().string();
    MESSAGE("skipped: no file " << text << "; set NCA_DATA to the folder that holds " << relative.string());
    return std::nullopt;
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_DATA_HPP
