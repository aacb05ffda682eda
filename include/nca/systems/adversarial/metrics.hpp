// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_METRICS_HPP
#define NCA_SYSTEMS_ADVERSARIAL_METRICS_HPP

#include <nca/core/cell_mask.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/philox.hpp>
#include <nca/core/species_map.hpp>
#include <nca/run/community.hpp>
#include <nca/systems/adversarial.hpp>
#include <nca/systems/mnist/digits.hpp>
#include <nca/systems/mnist/metrics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

/// How far an attack succeeds.
namespace nca::adversarial {

/// How an attack on digits is evaluated.
struct DigitEvaluation {
    int count = 10'000;     ///< the first so many digits of the set
    int digit = 8;          ///< the class of the attack
    double fraction = 0.1;  ///< share of the cells that are adversaries
    int inject_at = 0;      ///< adversaries work from this step on
    int remove_at = std::numeric_limits<int>::max(); ///< and from this step on no longer
    std::vector<int> record{};                       ///< steps after which to measure, ascending
    std::uint64_t seed = 1;                          ///< of adversaries, fire masks and noise
};

/// What the living cells of all digits say after a step; shares from 0 to 1.
struct DigitMetrics {
    int step = 0;
    double cells_deceived = 0.0;  ///< mean share of a digit's cells that vote for the class of the attack
    double digits_deceived = 0.0; ///< digits most of whose cells vote for it, more than for any other
    double digits_wrong = 0.0;    ///< digits of which less than half of the cells vote for what they are
};

/// The mass of alpha, cut to [0, 1], in some cells of a state.
template <class T, int C, int... Sizes>
[[nodiscard]] double alpha_mass(const GridView<const T, C, Sizes...>& state, const CellMask& cells) {
    double mass = 0.0;
    cells.for_each([&](int row, int column) {
        mass += std::clamp(static_cast<double>(state(row, column)[3]), 0.0, 1.0);
    });
    return mass;
}

/// How much redder than green some cells of a state are: the mean of red - green.
template <class T, int C, int... Sizes>
[[nodiscard]] double redness(const GridView<const T, C, Sizes...>& state, const CellMask& cells) {
    double total = 0.0;
    cells.for_each([&](int row, int column) {
        total += static_cast<double>(state(row, column)[0]) - static_cast<double>(state(row, column)[1]);
    });
    return total / std::max(cells.count(), 1);
}

} // namespace nca::adversarial

namespace nca::adversarial::inline NCA_ISA {

/// The adversaries of one digit [28][28]: drawn until one of them at least stands on ink, unless their share is zero.
[[nodiscard]] inline SpeciesMap adversaries_in(std::span<const float> grey, const Philox& random, double fraction) {
    CellMask inked{mnist::picture_side, mnist::picture_side};
    for (std::size_t cell = 0; cell < grey.size(); ++cell) {
        const int at = static_cast<int>(cell);
        if (grey[cell] > mnist::ink) inked.set(at / mnist::picture_side, at % mnist::picture_side);
    }
    constexpr std::uint64_t most_draws = 1000;
    for (std::uint64_t draw = 0; draw < most_draws; ++draw) {
        SpeciesMap species = draw_adversaries(FireMask(random, draw, fraction), inked);
        if (species.cells(1).count() > 0 || fraction <= 0.0 || inked.count() == 0) return species;
    }
    // A share so small that no draw hits: one cell.
    SpeciesMap species{mnist::picture_side, mnist::picture_side, 2};
    auto left = random.below(most_draws, static_cast<std::uint32_t>(inked.count()));
    inked.for_each([&](int row, int column) {
        if (left-- == 0) species.assign(1, row, column);
    });
    return species;
}

/// Runs every digit with victims and adversaries and measures as the article does. What is deceived counts among the
/// digits that are not of the class of the attack, what is wrong among all. The result depends on the seed and not on
/// the executor. Allocates. Preconditions: count <= digits.count; the fraction lies in [0, 1].
template <class R, class E>
[[nodiscard]] std::vector<DigitMetrics> evaluate(const R& victim, const R& adversary, const mnist::Digits& digits,
                                                 const DigitEvaluation& evaluation, const StepOptions<R>& options,
                                                 E&& executor) {
    using T = typename R::Value;
    using World = Community<R, mnist::picture_side, mnist::picture_side>;
    NCA_ASSERT(evaluation.count > 0 && evaluation.count <= digits.count,
               "nca::adversarial::evaluate: a number of digits");
    const std::vector<int>& record = evaluation.record;
    std::vector<mnist::Opinion> opinions(static_cast<std::size_t>(evaluation.count) * record.size());
    const auto run = [&](int index, std::vector<T>& state) {
        const Philox random = Philox{evaluation.seed}.split(1, static_cast<std::uint32_t>(index));
        World world{{borrow(victim), borrow(adversary)}, {}, random.key()};
        world.world().set_options(options);
        const auto view = [&] {
            return GridView<T, R::channels, mnist::picture_side, mnist::picture_side>{state.data(), {}};
        };
        std::fill(state.begin(), state.end(), T(0));
        mnist::isa_detail::put_picture(digits.picture(index), std::span<T>{state});
        world.world().load(view());
        const SpeciesMap injected =
            adversaries_in(digits.picture(index), random.split(0xAD7E75A1U), evaluation.fraction);
        for (std::size_t i = 0; i < record.size(); ++i) {
            while (static_cast<int>(world.world().steps()) < record[i]) {
                const int step = static_cast<int>(world.world().steps());
                if (step == evaluation.inject_at) world.species() = injected;
                if (step == evaluation.remove_at) world.species().fill(0);
                world.step();
            }
            world.world().store(view());
            opinions[static_cast<std::size_t>(index) * record.size() + i] =
                mnist::opinion_of(std::span<const T>{state});
        }
    };
    // Digits in pieces, each with memory of its own.
    constexpr int piece = 10;
    executor.run((evaluation.count + piece - 1) / piece, [&](int task) {
        std::vector<T> state(mnist::picture_cells * static_cast<std::size_t>(R::channels));
        for (int i = task * piece; i < std::min(evaluation.count, (task + 1) * piece); ++i) run(i, state);
    });

    std::vector<DigitMetrics> metrics(record.size());
    int others = 0;
    for (int index = 0; index < evaluation.count; ++index) {
        others += digits.labels[static_cast<std::size_t>(index)] != evaluation.digit ? 1 : 0;
    }
    for (std::size_t i = 0; i < record.size(); ++i) {
        DigitMetrics& total = metrics[i];
        total.step = record[i];
        for (int index = 0; index < evaluation.count; ++index) {
            const mnist::Opinion& opinion = opinions[static_cast<std::size_t>(index) * record.size() + i];
            const int label = digits.labels[static_cast<std::size_t>(index)];
            if (opinion.share(label) < 0.5) total.digits_wrong += 1.0 / evaluation.count;
            if (label == evaluation.digit) continue;
            total.cells_deceived += opinion.share(evaluation.digit) / others;
            if (opinion.majority() == evaluation.digit) total.digits_deceived += 1.0 / others;
        }
    }
    return metrics;
}

} // namespace nca::adversarial::inline NCA_ISA

#endif // NCA_SYSTEMS_ADVERSARIAL_METRICS_HPP
