// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_PRESETS_HPP
#define NCA_SYSTEMS_MNIST_PRESETS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/fields.hpp>
#include <nca/train/schedule.hpp>

#include <cstdint>
#include <string_view>

namespace nca::inline NCA_ABI::mnist {

/// What training minimises; both are taken of the state after the last step.
enum class Loss {
    l2, ///< half the squared distance of the votes to one for the digit and zero for the others, summed over cells
    cross_entropy ///< of the softmax of the votes with the digit, as a mean over all cells
};
[[nodiscard]] constexpr std::string_view name_of(Loss loss) noexcept {
    return loss == Loss::l2 ? "l2" : "ce";
}

/// Where training starts from.
enum class Scheme {
    naive,      ///< fresh digits only
    persistent, ///< half the batch continues from the pool, half is fresh
    mutating    ///< half continues, a quarter is fresh, a quarter keeps its cells while the image becomes another digit
};
[[nodiscard]] constexpr std::string_view name_of(Scheme scheme) noexcept {
    return scheme == Scheme::naive ? "naive" : scheme == Scheme::persistent ? "persistent" : "mutating";
}

/// The hyperparameters of one experiment; the defaults are those of the article.
struct Experiment {
    std::string_view name = "l2_noise_mutating";
    Loss loss = Loss::l2;
    Scheme scheme = Scheme::mutating;
    double noise = 0.02;
    int pool_size = 160;
    int batch = 16;
    int steps = 20;
    double fire_rate = 0.5;
    std::int64_t iterations = 100'000;
    double last_learning_rate = 1e-5; ///< of the last 30% of the iterations
    int mean_window = 200;            ///< iterations over which the saved parameters are averaged

    /// The learning rate: 1e-3 for 30% of the iterations, 1e-4 up to 70%, then the last.
    [[nodiscard]] constexpr Schedule learning_rate() const noexcept {
        return {.initial = 1e-3,
                .phases = {{{(3 * iterations + 9) / 10, 1e-4}, {(7 * iterations + 9) / 10, last_learning_rate}}}};
    }

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using E = Experiment;
        visit(field("experiment", &E::name, "Name of the experiment"));
        visit(field("loss", &E::loss, "l2, or cross-entropy"));
        visit(field("scheme", &E::scheme, "naive, persistent or mutating"));
        visit(field("noise", &E::noise, "Standard deviation of the noise on every update", 0.0, 10.0));
        visit(field("steps", &E::steps, "Steps of a rollout", 1, 1e6));
        visit(field("fire_rate", &E::fire_rate, "Fraction of the cells that update in a step", 0.0, 1.0));
    }
};

/// The three experiments of the article's table. With cross-entropy, whose gradients keep their size to the end, a long
/// running mean at a ten times larger last rate is better than the article's 1e-5.
inline constexpr Experiment cross_entropy{
    .name = "ce_mutating", .loss = Loss::cross_entropy, .noise = 0.0, .last_learning_rate = 1e-4, .mean_window = 3000};
inline constexpr Experiment l2{.name = "l2_mutating", .noise = 0.0};
inline constexpr Experiment l2_noise{};

} // namespace nca::inline NCA_ABI::mnist

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_MNIST_PRESETS_HPP
