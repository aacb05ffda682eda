// SPDX-License-Identifier: Apache-2.0
// Training the three attacks of Adversarial Reprogramming: adversaries in a grown lizard and in digits, and a
// perturbation of the lizard's states.
#ifndef NCA_BENCH_ATTACKS_HPP
#define NCA_BENCH_ATTACKS_HPP

#include <nca/cell/perturbation.hpp>
#include <nca/core/species_map.hpp>
#include <nca/systems/adversarial/rule.hpp>
#include <nca/train/perturb.hpp>
#include <nca/train/species_rollout.hpp>

#include "digits.hpp"
#include "lizard.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace bench::attacks {

using Perturbation = nca::Perturbation<Rule>;

inline constexpr double fraction = 0.1;

/// The victim with other weights in its last layer, so that no gradient is zero.
template <class R>
[[nodiscard]] R adversary_of(const R& victim, std::uint64_t seed) {
    R adversary = victim;
    constexpr int last = R::layer_count - 1;
    for (int i = 0; i < R::layers.back().inputs; ++i) {
        for (int o = 0; o < R::layers.back().outputs; ++o) {
            const auto index = static_cast<std::uint64_t>(i * R::channels + o);
            adversary.weight(last, i, o) += 0.002F * static_cast<float>(2.0 * nca::Philox{seed}.uniform(index) - 1.0);
        }
    }
    return adversary;
}

/// The adversaries of a sample: a tenth of all cells.
[[nodiscard]] inline nca::SpeciesMap species_of(int rows, int columns, int sample) {
    nca::CellMask all{rows, columns};
    all.fill();
    return nca::adversarial::draw_adversaries(
        nca::FireMask(nca::Philox{11}, static_cast<std::uint64_t>(sample), fraction), all);
}

/// The target of the attacks on the lizard: the lizard without red.
[[nodiscard]] inline const std::vector<float>& target() {
    static const std::vector<float> made = [] {
        std::vector<float> values = lizard().target;
        for (std::size_t i = 0; i < values.size(); i += 4) values[i] = 0.0F;
        return values;
    }();
    return made;
}

[[nodiscard]] inline nca::Var colour_loss(nca::Tape& tape, const nca::State<Rule>& state) {
    return nca::mean(nca::square(nca::rgba(state) - tape.constant(nca::Shape{side, side, 4}, target())));
}

/// Adversaries in the lizard: 8 samples of 80 steps.
struct Creature {
    using Trained = Rule;
    static constexpr int batch = bench::batch;
    static constexpr int steps = bench::steps;
    static constexpr double noise = 0.0;
    static Trained initial() { return adversary_of(lizard().rule, 5); }

    static nca::Var loss(nca::Tape& tape, const nca::Weights<Trained>& trained, int sample, int step_count,
                         const nca::Philox& random, double rate, double /*noise*/) {
        nca::StepOptions<Rule> options;
        options.fire_rate = rate;
        const std::array<nca::Weights<Rule>, 2> weights{nca::frozen_parameters(tape, lizard().rule), trained};
        const auto first = nca::constant_state<Rule>(tape, {side, side}, lizard().cells);
        return colour_loss(tape, nca::species_rollout<Rule>(weights, species_of(side, side, sample), first, step_count,
                                                            random, 0, options));
    }
};

/// A perturbation of the lizard: 8 samples of 80 steps.
struct Matrix {
    using Trained = Perturbation;
    static constexpr int batch = bench::batch;
    static constexpr int steps = bench::steps;
    static constexpr double noise = 0.0;
    static Trained initial() {
        Perturbation matrix;
        for (int i = 0; i < Rule::channels; ++i) {
            for (int j = i; j < Rule::channels; ++j) {
                const auto index = static_cast<std::uint64_t>(i * Rule::channels + j);
                matrix(i, j) += 0.01F * static_cast<float>(2.0 * nca::Philox{6}.uniform(index) - 1.0);
            }
        }
        return matrix;
    }

    static nca::Var loss(nca::Tape& tape, const nca::Weights<Trained>& trained, int /*sample*/, int step_count,
                         const nca::Philox& random, double rate, double /*noise*/) {
        nca::StepOptions<Rule> options;
        options.fire_rate = rate;
        const auto first = nca::constant_state<Rule>(tape, {side, side}, lizard().cells);
        return colour_loss(tape, nca::perturbed_rollout<Rule>(nca::frozen_parameters(tape, lizard().rule), trained,
                                                              first, step_count, random, 0, options));
    }
};

/// Adversaries in digits, trained to make every digit an eight: 16 samples of 20 steps.
struct Digits {
    using Trained = digits::Rule;
    static constexpr int batch = digits::batch;
    static constexpr int steps = digits::steps;
    static constexpr double noise = digits::noise;
    static constexpr int label = 8;
    static Trained initial() { return adversary_of(digits::start().rule, 7); }

    static nca::Var loss(nca::Tape& tape, const nca::Weights<Trained>& trained, int sample, int step_count,
                         const nca::Philox& random, double rate, double noise_deviation) {
        nca::StepOptions<Trained> options;
        options.fire_rate = rate;
        options.noise = noise_deviation;
        const std::array<nca::Weights<Trained>, 2> weights{nca::frozen_parameters(tape, digits::start().rule), trained};
        const auto first =
            nca::constant_state<Trained>(tape, digits::start().states[static_cast<std::size_t>(sample)].view());
        const auto last = nca::species_rollout<Trained, nca::keep_all>(
            weights, species_of(digits::side, digits::side, sample), first, step_count, random, 0, options);
        return nca::mnist::digit_loss(last, label, nca::mnist::Loss::l2);
    }
};

/// The measured training iteration: gradient, normalisation, Adam, from the same initial parameters every time.
template <class Attack>
class Training {
public:
    using Trained = typename Attack::Trained;

    explicit Training(int threads) : pool_{threads}, gradient_{Attack::batch, pool_} {}

    double iterate(std::uint32_t iteration) {
        const double loss = compute(iteration, Attack::steps, 0.5, Attack::noise);
        if constexpr (requires { Trained::layers; }) {
            nca::normalise_variables<Trained>(gradient_.gradient());
        } else {
            nca::normalise(gradient_.gradient());
        }
        adam_.step(trained_.parameters(), gradient_.gradient(), learning_rate);
        return loss;
    }

    /// Only the mean loss and its gradient.
    double compute(std::uint32_t iteration, int step_count, double rate, double noise) {
        const auto first = std::as_const(initial_).parameters();
        std::copy(first.begin(), first.end(), trained_.parameters().begin());
        return gradient_.compute(trained_, [&](nca::Tape& tape, const nca::Weights<Trained>& weights, int sample) {
            return Attack::loss(tape, weights, sample, step_count,
                                nca::Philox{7}.split(iteration, static_cast<std::uint32_t>(sample)), rate, noise);
        });
    }

    [[nodiscard]] std::span<const float> gradient() noexcept { return gradient_.gradient(); }
    [[nodiscard]] const Trained& initial() const noexcept { return initial_; }

private:
    nca::ThreadPool pool_;
    nca::BatchGradient<Trained> gradient_;
    Trained initial_ = Attack::initial();
    Trained trained_ = initial_;
    nca::Adam<float> adam_{Trained::block_size};
};

} // namespace bench::attacks

#endif // NCA_BENCH_ATTACKS_HPP
