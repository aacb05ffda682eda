// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_METRICS_HPP
#define NCA_SYSTEMS_ADVERSARIAL_METRICS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/cell_mask.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/philox.hpp>
#include <nca/core/species_map.hpp>
#include <nca/run/community.hpp>
#include <nca/systems/adversarial/rule.hpp>
#include <nca/systems/mnist/digits.hpp>
#include <nca/systems/mnist/metrics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

/// How far an attack succeeds.
namespace nca::inline NCA_ABI::adversarial {

/// How an attack on digits is evaluated.
struct DigitEvaluation {
    int count = 10'000;                              ///< the first so many digits of the set
    int digit = 8;                                   ///< the class of the attack
    double fraction = 0.1;                           ///< of the cells that are adversaries
    int inject_at = 0;                               ///< adversaries work from this step on
    int remove_at = std::numeric_limits<int>::max(); ///< and from this step on no longer
    std::vector<int> record{};                       ///< steps after which to measure, ascending
    std::uint64_t seed = 1;                          ///< of adversaries, fire masks and noise
};

/// What the living cells of all digits say after a step; shares from 0 to 1.
struct DigitMetrics {
    int step = 0;
    double cells_deceived = 0.0;  ///< mean fraction of a digit's cells that vote for the class of the attack
    double digits_deceived = 0.0; ///< digits most of whose cells vote for it, more than for any other
    double digits_wrong = 0.0;    ///< digits of which less than half of the cells vote for what they are
};

/// The metrics of what the cells of digits say after a step. labels: as many as predictions, or more; digit: the class
/// of the attack. What is deceived counts among the digits that are not of that class, what is wrong among all.
[[nodiscard]] inline DigitMetrics measure(int step, std::span<const mnist::Prediction> predictions,
                                          std::span<const std::uint8_t> labels, int digit) {
    DigitMetrics metrics{.step = step};
    double others = 0.0;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        metrics.digits_wrong += predictions[i].share(labels[i]) < 0.5 ? 1.0 : 0.0;
        if (labels[i] == digit) continue;
        others += 1.0;
        metrics.cells_deceived += predictions[i].share(digit);
        metrics.digits_deceived += predictions[i].majority() == digit ? 1.0 : 0.0;
    }
    metrics.cells_deceived /= std::max(others, 1.0);
    metrics.digits_deceived /= std::max(others, 1.0);
    metrics.digits_wrong /= std::max(static_cast<double>(predictions.size()), 1.0);
    return metrics;
}

} // namespace nca::inline NCA_ABI::adversarial

namespace nca::inline NCA_ABI::adversarial::inline NCA_ISA {

/// The adversaries of one digit [28][28]: drawn until one of them at least stands on ink, unless their share is zero.
/// random: of the digit, from which it takes numbers that its steps do not take.
[[nodiscard]] inline SpeciesMap adversaries_in(std::span<const float> grey, const Philox& random, double fraction) {
    const Philox own = random.split(0xAD7E75A1U);
    CellMask inked{mnist::image_side, mnist::image_side};
    for (std::size_t cell = 0; cell < grey.size(); ++cell) {
        const int at = static_cast<int>(cell);
        if (grey[cell] > mnist::ink) inked.set(at / mnist::image_side, at % mnist::image_side);
    }
    constexpr std::uint64_t most_draws = 1000;
    for (std::uint64_t draw = 0; draw < most_draws; ++draw) {
        SpeciesMap species = draw_adversaries(FireMask(own, draw, fraction), inked);
        if (species.cells(1).count() > 0 || fraction <= 0.0 || inked.count() == 0) return species;
    }
    // A share so small that no draw hits: one cell.
    SpeciesMap species{mnist::image_side, mnist::image_side, 2};
    auto left = own.below(most_draws, static_cast<std::uint32_t>(inked.count()));
    inked.for_each([&](int row, int column) {
        if (left-- == 0) species.assign(1, row, column);
    });
    return species;
}

/// The random numbers with which an evaluation runs a digit.
[[nodiscard]] inline Philox digit_random(std::uint64_t seed, int index) noexcept {
    return Philox{seed}.split(1, static_cast<std::uint32_t>(index));
}

/// Runs every digit with victims and adversaries and measures as the article does. The result depends on the seed and
/// not on the executor. Allocates. Preconditions: count <= digits.count; the fraction lies in [0, 1].
template <class R, class E>
[[nodiscard]] std::vector<DigitMetrics> evaluate(const R& victim, const R& adversary, const mnist::Digits& digits,
                                                 const DigitEvaluation& evaluation, const StepOptions<R>& options,
                                                 E&& executor) {
    using T = typename R::Value;
    using World = Community<R, mnist::image_side, mnist::image_side>;
    NCA_ASSERT(evaluation.count > 0 && evaluation.count <= digits.count,
               "nca::adversarial::evaluate: a number of digits");
    const std::vector<int>& record = evaluation.record;
    std::vector<mnist::Prediction> predictions(static_cast<std::size_t>(evaluation.count) * record.size());
    executor.run(evaluation.count, [&](int index) {
        const Philox random = digit_random(evaluation.seed, index);
        World world{{borrow(victim), borrow(adversary)}, {}, random.key()};
        world.world().set_options(options);
        std::vector<T> state(mnist::image_cells * static_cast<std::size_t>(R::channels));
        const GridView<T, R::channels, mnist::image_side, mnist::image_side> view{state.data(), {}};
        mnist::isa_detail::put_image(digits.image(index), std::span<T>{state});
        world.world().load(view);
        const auto steps = [&] { return static_cast<int>(world.world().steps()); };
        const SpeciesMap injected = adversaries_in(digits.image(index), random, evaluation.fraction);
        for (std::size_t i = 0; i < record.size(); ++i) {
            while (steps() < record[i]) {
                if (steps() == evaluation.inject_at) world.species() = injected;
                if (steps() == evaluation.remove_at) world.species().fill(0);
                world.step();
            }
            world.world().store(view);
            predictions[static_cast<std::size_t>(index) * record.size() + i] =
                mnist::prediction_of(std::span<const T>{state});
        }
    });

    std::vector<DigitMetrics> metrics;
    std::vector<mnist::Prediction> now(static_cast<std::size_t>(evaluation.count));
    for (std::size_t i = 0; i < record.size(); ++i) {
        for (std::size_t index = 0; index < now.size(); ++index) now[index] = predictions[index * record.size() + i];
        metrics.push_back(measure(record[i], now, digits.labels, evaluation.digit));
    }
    return metrics;
}

} // namespace nca::inline NCA_ABI::adversarial::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ADVERSARIAL_METRICS_HPP
