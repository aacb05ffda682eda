// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_TASK_HPP
#define NCA_SYSTEMS_TEXTURE_TASK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/systems/texture/image_loss.hpp>
#include <nca/systems/texture/presets.hpp>
#include <nca/systems/texture/rule.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/normalised_gradient.hpp>
#include <nca/train/overflow.hpp>
#include <nca/train/trainer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nca::inline NCA_ABI::texture::inline NCA_ISA {

/// Training one rule towards a texture, as in the article's notebooks.
///
/// Now and then the first sample of a batch becomes the seed. Samples run a random number of steps; their loss is that
/// of the image that the last state shows, plus how far the state lies outside of [-1, 1]. The loss, which is for
/// images of experiment.side, outlives the task. A pool of 256 states of 128 x 128 cells grows to 220 MB.
template <class R = PyTorchRule<>>
class Task {
public:
    static_assert(std::is_same_v<typename R::Value, float>, "nca::texture::Task: losses of images are in float");
    using Rule = R;
    static constexpr std::string_view name = "texture";

    Task(ImageLoss& loss, const Experiment& experiment) : loss_{&loss}, experiment_{experiment} {
        NCA_ASSERT(loss.height() == experiment.side && loss.width() == experiment.side,
                   "nca::texture: the loss is for images of another size than the grid");
    }

    [[nodiscard]] const Experiment& experiment() const noexcept { return experiment_; }
    [[nodiscard]] const ImageLoss& image_loss() const noexcept { return *loss_; }

    [[nodiscard]] Extents<Dynamic, Dynamic> extents() const noexcept {
        return Extents<Dynamic, Dynamic>{{experiment_.side, experiment_.side}};
    }
    [[nodiscard]] TrainerOptions options() const noexcept {
        return {.batch = experiment_.batch,
                .pool_size = experiment_.pool_size,
                .mean_window = experiment_.mean_window,
                .learning_rate = experiment_.learning_rate};
    }
    [[nodiscard]] AdamOptions adam() const noexcept { return {.epsilon = experiment_.epsilon}; }
    [[nodiscard]] TextPairs identity() const {
        TextPairs pairs = describe_fields(experiment_);
        pairs.emplace_back("loss", loss_->identity());
        return pairs;
    }

    void initialise(R& rule, const Philox& random) const { texture::initialise(rule, experiment_.start, random); }
    void fill(SamplePool<float>& pool, const Philox& random) const {
        const Philox own = random.split(pool_stream);
        for (int slot = 0; slot < pool.size(); ++slot) plant(pool[slot], own, static_cast<std::uint32_t>(slot));
    }
    void begin(Batch<R>& batch, const Philox& random) {
        if (batch.iteration % experiment_.reseed_every == 0) plant(batch.state(0), random.split(seed_stream), 0);
        batch.draw_steps(experiment_.min_steps, experiment_.max_steps, steps_stream);
        batch.shorten_steps(experiment_.warm_up);
        loss_->draw(random.split(loss_stream), batch.executor);
        batch.options.fire_rate = experiment_.fire_rate;
        batch.options.eight_bit = experiment_.eight_bit;
    }
    void restart(Batch<R>& batch, int sample) const {
        plant(batch.state(sample), batch.random.split(seed_stream), static_cast<std::uint32_t>(sample));
    }
    /// What samples run with: the parameters, or their values in 8 bits.
    [[nodiscard]] R& parameters(R& rule) noexcept {
        if (!experiment_.eight_bit) return rule;
        round_parameters(std::as_const(rule), rounded_);
        return rounded_;
    }
    [[nodiscard]] Var loss(Rollout<R>& rollout, int /*sample*/) const {
        const State<R>& last = run(rollout);
        const Var style = texture::image_loss(last, *loss_);
        if (experiment_.overflow == 0.0) return with_gradient_of_power(style, experiment_.loss_exponent);
        const Var excess =
            experiment_.squared_overflow ? squared_overflow(last.var(), -1.0F, 1.0F) : overflow(last.var());
        return with_gradient_of_power(style + static_cast<float>(experiment_.overflow) * excess,
                                      experiment_.loss_exponent);
    }
    void normalise(std::span<float> gradient) const noexcept {
        if (!experiment_.output_bias) {
            constexpr const LayerLayout& last = R::layers.back();
            std::fill_n(gradient.begin() + static_cast<std::ptrdiff_t>(last.bias), last.stride(), 0.0F);
        }
        experiment_.joint_bias ? normalise_layers<R>(gradient) : normalise_variables<R>(gradient);
    }

private:
    /// Steps between the states that `less_memory` keeps: about the root of their number, which keeps the fewest.
    static constexpr int kept_every = 8;
    static constexpr std::uint32_t pool_stream = 3;
    static constexpr std::uint32_t steps_stream = 2;
    static constexpr std::uint32_t seed_stream = 3;
    static constexpr std::uint32_t loss_stream = 5;

    /// Makes a state the seed: zeros, which take no memory, or noise, where parameters start from noise.
    void plant(SparseState<float>& state, const Philox& random, std::uint32_t stream) const {
        state.positions.clear();
        state.values.clear();
        if (experiment_.start != Start::small_normal) return;
        Grid<float, R::channels, Dynamic, Dynamic> noise{extents()};
        plant_noise(noise.values(), random.split(stream));
        state = sparse_state<R>(noise.view());
    }

    [[nodiscard]] const State<R>& run(Rollout<R>& rollout) const {
        const int steps = rollout.batch().steps;
        if (!experiment_.normalised_states) {
            return experiment_.less_memory ? rollout.template run<keep_every<kept_every>>(steps) : rollout.run(steps);
        }
        for (int i = 0; i < steps; ++i) rollout.advance(with_normalised_gradient(rollout.run(1)), 0);
        return rollout.state();
    }

    ImageLoss* loss_;
    Experiment experiment_;
    R rounded_{};
};

} // namespace nca::inline NCA_ABI::texture::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_TASK_HPP
