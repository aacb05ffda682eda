// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_METRICS_HPP
#define NCA_SYSTEMS_MNIST_METRICS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>
#include <nca/core/philox.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/mnist/digits.hpp>
#include <nca/systems/mnist/rule.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// The metrics of the article, over many digits.
namespace nca::inline NCA_ABI::mnist {

/// How digits are evaluated.
struct Evaluation {
    int count = 10'000;        ///< the first so many digits of the set
    std::vector<int> record{}; ///< steps after which to measure, ascending
    int mutate_at = 0;         ///< after this step every digit becomes another image of its batch; 0: never
    std::uint64_t seed = 1;    ///< of fire masks, noise and mutations
    int batch = 1'000;         ///< digits whose cells are pooled for the accuracy; batches are then averaged
};

/// What the cells of all digits say after a step; shares from 0 to 1.
struct Metrics {
    int step = 0;
    double cell_accuracy = 0.0; ///< living cells that vote for their digit
    double agreement = 0.0;     ///< digits whose living cells all vote alike, right or wrong
    double majority = 0.0;      ///< digits for which the most cells vote right
    double state = 0.0;         ///< mean absolute value of the channels that are not frozen, in living cells
    double residual = 0.0;      ///< mean absolute change of these in this step, in the cells that fire: half of them
};

/// What the living cells of one digit say.
struct Prediction {
    std::array<int, classes> votes{};
    int living = 0;

    /// The digit with the most votes; the smallest of equal ones.
    [[nodiscard]] int majority() const noexcept {
        return static_cast<int>(std::max_element(votes.begin(), votes.end()) - votes.begin());
    }
    /// The fraction of the living cells that vote for a digit; 0 where nothing lives.
    [[nodiscard]] double share(int digit) const noexcept {
        return living == 0 ? 0.0 : static_cast<double>(votes[static_cast<std::size_t>(digit)]) / living;
    }
};

/// Counts the votes of the living cells of a state [cells, 20].
template <class T>
[[nodiscard]] Prediction prediction_of(std::span<const T> state) noexcept {
    Prediction prediction;
    for (std::size_t at = 0; at + 20 <= state.size(); at += 20) {
        if (!(state[at] > static_cast<T>(ink))) continue;
        ++prediction.living;
        ++prediction.votes[static_cast<std::size_t>(vote_of(state.data() + at))];
    }
    return prediction;
}

} // namespace nca::inline NCA_ABI::mnist

namespace nca::inline NCA_ABI::mnist::inline NCA_ISA {

namespace isa_detail {

/// What one digit adds to the metrics of a step.
struct DigitResult {
    Prediction prediction{};
    int label = 0;
    double state = 0.0;
    double residual = 0.0;
};

/// Gives a state [28, 28, 20] another image: cells with ink in both keep what they hold, the others are empty.
template <class T>
void put_image(std::span<const float> grey, std::span<T> state) noexcept {
    for (std::size_t cell = 0; cell < grey.size(); ++cell) {
        T* const values = state.data() + cell * 20;
        if (!(grey[cell] > ink)) std::fill_n(values, 20, T(0));
        values[0] = static_cast<T>(grey[cell]);
    }
}

} // namespace isa_detail

/// Runs every digit and measures as the article does: accuracies are pooled over the cells of a batch and averaged over
/// batches. The result depends on the seed and not on the executor. Allocates. Precondition: count <= digits.count.
template <class R, class E>
[[nodiscard]] std::vector<Metrics> evaluate(const R& rule, const Digits& digits, const Evaluation& evaluation,
                                            const StepOptions<R>& options, E&& executor) {
    using World = Simulation<R, image_side, image_side>;
    using T = typename R::Value;
    NCA_ASSERT(evaluation.count > 0 && evaluation.count <= digits.count, "nca::mnist::evaluate: a number of digits");
    const std::vector<int>& record = evaluation.record;
    std::vector<isa_detail::DigitResult> results(static_cast<std::size_t>(evaluation.count) * record.size());
    executor.run(evaluation.count, [&](int index) {
        const Philox random = Philox{evaluation.seed}.split(1, static_cast<std::uint32_t>(index));
        World world{borrow(rule), {}, random.key()};
        world.set_options(options);
        std::vector<T> state(image_cells * 20);
        std::vector<T> before(image_cells * 20);
        const GridView<T, 20, image_side, image_side> view{state.data(), {}};
        isa_detail::put_image(digits.image(index), std::span<T>{state});
        world.load(view);
        int label = digits.labels[static_cast<std::size_t>(index)];
        for (std::size_t i = 0; i < record.size(); ++i) {
            while (static_cast<int>(world.steps()) < record[i]) {
                if (evaluation.mutate_at > 0 && static_cast<int>(world.steps()) == evaluation.mutate_at) {
                    const int first = index / evaluation.batch * evaluation.batch;
                    const int size = std::min(evaluation.batch, evaluation.count - first);
                    const int other = first + static_cast<int>(random.below(0, static_cast<std::uint32_t>(size)));
                    world.store(view);
                    isa_detail::put_image(digits.image(other), std::span<T>{state});
                    world.load(view);
                    label = digits.labels[static_cast<std::size_t>(other)];
                }
                if (static_cast<int>(world.steps()) + 1 == record[i])
                    world.store(GridView<T, 20, image_side, image_side>{before.data(), {}});
                world.step();
            }
            world.store(view);
            isa_detail::DigitResult& result = results[static_cast<std::size_t>(index) * record.size() + i];
            result.prediction = prediction_of(std::span<const T>{state});
            result.label = label;
            for (std::size_t at = 0; at < state.size(); at += 20) {
                if (!(state[at] > static_cast<T>(ink))) continue;
                for (std::size_t c = 1; c < 20; ++c) {
                    result.state += std::abs(static_cast<double>(state[at + c]));
                    result.residual += std::abs(static_cast<double>(state[at + c] - before[at + c]));
                }
            }
        }
    });

    std::vector<Metrics> metrics(record.size());
    const int batches = (evaluation.count + evaluation.batch - 1) / evaluation.batch;
    for (std::size_t i = 0; i < record.size(); ++i) {
        Metrics& total = metrics[i];
        total.step = record[i];
        for (int batch = 0; batch < batches; ++batch) {
            const int first = batch * evaluation.batch;
            const int last = std::min(evaluation.count, first + evaluation.batch);
            double living = 0.0;
            Metrics sum;
            for (int index = first; index < last; ++index) {
                const isa_detail::DigitResult& result = results[static_cast<std::size_t>(index) * record.size() + i];
                living += result.prediction.living;
                sum.cell_accuracy += result.prediction.votes[static_cast<std::size_t>(result.label)];
                sum.agreement += result.prediction.share(result.prediction.majority()) == 1.0 ? 1.0 : 0.0;
                sum.majority += result.prediction.majority() == result.label ? 1.0 : 0.0;
                sum.state += result.state;
                sum.residual += result.residual;
            }
            const double digits_in_batch = last - first;
            total.cell_accuracy += sum.cell_accuracy / std::max(living, 1.0) / batches;
            total.agreement += sum.agreement / digits_in_batch / batches;
            total.majority += sum.majority / digits_in_batch / batches;
            total.state += sum.state / (19.0 * std::max(living, 1.0)) / batches;
            total.residual += sum.residual / (19.0 * std::max(living, 1.0) / 2.0) / batches;
        }
    }
    return metrics;
}

} // namespace nca::inline NCA_ABI::mnist::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_MNIST_METRICS_HPP
