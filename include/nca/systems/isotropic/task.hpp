// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ISOTROPIC_TASK_HPP
#define NCA_SYSTEMS_ISOTROPIC_TASK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/sparse_state.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/fields.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/hash.hpp>
#include <nca/core/philox.hpp>
#include <nca/core/result.hpp>
#include <nca/systems/growing/metrics.hpp>
#include <nca/systems/isotropic/auxiliary.hpp>
#include <nca/systems/isotropic/invariant_loss.hpp>
#include <nca/systems/isotropic/presets.hpp>
#include <nca/systems/isotropic/rollout_loss.hpp>
#include <nca/systems/isotropic/rule.hpp>
#include <nca/systems/isotropic/seeds.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/batch.hpp>
#include <nca/train/initial_state.hpp>
#include <nca/train/optimiser.hpp>
#include <nca/train/sample_pool.hpp>
#include <nca/train/trainer.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::isotropic {

/// A picture to grow: premultiplied RGBA on the training grid.
using Target = Grid<float, 4, Dynamic, Dynamic>;

} // namespace nca::inline NCA_ABI::isotropic

namespace nca::inline NCA_ABI::isotropic::inline NCA_ISA {

/// Training one rule to grow a picture in any orientation, or in that of a structured seed, as in the notebooks.
///
/// From time to time the first sample of a batch becomes the seed, the last is damaged by a disc, and dead ones become
/// seeds; where cells have an angle, the seed draws one in every cell. The loss is rollout_loss(). With the invariant
/// loss its mirror images count for all rules that commute with reflections (in the notebook, by a slip, not for
/// lap_gradnorm).
class Task {
public:
    using Rule = AnyRule;
    using T = float;
    static constexpr std::string_view name = "isotropic";

    /// Errors: an invariant loss of a target that is not square, a structured seed outside of the grid.
    [[nodiscard]] NCA_COLD static Result<Task> create(Target target, const Experiment& experiment = single_seed) {
        const auto architecture = ArchitectureOf<Rule>::from(
            description_of(experiment.variant, experiment.hexagonal ? Lattice::hexagonal : Lattice::square));
        if (!architecture) return architecture.error();
        const auto& sizes = target.extents().sizes();
        if (experiment.points > 0 && !(2.0 * experiment.radius < std::min(sizes[0], sizes[1]))) {
            return Error{"a structured seed of radius " + number_text(experiment.radius) + " does not fit into " +
                         std::to_string(sizes[1]) + " x " + std::to_string(sizes[0]) + " cells"};
        }
        auto wanted = with_auxiliary_channels(target, experiment.auxiliary);
        std::optional<InvariantLoss<T>> invariant;
        if (experiment.loss == Loss::invariant) {
            auto loss = InvariantLoss<T>::create(
                wanted.maps(), {.mirror = is_isotropic(experiment.variant), .hexagonal = experiment.hexagonal});
            if (!loss) return loss.error();
            invariant = std::move(*loss);
        }
        return Task{std::move(target), std::move(wanted), std::move(invariant), experiment, *architecture};
    }

    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] const Target& target() const noexcept { return target_; }
    [[nodiscard]] const ArchitectureOf<Rule>& architecture() const noexcept { return architecture_; }
    [[nodiscard]] const auto& extents() const noexcept { return target_.extents(); }
    [[nodiscard]] TrainerOptions options() const noexcept {
        return {
            .batch = experiment_.batch, .pool_size = experiment_.pool_size, .learning_rate = experiment_.learning_rate};
    }
    [[nodiscard]] AdamOptions adam() const noexcept { return {.epsilon = 1e-8}; }
    [[nodiscard]] TextPairs identity() const {
        TextPairs pairs = describe_fields(experiment_);
        pairs.emplace_back("target_fingerprint", fingerprint(target_.values()));
        return pairs;
    }

    /// The first layer uniform in +-1 / sqrt(inputs), biases included, the second zero.
    NCA_COLD void initialise(Rule& rule, const Philox& random) const {
        std::uint64_t index = 0;
        visit_parameters(rule, [&](float& value, int l, int /*input*/, int /*output*/) {
            const double limit = l == 0 ? 1.0 / std::sqrt(static_cast<double>(architecture_.perceived())) : 0.0;
            value = static_cast<float>((2.0 * random.uniform(index++) - 1.0) * limit);
        });
    }
    /// The seed, whose angles are drawn. Allocates.
    [[nodiscard]] NCA_COLD SparseState<T> seed(const Philox& random) const {
        if (experiment_.points == 0 && !architecture_.keeps_angle()) {
            return seed_state<Rule>(extents().sizes(), architecture_);
        }
        Grid<T, channels, Dynamic, Dynamic> state{extents()};
        if (experiment_.points > 0) {
            plant_structured_seed(state.view(), {.points = experiment_.points, .radius = experiment_.radius});
        } else {
            const auto cell = state(extents()[0] / 2, extents()[1] / 2);
            std::fill(cell.begin() + architecture_.life_channel(), cell.end(), T(1));
        }
        if (architecture_.keeps_angle()) draw_angles(state.view(), random);
        FieldOf<Rule> field{extents().sizes(), architecture_};
        field.load(state.values().data());
        SparseState<T> result;
        save_cells(field, result);
        return result;
    }
    NCA_COLD void fill(SamplePool<T>& pool, const Philox& random) const {
        for (int i = 0; i < pool.size(); ++i) pool[i] = seed(random.split(seed_stream, static_cast<std::uint32_t>(i)));
    }

