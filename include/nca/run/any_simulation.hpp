// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_ANY_SIMULATION_HPP
#define NCA_RUN_ANY_SIMULATION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/rule_description.hpp>
#include <nca/cell/sparse_state.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/philox.hpp>
#include <nca/core/result.hpp>
#include <nca/core/species_map.hpp>
#include <nca/run/draw.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace nca::inline NCA_ABI {

/// Everything that determines the future of an AnySimulation, except its rules and its fields of angles, fire rates and
/// inputs.
struct AnySnapshot {
    std::vector<int> sizes{};
    SparseState<float> cells{};
    StepOptions<AnyRule> options{};
    Philox random{};
    std::uint64_t steps = 0;
    std::vector<std::uint8_t> species{}; ///< of every cell; empty with a single rule
};

/// How a cell is coloured: a function of its channels.
using CellColours = std::function<CellColour(const float*)>;

/// A simulation of one or more rules on a grid of one to three dimensions, whatever their types: the functions of
/// Simulation and Community behind one interface, for programs that run what a file describes. See AnyModel, which
/// makes one. A cell is given by its coordinates x, y, z, as many as the grid has dimensions. Not thread-safe.
class AnySimulation {
public:
    AnySimulation() = default;
    AnySimulation(const AnySimulation&) = delete;
    AnySimulation& operator=(const AnySimulation&) = delete;
    virtual ~AnySimulation() = default;

    /// Of all its rules, which differ in their parameters alone.
    [[nodiscard]] virtual const RuleDescription& description() const noexcept = 0;
    /// The extents of the grid, slowest first: depth, height, width.
    [[nodiscard]] virtual std::span<const int> sizes() const noexcept = 0;
    [[nodiscard]] int cells() const noexcept {
        int count = 1;
        for (const int size : sizes()) count *= size;
        return count;
    }
    [[nodiscard]] int channels() const noexcept { return description().channels; }
    /// See Simulation::steps().
    [[nodiscard]] virtual std::uint64_t steps() const noexcept = 0;

    [[nodiscard]] virtual StepOptions<AnyRule> options() const noexcept = 0;
    /// See Simulation::set_options().
    virtual void set_options(const StepOptions<AnyRule>& options) noexcept = 0;
    /// See the functions of the same names of Simulation.
    [[nodiscard]] virtual Result<void> set_inputs(std::span<const float> inputs) = 0;
    virtual void clear_inputs() noexcept = 0;
    [[nodiscard]] virtual Result<void> set_angles(std::span<const float> angles) = 0;
    virtual void clear_angles() noexcept = 0;
    [[nodiscard]] virtual Result<void> set_fire_rates(std::span<const float> rates) = 0;
    virtual void clear_fire_rates() noexcept = 0;

    /// The species of every cell: species s follows the rule of model s. All are 0 at first.
    [[nodiscard]] virtual SpeciesMap& species() noexcept = 0;
    [[nodiscard]] virtual const SpeciesMap& species() const noexcept = 0;

    /// One step of all species. Does not allocate.
    virtual void step(ExecutorRef executor) = 0;
    /// Steps on the calling thread.
    void step(int count = 1) {
        SerialExecutor serial;
        for (int i = 0; i < count; ++i) step(ExecutorRef{serial});
    }

    /// See Simulation::plant(). Precondition: the rule has an alive mask.
    virtual void plant(std::span<const int> at) = 0;
    /// See Simulation::erase().
    virtual void erase(double radius, std::span<const double> at) = 0;
    /// See Simulation::paint().
    virtual void paint(double radius, std::span<const float> values, std::span<const double> at) = 0;
    /// Gives the cells that erase() would zero to a species.
    virtual void assign(int species, double radius, std::span<const double> at) = 0;
    virtual void clear() noexcept = 0;

    /// Replaces or copies the state, [extents..., channels]. Precondition: the size of the state.
    virtual void load(std::span<const float> state) = 0;
    virtual void store(std::span<float> state) const = 0;
    [[nodiscard]] std::vector<float> state() const {
        std::vector<float> values(static_cast<std::size_t>(cells()) * static_cast<std::size_t>(channels()));
        store(values);
        return values;
    }

    /// See Simulation::living_cells().
    [[nodiscard]] virtual int living_cells() const noexcept = 0;
    /// See Simulation::bounds(): the first cell and the size along x, y, z.
    virtual void bounds(std::span<int> first, std::span<int> size) const noexcept = 0;
    /// See `state_hash`.
    [[nodiscard]] virtual std::uint64_t hash() const noexcept = 0;

    /// See Simulation::rgba(): rows of a world of three dimensions lie below each other, layer by layer.
    [[nodiscard]] virtual bool rgba(std::span<std::uint8_t> pixels, const PixelFormat& format = {}) const = 0;
    [[nodiscard]] virtual bool rgba(std::span<std::uint8_t> pixels, const PixelFormat& format,
                                    const CellColours& colours) const = 0;

    [[nodiscard]] virtual AnySnapshot snapshot() const = 0;
    /// Returns to a snapshot. Returns false and changes nothing if extents, channels or species differ.
    [[nodiscard]] virtual bool restore(const AnySnapshot& snapshot) = 0;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_ANY_SIMULATION_HPP
