// SPDX-License-Identifier: Apache-2.0
// Worlds of cells. The engine of each rule is compiled once: creature.cpp and digits.cpp include cell_world_engine.hpp.
#ifndef NCA_EXAMPLES_PROGRAM_CELL_WORLD_HPP
#define NCA_EXAMPLES_PROGRAM_CELL_WORLD_HPP

#include <nca/cell/perturbation.hpp>
#include <nca/cell/rule.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/species_map.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/run/perturb.hpp>
#include <nca/run/picture.hpp>
#include <nca/systems/growing.hpp>
#include <nca/systems/mnist.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace program {

/// How the cells of a rule are coloured.
template <class R>
struct ColoursOf {
    using Type = nca::ArticleColours<R>;
};
template <>
struct ColoursOf<nca::mnist::Rule<>> {
    using Type = nca::mnist::Colours;
};

/// The cells of a rule R on a grid, among which adversaries, cells of another rule, may live: species 1 of 2.
/// An nca::Community whose members are compiled once per rule.
template <class R>
class CellWorld {
public:
    using Grid = nca::Grid<float, R::channels, nca::Dynamic, nca::Dynamic>;
    using Colours = typename ColoursOf<R>::Type;

    /// An empty world. The rules outlive it; `adversary` may be null. The seed is that of the fire masks and the noise.
    CellWorld(const R& rule, const R* adversary, int height, int width, std::uint64_t seed, int concurrency = 1);
    CellWorld(CellWorld&&) noexcept;
    CellWorld& operator=(CellWorld&&) noexcept;
    ~CellWorld();

    [[nodiscard]] int height() const noexcept;
    [[nodiscard]] int width() const noexcept;
    [[nodiscard]] long steps() const noexcept;
    [[nodiscard]] int living_cells() const noexcept;
    [[nodiscard]] const nca::StepOptions<R>& options() const noexcept;
    void set_options(const nca::StepOptions<R>& options);

    /// Which cells are adversaries.
    [[nodiscard]] nca::SpeciesMap& species() noexcept;
    [[nodiscard]] const nca::SpeciesMap& species() const noexcept;
    /// Gives the cells closer than `radius` to a place to a species.
    void settle(int species, double radius, double x, double y);

    /// One step, of both species or of the rule alone, on the threads if there are some.
    void step(bool with_adversaries, nca::ThreadPool* threads = nullptr);
    /// The same with all states perturbed.
    void step(bool with_adversaries, nca::ThreadPool* threads, const nca::Perturbation<R>& perturbation,
              nca::PerturbationOrder order) requires(R::has_life);

    [[nodiscard]] Grid state() const;
    void load(const Grid& state);
    void plant(int x, int y) requires(R::has_life);
    void erase(double radius, double x, double y);
    void clear();

    /// Draws the cells over a background, 4 bytes RGBA each, `stride` bytes from row to row.
    void draw(std::span<std::uint8_t> rgba, std::size_t stride, const Colours& colours = {},
              nca::Colour background = {255, 255, 255}) const;

private:
    struct Engine;
    std::unique_ptr<Engine> engine_;
};

extern template class CellWorld<nca::growing::Rule<>>;
extern template class CellWorld<nca::mnist::Rule<>>;

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_CELL_WORLD_HPP
