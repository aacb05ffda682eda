// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_TESTS_COMMON_GOLDEN_STEPS_HPP
#define NCA_TESTS_COMMON_GOLDEN_STEPS_HPP

#include <nca/cell/step.hpp>
#include <nca/io/safetensors.hpp>

#include "golden_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace nca::tests {

/// A rule on a grid that steps with masks of a file.
template <class R>
class GoldenSteps {
public:
    using T = typename R::Value;

    GoldenSteps(const R& rule, const typename FieldOf<R>::Sizes& sizes, const std::vector<float>& state)
        : rule_{rule}, field_{sizes, rule.architecture()}, work_{rule.architecture(), field_},
          options_{step_options_of<R>(rule.architecture())} {
        const std::vector<T> values(state.begin(), state.end());
        field_.set_boundary(options_.boundary);
        field_.load(values.data());
        prepare<R>(field_, work_);
    }
    /// What cells are told: a vector for all or, [cells, inputs], one for each.
    void tell(const std::vector<T>& inputs) {
        const auto count = static_cast<std::size_t>(rule_.architecture().inputs());
        inputs_ = inputs;
        work_.inputs = {inputs_.data(), 0};
        if (inputs.size() == count) return;
        inputs_.assign(field_.positions() * count, T(0));
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const int cell = static_cast<int>(i / count);
            const auto at = static_cast<std::size_t>(field_.position(cell / field_.columns(), cell % field_.columns()));
            inputs_[at * count + i % count] = inputs[i];
        }
        work_.inputs = {inputs_.data(), static_cast<std::ptrdiff_t>(count)};
    }
    /// A step in which the cells fire whose byte is not 0; all without a mask.
    void step(const StoredTensor* masks, int index) {
        CellMask mask{field_.rows(), field_.columns()};
        const auto cells = static_cast<std::size_t>(field_.cells());
        for (std::size_t cell = 0; cell < cells; ++cell) {
            const bool fires =
                masks == nullptr || masks->bytes[static_cast<std::size_t>(index) * cells + cell] != std::byte{0};
            if (fires) mask.set(static_cast<int>(cell) / field_.columns(), static_cast<int>(cell) % field_.columns());
        }
        step_field<R>(rule_.parameters().data(), field_, options_, FireMask{mask}, work_, SerialExecutor{});
    }
    [[nodiscard]] double largest_difference(const std::vector<float>& expected) const {
        std::vector<T> state(expected.size());
        field_.store(state.data());
        double worst = 0.0;
        for (std::size_t i = 0; i < state.size(); ++i) {
            worst = std::max(worst, std::abs(static_cast<double>(state[i]) - static_cast<double>(expected[i])));
        }
        return worst;
    }

private:
    const R& rule_;
    FieldOf<R> field_;
    StepWorkspace<R> work_;
    StepOptions<R> options_;
    std::vector<T> inputs_{};
};

[[nodiscard]] inline double largest(const std::vector<float>& values) {
    double most = 1.0;
    for (const float value : values) most = std::max(most, std::abs(static_cast<double>(value)));
    return most;
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_GOLDEN_STEPS_HPP
