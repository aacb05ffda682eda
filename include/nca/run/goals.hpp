// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_GOALS_HPP
#define NCA_RUN_GOALS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/result.hpp>
#include <nca/io/safetensors.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI {

/// The tensor of a model file that holds goals, [goals, inputs].
inline constexpr std::string_view goal_tensor = "goals";
/// The most goals that a file holds.
inline constexpr std::size_t max_goals = 65536;

/// What all cells are told under each goal of a model (AddedInputs, PerceivedInputs).
struct Goals {
    int inputs = 0;              ///< numbers per goal
    std::vector<float> values{}; ///< [goals, inputs]

    [[nodiscard]] int count() const noexcept { return inputs == 0 ? 0 : static_cast<int>(values.size()) / inputs; }
    /// The inputs under a goal, counted from 0. Errors: no such goal.
    [[nodiscard]] NCA_COLD Result<std::span<const float>> at(int goal) const {
        if (goal < 0 || goal >= count()) {
            std::string message = "there is no goal " + std::to_string(goal);
            message += count() == 0 ? ": the model has no goals"
                                    : ": the goals of the model are 0 to " + std::to_string(count() - 1);
            return Error{std::move(message)};
        }
        const auto width = static_cast<std::size_t>(inputs);
        return std::span{values}.subspan(width * static_cast<std::size_t>(goal), width);
    }
};

namespace detail {

/// The goals in a file for a rule with so many inputs; none if it has no such tensor. Errors: another shape, a number
/// that is not finite.
[[nodiscard]] NCA_COLD inline Result<Goals> goals_in(const SafetensorsFile& file, int inputs) {
    const StoredTensor* const tensor = file.find(goal_tensor);
    if (tensor == nullptr) return Goals{inputs};
    if (tensor->shape.size() != 2 || tensor->shape[0] < 1 || tensor->shape[0] > max_goals || inputs == 0 ||
        tensor->shape[1] != static_cast<std::size_t>(inputs)) {
        return Error{quote_path(file.file_name()) + ": tensor 'goals': expected the shape [goals, " +
                     std::to_string(inputs) + "], as the rule has " + std::to_string(inputs) + " inputs, found " +
                     shape_text(tensor->shape)};
    }
    auto values = file.to_finite_floats(goal_tensor, tensor->shape);
    if (!values) return values.error();
    return Goals{inputs, std::move(*values)};
}

} // namespace detail

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_GOALS_HPP
