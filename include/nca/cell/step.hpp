// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_STEP_HPP
#define NCA_CELL_STEP_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/architecture.hpp>
#include <nca/cell/cell_update.hpp>
#include <nca/cell/field.hpp>
#include <nca/cell/noise.hpp>
#include <nca/cell/rule.hpp>
#include <nca/core/cell_mask.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/fire_mask.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace nca::inline NCA_ABI::inline NCA_ISA {

/// The field of a rule.
template <class R>
using FieldOf = Field<typename R::Value, R::channels, R::rank, R::radius>;

/// The memory of a step: masks, active cells and their updates. Reused from step to step without allocation.
template <class R>
class StepWorkspace {
public:
    using T = typename R::Value;

    StepWorkspace() = default;

    /// Sized for all cells being active. Memory from `region` or the heap. `concurrency`: tiles computed at a time.
    NCA_COLD StepWorkspace(const ArchitectureOf<R>& rule, const FieldOf<R>& field, int concurrency = 1,
                           Region* region = nullptr)
        : mature(field.rows(), field.columns(), region), next_mature(field.rows(), field.columns(), region),
          pre(field.rows(), field.columns(), region), post(field.rows(), field.columns(), region),
          beside(field.rows(), field.columns(), region), firing(field.rows(), field.columns(), region),
          scratch(field.rows(), field.columns(), region), scratch2(field.rows(), field.columns(), region),
          active(AlignedArray<std::int32_t>::uninitialised(static_cast<std::size_t>(field.cells()), region)),
          updates(AlignedArray<T>::uninitialised(
              static_cast<std::size_t>(field.cells()) * static_cast<std::size_t>(field.stride()), region)),
          tiles(rule, concurrency, region) {
        if constexpr (R::may_be_bfloat16) {
            weights = AlignedArray<Bfloat16Pair>(paired_size(rule, rule.layer_count()), region);
        }
        if (rule.stores_dead_cells()) {
            everywhere = CellMask{field.rows(), field.columns(), region};
            everywhere.fill();
            living = CellMask{field.rows(), field.columns(), region};
        }
        if (rule.input_kind() == InputKind::added) {
            with_inputs.emplace(field.sizes(), rule, region);
            addend = AlignedArray<T>(static_cast<std::size_t>(field.stride()), region);
        }
        if (!rule.has_life() && !rule.has_given_life()) pre.fill();
    }

    /// Bytes that a workspace takes from a region.
    [[nodiscard]] static std::size_t memory_needed(const ArchitectureOf<R>& rule, int rows, int columns,
                                                   int concurrency) noexcept {
        const auto cells = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
        const auto stride = static_cast<std::size_t>(padded(rule.channels()));
        return (rule.stores_dead_cells() ? 10 : 8) * CellMask::memory_needed(rows, columns) +
               block_bytes<std::int32_t>(cells) + block_bytes<T>(cells * stride) +
               TileBuffers<R>::memory_needed(rule, concurrency) +
               (rule.input_kind() == InputKind::added ? block_bytes<T>(stride) : 0) +
               (R::may_be_bfloat16 ? block_bytes<Bfloat16Pair>(paired_size(rule, rule.layer_count())) : 0);
    }

    /// The rule whose steps these are.
    [[nodiscard]] const ArchitectureOf<R>& rule() const noexcept { return tiles.rule(); }

