// SPDX-License-Identifier: Apache-2.0
// The engines of worlds of cells, in the instruction set and the arithmetic of the source that includes this.
#ifndef NCA_EXAMPLES_PROGRAM_CELL_ENGINE_HPP
#define NCA_EXAMPLES_PROGRAM_CELL_ENGINE_HPP

#include <nca/run/community.hpp>
#include <nca/run/perturb.hpp>

#include "cell_world.hpp"

#include <vector>

namespace program::inline NCA_ISA {

template <class R>
class CellEngine final : public CellWorld<R> {
public:
    using typename CellWorld<R>::Grid;
    using typename CellWorld<R>::Colours;

    CellEngine(const R& rule, const R* adversary, int height, int width, std::uint64_t seed, int concurrency)
        : community_{adversary == nullptr ? std::vector{nca::borrow(rule)}
                                          : std::vector{nca::borrow(rule), nca::borrow(*adversary)},
                     nca::Extents<nca::Dynamic, nca::Dynamic>{{height, width}}, seed, concurrency} {}

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
    [[nodiscard]] std::uint64_t hash() const noexcept override { return world().hash(); }
    void plant([[maybe_unused]] int x, [[maybe_unused]] int y) override {
        if constexpr (R::may_have_life) {
            world().plant(x, y);
        } else {
            NCA_ASSERT(false, "program::CellWorld: only rules with an alive mask have a seed");
        }
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

    nca::Community<R, nca::Dynamic, nca::Dynamic> community_;
};

} // namespace program::inline NCA_ISA

#endif // NCA_EXAMPLES_PROGRAM_CELL_ENGINE_HPP
