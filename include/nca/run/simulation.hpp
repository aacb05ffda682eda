// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_SIMULATION_HPP
#define NCA_RUN_SIMULATION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/field.hpp>
#include <nca/cell/rule.hpp>
#include <nca/cell/sparse_state.hpp>
#include <nca/cell/step.hpp>
#include <nca/core/clock.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/memory.hpp>
#include <nca/core/result.hpp>
#include <nca/run/draw.hpp>
#include <nca/run/state_hash.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI {

/// A rule that is used without a copy: any number of simulations, on any threads, can share it. See `borrow`.
template <class R>
struct Borrowed {
    const R* rule;
};
/// Passes a rule to a simulation by reference. Precondition: the rule outlives the simulation and does not change.
template <class R>
[[nodiscard]] Borrowed<R> borrow(const R& rule) noexcept {
    return {&rule};
}
template <class R>
void borrow(const R&&) = delete;

/// Memory that a simulation reserves on construction, so that it does not allocate later.
struct Reserve {
    int concurrency = 1;           ///< parts of a step that can run in parallel
    bool angles = false;           ///< room for one angle per cell
    std::span<std::byte> memory{}; ///< memory to use, at least memory_needed() bytes; if empty, the heap
    bool fire_rates = false;       ///< room for one fire rate per cell
};

/// An axis-aligned box of cells, in the order x, y, z.
template <int Rank>
struct Bounds {
    std::array<int, static_cast<std::size_t>(Rank)> first{};
    std::array<int, static_cast<std::size_t>(Rank)> size{};

    [[nodiscard]] bool empty() const noexcept { return size[0] == 0; }
    friend bool operator==(const Bounds&, const Bounds&) = default;
};

/// Everything that determines the future of a simulation, except its rule and its fields of angles and fire rates.
template <class R>
struct Snapshot {
    std::array<int, static_cast<std::size_t>(R::rank)> sizes{};
    SparseState<typename R::Value> cells{};
    StepOptions<R> options{};
    Philox random{};
    std::uint64_t steps = 0;
};

} // namespace nca::inline NCA_ABI

namespace nca::inline NCA_ABI::inline NCA_ISA {

/// One rule applied to a grid, step by step. Extents are constants or `Dynamic`, slowest first (depth, height, width).
/// Coordinates are x, y, z: x is the column, y the row, downwards; cell centres are at integers. The trajectory depends
/// only on rule, options, seed and edits, not on the executor. A step costs in proportion to the cells that are alive
/// and fire. After construction only errors and functions that return a copy of the state allocate. Not thread-safe.
template <class R, int... Sizes>
class Simulation {
public:
    static_assert(sizeof...(Sizes) == static_cast<std::size_t>(R::rank),
                  "nca::Simulation: state one extent per dimension of the rule");
    using Value = typename R::Value;
    using Shape = Extents<Sizes...>;
    using StateGrid = Grid<Value, R::channels, Sizes...>;
    /// The values of one cell.
    using Cell = std::conditional_t<R::channels == Dynamic, std::vector<Value>,
                                    std::array<Value, static_cast<std::size_t>(std::max(R::channels, 0))>>;

    /// All cells zero, on a grid of compile-time extents; keeps a copy of the rule. Allocates.
    explicit Simulation(R rule, std::uint64_t seed = 0) requires(Shape::is_static)
        : Simulation(std::move(rule), Shape{}, seed) {}
    /// All cells zero; keeps a copy of the rule. Allocates.
    Simulation(R rule, const Shape& extents, std::uint64_t seed = 0, const Reserve& reserve = {})
        : Simulation(std::move(rule), extents, seed, reserve, Private{}) {}
    /// All cells zero, on a grid of compile-time extents, with a shared rule. Allocates.
    explicit Simulation(Borrowed<R> rule, std::uint64_t seed = 0) requires(Shape::is_static)
        : Simulation(rule, Shape{}, seed) {}
    /// With a shared rule. Allocates, unless `reserve.memory` is given, which must outlive the simulation.
    Simulation(Borrowed<R> rule, const Shape& extents, std::uint64_t seed = 0, const Reserve& reserve = {})
        : Simulation(R::view(*rule.rule), extents, seed, reserve, Private{}) {}