    CellMask mature{};                   ///< cells whose life channel exceeds the threshold
    CellMask next_mature{};              ///< the same after the update
    CellMask pre{};                      ///< cells alive before the step
    CellMask post{};                     ///< cells alive after the update
    CellMask beside{};                   ///< cells next to dying or rescuing cells
    CellMask firing{};                   ///< cells that fire, where words of `pre` are not 0
    CellMask scratch{};                  ///< no meaning between calls
    CellMask scratch2{};                 ///< no meaning between calls
    RowRange rows{};                     ///< rows beyond which no cell is occupied or mature
    AlignedArray<std::int32_t> active{}; ///< positions of the cells that live and fire, in row-major order
    int active_count = 0;
    AlignedArray<T> updates{}; ///< their updates: [active_count, padded(channels)]
    TileBuffers<R> tiles{};
    /// The weights as a step needs them that multiplies in bfloat16.
    AlignedArray<Bfloat16Pair> weights{};
    /// The rotation of every cell, by its position in the bordered grid, on top of the one that all share; or null.
    const Rotation<T>* rotations = nullptr;
    /// What cells are told.
    CellInputs<T> inputs{};
    /// The state with inputs added (AddedInputs).
    std::optional<FieldOf<R>> with_inputs{};
    /// What all living cells add to all channels where one vector is told to all (AddedInputs).
    AlignedArray<T> addend{};
    /// True if updates of ClampState are replaced by 1, or 0 where the sum was outside the limits.
    bool notes_clamped = false;
    /// All cells, of rules whose dead cells hold something.
    CellMask everywhere{};
    /// The cells that lived through the last step, of the same rules.
    CellMask living{};
    /// True if every dead cell is known to hold the DeadState.
    bool holds_dead_state = false;
    /// The cells that follow the rule, where several share the grid; or null: all.
    const CellMask* own = nullptr;

    /// 64 cells of a row that follow the rule.
    [[nodiscard]] std::uint64_t own_word(int row, int word) const noexcept {
        return own != nullptr ? own->word(row, word) : ~std::uint64_t{0};
    }
};

