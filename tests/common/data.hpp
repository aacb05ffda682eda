// SPDX-License-Identifier: Apache-2.0
// Where tests find published models, images and golden vectors, which are too large for the repository, and files that
// users met with.
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

/// The folder of files from public reports: the environment variable NCA_CASES, else `cases` beside data_folder().
[[nodiscard]] inline std::filesystem::path case_folder() {
    const char* folder = std::getenv("NCA_CASES");
    return (folder != nullptr && *folder != '\0') ? std::filesystem::path{folder} : data_folder() / "../cases";
}

/// The path of a file or folder in `folder`, which the variable `variable` names. If it is missing, prints a message
/// and returns nothing.
[[nodiscard]] inline std::optional<std::filesystem::path>
found_in(const std::filesystem::path& folder, const char* variable, const std::filesystem::path& relative) {
    std::filesystem::path path = folder / relative;
    std::error_code error;
    if (std::filesystem::exists(path, error)) {
        return path;
    }
    const std::string text = path.lexically_normal().string();
    MESSAGE("skipped: no file " << text << "; set " << variable << " to the folder that holds " << relative.string());
    return std::nullopt;
}

/// The path of a file or folder relative to data_folder(). If it is missing, prints a message and returns nothing; the
/// test then returns early and counts as passed:
///
///     const auto path = nca::tests::data_file("growing/golden_step.safetensors");
///     if (!path) { return; }
[[nodiscard]] inline std::optional<std::filesystem::path> data_file(const std::filesystem::path& relative) {
    return found_in(data_folder(), "NCA_DATA", relative);
}

/// As data_file(), relative to case_folder().
[[nodiscard]] inline std::optional<std::filesystem::path> case_file(const std::filesystem::path& relative) {
    return found_in(case_folder(), "NCA_CASES", relative);
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_DATA_HPP
