// SPDX-License-Identifier: Apache-2.0
// Short trainings by the program.
#ifndef NCA_TESTS_EXAMPLES_TRAINING_HPP
#define NCA_TESTS_EXAMPLES_TRAINING_HPP

#include "files.hpp"
#include "process.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace nca::tests {

/// The arguments of a training on a grid of 20 x 20 cells, a few milliseconds an iteration.
[[nodiscard]] inline Arguments training(const std::string& folder, long iterations, const Arguments& more = {}) {
    Arguments arguments{"grow",
                        "--target",
                        "lizard",
                        "--size",
                        "12",
                        "--padding",
                        "4",
                        "--batch",
                        "4",
                        "--iterations",
                        std::to_string(iterations),
                        "--out",
                        folder};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}
/// Trains to the end.
inline Json train(const std::string& folder, long iterations, const Arguments& more = {}) {
    return result_of(training(folder, iterations, more));
}

[[nodiscard]] inline std::string model_in(const std::string& folder) {
    return folder + "/model.safetensors";
}
[[nodiscard]] inline std::string checkpoint_in(const std::string& folder) {
    return folder + "/checkpoint.safetensors";
}

/// Waits until a training that is at work has written a checkpoint.
inline void wait_for_checkpoint(Process& process, const std::string& folder) {
    while (process.running() && !std::filesystem::exists(checkpoint_in(folder))) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    REQUIRE(process.running());
}

/// The losses of all iterations so far.
[[nodiscard]] inline std::vector<float> losses_in(const std::string& folder) {
    const auto file = read_safetensors(checkpoint_in(folder));
    REQUIRE(file.ok());
    const StoredTensor* const losses = file->find("losses");
    REQUIRE(losses != nullptr);
    const auto values = to_vector<float>(*losses);
    REQUIRE(values.ok());
    return *values;
}

} // namespace nca::tests

#endif // NCA_TESTS_EXAMPLES_TRAINING_HPP
