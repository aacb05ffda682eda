// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_OPTIMISER_HPP
#define NCA_TRAIN_OPTIMISER_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/fields.hpp>
#include <nca/core/memory.hpp>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nca::inline NCA_ABI {

/// What a Trainer needs of an optimiser; visit(name, span<T>) gets each state tensor, for checkpoints.
template <class O, class T>
concept Optimiser = requires(O& optimiser, std::span<T> parameters, std::span<const T> gradient, double rate,
                             void (*visit)(std::string_view, std::span<T>)) {
    { O::name } -> std::convertible_to<std::string_view>;
    { optimiser.options() } -> HasFields;
    optimiser.step(parameters, gradient, rate);
    optimiser.visit_state(visit);
    { optimiser.steps() } -> std::convertible_to<std::int64_t>;
    optimiser.set_steps(std::int64_t{});
};

/// The constants of Adam; the defaults are those of the growing article.
struct AdamOptions {
    double beta1 = 0.9;    ///< decay of the mean of gradients
    double beta2 = 0.999;  ///< decay of the mean of squared gradients
    double epsilon = 1e-7; ///< added to the root of the second moment, outside of the bias correction
    double decay = 0.0;    ///< weight decay of AdamW

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        visit(field("beta1", &AdamOptions::beta1, "Decay of the mean of gradients", 0.0, 1.0));
        visit(field("beta2", &AdamOptions::beta2, "Decay of the mean of squared gradients", 0.0, 1.0));
        visit(field("epsilon", &AdamOptions::epsilon, "Added to the root of the second moment", 0.0, 1.0));
        visit(field("weight_decay", &AdamOptions::decay, "Weight decay (AdamW)", 0.0, 1.0));
    }
};

namespace detail {

/// The learning rate of Adam's step number `steps`, with the bias correction of both moments.
template <class Options>
[[nodiscard]] double adam_rate(const Options& options, std::int64_t steps, double learning_rate) noexcept {
    const auto t = static_cast<double>(steps);
    return learning_rate * std::sqrt(1.0 - std::pow(options.beta2, t)) / (1.0 - std::pow(options.beta1, t));
}

/// The weight decay of AdamW.
template <class T>
void decay_weights(std::span<T> parameters, double learning_rate, double decay) noexcept {
    if (decay == 0.0) return;
    const auto kept = static_cast<T>(1.0 - learning_rate * decay);
    for (T& parameter : parameters) parameter *= kept;
}

/// Adam's step of the parameters [first, last), with a rate of adam_rate().
template <class T, class Options>
void adam_step(const Options& options, T rate, std::span<T> parameters, std::span<const T> gradient, T* mean, T* square,
               std::size_t first, std::size_t last) noexcept {
    const auto beta1 = static_cast<T>(options.beta1);
    const auto beta2 = static_cast<T>(options.beta2);
    const auto epsilon = static_cast<T>(options.epsilon);
    for (std::size_t i = first; i < last; ++i) {
        const T g = gradient[i];
        mean[i] += (g - mean[i]) * (T(1) - beta1);
        square[i] += (g * g - square[i]) * (T(1) - beta2);
        parameters[i] -= rate * mean[i] / (std::sqrt(square[i]) + epsilon);
    }
}

} // namespace detail

/// Adam (Kingma and Ba 2015) in the form of Keras: w -= rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps).
/// With a decay it is AdamW (Loshchilov and Hutter 2019): w -= rate * decay * w first, outside of the moments.
template <class T>
class Adam {
public:
    static constexpr std::string_view name = "adam";

    Adam() = default;
    /// An optimiser of `size` parameters with zero moments. Allocates.
    explicit Adam(std::size_t size, const AdamOptions& options = {}) : options_{options}, mean_(size), square_(size) {}

    [[nodiscard]] const AdamOptions& options() const noexcept { return options_; }

    /// One step along a gradient. Allocates nothing.
    void step(std::span<T> parameters, std::span<const T> gradient, double learning_rate) noexcept {
        NCA_ASSERT(parameters.size() == mean_.size() && gradient.size() == mean_.size(), "nca::Adam: wrong size");
        ++steps_;
        const auto rate = static_cast<T>(detail::adam_rate(options_, steps_, learning_rate));
        detail::decay_weights(parameters, learning_rate, options_.decay);
        detail::adam_step(options_, rate, parameters, gradient, mean_.data(), square_.data(), 0, parameters.size());
    }

    [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
    void set_steps(std::int64_t steps) noexcept { steps_ = steps; }
    /// The moments.
    template <class Visit>
    void visit_state(Visit&& visit) {
        visit(std::string_view{"mean"}, std::span<T>{mean_.data(), mean_.size()});
        visit(std::string_view{"square"}, std::span<T>{square_.data(), square_.size()});
    }

private:
    AdamOptions options_{};
    AlignedArray<T> mean_{};
    AlignedArray<T> square_{};
    std::int64_t steps_ = 0;
};

/// The constants of Sgd.
struct SgdOptions {
    double momentum = 0.9;

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        visit(field("momentum", &SgdOptions::momentum, "Decay of the velocity", 0.0, 1.0));
    }
};

/// Stochastic gradient descent with momentum: v = momentum * v + g, w -= rate * v (Polyak 1964).
template <class T>
class Sgd {
public:
    static constexpr std::string_view name = "sgd";

    Sgd() = default;
    /// An optimiser of `size` parameters at rest. Allocates.
    explicit Sgd(std::size_t size, const SgdOptions& options = {}) : options_{options}, velocity_(size) {}

    [[nodiscard]] const SgdOptions& options() const noexcept { return options_; }

    /// One step along a gradient. Allocates nothing.
    void step(std::span<T> parameters, std::span<const T> gradient, double learning_rate) noexcept {
        NCA_ASSERT(parameters.size() == velocity_.size() && gradient.size() == velocity_.size(),
                   "nca::Sgd: wrong size");
        ++steps_;
        const auto rate = static_cast<T>(learning_rate);
        const auto momentum = static_cast<T>(options_.momentum);
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            velocity_[i] = momentum * velocity_[i] + gradient[i];
            parameters[i] -= rate * velocity_[i];
        }
    }

    [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
    void set_steps(std::int64_t steps) noexcept { steps_ = steps; }
    /// The velocity.
    template <class Visit>
    void visit_state(Visit&& visit) {
        visit(std::string_view{"velocity"}, std::span<T>{velocity_.data(), velocity_.size()});
    }

private:
    SgdOptions options_{};
    AlignedArray<T> velocity_{};
    std::int64_t steps_ = 0;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_OPTIMISER_HPP