namespace isa_detail {

/// Entries of a list from `first` to before `last`.
struct IndexRange {
    int first = 0;
    int last = 0;
};

/// The rotation of perception by an angle. Multiples of a quarter turn are exact.
template <class T>
[[nodiscard]] inline Rotation<T> rotation_by(double angle) noexcept {
    constexpr double quarter = 1.5707963267948966;
    const double turns = angle / quarter;
    const double nearest = std::round(turns);
    if (std::abs(turns - nearest) < 1e-12) {
        constexpr std::array<int, 4> cosines{1, 0, -1, 0};
        const auto turn = static_cast<std::size_t>(((std::llround(nearest) % 4) + 4) % 4);
        return {static_cast<T>(cosines[turn]), static_cast<T>(cosines[(turn + 3) % 4])};
    }
    return {static_cast<T>(std::cos(angle)), static_cast<T>(std::sin(angle))};
}

template <class R>
void find_mature(const ArchitectureOf<R>& rule, const FieldOf<R>& field, RowRange rows, CellMask& mature) noexcept {
    mature.clear();
    if (!rule.has_life() && !rule.has_given_life()) return;
    const auto threshold = rule.life_threshold();
    const int channel = rule.life_channel();
    const bool inclusive = rule.life_test() == LifeTest::on_update;
    field.occupied().for_each(rows, [&](int row, int column) {
        const auto life = field.at(field.position(row, column))[channel];
        if (life > threshold || (inclusive && life == threshold)) mature.set(row, column);
    });
}

/// The rows that a step can touch if `rows` live: life spreads by its radius, a rescue reaches as far again, and back.
template <class R>
[[nodiscard]] RowRange reach_of(const FieldOf<R>& field, RowRange rows, Boundary boundary,
                                const ArchitectureOf<R>& rule) noexcept {
    if (rows.empty()) return rows;
    int reach = 1;
    for (int d = 0; d + 2 < R::rank; ++d) reach += field.sizes()[static_cast<std::size_t>(d) + 1];
    reach = R::rank == 1 ? 0 : 4 * reach * rule.life_radius();
    const RowRange wide{rows.first - reach, rows.last + reach};
    if (boundary == Boundary::torus && (wide.first < 0 || wide.last > field.rows())) return {0, field.rows()};
    return {std::max(wide.first, 0), std::min(wide.last, field.rows())};
}

/// Lists the cells of a mask, and of `own` unless it is null, that fire: fires(row, word) tells of 64.
template <class R, class Fires>
NCA_NOINLINE int list_firing(const FieldOf<R>& field, RowRange rows, const CellMask& candidates, const CellMask* own,
                             std::int32_t* out, Fires&& fires) noexcept {
    const int words = field.occupied().words_per_row();
    int count = 0;
    for (int row = rows.first; row < rows.last; ++row) {
        for (int w = 0; w < words; ++w) {
            std::uint64_t bits = candidates.word(row, w);
            if (own != nullptr) bits &= own->word(row, w);
            if (bits == 0) continue;
            bits &= fires(row, w);
            const std::int32_t base = field.position(row, 64 * w);
            for (; bits != 0; bits &= bits - 1U) out[count++] = base + std::countr_zero(bits);
        }
    }
    return count;
}

/// Calls task(first, last) for pieces of [0, count) that are cut at tiles, as many as the executor runs at a time.
template <class E, class Task>
void for_pieces(E& executor, int count, int pieces, Task&& task) {
    const int tiles = (count + tile_cells - 1) / tile_cells;
    pieces = std::min(pieces, tiles);
    executor.run(pieces, [&](int piece) {
        const auto cut = [&](int p) {
            return std::min(count, static_cast<int>(std::int64_t{tiles} * p / pieces) * tile_cells);
        };
        task(piece, cut(piece), cut(piece + 1));
    });
}

/// updates[i] = network(perception(cells[i])) + noise for listed cells. Shows every tile to `observe`, before noise,
/// then calls computed(first, start, done, last): of the piece [first, last) of the list, which one thread computes,
/// the cells before `done` are finished, those before `start` have been for long.
template <class R, class E, class Observe, class Computed>
NCA_NOINLINE void compute_updates(const typename R::Value* parameters, const FieldOf<R>& field, // that cells perceive
                                  const std::int32_t* cells, int count, const StepOptions<R>& options,
                                  [[maybe_unused]] const FireMask& fire, StepWorkspace<R>& work,
                                  typename R::Value* updates, E& executor, Observe& observe, Computed&& computed) {
    using T = typename R::Value;
    const int stride = field.stride();
    const ArchitectureOf<R>& rule = work.rule();
    const Rotations<T> turn{rotation_by<T>(options.angle), work.rotations};
    const Bfloat16Pair* paired = nullptr;
    if constexpr (R::may_be_bfloat16) {
        if (options.bfloat16) {
            pair_weights(rule, parameters, work.weights.data());
            paired = work.weights.data();
        }
    }
    for_pieces(executor, count, work.tiles.count(), [&](int piece, int first, int last) {
        const Tile<R> tile = work.tiles[piece].paired(paired);
        for (int start = first; start < last; start += tile_cells) {
            const int size = std::min(tile_cells, last - start);
            cell_update<R>(rule, parameters, field.values(), field.offsets(), cells + start, size, turn, tile,
                           options.eight_bit, work.inputs);
            std::copy_n(tile.update(), static_cast<std::ptrdiff_t>(size) * stride,
                        updates + static_cast<std::ptrdiff_t>(start) * stride);
            observe(start, size, tile);
            for (int i = start; rule.frozen() > 0 && i < start + size; ++i) {
                std::fill_n(updates + static_cast<std::ptrdiff_t>(i) * stride, rule.frozen(), T(0));
            }
            if constexpr (R::has_noise) {
                if (options.noise != 0.0) {
                    add_noise(rule.frozen(), rule.channels(), fire.random(), fire.step(), static_cast<T>(options.noise),
                              cells + start, size, field.row_length(),
                              updates + static_cast<std::ptrdiff_t>(start) * stride);
                }
            }
            computed(first, start, start + size, last);
        }
    });
}

/// An angle in radians as that in [0, 2 pi) of the same direction.
template <class T>
[[nodiscard]] T whole_turns_off(T angle) noexcept {
    constexpr T turn = T(6.283185307179586);
    T rest = std::fmod(angle, turn);
    if (rest < T(0)) rest += turn;
    return rest < turn ? rest : T(0);
}

/// Adds updates to the active cells from `first` to before `last`, and clamps the sums to the limits of the rule.
template <class R>
void apply_updates(FieldOf<R>& field, const StepOptions<R>& options, StepWorkspace<R>& work, int first,
                   int last) noexcept {
    using T = typename R::Value;
    const int stride = field.stride();
    const Vec<T> step_size(options.step_size);
    const bool clamped = work.rule().has_clamp() || work.rule().has_state_clamp();
    const bool notes_clamped = work.notes_clamped && work.rule().has_state_clamp();
    const auto limits = Limits<T>::around_zero(work.rule().clamp_limit(), options.eight_bit);
    const int angle = work.rule().keeps_angle() ? work.rule().channels() - 1 : -1;
    for (int i = first; i < last; ++i) {
        T* const cell = field.at(work.active[static_cast<std::size_t>(i)]);
        T* const update = work.updates.data() + static_cast<std::ptrdiff_t>(i) * stride;
        for (int c = 0; c < stride; c += Vec<T>::size) {
            const Vec<T> sum = fma(step_size, load(update + c), load(cell + c));
            const Vec<T> value = clamped ? limits.apply(sum) : sum;
            if (notes_clamped) store(update + c, keep_where_equal(sum, value, Vec<T>(T(1))));
            store(cell + c, value);
        }
        if (angle >= 0) cell[angle] = whole_turns_off(cell[angle]);
    }
}

/// Of the piece [first, last) of the active cells, computed up to `done`: the cells that no piece reads as neighbours
/// any more, so that they may change while in the cache. (What lies beyond the border is read in copies.)
template <class R>
[[nodiscard]] IndexRange settled_cells(const FieldOf<R>& field, const StepWorkspace<R>& work, int first, int done,
                                       int last) noexcept {
    const auto reach = static_cast<std::int32_t>(field.offsets().back() / field.stride());
    const std::int32_t* const cells = work.active.data();
    // As positions ascend, no more than `reach` cells are that close.
    const auto first_from = [&](int from, int to, std::int32_t position) {
        return static_cast<int>(std::lower_bound(cells + from, cells + to, position) - cells);
    };
    const int begin = first == 0 ? 0 : first_from(first, std::min(last, first + reach), cells[first] + reach);
    const int end =
        done == work.active_count ? done : first_from(std::max(first, done - reach), done, cells[done] - reach);
    return {begin, std::max(begin, end)};
}

struct IgnoreTiles {
    template <class... Arguments>
    void operator()(Arguments&&... /*ignored*/) const noexcept {}
};

/// The cells of some rows that are set in a mask or have such a neighbour.
template <class R>
void dilate_life(const CellMask& mask, const FieldOf<R>& field, RowRange rows, CellMask& out, StepWorkspace<R>& work,
                 CellMask* scratch = nullptr) noexcept {
    if constexpr (R::rank == 2) {
        if (work.rule().lattice() == Lattice::hexagonal) return mask.dilate_hexagonal(field.boundary(), rows, out);
    }
    mask.dilate(field.sizes(), field.boundary(), rows, out, scratch != nullptr ? *scratch : work.scratch,
                work.rule().life_radius());
}

/// Finds work.next_mature and work.post from the updates of the active cells. Where several rules share the grid, both
/// are those of a world that follows this rule, as far as its own cells depend on them: a living cell of another
/// species that fires (work.beside) is taken for immature until an own cell would die of that, and computed then.
template <class R, class E>
NCA_NOINLINE void find_living(const typename R::Value* parameters, const FieldOf<R>& field, const FieldOf<R>& perceived,
                              const StepOptions<R>& options, RowRange rows, const FireMask& fire,
                              StepWorkspace<R>& work, E& executor) {
    using T = typename R::Value;
    const int stride = field.stride();
    const int channel = work.rule().life_channel();
    const T threshold = work.rule().life_threshold();
    const int words = work.pre.words_per_row();
    const auto exceeds = [&](std::int32_t cell, const T* update) {
        return multiply_add(options.step_size, update[channel], field.at(cell)[channel]) > threshold;
    };

    int index = 0;
    for (int row = rows.first; row < rows.last; ++row) {
        const std::int32_t start = field.position(row, 0);
        const std::int32_t end = start + field.columns();
        for (int w = 0; w < words; ++w) {
            std::uint64_t& bits = work.next_mature.word(row, w);
            bits = work.mature.word(row, w);
            if (work.own != nullptr) bits &= work.own->word(row, w) | ~work.beside.word(row, w);
        }
        for (; index < work.active_count && work.active[static_cast<std::size_t>(index)] < end; ++index) {
            const std::int32_t cell = work.active[static_cast<std::size_t>(index)];
            if (exceeds(cell, work.updates.data() + static_cast<std::ptrdiff_t>(index) * stride)) {
                work.next_mature.set(row, cell - start);
            } else {
                work.next_mature.reset(row, cell - start);
            }
        }
    }
    dilate_life<R>(work.next_mature, field, rows, work.post, work);

    // Cells that fire beside a cell that is about to die, and are dead or of another species, may rescue it.
    bool dying = false;
    for (int row = rows.first; row < rows.last; ++row) {
        for (int w = 0; w < words; ++w) {
            work.scratch.word(row, w) = work.pre.word(row, w) & ~work.post.word(row, w) & work.own_word(row, w);
            dying = dying || work.scratch.word(row, w) != 0;
        }
    }
    if (!dying) return;
    dilate_life<R>(work.scratch, field, rows, work.beside, work, &work.scratch2);
    for (int row = rows.first; row < rows.last; ++row) {
        for (int w = 0; w < words; ++w) work.beside.word(row, w) &= ~(work.pre.word(row, w) & work.own_word(row, w));
    }
    std::int32_t* const candidates = work.active.data() + work.active_count;
    const int count = list_firing<R>(field, rows, work.beside, nullptr, candidates, [&](int row, int w) {
        return work.pre.word(row, w) != 0 ? work.firing.word(row, w) : fire.word(row, w);
    });
    if (count == 0) return;
    T* const updates = work.updates.data() + static_cast<std::ptrdiff_t>(work.active_count) * stride;
    IgnoreTiles ignore;
    compute_updates<R>(parameters, perceived, candidates, count, options, fire, work, updates, executor, ignore,
                       ignore);
    work.scratch.clear(rows);
    bool rescued = false;
    for (int row = rows.first, i = 0; row < rows.last; ++row) {
        const std::int32_t start = field.position(row, 0);
        for (; i < count && candidates[i] < start + field.columns(); ++i) {
            if (!exceeds(candidates[i], updates + static_cast<std::ptrdiff_t>(i) * stride)) continue;
            work.scratch.set(row, candidates[i] - start);
            rescued = true;
        }
    }
    if (!rescued) return;
    dilate_life<R>(work.scratch, field, rows, work.beside, work, &work.scratch2);
    for (int row = rows.first; row < rows.last; ++row) {
        for (int w = 0; w < words; ++w) work.post.word(row, w) |= work.beside.word(row, w);
    }
}

/// Writes the DeadState to the dead cells of a row; `living`: 64 cells of it. Of those dead before, only if unknown.
template <class R>
void write_dead_state(FieldOf<R>& field, int row, int w, std::uint64_t living, StepWorkspace<R>& work) noexcept {
    const std::uint64_t all = work.everywhere.word(row, w);
    // A cell that lived through the last step may be dead before this one: its neighbours died.
    std::uint64_t dead = (work.holds_dead_state ? work.living.word(row, w) | work.pre.word(row, w) : all) & ~living;
    const std::int32_t base = field.position(row, 64 * w);
    for (; dead != 0; dead &= dead - 1U) work.rule().write_dead_state(field.at(base + std::countr_zero(dead)));
    field.occupied().word(row, w) = all;
    work.living.word(row, w) = living;
}

/// Makes the cells of some rows zero that did not live through the step, and carries the masks over to the next one.
template <class R>
void clear_dead_cells(FieldOf<R>& field, RowRange rows, StepWorkspace<R>& work) noexcept {
    const bool has_dead_state = work.rule().has_dead_state();
    for (int row = 0; has_dead_state && !work.holds_dead_state && row < field.rows(); ++row) {
        if (row >= rows.first && row < rows.last) continue;
        for (int w = 0; w < work.pre.words_per_row(); ++w) write_dead_state<R>(field, row, w, 0, work);
    }
    RowRange living_rows{rows.last, rows.first};
    for (int row = rows.first; row < rows.last; ++row) {
        std::uint64_t any = 0;
        for (int w = 0; w < work.pre.words_per_row(); ++w) {
            const std::uint64_t living = work.pre.word(row, w) & work.post.word(row, w);
            if (has_dead_state) {
                write_dead_state<R>(field, row, w, living, work);
            } else {
                std::uint64_t dead = (field.occupied().word(row, w) | work.pre.word(row, w)) & ~living;
                const std::int32_t base = field.position(row, 64 * w);
                for (; dead != 0; dead &= dead - 1U) {
                    clear_values(field.at(base + std::countr_zero(dead)), field.stride());
                }
                field.occupied().word(row, w) = living;
            }
            work.mature.word(row, w) = work.next_mature.word(row, w) & living;
            any |= living;
        }
        if (any == 0) continue;
        living_rows = {std::min(living_rows.first, row), row + 1};
    }
    work.rows = living_rows.empty() ? RowRange{} : living_rows;
    work.holds_dead_state = has_dead_state;
}

/// The mask of living cells: valid after find_alive().
template <class R>
[[nodiscard]] const CellMask& living_of(const StepWorkspace<R>& work) noexcept {
    return work.rule().has_given_life() ? work.mature : work.pre;
}

/// Finds which cells live (work.pre) from those that are mature. Returns the rows that a step can change.
template <class R>
RowRange find_alive(const FieldOf<R>& field, StepWorkspace<R>& work) noexcept {
    if (!work.rule().has_life()) return work.rule().has_given_life() ? work.rows : field.occupied().all_rows();
    const RowRange rows = work.rule().keeps_angle() ? field.occupied().all_rows()
                                                    : reach_of<R>(field, work.rows, field.boundary(), work.rule());
    dilate_life<R>(work.mature, field, rows, work.pre, work);
    return rows;
}

/// The field that cells perceive: the state or, with AddedInputs, the state with the inputs of living cells added.
template <class R>
const FieldOf<R>& add_inputs(const FieldOf<R>& field, RowRange rows, const CellMask& living,
                             StepWorkspace<R>& work) noexcept {
    if (work.rule().input_kind() != InputKind::added || work.inputs.values == nullptr) return field;
    using T = typename R::Value;
    FieldOf<R>& seen = *work.with_inputs;
    seen.set_boundary(field.boundary());
    const int count = work.rule().inputs();
    const int first = work.rule().channels() - count;
    const int words = living.words_per_row();
    const int stride = field.stride();
    T* const addend = work.addend.data();
    const bool told_alike = work.inputs.stride == 0;
    if (told_alike) {
        // To add -0 changes no number, not even 0 or -0.
        std::fill_n(addend, stride, -T(0));
        std::copy_n(work.inputs.values, count, addend + first);
    }
    for (int row = 0; row < field.rows(); ++row) {
        const bool reached = row >= rows.first && row < rows.last;
        for (int w = 0; w < words; ++w) {
            const std::uint64_t occupied = field.occupied().word(row, w);
            const std::uint64_t told = reached ? living.word(row, w) : 0;
            const std::int32_t base = field.position(row, 64 * w);
            std::uint64_t& before = seen.occupied().word(row, w);
            for (std::uint64_t bits = before & ~(occupied | told); bits != 0; bits &= bits - 1U) {
                clear_values(seen.at(base + std::countr_zero(bits)), stride);
            }
            before = occupied | told;
            const std::uint64_t copied = told_alike ? before & ~told : before;
            for (std::uint64_t bits = copied; bits != 0; bits &= bits - 1U) {
                const std::int32_t cell = base + std::countr_zero(bits);
                copy_values(field.at(cell), seen.at(cell), stride);
            }
            for (std::uint64_t bits = told; bits != 0; bits &= bits - 1U) {
                const std::int32_t cell = base + std::countr_zero(bits);
                const T* const from = field.at(cell);
                T* const to = seen.at(cell);
                if (told_alike) {
                    for (int c = 0; c < stride; c += Vec<T>::size) store(to + c, load(from + c) + load(addend + c));
                } else {
                    const T* const inputs = work.inputs.at(cell);
                    for (int k = 0; k < count; k += Vec<T>::size) {
                        const Vec<T> sum = load_first(from + first + k, count - k) + load_first(inputs + k, count - k);
                        store_first(to + first + k, sum, count - k);
                    }
                }
            }
        }
    }
    seen.fill_border();
    return seen;
}

/// Finds the updates and what lives on; only `computed` changes the state. Returns the rows that the step can change.
template <class R, class E, class Observe, class Computed = IgnoreTiles>
RowRange propose_step(const typename R::Value* parameters, FieldOf<R>& field, const StepOptions<R>& options,
                      const FireMask& fire, StepWorkspace<R>& work, E& executor, Observe& observe,
                      Computed&& computed = {}) {
    NCA_ASSERT(field.boundary() == options.boundary, "nca::step_field: the field has another boundary");
    const bool has_life = work.rule().has_life();
    const RowRange rows = find_alive<R>(field, work);
    const CellMask& living = living_of<R>(work);
    // Dead cells have an angle, too, which their updates turn.
    const CellMask& updated = has_life && work.rule().keeps_angle() ? work.everywhere : living;
    if (has_life && work.own != nullptr && !work.rule().keeps_angle()) {
        // find_living asks of all that live whether they fire.
        for (int row = rows.first; row < rows.last; ++row) {
            for (int w = 0; w < living.words_per_row(); ++w) {
                const std::uint64_t bits = living.word(row, w);
                if (bits != 0) work.firing.word(row, w) = fire.word(row, w);
                work.beside.word(row, w) = bits & work.firing.word(row, w);
            }
        }
        work.active_count = list_firing<R>(field, rows, updated, work.own, work.active.data(),
                                           [&](int row, int w) { return work.firing.word(row, w); });
    } else {
        work.active_count = list_firing<R>(field, rows, updated, work.own, work.active.data(), [&](int row, int w) {
            return work.firing.word(row, w) = fire.word(row, w);
        });
    }
    if (work.active_count > 0 || work.own != nullptr) field.fill_border();
    const FieldOf<R>& perceived = add_inputs<R>(field, rows, living, work);
    compute_updates<R>(parameters, perceived, work.active.data(), work.active_count, options, fire, work,
                       work.updates.data(), executor, observe, computed);
    if constexpr (R::may_have_life) {
        if (has_life && work.rule().life_test() == LifeTest::before_and_after)
            find_living<R>(parameters, field, perceived, options, rows, fire, work, executor);
    }
    return rows;
}

template <class R, class E>
void add_updates(FieldOf<R>& field, const StepOptions<R>& options, StepWorkspace<R>& work, E& executor) {
    for_pieces(executor, work.active_count, work.tiles.count(),
               [&](int /*piece*/, int first, int last) { apply_updates<R>(field, options, work, first, last); });
}

/// Makes the cells of some rows zero that were dead before the step: all, or with AliveOnUpdate those that fire. Angles
/// stay.
template <class R>
void clear_dead_before(FieldOf<R>& field, RowRange rows, const FireMask& fire, StepWorkspace<R>& work) noexcept {
    using T = typename R::Value;
    const bool on_update = work.rule().life_test() == LifeTest::on_update;
    const bool keeps_angle = work.rule().keeps_angle();
    const int cleared = keeps_angle ? work.rule().channels() - 1 : field.stride();
    for (int row = rows.first; row < rows.last; ++row) {
        for (int w = 0; w < work.pre.words_per_row(); ++w) {
            const std::uint64_t occupied = keeps_angle ? work.everywhere.word(row, w) : field.occupied().word(row, w);
            std::uint64_t dead = occupied & ~work.pre.word(row, w);
            if (on_update && dead != 0) dead &= fire.word(row, w);
            field.occupied().word(row, w) = keeps_angle ? occupied : (occupied & ~dead) | work.pre.word(row, w);
            if (keeps_angle) work.living.word(row, w) = occupied & ~dead;
            const std::int32_t base = field.position(row, 64 * w);
            for (; dead != 0; dead &= dead - 1U) {
                std::fill_n(field.at(base + std::countr_zero(dead)), cleared, T(0));
            }
        }
    }
    work.rows = field.occupied().used_rows();
    find_mature<R>(work.rule(), field, work.rows, work.mature);
}

/// The end of a step, after the updates were added: what did not live through it becomes zero.
template <class R>
void end_step(FieldOf<R>& field, RowRange rows, [[maybe_unused]] const FireMask& fire,
              StepWorkspace<R>& work) noexcept {
    if (work.rule().has_life() && work.rule().life_test() != LifeTest::before_and_after) {
        clear_dead_before<R>(field, rows, fire, work);
    } else if (work.rule().has_life()) {
        clear_dead_cells<R>(field, rows, work);
    } else if (!work.rule().has_given_life()) {
        field.occupied().fill();
        work.rows = rows;
    }
}

/// A step of a rule with Alive: whether a cell lives through it is known after all updates.
template <class R, class E, class Observe>
void step_living(const typename R::Value* parameters, FieldOf<R>& field, const StepOptions<R>& options,
                 const FireMask& fire, StepWorkspace<R>& work, E& executor, Observe& observe) {
    const RowRange rows = propose_step<R>(parameters, field, options, fire, work, executor, observe);
    add_updates<R>(field, options, work, executor);
    end_step<R>(field, rows, fire, work);
}

/// A step of a rule without: cells change in passing.
template <class R, class E, class Observe>
void step_in_passing(const typename R::Value* parameters, FieldOf<R>& field, const StepOptions<R>& options,
                     const FireMask& fire, StepWorkspace<R>& work, E& executor, Observe& observe) {
    const RowRange rows = propose_step<R>(
        parameters, field, options, fire, work, executor, observe, [&](int first, int start, int done, int last) {
            const IndexRange settled = settled_cells<R>(field, work, first, done, last);
            const int before = start == first ? first : settled_cells<R>(field, work, first, start, last).last;
            apply_updates<R>(field, options, work, std::max(settled.first, before), settled.last);
        });
    for_pieces(executor, work.active_count, work.tiles.count(), [&](int /*piece*/, int first, int last) {
        const IndexRange settled = settled_cells<R>(field, work, first, last, last);
        apply_updates<R>(field, options, work, first, settled.first);
        apply_updates<R>(field, options, work, settled.last, last);
    });
    end_step<R>(field, rows, fire, work);
}

} // namespace isa_detail

