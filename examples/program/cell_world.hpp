// SPDX-License-Identifier: Apache-2.0
// Worlds of cells. Their engines, for the rules of creatures and of digits, are compiled once: in cell_world.cpp.
#ifndef NCA_EXAMPLES_PROGRAM_CELL_WORLD_HPP
#define NCA_EXAMPLES_PROGRAM_CELL_WORLD_HPP

#include <nca/core/thread_pool.hpp>
#include <nca/run/community.hpp>
#include <nca/run/draw.hpp>
#include <nca/run/perturb.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/mnist/rule.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

namespace program {

/// The cells of a rule R on a grid, among which adversaries, cells of another rule, may live: species 1 of 2.
template <class R>
class CellWorld {
public:
    using Grid = nca::Grid<float, R::channels, nca::Dynamic, nca::Dynamic>;
    /// How the cells are coloured.
    using Colours = std::conditional_t<R::has_life, nca::ArticleColours<R>, nca::mnist::Colours>;

    /// An empty world. The rules outlive it; `adversary` may be null. The seed is that of the fire masks and the noise.
    CellWorld(const R& rule, const R* adversary, int height, int width, std::uint64_t seed, int concurrency = 1);

    [[nodiscard]] int height() const noexcept { return world().extents()[0]; }
    [[nodiscard]] int width() const noexcept { return world().extents()[1]; }
    [[nodiscard]] long steps() const noexcept { return static_cast<long>(world().steps()); }
    [[nodiscard]] int living_cells() const noexcept { return world().living_cells(); }
    [[nodiscard]] const nca::StepOptions<R>& options() const noexcept { return world().options(); }
    void set_options(const nca::StepOptions<R>& options) { world().set_options(options); }

    /// Which cells are adversaries.
    [[nodiscard]] nca::SpeciesMap& species() noexcept { return community_.species(); }
    [[nodiscard]] const nca::SpeciesMap& species() const noexcept { return community_.species(); }
    /// Gives the cells closer than `radius` to a place to a species.
    void assign(int species, double radius, double x, double y) { community_.assign(species, radius, x, y); }

    /// One step, of both species or of the rule alone, on the threads if there are some. With a perturbation all states
    /// are perturbed before or after it; only rules with an alive mask have one.
    void step(bool with_adversaries, nca::ThreadPool* threads = nullptr,
              const nca::Perturbation<R>* perturbation = nullptr,
              nca::PerturbationOrder order = nca::PerturbationOrder::after_step);

    [[nodiscard]] Grid state() const { return world().state(); }
    void load(const Grid& state) { world().load(state); }
    /// Plants a seed, from which a creature grows.
    void plant(int x, int y) requires(R::has_life) { world().plant(x, y); }
    void erase(double radius, double x, double y) { world().erase(radius, x, y); }
    void clear() { world().clear(); }

    /// Draws the cells over a background, 4 bytes RGBA each, `stride` bytes from row to row.
    void draw(std::span<std::uint8_t> rgba, std::size_t stride, const Colours& colours = {},
              nca::Colour background = {255, 255, 255}) const;

private:
    [[nodiscard]] auto& world() noexcept { return community_.world(); }
    [[nodiscard]] const auto& world() const noexcept { return community_.world(); }

    nca::Community<R, nca::Dynamic, nca::Dynamic> community_;
};

extern template class CellWorld<nca::growing::Rule<>>;
extern template class CellWorld<nca::mnist::Rule<>>;

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_CELL_WORLD_HPP
