// SPDX-License-Identifier: Apache-2.0
// The engine of a CellWorld, for the one file that instantiates make_cell_world() for a rule.
#ifndef NCA_EXAMPLES_PROGRAM_CELL_WORLD_ENGINE_HPP
#define NCA_EXAMPLES_PROGRAM_CELL_WORLD_ENGINE_HPP

#include <nca/run/community.hpp>

#include "cell_world.hpp"

#include <vector>

namespace program {

template <class R>
class CellEngine final : public CellWorld<R> {
public:
    using typename CellWorld<R>::Grid;
    using typename CellWorld<R>::Colours;
    using Community = nca::Community<R, nca::Dynamic, nca::Dynamic>;

    CellEngine(const std::vector<nca::Borrowed<R>>& rules, int height, int width, std::uint64_t seed, int concurrency)
        : community_{rules, typename Community::World::Shape{{height, width}}, seed, concurrency} {}

    [[nodiscard]] int height() const noexcept override { return world().extents()[0]; }
    [[nodiscard]] int width() const noexcept override { return world().extents()[1]; }
    [[nodiscard]] long steps() const noexcept override { return static_cast<long>(world().steps()); }
    [[nodiscard]] int living_cells() const noexcept override { return world().living_cells(); }
    [[nodiscard]] const nca::StepOptions<R>& options() const noexcept override { return world().options(); }
    void set_options(const nca::StepOptions<R>& options) override { world().set_options(options); }

    [[nodiscard]] nca::SpeciesMap& species() noexcept override { return community_.species(); }
    [[nodiscard]] const nca::SpeciesMap& species() const noexcept override { return community_.species(); }
    void assign(int species, double radius, double x, double y) override { community_.assign(species, radius, x, y); }

    void step(bool with_adversaries, nca::ThreadPool* threads, const nca::Perturbation<R>* perturbation,
              nca::PerturbationOrder order) override {
        nca::SerialExecutor serial;
        const nca::ExecutorRef executor = threads != nullptr ? nca::ExecutorRef{*threads} : nca::ExecutorRef{serial};
        const auto plain = [&] {
            if (with_adversaries) {
                community_.step(executor);
            } else {
                world().step(executor);
            }
        };
        if constexpr (R::has_life) {
            if (perturbation != nullptr) return nca::perturbed_step(world(), *perturbation, order, plain);
        }
        plain();
    }

    [[nodiscard]] Grid state() const override { return world().state(); }
    void load(const Grid& state) override { world().load(state); }
    void plant(int x, int y) override {
        if constexpr (R::has_life) world().plant(x, y);
    }
    void erase(double radius, double x, double y) override { world().erase(radius, x, y); }
    void clear() override { world().clear(); }

    void draw(std::span<std::uint8_t> rgba, std::size_t stride, const Colours& colours,
              nca::Colour background) const override {
        const bool drawn = world().rgba(rgba, {.stride = stride, .background = background}, colours);
        NCA_ASSERT(drawn, "program::CellWorld: too little memory for the image");
        static_cast<void>(drawn);
    }

private:
    [[nodiscard]] auto& world() noexcept { return community_.world(); }
    [[nodiscard]] const auto& world() const noexcept { return community_.world(); }

    Community community_;
};

template <class R>
std::unique_ptr<CellWorld<R>> make_cell_world(const R& rule, const R* adversary, int height, int width,
                                              std::uint64_t seed, int concurrency) {
    std::vector<nca::Borrowed<R>> rules{nca::borrow(rule)};
    if (adversary != nullptr) rules.push_back(nca::borrow(*adversary));
    return std::make_unique<CellEngine<R>>(rules, height, width, seed, concurrency);
}

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_CELL_WORLD_ENGINE_HPP
