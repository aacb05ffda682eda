// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_PRESETS_HPP
#define NCA_SYSTEMS_TEXTURE_PRESETS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/fields.hpp>
#include <nca/train/schedule.hpp>

#include <array>
#include <cstdint>
#include <string_view>

/// Self-Organising Textures (Niklasson, Mordvintsev, Randazzo, Levin, Distill 2021): cells of an endless plane that
/// know their neighbours only agree on a pattern. A state starts from zeros; channels 0 to 2 are red, green and blue.
namespace nca::inline NCA_ABI::texture {

/// What training minimises.
enum class Loss {
    gram,          ///< squared distance of the Gram matrices of features
    gram_of_roots, ///< the same of sqrt(a + 1) - 1, which compresses large features
    transport,     ///< sliced optimal transport between sets of features
    patches        ///< optimal transport between sets of patches of an image pyramid, without a network
};

[[nodiscard]] constexpr std::string_view name_of(Loss loss) noexcept {
    constexpr std::array<std::string_view, 4> names{"gram", "gram of roots", "transport", "patches"};
    return names[static_cast<std::size_t>(loss)];
}

/// How parameters start; the last layer starts from zeros, except in `small_normal`.
enum class Start {
    glorot_normal, ///< variance 2 / (inputs + outputs), truncated at two standard deviations; biases zero
    uniform,       ///< weights and biases uniform in +-1 / sqrt(inputs)
    small_normal   ///< all parameters normal with a standard deviation of 1e-3
};

[[nodiscard]] constexpr std::string_view name_of(Start start) noexcept {
    constexpr std::array<std::string_view, 3> names{"Glorot normal", "uniform", "small normal"};
    return names[static_cast<std::size_t>(start)];
}

/// The hyperparameters of one experiment; the presets below hold the published ones.
struct Experiment {
    std::string_view name = "pytorch";
    std::string_view recipe = "published"; ///< where the numbers of the training are from
    Loss loss = Loss::transport;
    Start start = Start::uniform;
    int side = 128; ///< of the square grid
    int pool_size = 256;
    int batch = 4;
    int reseed_every = 8; ///< iterations, counted from 0, after which the first sample becomes the seed again
    int min_steps = 32;   ///< steps of a rollout are drawn uniformly from [min_steps, max_steps)
    int max_steps = 96;
    double fire_rate = 0.5;
    double overflow = 1.0;          ///< weight of the overflow loss
    bool squared_overflow = false;  ///< sum (x - clamp(x, -1, 1))^2 instead of its root
    bool eight_bit = false;         ///< steps and weights are rounded to 8 bits, with straight-through gradients
    bool output_bias = false;       ///< the biases of the last layer are trained
    bool joint_bias = false;        ///< a layer's gradient is normalised as one, not weights and biases by themselves
    bool normalised_states = false; ///< the gradient of the state has length one before every step back in time
    bool less_memory = false;       ///< keep every eighth state of a rollout: less memory, a third more time
    int mean_window = 200;          ///< iterations over which the saved parameters are averaged
    Schedule learning_rate = two_drops(1e-3, 1000, 2000, 0.3);
    double epsilon = 1e-8; ///< of Adam
    std::int64_t iterations = 5000;
    /// Over this many iterations the length of rollouts grows geometrically from a tenth to what was drawn: not in the
    /// article. 0: off.
    std::int64_t warm_up = 0;
    /// The gradient of a sample is that of its loss to this power: not in the article. Losses are positive then.
    double loss_exponent = 1.0;
    /// After every so many iterations Selection is offered the rule, which runs select_steps from a fresh seed; what is
    /// saved is the best one. 0: the running mean is saved.
    int select_every = 0;
    int select_steps = 3000;

    /// A rate that is multiplied by `factor` from each of two iterations on.
    [[nodiscard]] static constexpr Schedule two_drops(double rate, std::int64_t first, std::int64_t second,
                                                      double factor) noexcept {
        return {.initial = rate, .phases = {{{first, rate * factor}, {second, rate * factor * factor}}}};
    }

    /// What changes the numbers of a training; the length of a run, the memory it keeps and what is selected do not.
    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using E = Experiment;
        visit(field("preset", &E::name, "pytorch, tensorflow or micro"));
        visit(field("recipe", &E::recipe, "published or fast"));
        visit(field("loss_kind", &E::loss, "gram, transport or patches"));
        visit(field("start", &E::start, "How parameters start"));
        visit(field("reseed_every", &E::reseed_every, "Iterations after which a sample is reseeded", 1, 1e6));
        visit(field("min_steps", &E::min_steps, "Minimum steps of a rollout", 1, 1e6));
        visit(field("max_steps", &E::max_steps, "Steps of a rollout stay below", 2, 1e6));
        visit(field("fire_rate", &E::fire_rate, "Fraction of the cells that update in a step", 0.0, 1.0));
        visit(field("overflow", &E::overflow, "Weight of the overflow loss", 0.0, 1e9));
        visit(field("squared_overflow", &E::squared_overflow, "Whether the overflow is squared"));
        visit(field("eight_bit", &E::eight_bit, "Whether steps and weights are rounded to 8 bits"));
        visit(field("output_bias", &E::output_bias, "Whether the biases of the last layer are trained"));
        visit(field("joint_bias", &E::joint_bias, "Whether weights and biases are normalised together"));
        visit(field("normalised_states", &E::normalised_states, "Whether gradients of states are normalised"));
        visit(field("warm_up", &E::warm_up, "Iterations over which rollouts grow to their length", 0, 1e8));
        visit(field("loss_exponent", &E::loss_exponent, "Power of the loss of a sample", 0.01, 10.0));
    }
};

/// The PyTorch notebook of the article, as revised in June 2022; for PyTorchRule.
inline constexpr Experiment pytorch{};
/// The TensorFlow package with which the published models were trained; for Rule.
inline constexpr Experiment tensorflow{.name = "tensorflow",
                                       .loss = Loss::gram_of_roots,
                                       .start = Start::glorot_normal,
                                       .pool_size = 1024,
                                       .reseed_every = 2,
                                       .max_steps = 64,
                                       .overflow = 0.0,
                                       .eight_bit = true,
                                       .output_bias = true,
                                       .joint_bias = true,
                                       .learning_rate = drop_after(1000),
                                       .epsilon = 1e-7,
                                       .iterations = 2001};
/// muNCA, for MicroRule.
inline constexpr Experiment micro{.name = "micro",
                                  .loss = Loss::patches,
                                  .start = Start::small_normal,
                                  .max_steps = 128,
                                  .fire_rate = 1.0,
                                  .squared_overflow = true,
                                  .output_bias = true,
                                  .normalised_states = true,
                                  .learning_rate = Experiment::two_drops(1e-3, 1000, 4000, 0.3),
                                  .iterations = 10'000,
                                  .select_every = 64};
/// All presets.
inline constexpr std::array<Experiment, 3> experiments{pytorch, tensorflow, micro};

/// The recipe `fast` for one of these experiments, to be trained with the optimiser Soap (docs/recipes.md). The
/// schedules depend on the number of iterations.
[[nodiscard]] constexpr Experiment fast(Experiment experiment, std::int64_t iterations) noexcept {
    experiment.recipe = "fast";
    experiment.pool_size = 64;
    experiment.learning_rate = decay_to_zero(iterations, 2e-3);
    experiment.iterations = iterations;
    experiment.warm_up = iterations * 25 / 100;
    experiment.loss_exponent = 0.5;
    return experiment;
}

} // namespace nca::inline NCA_ABI::texture

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_PRESETS_HPP
