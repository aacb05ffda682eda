// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_ADAM_HPP
#define NCA_TRAIN_ADAM_HPP

#include <nca/core/memory.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace nca {

/// The constants of Adam; the defaults are those of the growing and texture articles.
struct AdamOptions {
    double beta1 = 0.9;    ///< decay of the mean of gradients
    double beta2 = 0.999;  ///< decay of the mean of squared gradients
    double epsilon = 1e-7; ///< added to the root of the second mean, after the bias correction moved into the step
};

/// Adam (Kingma and Ba 2015) in the form of Keras: w -= rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps).
template <class T>
class Adam {
public:
    Adam() = default;
    /// An optimiser of `size` parameters with zero moments.
    explicit Adam(std::size_t size, const AdamOptions& options = {}) : options_{options}, mean_(size), square_(size) {}

    /// One step along a gradient. Allocates nothing.
    void step(std::span<T> parameters, std::span<const T> gradient, double learning_rate) noexcept {
        NCA_ASSERT(parameters.size() == mean_.size() && gradient.size() == mean_.size(), "nca::Adam: wrong size");
        ++steps_;
        const auto t = static_cast<double>(steps_);
        const auto rate = static_cast<T>(learning_rate * std::sqrt(1.0 - std::pow(options_.beta2, t)) /
                                         (1.0 - std::pow(options_.beta1, t)));
        const auto beta1 = static_cast<T>(options_.beta1);
        const auto beta2 = static_cast<T>(options_.beta2);
        const auto epsilon = static_cast<T>(options_.epsilon);
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const T g = gradient[i];
            mean_[i] += (g - mean_[i]) * (T(1) - beta1);
            square_[i] += (g * g - square_[i]) * (T(1) - beta2);
            parameters[i] -= rate * mean_[i] / (std::sqrt(square_[i]) + epsilon);
        }
    }

    /// The number of steps done; may be set to resume.
    [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
    void set_steps(std::int64_t steps) noexcept { steps_ = steps; }
    /// The running mean of gradients; may be written to resume.
    [[nodiscard]] std::span<T> mean() noexcept { return {mean_.data(), mean_.size()}; }
    [[nodiscard]] std::span<const T> mean() const noexcept { return {mean_.data(), mean_.size()}; }
    /// The running mean of squared gradients; may be written to resume.
    [[nodiscard]] std::span<T> square() noexcept { return {square_.data(), square_.size()}; }
    [[nodiscard]] std::span<const T> square() const noexcept { return {square_.data(), square_.size()}; }

private:
    AdamOptions options_{};
    AlignedArray<T> mean_{};
    AlignedArray<T> square_{};
    std::int64_t steps_ = 0;
};

} // namespace nca

#endif // NCA_TRAIN_ADAM_HPP
