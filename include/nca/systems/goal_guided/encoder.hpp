// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GOAL_GUIDED_ENCODER_HPP
#define NCA_SYSTEMS_GOAL_GUIDED_ENCODER_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/run/dense_layer.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace nca::inline NCA_ABI::goal_guided {

/// The encoder of goals: an embedding and dense layers with ReLU between them, the last without biases. Without layers
/// the embedding is the code.
struct Encoder {
    std::size_t width = 0;          ///< of the embedding
    std::vector<float> embedding{}; ///< [goals, width]
    DenseLayers layers{};

    [[nodiscard]] int goals() const noexcept { return width == 0 ? 0 : static_cast<int>(embedding.size() / width); }
    /// The number of values of a code.
    [[nodiscard]] int codes() const noexcept { return static_cast<int>(layers.empty() ? width : layers.back().out); }

    /// The code of a goal, counted from 0. Errors: no such goal. Allocates.
    [[nodiscard]] Result<std::vector<float>> code(int goal) const {
        if (goal < 0 || goal >= goals()) {
            return Error{"there is no goal " + std::to_string(goal) + ": the goals of this model are 0 to " +
                         std::to_string(goals() - 1)};
        }
        const auto first = embedding.begin() + static_cast<std::ptrdiff_t>(width) * goal;
        std::vector<float> values(first, first + static_cast<std::ptrdiff_t>(width));
        for (std::size_t l = 0; l < layers.size(); ++l) {
            const DenseLayer& layer = layers[l];
            std::vector<float> next = layer.bias;
            for (std::size_t i = 0; i < layer.in; ++i) {
                for (std::size_t o = 0; o < layer.out; ++o) next[o] += values[i] * layer.weight[i * layer.out + o];
            }
            if (l + 1 < layers.size()) {
                for (float& value : next) value = std::max(value, 0.0F);
            }
            values = next;
        }
        return values;
    }
};

} // namespace nca::inline NCA_ABI::goal_guided

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GOAL_GUIDED_ENCODER_HPP
