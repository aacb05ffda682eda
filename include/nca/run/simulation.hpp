// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_SIMULATION_HPP
#define NCA_RUN_SIMULATION_HPP

#include <nca/core/executor.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/core/grid.hpp>
#include <nca/rule/rule.hpp>
#include <nca/run/field.hpp>
#include <nca/run/step.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace nca::inline NCA_ISA {

/// A living world: a rule at work on a grid, step after step.
///
/// Extents are compile-time numbers or `Dynamic`, slowest first; coordinates of its functions are x, y, z, as on a
/// screen: x counts columns, y rows downwards. The cost of a step follows the cells that live and fire. The film is a
/// function of the rule, the options, the seed and what is done to the world: it depends neither on the executor nor on
/// the number of threads. Steps allocate nothing. One thread at a time per simulation.
template <class R, int... Sizes>
class Simulation {
public:
    static_assert(sizeof...(Sizes) == static_cast<std::size_t>(R::rank),
                  "nca::Simulation: state one extent per dimension of the rule");
    using Value = typename R::Value;
    using Shape = Extents<Sizes...>;
    using StateGrid = Grid<Value, R::channels, Sizes...>;

    /// An empty world whose extents are compile-time numbers. Allocates.
    explicit Simulation(R rule, std::uint64_t seed = 0) requires(Shape::is_static)
        : Simulation(std::move(rule), Shape{}, seed) {}

    /// An empty world. `concurrency`: how many pieces of a step may run at a time. Allocates.
    Simulation(R rule, const Shape& extents, std::uint64_t seed = 0, int concurrency = 1)
        : rule_{std::move(rule)}, extents_{extents}, random_{seed}, field_{extents.sizes()}, work_{field_,
                                                                                                   std::max(concurrency,
                                                                                                            1)} {
        field_.set_boundary(options_.boundary);
    }

    [[nodiscard]] const Shape& extents() const noexcept { return extents_; }
    [[nodiscard]] const R& rule() const noexcept { return rule_; }
    /// Steps done: the index of the next step's random numbers.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

    [[nodiscard]] const StepOptions<R>& options() const noexcept { return options_; }
    /// Changes how steps are done from now on. Allocates when the boundary changes.
    void set_options(const StepOptions<R>& options) {
        options_ = options;
        field_.set_boundary(options.boundary);
    }

    /// One step on the calling thread.
    void step() { step(SerialExecutor{}); }

    /// One step on an executor.
    template <class E>
    requires Executor<std::remove_cvref_t<E>>
    void step(E&& executor) {
        step_field<R>(rule_.parameters().data(), field_, options_, FireMask(random_, steps_, options_.fire_rate), work_,
                      executor);
        ++steps_;
    }

    /// Plants a seed: one cell whose channels from the life channel on are 1, the others 0. Outside the grid: nothing.
    template <class... Coordinates>
    void plant(Coordinates... coordinates) requires(R::has_life) {
        const auto at = place(coordinates...);
        if (!inside(at)) return;
        const auto [row, column] = row_and_column(at);
        Value* const cell = field_.at(field_.position(row, column));
        for (int c = 0; c < R::channels; ++c) cell[c] = c < R::LifePolicy::channel ? Value(0) : Value(1);
        field_.occupied().set(row, column);
        prepare<R>(field_, work_);
    }

    /// Makes the cells closer than `radius` to a place zero. Coordinates may lie outside the grid.
    template <class... Coordinates>
    void erase(double radius, Coordinates... coordinates) {
        static_assert(sizeof...(Coordinates) == sizeof...(Sizes), "nca::Simulation: one coordinate per dimension");
        const std::array<double, sizeof...(Sizes)> centre{static_cast<double>(coordinates)...};
        field_.occupied().for_each([&](int row, int column) {
            double square = (column - centre[0]) * (column - centre[0]);
            int rest = row;
            for (std::size_t axis = 1; axis < centre.size(); ++axis) {
                const int size = extents_[R::rank - 1 - static_cast<int>(axis)];
                const double distance = rest % size - centre[axis];
                rest /= size;
                square += distance * distance;
            }
            if (!(square < radius * radius)) return;
            std::fill_n(field_.at(field_.position(row, column)), FieldOf<R>::stride, Value(0));
            field_.occupied().reset(row, column);
        });
        prepare<R>(field_, work_);
    }

    /// Empties the world.
    void clear() noexcept {
        field_.clear();
        prepare<R>(field_, work_);
    }

    /// Replaces the state: [extents..., channels].
    void load(const GridView<const Value, R::channels, Sizes...>& state) noexcept {
        NCA_ASSERT(state.extents() == extents_, "nca::Simulation: a state of other extents");
        field_.load(state.data());
        prepare<R>(field_, work_);
    }

    /// Copies the state: [extents..., channels].
    void store(const GridView<Value, R::channels, Sizes...>& state) const noexcept {
        NCA_ASSERT(state.extents() == extents_, "nca::Simulation: a state of other extents");
        field_.store(state.data());
    }

    /// A copy of the state. Allocates.
    [[nodiscard]] StateGrid state() const {
        StateGrid grid{extents_};
        field_.store(grid.values().data());
        return grid;
    }

    /// The number of cells that may differ from zero.
    [[nodiscard]] int living_cells() const noexcept { return field_.occupied().count(); }

private:
    using Place = std::array<int, sizeof...(Sizes)>;

    template <class... Coordinates>
    [[nodiscard]] static Place place(Coordinates... coordinates) noexcept {
        static_assert(sizeof...(Coordinates) == sizeof...(Sizes), "nca::Simulation: one coordinate per dimension");
        Place at{static_cast<int>(coordinates)...};
        std::reverse(at.begin(), at.end());
        return at;
    }
    [[nodiscard]] bool inside(const Place& at) const noexcept {
        for (std::size_t d = 0; d < at.size(); ++d) {
            if (at[d] < 0 || at[d] >= extents_.sizes()[d]) return false;
        }
        return true;
    }
    [[nodiscard]] std::pair<int, int> row_and_column(const Place& at) const noexcept {
        int row = 0;
        for (std::size_t d = 0; d + 1 < at.size(); ++d) row = row * extents_.sizes()[d] + at[d];
        return {row, at.back()};
    }

    R rule_;
    Shape extents_;
    Philox random_;
    StepOptions<R> options_{};
    FieldOf<R> field_;
    StepWorkspace<R> work_;
    std::uint64_t steps_ = 0;
};

} // namespace nca::inline NCA_ISA

#endif // NCA_RUN_SIMULATION_HPP
