// SPDX-License-Identifier: Apache-2.0
// Worlds of cells. Their engines, for the rules of creatures and of digits, are compiled twice: in
// cell_world.cpp and, deterministic, in cell_world_deterministic.cpp.
#ifndef NCA_EXAMPLES_PROGRAM_CELL_WORLD_HPP
#define NCA_EXAMPLES_PROGRAM_CELL_WORLD_HPP

#include <nca/core/species_map.hpp>
#include <nca/core/thread_pool.hpp>
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

/// How a world is computed. Neither changes what a step means.
struct CellWorldOptions {
    int concurrency = 1;        ///< parts of a step that can run in parallel
    bool deterministic = false; ///< the same bits on every processor: products are rounded before they are added
};

/// The cells of a rule R on a grid, among which adversaries, cells of another rule, may live: species 1 of 2.
template <class R>
class CellWorld {
public:
    using Grid = nca::Grid<float, R::channels, nca::Dynamic, nca::Dynamic>;
    /// How the cells are coloured.
    using Colours = std::conditional_t<R::may_have_life, nca::ArticleColours<R>, nca::mnist::Colours>;

    CellWorld() = default;
    CellWorld(const CellWorld&) = delete;
    CellWorld& operator=(const CellWorld&) = delete;
    virtual ~CellWorld() = default;

    [[nodiscard]] virtual int height() const noexcept = 0;
    [[nodiscard]] virtual int width() const noexcept = 0;
    [[nodiscard]] virtual long steps() const noexcept = 0;
    [[nodiscard]] virtual int living_cells() const noexcept = 0;
    [[nodiscard]] virtual const nca::StepOptions<R>& options() const noexcept = 0;
    virtual void set_options(const nca::StepOptions<R>& options) = 0;

    /// Which cells are adversaries.
    [[nodiscard]] virtual nca::SpeciesMap& species() noexcept = 0;
    [[nodiscard]] virtual const nca::SpeciesMap& species() const noexcept = 0;
    /// Gives the cells closer than `radius` to a place to a species.
    virtual void assign(int species, double radius, double x, double y) = 0;

    /// One step, of both species or of the rule alone, on the threads if there are some. With a perturbation all states
    /// are perturbed before or after it; only rules with an alive mask have one.
    virtual void step(bool with_adversaries, nca::ThreadPool* threads = nullptr,
                      const nca::Perturbation<R>* perturbation = nullptr,
                      nca::PerturbationOrder order = nca::PerturbationOrder::after_step) = 0;

    [[nodiscard]] virtual Grid state() const = 0;
    virtual void load(const Grid& state) = 0;
    /// A hash of the state: equal states have equal hashes.
    [[nodiscard]] virtual std::uint64_t hash() const noexcept = 0;
    /// Plants a seed, from which a creature grows. Precondition: the rule has an alive mask.
    virtual void plant(int x, int y) = 0;
    virtual void erase(double radius, double x, double y) = 0;
    virtual void clear() = 0;

    /// Draws the cells over a background, 4 bytes RGBA each, `stride` bytes from row to row.
    virtual void draw(std::span<std::uint8_t> rgba, std::size_t stride, const Colours& colours = {},
                      nca::Colour background = {255, 255, 255}) const = 0;
};

/// An empty world. The rules outlive it; `adversary` may be null. The seed is that of the fire masks and the noise.
template <class R>
[[nodiscard]] std::unique_ptr<CellWorld<R>> make_cell_world(const R& rule, const R* adversary, int height, int width,
                                                            std::uint64_t seed, const CellWorldOptions& options = {});

extern template std::unique_ptr<CellWorld<nca::growing::Rule<>>> make_cell_world(const nca::growing::Rule<>&,
                                                                                 const nca::growing::Rule<>*, int, int,
                                                                                 std::uint64_t,
                                                                                 const CellWorldOptions&);
extern template std::unique_ptr<CellWorld<nca::mnist::Rule<>>>
make_cell_world(const nca::mnist::Rule<>&, const nca::mnist::Rule<>*, int, int, std::uint64_t, const CellWorldOptions&);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_CELL_WORLD_HPP
