// SPDX-License-Identifier: Apache-2.0
// The published victims, adversaries, matrices and golden vectors of Adversarial Reprogramming, for tests.
#ifndef NCA_TESTS_COMMON_ADVERSARIAL_HPP
#define NCA_TESTS_COMMON_ADVERSARIAL_HPP

#include <nca/core/cell_mask.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/rule.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <common/golden_file.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nca::tests {

/// A file in the folder adversarial; nothing if the data is missing.
[[nodiscard]] inline std::optional<SafetensorsFile> adversarial_file(const std::string& name) {
    return golden_file("adversarial/" + name + ".safetensors");
}

/// A growing model in the folder; nothing if the data is missing.
[[nodiscard]] inline std::optional<growing::Rule<>> adversarial_rule(const std::string& name) {
    const auto file = adversarial_file(name);
    if (!file) return std::nullopt;
    auto model = model_from<growing::Rule<>>(*file);
    REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    return std::move(model->rule);
}

/// A mask stored as bytes, [..., rows, columns]; the one at `index`.
[[nodiscard]] inline CellMask mask_of(const SafetensorsFile& file, const std::string& name, int rows, int columns,
                                      std::size_t index = 0) {
    const auto bytes = file.find(name)->bytes;
    CellMask mask{rows, columns};
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            const auto cell = static_cast<std::size_t>(row * columns + column);
            if (bytes[index * static_cast<std::size_t>(rows * columns) + cell] != std::byte{0}) mask.set(row, column);
        }
    }
    return mask;
}

/// The largest absolute difference between two lists of the same length.
[[nodiscard]] inline double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    REQUIRE(a.size() == b.size());
    double worst = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        if (!(difference <= worst)) worst = difference;
    }
    return worst;
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_ADVERSARIAL_HPP
