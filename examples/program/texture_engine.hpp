// SPDX-License-Identifier: Apache-2.0
// Textures of a rule, in the instruction set and the arithmetic of the source that includes this.
#ifndef NCA_EXAMPLES_PROGRAM_TEXTURE_ENGINE_HPP
#define NCA_EXAMPLES_PROGRAM_TEXTURE_ENGINE_HPP

#include <nca/run/simulation.hpp>
#include <nca/systems/texture/rule.hpp>

#include "texture_world.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace program::inline NCA_ISA {

/// A texture of a rule.
template <class R>
class TextureEngine final : public TextureWorld {
    using Simulation = nca::Simulation<R, nca::Dynamic, nca::Dynamic>;

public:
    TextureEngine(const R& rule, const nca::StepOptions<R>& step, const TextureOptions& options)
        : world_{rule,
                 typename Simulation::Shape{{options.height, options.width}},
                 options.seed,
                 {.concurrency = options.concurrency}} {
        world_.set_options(step);
        if (options.alignment != nca::texture::Alignment::cartesian) {
            require(
                world_.set_angles(nca::texture::alignment_angles(options.alignment, options.height, options.width)));
        }
        typename Simulation::StateGrid grid{world_.extents()};
        if constexpr (R::layer_count == 1) nca::texture::plant_noise(grid.values(), nca::Philox{options.seed}.split(3));
        world_.load(grid);
    }

    [[nodiscard]] int channels() const noexcept override { return R::channels; }
    [[nodiscard]] double rgb_scale() const noexcept override { return nca::texture::rgb_scale<R>; }
    [[nodiscard]] double fire_rate() const noexcept override { return world_.options().fire_rate; }

    void step(nca::ThreadPool& threads) override { world_.step(nca::ExecutorRef{threads}); }
    void set_fire_rates(std::span<const float> rates) override {
        if (rates.empty()) return world_.clear_fire_rates();
        require(world_.set_fire_rates(rates));
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

} // namespace program::inline NCA_ISA

#endif // NCA_EXAMPLES_PROGRAM_TEXTURE_ENGINE_HPP