    /// The bytes of memory that a simulation needs.
    [[nodiscard]] static std::size_t memory_needed(const Shape& extents, const Reserve& reserve = {}) noexcept
        requires(R::is_static) {
        return memory_needed(ArchitectureOf<R>{}, extents, reserve);
    }
    [[nodiscard]] static std::size_t memory_needed(const ArchitectureOf<R>& rule, const Shape& extents,
                                                   const Reserve& reserve = {}) noexcept {
        std::size_t needed =
            block_alignment + FieldOf<R>::memory_needed(extents.sizes(), rule.channels(), rule.radius()) +
            StepWorkspace<R>::memory_needed(rule, extents.rows(), extents.columns(), std::max(reserve.concurrency, 1));
        if (rule.input_kind() == InputKind::added) {
            needed += FieldOf<R>::memory_needed(extents.sizes(), rule.channels(), rule.radius());
        }
        if (reserve.angles)
            needed += block_bytes<Rotation<Value>>(FieldOf<R>::bordered_cells(extents.sizes(), rule.radius()));
        if (reserve.fire_rates) needed += block_bytes<std::uint32_t>(fire_limit_count(extents));
        return needed;
    }

    [[nodiscard]] const Shape& extents() const noexcept { return extents_; }
    [[nodiscard]] int channels() const noexcept { return field_.channels(); }
    [[nodiscard]] const R& rule() const noexcept { return rule_; }
    /// The number of steps done, which is also the index of the next step's random numbers.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
    /// Which cells fire in the next step, with the given generator.
    [[nodiscard]] FireMask fire_mask(const Philox& random) const noexcept {
        return has_fire_rates_ ? FireMask(random, steps_, fire_limits_.data(), fire_row_length(extents_))
                               : FireMask(random, steps_, options_.fire_rate);
    }
    /// The generator of fire masks and noise.
    [[nodiscard]] const Philox& random() const noexcept { return random_; }

    [[nodiscard]] const StepOptions<R>& options() const noexcept { return options_; }
    /// Sets the options of all further steps. Precondition: the fire rate is in [0, 1].
    void set_options(const StepOptions<R>& options) noexcept {
        NCA_ASSERT(options.fire_rate >= 0.0 && options.fire_rate <= 1.0, "nca::Simulation: the fire rate is in [0, 1]");
        options_ = options;
        field_.set_boundary(options.boundary);
    }

    /// Adds an angle of its own to each cell's StepOptions::angle: [cells], row-major, radians, counter-clockwise.
    /// Allocates on the first call without Reserve::angles. Errors (nothing changes): wrong number, not finite.
    [[nodiscard]] Result<void> set_angles(std::span<const Value> angles) {
        if (angles.size() != static_cast<std::size_t>(extents_.cells())) {
            return Error{"the angle field has " + std::to_string(angles.size()) + " angles, but the grid has " +
                         std::to_string(extents_.cells()) + " cells"};
        }
        for (const Value angle : angles) {
            if (!std::isfinite(angle)) return Error{"an angle of the angle field is not a finite number"};
        }
        if (rotations_.size() == 0) rotations_ = AlignedArray<Rotation<Value>>(field_.positions());
        std::size_t cell = 0;
        for (int row = 0; row < field_.rows(); ++row) {
            for (int column = 0; column < field_.columns(); ++column) {
                rotations_[static_cast<std::size_t>(field_.position(row, column))] =
                    isa_detail::rotation_by<Value>(static_cast<double>(angles[cell++]));
            }
        }
        has_angles_ = true;
        return {};
    }
    /// Removes the field of angles.
    void clear_angles() noexcept { has_angles_ = false; }

