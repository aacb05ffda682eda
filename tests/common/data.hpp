// SPDX-License-Identifier: Apache-2.0
// Where tests find published models, images and golden vectors, which are too large for the repository.
#ifndef NCA_TESTS_COMMON_DATA_HPP
#define NCA_TESTS_COMMON_DATA_HPP

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace nca::tests {

/// The data folder: the environment variable NCA_DATA, else the folder set at build time.
[[nodiscard]] inline std::filesystem::path data_folder() {
    const char* folder = std::getenv("NCA_DATA");
    return (folder != nullptr && *folder != '\0') ? folder : NCA_DATA_DEFAULT;
}

/// The path of a file or folder relative to data_folder(). If it is missing, prints a message and returns nothing; the
/// test then returns early and counts as passed:
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