    NCA_COLD void begin(Batch<Rule>& batch, const Philox& random) const {
        const auto plant = [&](int sample) {
            batch.state(sample) = seed(random.split(seed_stream, static_cast<std::uint32_t>(sample)));
        };
        const auto is_due = [&](int every) { return every > 0 && batch.iteration % every == 0; };
        if (batch.iteration < experiment_.seed_until || is_due(experiment_.seed_every)) plant(0);
        if (is_due(experiment_.revive_every)) {
            for (int i = 1; i < batch.size(); ++i) {
                if (is_dead(batch.state(i))) plant(i);
            }
        }
        if (is_due(experiment_.damage_every)) {
            growing::cut_disc<Rule>(batch.state(batch.size() - 1), extents().sizes(), random.split(damage_stream), 0);
        }
        batch.draw_steps(experiment_.min_steps, experiment_.max_steps, steps_stream);
        batch.options.fire_rate = experiment_.fire_rate;
    }
    void restart(Batch<Rule>& batch, int sample) const {
        batch.state(sample) = seed(batch.random.split(restart_stream, static_cast<std::uint32_t>(sample)));
    }

    [[nodiscard]] BasicVar<T> loss(Rollout<Rule>& rollout, int /*sample*/) const {
        const int steps = rollout.batch().steps;
        return rollout_loss(
            rollout.state(), steps, rollout.batch().size(),
            [&](const State<Rule>& /*state*/, int /*step*/) { return rollout.run(1); },
            [&](const State<Rule>& state, int step) { return loss_of(state, step, steps); });
    }
    /// The loss of a state [height, width, channels] by itself: in its closest pose, or with the fixed loss as it is.
    /// Allocates.
    [[nodiscard]] NCA_COLD double picture_loss(std::span<const T> state) const {
        const int cells = extents().cells();
        NCA_ASSERT(std::ssize(state) == std::ptrdiff_t{cells} * channels,
                   "nca::isotropic::Task::picture_loss: the state has another size");
        if (invariant_) {
            typename InvariantLoss<T>::Workspace work;
            return (*invariant_)({state.data(), wanted_.height, wanted_.width, wanted_.channels, channels}, {}, work)
                .loss;
        }
        double total = 0.0;
        for (int cell = 0; cell < cells; ++cell) {
            for (int c = 0; c < wanted_.channels; ++c) {
                const double error =
                    static_cast<double>(state[static_cast<std::size_t>(cell * channels + c)]) -
                    static_cast<double>(wanted_.values[static_cast<std::size_t>(cell * wanted_.channels + c)]);
                total += error * error;
            }
        }
        return fixed_loss_scale * total / (static_cast<double>(cells) * wanted_.channels);
    }
    /// The loss of what has no direction: of the best picture that looks the same in every orientation, or with the
    /// fixed loss of an empty grid. Allocates.
    [[nodiscard]] NCA_COLD double trivial_loss() const {
        if (invariant_) return invariant_->symmetric_loss();
        return picture_loss(std::vector<T>(static_cast<std::size_t>(extents().cells()) * channels));
    }

private:
    static constexpr int channels = 16;
    static constexpr double fixed_loss_scale = 1000.0; ///< of the mean squared error, as in the notebook
    static constexpr std::uint32_t steps_stream = 2;
    static constexpr std::uint32_t damage_stream = 3;
    static constexpr std::uint32_t seed_stream = 5;
    static constexpr std::uint32_t restart_stream = 6;

    Task(Target target, AuxiliaryTarget<T> wanted, std::optional<InvariantLoss<T>> invariant,
         const Experiment& experiment, const ArchitectureOf<Rule>& architecture)
        : target_{std::move(target)}, wanted_{std::move(wanted)}, invariant_{std::move(invariant)},
          experiment_{experiment}, architecture_{architecture} {}

    /// The loss of a state, if its step has one.
    [[nodiscard]] std::optional<BasicVar<T>> loss_of(const State<Rule>& state, int step, int steps) const {
        if (invariant_) {
            return invariant_loss_of(state, step, steps, *invariant_);
        }
        if (step < steps) return std::nullopt;
        return T(fixed_loss_scale) * mean_squared_error(first_channels(state, wanted_.channels), wanted_.values);
    }
    [[nodiscard]] bool is_dead(const SparseState<T>& state) const noexcept {
        const auto life = static_cast<std::size_t>(architecture_.life_channel());
        for (std::size_t i = life; i < state.values.size(); i += channels) {
            if (state.values[i] > architecture_.life_threshold()) return false;
        }
        return true;
    }

    Target target_;
    AuxiliaryTarget<T> wanted_;
    std::optional<InvariantLoss<T>> invariant_;
    Experiment experiment_;
    ArchitectureOf<Rule> architecture_;
};

} // namespace nca::inline NCA_ABI::isotropic::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ISOTROPIC_TASK_HPP
