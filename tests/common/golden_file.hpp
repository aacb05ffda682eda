// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_TESTS_COMMON_GOLDEN_FILE_HPP
#define NCA_TESTS_COMMON_GOLDEN_FILE_HPP

#include <nca/io/safetensors.hpp>

#include "data.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nca::tests {

/// A file of tensors; nothing if the data is missing.
[[nodiscard]] inline std::optional<SafetensorsFile> golden_file(const std::string& relative) {
    const auto path = data_file(relative);
    if (!path) return std::nullopt;
    auto file = read_safetensors(path->string());
    REQUIRE_MESSAGE(file.ok(), (file.ok() ? "" : file.error().message));
    return std::move(*file);
}

/// The values of a tensor, which must exist.
[[nodiscard]] inline std::vector<float> floats_of(const SafetensorsFile& file, const std::string& name) {
    const StoredTensor* const tensor = file.find(name);
    REQUIRE_MESSAGE(tensor != nullptr, name);
    auto values = to_floats(*tensor);
    REQUIRE(values.ok());
    return std::move(*values);
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_GOLDEN_FILE_HPP