    /// Replaces StepOptions::fire_rate per cell: [cells], row-major, in [0, 1]. Allocation, errors: as set_angles().
    [[nodiscard]] Result<void> set_fire_rates(std::span<const Value> rates) {
        if (rates.size() != static_cast<std::size_t>(extents_.cells())) {
            return Error{"the field of fire rates has " + std::to_string(rates.size()) + " rates, but the grid has " +
                         std::to_string(extents_.cells()) + " cells"};
        }
        for (const Value rate : rates) {
            if (!(rate >= Value(0) && rate <= Value(1))) return Error{"a fire rate is not in [0, 1]"};
        }
        if (fire_limits_.size() == 0) fire_limits_ = AlignedArray<std::uint32_t>(fire_limit_count(extents_));
        const auto columns = static_cast<std::size_t>(field_.columns());
        for (std::size_t cell = 0; cell < rates.size(); ++cell) {
            fire_limits_[cell / columns * static_cast<std::size_t>(fire_row_length(extents_)) + cell % columns] =
                fire_limit(static_cast<double>(rates[cell]));
        }
        has_fire_rates_ = true;
        return {};
    }
    /// Removes the field of fire rates.
    void clear_fire_rates() noexcept { has_fire_rates_ = false; }

    /// What cells are told from now on (AddedInputs, PerceivedInputs): one vector for all or, [cells, inputs], one for
    /// each. Allocates where there were fewer before. Errors (nothing changes): wrong number, not finite.
    [[nodiscard]] Result<void> set_inputs(std::span<const Value> inputs) {
        const auto count = static_cast<std::size_t>(rule_.architecture().inputs());
        const bool for_each = inputs.size() == count * static_cast<std::size_t>(extents_.cells());
        if (count == 0) return Error{"the rule has no inputs"};
        if (inputs.size() != count && !for_each) {
            return Error{"expected " + std::to_string(count) + " inputs, or as many for each of " +
                         std::to_string(extents_.cells()) + " cells, found " + std::to_string(inputs.size())};
        }
        for (const Value input : inputs) {
            if (!std::isfinite(input)) return Error{"an input is not a finite number"};
        }
        const std::size_t needed = for_each ? count * field_.positions() : count;
        if (inputs_.size() < needed) inputs_ = AlignedArray<Value>(needed);
        input_stride_ = for_each && extents_.cells() > 1 ? static_cast<std::ptrdiff_t>(count) : 0;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const int cell = static_cast<int>(i / count);
            const std::int32_t position = field_.position(cell / field_.columns(), cell % field_.columns());
            inputs_[input_stride_ == 0 ? i : static_cast<std::size_t>(position) * count + i % count] = inputs[i];
        }
        has_inputs_ = true;
        return {};
    }
    /// Cells are told zeros.
    void clear_inputs() noexcept { has_inputs_ = false; }

    /// One step on the calling thread.
    void step() { step(SerialExecutor{}); }
    /// Steps on the calling thread.
    void step(int count) { step(count, SerialExecutor{}); }
    /// One step on an executor.
    template <class E>
    requires Executor<std::remove_cvref_t<E>>
    void step(E&& executor) {
        tell();
        step_field<R>(std::as_const(rule_).parameters().data(), field_, options_, fire_mask(random_), work_, executor);
        ++steps_;
    }
    /// Steps on an executor.
    template <class E>
    requires Executor<std::remove_cvref_t<E>>
    void step(int count, E&& executor) {
        for (int i = 0; i < count; ++i) step(executor);
    }
    /// Replaces the rule's step and counts as one: task(field, workspace) leaves the workspace in sync (`prepare`).
    template <class Task>
    void step_with(Task&& task) {
        tell();
        task(field_, work_);
        ++steps_;
    }
    /// Edits the cells between two steps: task(field, workspace), which leaves the workspace in sync (`prepare`).
    template <class Task>
    void change(Task&& task) {
        task(field_, work_);
    }
    /// Steps while one like the slowest so far fits the budget, at least once if positive; returns their number.
    template <class Duration>
    int advance(Duration budget) {
        return advance(budget, SerialExecutor{});
    }
    template <class Duration, class E>
    requires Executor<std::remove_cvref_t<E>>
    int advance(Duration budget, E&& executor) {
        const double seconds =
            static_cast<double>(budget.count()) * Duration::period::num / static_cast<double>(Duration::period::den);
        const double start = detail::seconds_now();
        double longest = 0.0;
        int count = 0;
        for (double now = start; now - start + longest < seconds; ++count) {
            step(executor);
            const double end = detail::seconds_now();
            longest = std::max(longest, end - now);
            now = end;
        }
        return count;
    }

