// SPDX-License-Identifier: Apache-2.0
#include "texture_world.hpp"

#include <nca/run/simulation.hpp>
#include <nca/systems/texture/presets.hpp>
#include <nca/systems/texture/graft.hpp>

#include "program.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace program {

namespace {

using nca::texture::Alignment;
using nca::texture::Lattice;

constexpr double radians_per_degree = 3.14159265358979323846 / 180.0;

/// What all worlds of a rule share.
template <class R>
class WorldBase : public TextureWorld {
public:
    explicit WorldBase(const TextureOptions& options)
        : extents_{{options.height, options.width}}, fire_rate_{options.fire_rate.value_or(R::fire_rate)} {}

    [[nodiscard]] int channels() const noexcept override { return R::channels; }
    [[nodiscard]] double rgb_scale() const noexcept override { return nca::texture::rgb_scale<R>; }
    [[nodiscard]] double fire_rate() const noexcept override { return fire_rate_; }

protected:
    using Simulation = nca::Simulation<R, nca::Dynamic, nca::Dynamic>;
    using StateGrid = typename Simulation::StateGrid;

    void set_up(Simulation& world, const TextureOptions& options) const {
        nca::StepOptions<R> step;
        step.fire_rate = fire_rate_;
        step.eight_bit = options.eight_bit;
        world.set_options(step);
        align(world, options.alignment, options.degrees);
    }
    void align(Simulation& world, Alignment alignment, double degrees) const {
        nca::StepOptions<R> step = world.options();
        step.angle = degrees * radians_per_degree;
        world.set_options(step);
        if (alignment == Alignment::cartesian) {
            world.clear_angles();
        } else {
            require(world.set_angles(nca::texture::alignment_angles(alignment, extents_[0], extents_[1])));
        }
    }
    static void set_rates(Simulation& world, std::span<const float> rates) {
        if (rates.empty()) {
            world.clear_fire_rates();
        } else {
            require(world.set_fire_rates(rates));
        }
    }
    [[nodiscard]] StateGrid grid_of(std::span<const float> state) const {
        StateGrid grid{extents_};
        std::copy(state.begin(), state.end(), grid.values().begin());
        return grid;
    }
    [[nodiscard]] StateGrid first_state(std::uint64_t seed) const {
        StateGrid grid{extents_};
        if constexpr (R::layer_count == 1) nca::texture::plant_noise(grid.values(), nca::Philox{seed}.split(3));
        return grid;
    }

    typename Simulation::Shape extents_;
    double fire_rate_;
};

template <class R>
class SingleWorld final : public WorldBase<R> {
public:
    SingleWorld(R rule, const TextureOptions& options)
        : WorldBase<R>{options}, world_{std::move(rule),
                                        this->extents_,
                                        options.seed,
                                        {.concurrency = options.concurrency}} {
        this->set_up(world_, options);
        world_.load(this->first_state(options.seed));
    }

    [[nodiscard]] std::uint64_t steps() const noexcept override { return world_.steps(); }
    void step(nca::ThreadPool& threads) override { world_.step(threads); }
    void set_alignment(Alignment alignment, double degrees) override { this->align(world_, alignment, degrees); }
    void set_fire_rates(std::span<const float> rates) override { this->set_rates(world_, rates); }
    [[nodiscard]] std::span<float> shares() noexcept override { return {}; }
    [[nodiscard]] std::vector<float> state() const override {
        const auto grid = world_.state();
        return {grid.values().begin(), grid.values().end()};
    }
    void load(std::span<const float> state) override { world_.load(this->grid_of(state)); }

private:
    typename WorldBase<R>::Simulation world_;
};

template <class R>
class GraftWorld final : public WorldBase<R> {
public:
    GraftWorld(R first, R second, const TextureOptions& options)
        : WorldBase<R>{options}, first_{std::move(first)}, second_{std::move(second)}, graft_{
                                                                                           nca::borrow(first_),
                                                                                           nca::borrow(second_),
                                                                                           this->extents_,
                                                                                           options.seed,
                                                                                           {.concurrency =
                                                                                                options.concurrency}} {
        this->set_up(graft_.first(), options);
        this->set_up(graft_.second(), options);
        graft_.load(this->first_state(options.seed));
    }

    [[nodiscard]] std::uint64_t steps() const noexcept override { return graft_.steps(); }
    void step(nca::ThreadPool& threads) override { graft_.step(threads); }
    void set_alignment(Alignment alignment, double degrees) override {
        this->align(graft_.first(), alignment, degrees);
        this->align(graft_.second(), alignment, degrees);
    }
    void set_fire_rates(std::span<const float> rates) override {
        this->set_rates(graft_.first(), rates);
        this->set_rates(graft_.second(), rates);
    }
    [[nodiscard]] std::span<float> shares() noexcept override { return graft_.mask(); }
    [[nodiscard]] std::vector<float> state() const override {
        return {graft_.state().values().begin(), graft_.state().values().end()};
    }
    void load(std::span<const float> state) override { graft_.load(this->grid_of(state)); }

private:
    R first_;
    R second_;
    nca::texture::Graft<R> graft_; // borrows the rules
};

/// Calls make(model) with the rule of a model for the wanted lattice.
template <class Make>
std::unique_ptr<TextureWorld> for_lattice(const TextureModel& model, const TextureOptions& options, Make&& make) {
    return std::visit(
        [&](const auto& found) -> std::unique_ptr<TextureWorld> {
            using R = std::remove_cvref_t<decltype(found.rule)>;
            if (options.eight_bit && !R::has_clamp) {
                throw Failure{"'" + model.name + "' was not trained with limits, so it cannot be run with 8 bits"};
            }
            if (options.lattice == Lattice::square) return make(found.rule, [](const R& rule) { return rule; });
            return make(found.rule, [](const R& rule) { return nca::texture::on_hexagons(rule); });
        },
        model.model);
}

} // namespace

std::unique_ptr<TextureWorld> make_texture_world(const TextureModel& model, const TextureOptions& options) {
    return for_lattice(model, options, [&](const auto& rule, auto&& on_lattice) -> std::unique_ptr<TextureWorld> {
        using R = decltype(on_lattice(rule));
        return std::make_unique<SingleWorld<R>>(on_lattice(rule), options);
    });
}

std::unique_ptr<TextureWorld> make_graft(const TextureModel& first, const TextureModel& second,
                                         const TextureOptions& options) {
    return for_lattice(first, options, [&](const auto& rule, auto&& on_lattice) -> std::unique_ptr<TextureWorld> {
        using R = decltype(on_lattice(rule));
        using FirstModel = nca::Model<std::remove_cvref_t<decltype(rule)>>;
        const auto* const other = std::get_if<FirstModel>(&second.model);
        if (other == nullptr) {
            throw Failure{"'" + first.name + "' and '" + second.name +
                          "' are models of different rules: they cannot share a grid"};
        }
        return std::make_unique<GraftWorld<R>>(on_lattice(rule), on_lattice(other->rule), options);
    });
}

} // namespace program
