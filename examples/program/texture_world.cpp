// SPDX-License-Identifier: Apache-2.0
#include "texture_world.hpp"

#include <nca/run/simulation.hpp>
#include <nca/systems/texture/presets.hpp>
#include <nca/systems/texture/metrics.hpp>

#include "program.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace program {

namespace {

using nca::texture::Alignment;
using nca::texture::Lattice;

constexpr double radians_per_degree = 3.14159265358979323846 / 180.0;

/// A texture of a rule.
template <class R>
class SingleWorld final : public TextureWorld {
    using Simulation = nca::Simulation<R, nca::Dynamic, nca::Dynamic>;

public:
    SingleWorld(R rule, const TextureOptions& options)
        : world_{std::move(rule),
                 typename Simulation::Shape{{options.height, options.width}},
                 options.seed,
                 {.concurrency = options.concurrency}} {
        nca::StepOptions<R> step;
        step.fire_rate = options.fire_rate.value_or(R::fire_rate);
        step.eight_bit = options.eight_bit;
        world_.set_options(step);
        set_alignment(options.alignment, options.degrees);
        typename Simulation::StateGrid grid{world_.extents()};
        if constexpr (R::layer_count == 1) nca::texture::plant_noise(grid.values(), nca::Philox{options.seed}.split(3));
        world_.load(grid);
    }

    [[nodiscard]] int channels() const noexcept override { return R::channels; }
    [[nodiscard]] double rgb_scale() const noexcept override { return nca::texture::rgb_scale<R>; }
    [[nodiscard]] double fire_rate() const noexcept override { return world_.options().fire_rate; }
    [[nodiscard]] std::uint64_t steps() const noexcept override { return world_.steps(); }

    void step(nca::ThreadPool& threads) override { world_.step(nca::ExecutorRef{threads}); }
    void set_alignment(Alignment alignment, double degrees) override {
        nca::StepOptions<R> step = world_.options();
        step.angle = degrees * radians_per_degree;
        world_.set_options(step);
        if (alignment == Alignment::cartesian) {
            world_.clear_angles();
        } else {
            const auto& extents = world_.extents();
            require(world_.set_angles(nca::texture::alignment_angles(alignment, extents[0], extents[1])));
        }
    }
    void set_fire_rates(std::span<const float> rates) override {
        if (rates.empty()) {
            world_.clear_fire_rates();
        } else {
            require(world_.set_fire_rates(rates));
        }
    }
    [[nodiscard]] std::vector<float> state() const override {
        const auto grid = world_.state();
        return {grid.values().begin(), grid.values().end()};
    }
    void load(std::span<const float> state) override {
        typename Simulation::StateGrid grid{world_.extents()};
        std::copy(state.begin(), state.end(), grid.values().begin());
        world_.load(grid);
    }

private:
    Simulation world_;
};

/// Two textures on one grid. After each step the state is the blend of theirs.
class GraftWorld final : public TextureWorld {
public:
    GraftWorld(std::unique_ptr<TextureWorld> first, std::unique_ptr<TextureWorld> second, std::vector<float> blend)
        : first_{std::move(first)}, second_{std::move(second)}, blend_{std::move(blend)} {
        second_->load(first_->state());
    }

    [[nodiscard]] int channels() const noexcept override { return first_->channels(); }
    [[nodiscard]] double rgb_scale() const noexcept override { return first_->rgb_scale(); }
    [[nodiscard]] double fire_rate() const noexcept override { return first_->fire_rate(); }
    [[nodiscard]] std::uint64_t steps() const noexcept override { return first_->steps(); }

    void step(nca::ThreadPool& threads) override {
        first_->step(threads);
        second_->step(threads);
        std::vector<float> state = first_->state();
        const std::vector<float> other = second_->state();
        const auto channels = static_cast<std::size_t>(first_->channels());
        for (std::size_t i = 0; i < state.size(); ++i) state[i] += (other[i] - state[i]) * blend_[i / channels];
        load(state);
    }
    void set_alignment(Alignment alignment, double degrees) override {
        first_->set_alignment(alignment, degrees);
        second_->set_alignment(alignment, degrees);
    }
    void set_fire_rates(std::span<const float> rates) override {
        first_->set_fire_rates(rates);
        second_->set_fire_rates(rates);
    }
    [[nodiscard]] std::vector<float> state() const override { return first_->state(); }
    void load(std::span<const float> state) override {
        first_->load(state);
        second_->load(state);
    }

private:
    std::unique_ptr<TextureWorld> first_;
    std::unique_ptr<TextureWorld> second_;
    std::vector<float> blend_;
};

} // namespace

std::unique_ptr<TextureWorld> make_texture_world(const TextureModel& model, const TextureOptions& options) {
    return std::visit(
        [&](const auto& found) -> std::unique_ptr<TextureWorld> {
            using R = std::remove_cvref_t<decltype(found.rule)>;
            if (options.eight_bit && !R::has_clamp) {
                throw Failure{nca::quote(model.name) + " was not trained with limits, so it cannot be run with 8 bits"};
            }
            if (options.lattice == Lattice::square) return std::make_unique<SingleWorld<R>>(found.rule, options);
            auto rule = nca::texture::on_hexagons(found.rule);
            return std::make_unique<SingleWorld<decltype(rule)>>(std::move(rule), options);
        },
        model.model);
}

std::unique_ptr<TextureWorld> make_graft(const TextureModel& first, const TextureModel& second,
                                         const TextureOptions& options, std::vector<float> blend) {
    if (first.model.index() != second.model.index()) {
        throw Failure{nca::quote(first.name) + " and " + nca::quote(second.name) +
                      " are models of different rules: they cannot share a grid"};
    }
    TextureOptions other = options;
    other.seed = nca::Philox{options.seed}.split(1).key();
    return std::make_unique<GraftWorld>(make_texture_world(first, options), make_texture_world(second, other),
                                        std::move(blend));
}

std::vector<double> evaluate(const TextureModel& model, const nca::texture::ImageLoss& loss, int steps, int seeds,
                             nca::ThreadPool& threads) {
    return std::visit([&](const auto& any) { return nca::texture::evaluate(any.rule, loss, steps, seeds, threads); },
                      model.model);
}

} // namespace program