    /// The seed of Growing NCA (section "Learning to Grow"): 1 in the alpha and all later channels, 0 in the others.
    [[nodiscard]] static Cell seed_cell() noexcept requires(R::has_life&& R::channels != Dynamic) {
        Cell cell{};
        std::fill(cell.begin() + R::LifePolicy::channel, cell.end(), Value(1));
        return cell;
    }
    /// Sets the cell at (x, y, z) to the seed of Growing NCA (section "Learning to Grow"): 1 in the alpha and all later
    /// channels, 0 in the others. Does nothing outside the grid. Precondition: the rule has Alive.
    template <class... Coordinates>
    void plant(Coordinates... coordinates) requires(R::may_have_life) {
        NCA_ASSERT(rule_.architecture().has_life(), "nca::Simulation: only rules with Alive have a seed");
        static_assert(sizeof...(Coordinates) == sizeof...(Sizes), "nca::Simulation: one coordinate per dimension");
        std::array<int, sizeof...(Sizes)> at{static_cast<int>(coordinates)...};
        std::reverse(at.begin(), at.end());
        int row = 0;
        for (std::size_t d = 0; d < at.size(); ++d) {
            if (at[d] < 0 || at[d] >= extents_.sizes()[d]) return;
            if (d + 1 < at.size()) row = row * extents_.sizes()[d] + at[d];
        }
        Value* const cell = field_.at(field_.position(row, at.back()));
        const int alpha = rule_.architecture().life_channel();
        std::fill_n(cell, alpha, Value(0));
        std::fill(cell + alpha, cell + field_.channels(), Value(1));
        field_.occupied().set(row, at.back());
        prepare<R>(field_, work_);
    }

    /// Zeroes the cells at a Euclidean distance below `radius` cells from (x, y, z), without wrapping around.
    template <class... Coordinates>
    void erase(double radius, Coordinates... coordinates) {
        static_assert(sizeof...(Coordinates) == sizeof...(Sizes), "nca::Simulation: one coordinate per dimension");
        const std::array<double, sizeof...(Sizes)> centre{static_cast<double>(coordinates)...};
        field_.occupied().for_each(work_.rows, [&](int row, int column) {
            if (!(radius > 0.0 && square_distance(centre, row, column) < radius * radius)) return;
            std::fill_n(field_.at(field_.position(row, column)), field_.stride(), Value(0));
            field_.occupied().reset(row, column);
        });
        prepare<R>(field_, work_);
    }
    /// Sets the cells that erase() zeroes to `values`. Precondition: one value per channel.
    template <class... Coordinates>
    void paint(double radius, const Cell& values, Coordinates... coordinates) {
        static_assert(sizeof...(Coordinates) == sizeof...(Sizes), "nca::Simulation: one coordinate per dimension");
        const std::array<double, sizeof...(Sizes)> centre{static_cast<double>(coordinates)...};
        NCA_ASSERT(static_cast<int>(values.size()) == field_.channels(), "nca::Simulation: one value per channel");
        // The conditions are false for NaN, so that a NaN coordinate or radius paints nothing.
        if (!(radius > 0.0) || !(std::abs(centre[0]) < 1e9)) return;
        const double width = field_.columns();
        const int first = static_cast<int>(std::clamp(std::floor(centre[0] - radius), 0.0, width));
        const int last = static_cast<int>(std::clamp(std::ceil(centre[0] + radius) + 1.0, 0.0, width));
        for (int row = 0; row < field_.rows(); ++row) {
            for (int column = first; column < last; ++column) {
                if (square_distance(centre, row, column) < radius * radius) set_cell(row, column, values);
            }
        }
        prepare<R>(field_, work_);
    }