/// Makes the workspace know a field that was changed by other means than a step (loaded, painted, damaged).
template <class R>
void prepare(const FieldOf<R>& field, StepWorkspace<R>& work) noexcept {
    work.rows = field.occupied().used_rows();
    work.holds_dead_state = false;
    isa_detail::find_mature<R>(work.rule(), field, work.rows, work.mature);
}

/// One step of a rule, in place: x' = y where pre and post, else 0, with y = x + fire * step_size * (network(x) +
/// noise). With given life x' = y in living cells, without life in all. Clamp applies to cells that fire.
///
/// Only cells that live and fire are perceived and updated, and dead ones that fire next to a cell that would die:
/// their update may keep it alive. So the result equals the dense computation.
///
/// Preconditions: `work` has the field's extents and knows its content (`prepare`, or the last step); the field's
/// boundary is options.boundary. The result depends neither on the executor nor on the tiles. Allocates nothing if the
/// executor does not. Cost: about 17 kflop per active cell for Growing NCA, and some instructions per 64 cells of the
/// rows between the first and the last that live. `observe(first, count, tile)` is shown every tile of active cells.
template <class R, class E, class Observe = isa_detail::IgnoreTiles>
void step_field(const typename R::Value* parameters, FieldOf<R>& field, const StepOptions<R>& options,
                const FireMask& fire, StepWorkspace<R>& work, E&& executor, Observe&& observe = {}) {
    using namespace isa_detail;
    if constexpr (R::may_have_life) {
        if (work.rule().has_life()) return step_living<R>(parameters, field, options, fire, work, executor, observe);
    }
    if constexpr (!R::has_life) step_in_passing<R>(parameters, field, options, fire, work, executor, observe);
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_STEP_HPP
