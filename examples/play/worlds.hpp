// SPDX-License-Identifier: Apache-2.0
// The worlds of the models on the command line.
#ifndef NCA_EXAMPLES_PLAY_WORLDS_HPP
#define NCA_EXAMPLES_PLAY_WORLDS_HPP

#include "world.hpp"

#include <memory>
#include <optional>
#include <program/model_file.hpp>
#include <string>
#include <vector>

namespace play {

/// The options of the command line for all worlds; what is not set has a default for each system.
struct WorldOptions {
    std::optional<int> depth{};
    std::optional<int> height{};
    std::optional<int> width{};
    std::uint64_t seed = 1;
    std::optional<double> fire_rate{};
    double degrees = 0.0;
    std::string boundary{};
    std::optional<int> goal{};
    std::string adversary{};
    std::vector<std::string> perturbations{};
    std::string data{};
};

/// A world per model, in their order, but for models that another world absorbs. What is wrong ends the program.
[[nodiscard]] std::vector<std::unique_ptr<World>> make_worlds(const std::vector<std::string>& models,
                                                              const WorldOptions& options);

/// True if --adversary names a model of a kind. Ends the program if no world can take it.
[[nodiscard]] bool has_adversary(const WorldOptions& options, nca::System kind);

} // namespace play

#endif // NCA_EXAMPLES_PLAY_WORLDS_HPP