    /// Zeroes all cells.
    void clear() noexcept {
        field_.clear();
        prepare<R>(field_, work_);
    }
    /// Replaces the state: [extents..., channels]. Returns false and changes nothing if these differ.
    template <class T, int C, int... Other>
    bool load(const GridView<T, C, Other...>& state) noexcept {
        check_grid<std::remove_const_t<T>, C, Other...>();
        if (!has_extents(state.extents()) || state.channels() != field_.channels()) return false;
        field_.load(state.data());
        prepare<R>(field_, work_);
        return true;
    }
    /// For arguments in braces, from which no template can be deduced.
    bool load(const GridView<const Value, R::channels, Sizes...>& state) noexcept {
        return load<const Value, R::channels, Sizes...>(state);
    }
    template <class T, int C, int... Other>
    bool load(const Grid<T, C, Other...>& state) noexcept {
        return load(state.view());
    }
    /// Copies the state: [extents..., channels]. Returns false and writes nothing if these differ.
    template <class T, int C, int... Other>
    bool store(const GridView<T, C, Other...>& state) const noexcept {
        check_grid<T, C, Other...>();
        if (!has_extents(state.extents()) || state.channels() != field_.channels()) return false;
        field_.store(state.data());
        return true;
    }
    /// For arguments in braces, from which no template can be deduced.
    bool store(const GridView<Value, R::channels, Sizes...>& state) const noexcept {
        return store<Value, R::channels, Sizes...>(state);
    }
    template <class T, int C, int... Other>
    bool store(Grid<T, C, Other...>& state) const noexcept {
        return store(state.view());
    }
    /// A copy of the state. Allocates.
    [[nodiscard]] StateGrid state() const {
        StateGrid grid{extents_, field_.channels()};
        field_.store(grid.values().data());
        return grid;
    }

    /// Draws the state, 4 bytes per cell; see `draw`. Returns false and writes nothing if `pixels` is too small.
    [[nodiscard]] bool rgba(std::span<std::uint8_t> pixels, const PixelFormat& format = {}) const noexcept {
        return rgba(pixels, format, ArticleColours<R>{rule_.architecture()});
    }
    /// Draws with other colours: `colours(cell)` maps a pointer to a cell's channels to a CellColour.
    template <class Colours>
    [[nodiscard]] bool rgba(std::span<std::uint8_t> pixels, const PixelFormat& format,
                            const Colours& colours) const noexcept {
        return draw(field_, colours, pixels, format);
    }

    /// The number of occupied cells: an upper bound of the cells that are not zero.
    [[nodiscard]] int living_cells() const noexcept { return field_.occupied().count(); }
    /// The bounding box of the occupied cells.
    [[nodiscard]] Bounds<R::rank> bounds() const noexcept {
        std::array<int, sizeof...(Sizes)> min;
        std::array<int, sizeof...(Sizes)> max;
        min.fill(std::numeric_limits<int>::max());
        max.fill(-1);
        field_.occupied().for_each(work_.rows, [&](int row, int column) {
            const auto at = coordinates_of(row, column);
            for (std::size_t axis = 0; axis < at.size(); ++axis) {
                min[axis] = std::min(min[axis], at[axis]);
                max[axis] = std::max(max[axis], at[axis]);
            }
        });
        Bounds<R::rank> box;
        if (max[0] < 0) return box;
        box.first = min;
        for (std::size_t axis = 0; axis < max.size(); ++axis) box.size[axis] = max[axis] - min[axis] + 1;
        return box;
    }
    /// See `state_hash`.
    [[nodiscard]] std::uint64_t hash() const noexcept { return state_hash(field_); }

    /// See Snapshot. Allocates.
    [[nodiscard]] Snapshot<R> snapshot() const {
        Snapshot<R> copy;
        snapshot(copy);
        return copy;
    }
    /// Reuses the memory of a snapshot; allocates only if it is too small.
    void snapshot(Snapshot<R>& into) const {
        into.sizes = extents_.sizes();
        save_cells(field_, into.cells);
        into.options = options_;
        into.random = random_;
        into.steps = steps_;
    }
    /// Returns to a snapshot. Returns false and changes nothing if extents or channels differ.
    [[nodiscard]] bool restore(const Snapshot<R>& snapshot) noexcept {
        if (snapshot.sizes != extents_.sizes()) return false;
        const auto values = snapshot.cells.positions.size() * static_cast<std::size_t>(field_.channels());
        if (snapshot.cells.values.size() != values) return false;
        load_cells(snapshot.cells, field_);
        set_options(snapshot.options);
        random_ = snapshot.random;
        steps_ = snapshot.steps;
        prepare<R>(field_, work_);
        return true;
    }

private:
    using Memory = AlignedArray<std::byte>;

