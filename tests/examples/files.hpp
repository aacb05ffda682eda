// SPDX-License-Identifier: Apache-2.0
// The files that the tests give to the program, and those that they take from it.
#ifndef NCA_TESTS_EXAMPLES_FILES_HPP
#define NCA_TESTS_EXAMPLES_FILES_HPP

#include <nca/io/file.hpp>
#include <nca/io/safetensors.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/data.hpp>
#include <cstddef>
#include <filesystem>
#include <io/temporary.hpp>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace nca::tests {

/// A state of the program: [height, width, 16].
struct State {
    std::size_t height = 0;
    std::size_t width = 0;
    std::vector<float> values{};

    [[nodiscard]] const float* cell(std::size_t row, std::size_t column) const {
        return values.data() + (row * width + column) * 16;
    }
    friend bool operator==(const State&, const State&) = default;
};

/// The largest difference of two states of one size; infinite if the sizes differ or a value is NaN.
[[nodiscard]] inline double distance(const State& a, const State& b) {
    if (a.height != b.height || a.width != b.width) return std::numeric_limits<double>::infinity();
    double largest = 0.0;
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        const double difference = std::abs(static_cast<double>(a.values[i]) - static_cast<double>(b.values[i]));
        if (!(difference <= largest))
            largest = std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
    }
    return largest;
}

[[nodiscard]] inline std::string read_text(const std::string& path) {
    const auto bytes = read_file(path);
    INFO(path);
    REQUIRE(bytes.ok());
    return std::string{as_text(*bytes)};
}
inline void write_text(const std::string& path, std::string_view text) {
    REQUIRE(write_file_atomically(path, as_bytes(text)).ok());
}

/// The tensor of a file that is a state.
[[nodiscard]] inline State read_state(const std::string& path, std::string_view tensor = "state") {
    INFO(path);
    const auto file = read_safetensors(path);
    REQUIRE(file.ok());
    const StoredTensor* const stored = file->find(tensor);
    REQUIRE(stored != nullptr);
    REQUIRE(stored->dtype == Dtype::f32);
    REQUIRE(stored->shape.size() == 3);
    REQUIRE(stored->shape[2] == 16);
    const auto values = to_vector<float>(*stored);
    REQUIRE(values.ok());
    return {stored->shape[0], stored->shape[1], *values};
}
inline void write_state(const std::string& path, const State& state) {
    SafetensorsWriter writer;
    writer.add("state", {state.height, state.width, 16}, std::span<const float>(state.values));
    REQUIRE(write_safetensors(path, writer).ok());
}
/// A state of which half of the cells hold something.
[[nodiscard]] State dense_state(int height, int width);

/// Writes a model with random weights.
void write_model(const std::string& path, const StoredMetadata& notes = {}, double scale = 0.5);

/// The weights and biases in a model file.
[[nodiscard]] inline std::vector<float> weights_of(const std::string& path) {
    INFO(path);
    const auto file = read_safetensors(path);
    REQUIRE(file.ok());
    std::vector<float> weights;
    for (const StoredTensor& tensor : file->tensors()) {
        if (tensor.name.starts_with("self_test")) continue;
        const auto values = to_vector<float>(tensor);
        REQUIRE(values.ok());
        weights.insert(weights.end(), values->begin(), values->end());
    }
    return weights;
}

/// The files and folders below a folder, with what the files hold.
[[nodiscard]] inline std::map<std::string, std::string> snapshot(const std::string& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        files[entry.path().string()] = entry.is_regular_file() ? read_text(entry.path().string()) : "not a file";
    }
    return files;
}

} // namespace nca::tests

#endif // NCA_TESTS_EXAMPLES_FILES_HPP