    [[nodiscard]] static Memory memory_for(const R& rule, const Shape& extents, const Reserve& reserve) {
        return reserve.memory.empty() ? Memory::uninitialised(memory_needed(rule.architecture(), extents, reserve))
                                      : Memory{};
    }
    [[nodiscard]] static int fire_row_length(const Shape& extents) noexcept {
        return (extents.columns() + 63) / 64 * 64;
    }
    [[nodiscard]] static std::size_t fire_limit_count(const Shape& extents) noexcept {
        return static_cast<std::size_t>(extents.rows()) * static_cast<std::size_t>(fire_row_length(extents));
    }

    struct Private {};

    /// Makes the workspace know the fields of the cells.
    void tell() noexcept {
        work_.rotations = has_angles_ ? rotations_.data() : nullptr;
        work_.inputs = {has_inputs_ ? inputs_.data() : nullptr, input_stride_};
    }

    Simulation(R rule, const Shape& extents, std::uint64_t seed, const Reserve& reserve, Private /*tag*/)
        : rule_{std::move(rule)}, extents_{extents}, random_{seed}, options_{step_options_of<R>(rule_.architecture())},
          memory_{memory_for(rule_, extents, reserve)}, region_{memory_.size() == 0
                                                                    ? reserve.memory
                                                                    : std::span<std::byte>{memory_.data(),
                                                                                           memory_.size()}},
          field_{extents.sizes(), rule_.architecture(), &region_}, work_{rule_.architecture(), field_,
                                                                         std::max(reserve.concurrency, 1), &region_} {
        if (reserve.angles) rotations_ = AlignedArray<Rotation<Value>>(field_.positions(), &region_);
        if (reserve.fire_rates) fire_limits_ = AlignedArray<std::uint32_t>(fire_limit_count(extents), &region_);
        field_.set_boundary(options_.boundary);
    }

    template <class T, int C, int... Other>
    static constexpr void check_grid() noexcept {
        static_assert(std::is_same_v<T, Value>, "nca::Simulation: the grid has another scalar type than the rule");
        static_assert(C == R::channels, "nca::Simulation: the grid has another number of channels than the rule");
        static_assert(sizeof...(Other) == sizeof...(Sizes),
                      "nca::Simulation: the grid has another number of dimensions than the simulation");
        if constexpr (sizeof...(Other) == sizeof...(Sizes)) {
            static_assert(((Other == Dynamic || Sizes == Dynamic || Other == Sizes) && ...),
                          "nca::Simulation: the grid has other extents than the simulation");
        }
    }
    template <int... Other>
    [[nodiscard]] bool has_extents(const Extents<Other...>& other) const noexcept {
        return std::equal(other.sizes().begin(), other.sizes().end(), extents_.sizes().begin());
    }

    [[nodiscard]] std::array<int, sizeof...(Sizes)> coordinates_of(int row, int column) const noexcept {
        std::array<int, sizeof...(Sizes)> at{column};
        for (std::size_t axis = 1; axis < at.size(); ++axis) {
            const int size = extents_[R::rank - 1 - static_cast<int>(axis)];
            at[axis] = row % size;
            row /= size;
        }
        return at;
    }
    [[nodiscard]] double square_distance(const std::array<double, sizeof...(Sizes)>& centre, int row,
                                         int column) const noexcept {
        const auto at = coordinates_of(row, column);
        double square = 0.0;
        for (std::size_t axis = 0; axis < at.size(); ++axis) {
            const double distance = at[axis] - centre[axis];
            square = multiply_add(distance, distance, square);
        }
        return square;
    }
    void set_cell(int row, int column, const Cell& values) noexcept {
        std::copy(values.begin(), values.end(), field_.at(field_.position(row, column)));
        field_.occupied().set(row, column);
    }

    R rule_;
    Shape extents_;
    Philox random_;
    StepOptions<R> options_;
    Memory memory_;
    Region region_;
    FieldOf<R> field_;
    StepWorkspace<R> work_;
    AlignedArray<Rotation<Value>> rotations_{};
    AlignedArray<std::uint32_t> fire_limits_{};
    AlignedArray<Value> inputs_{};
    std::ptrdiff_t input_stride_ = 0;
    bool has_inputs_ = false;
    bool has_angles_ = false;
    bool has_fire_rates_ = false;
    std::uint64_t steps_ = 0;
};

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_SIMULATION_HPP
