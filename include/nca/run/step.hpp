// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_STEP_HPP
#define NCA_RUN_STEP_HPP

#include <nca/core/cell_mask.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/kernels/cell_update.hpp>
#include <nca/rule/rule.hpp>
#include <nca/run/field.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nca::inline NCA_ISA {

/// The field of a rule.
template <class R>
using FieldOf = Field<typename R::Value, R::channels, R::rank>;

/// The memory of a step: masks, the list of active cells and their updates. One per simulation or tape; reused from
/// step to step without allocation.
template <class R>
class StepWorkspace {
public:
    using T = typename R::Value;

    StepWorkspace() = default;

    /// The workspace for a grid. Allocates for the case that every cell is active; only what is used is touched.
    explicit StepWorkspace(const FieldOf<R>& field, int concurrency = 1)
        : mature(field.rows(), field.columns()), next_mature(mature), pre(mature), post(mature), beside(mature),
          scratch(mature), scratch2(mature), active(static_cast<std::size_t>(field.cells())),
          updates(static_cast<std::size_t>(field.cells()) * static_cast<std::size_t>(FieldOf<R>::stride)),
          tiles(static_cast<std::size_t>(concurrency)) {
        if constexpr (!R::has_life) pre.fill();
    }

    CellMask mature{};                   ///< cells whose life channel exceeds the threshold
    CellMask next_mature{};              ///< the same after the update
    CellMask pre{};                      ///< cells alive before the step
    CellMask post{};                     ///< cells alive after the update
    CellMask beside{};                   ///< cells next to dying or rescuing cells
    CellMask scratch{};                  ///< no meaning between calls
    CellMask scratch2{};                 ///< no meaning between calls
    AlignedArray<std::int32_t> active{}; ///< positions of the cells that live and fire, in row-major order
    int active_count = 0;
    AlignedArray<T> updates{}; ///< their updates: [active_count, padded(channels)]
    std::vector<TileBuffers<R>> tiles{};
};

namespace isa_detail {

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

/// Sets the bits of the cells whose life channel exceeds the threshold.
template <class R>
void find_mature(const FieldOf<R>& field, CellMask& mature) noexcept {
    mature.clear();
    if constexpr (R::has_life) {
        constexpr auto threshold = static_cast<typename R::Value>(R::LifePolicy::threshold);
        field.occupied().for_each([&](int row, int column) {
            if (field.at(field.position(row, column))[R::LifePolicy::channel] > threshold) mature.set(row, column);
        });
    }
}

/// Lists the cells of a mask that fire.
template <class R, class Candidates>
int list_firing(const FieldOf<R>& field, const FireMask& fire, Candidates&& candidates, std::int32_t* out) noexcept {
    const int words = field.occupied().words_per_row();
    int count = 0;
    for (int row = 0; row < field.rows(); ++row) {
        for (int w = 0; w < words; ++w) {
            std::uint64_t bits = candidates(row, w);
            if (bits == 0) continue;
            bits &= fire.word(row, w);
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

/// updates[i] = network(perception(cells[i])) for listed cells. Shows every finished tile to `observe`.
template <class R, class E, class Observe>
void compute_updates(const typename R::Value* parameters, const FieldOf<R>& field, const std::int32_t* cells, int count,
                     Rotation<typename R::Value> rotation, StepWorkspace<R>& work, typename R::Value* updates,
                     E& executor, Observe&& observe) {
    constexpr int stride = FieldOf<R>::stride;
    for_pieces(executor, count, static_cast<int>(work.tiles.size()), [&](int piece, int first, int last) {
        TileBuffers<R>& tile = work.tiles[static_cast<std::size_t>(piece)];
        for (int start = first; start < last; start += tile_cells) {
            const int size = std::min(tile_cells, last - start);
            cell_update<R>(parameters, field.values(), field.offsets(), cells + start, size, rotation, tile);
            std::copy_n(tile.update(), static_cast<std::ptrdiff_t>(size) * stride,
                        updates + static_cast<std::ptrdiff_t>(start) * stride);
            observe(start, size, tile);
        }
    });
}

struct IgnoreTiles {
    template <class Tile>
    void operator()(int /*first*/, int /*count*/, Tile& /*tile*/) const noexcept {}
};

/// Finds work.next_mature and work.post from the updates of the active cells, and with them which cells live on.
template <class R, class E>
void find_living(const typename R::Value* parameters, const FieldOf<R>& field, const StepOptions<R>& options,
                 const FireMask& fire, StepWorkspace<R>& work, E& executor) {
    using T = typename R::Value;
    constexpr int stride = FieldOf<R>::stride;
    constexpr int channel = R::LifePolicy::channel;
    constexpr auto threshold = static_cast<T>(R::LifePolicy::threshold);
    const int words = work.pre.words_per_row();
    const auto exceeds = [&](std::int32_t cell, const T* update) {
        return field.at(cell)[channel] + options.step_size * update[channel] > threshold;
    };

    // The active cells stand in the list in the order of the mask, so the mask is walked to get at rows and columns.
    int index = 0;
    for (int row = 0; row < field.rows(); ++row) {
        const std::int32_t start = field.position(row, 0);
        const std::int32_t end = start + field.columns();
        for (int w = 0; w < words; ++w) work.next_mature.word(row, w) = work.mature.word(row, w);
        for (; index < work.active_count && work.active[static_cast<std::size_t>(index)] < end; ++index) {
            const std::int32_t cell = work.active[static_cast<std::size_t>(index)];
            if (exceeds(cell, work.updates.data() + static_cast<std::ptrdiff_t>(index) * stride)) {
                work.next_mature.set(row, cell - start);
            } else {
                work.next_mature.reset(row, cell - start);
            }
        }
    }
    work.next_mature.dilate(field.sizes(), options.boundary, work.post, work.scratch);

    // Dead cells that fire beside a cell that is about to die may rescue it.
    bool dying = false;
    for (int row = 0; row < field.rows(); ++row) {
        for (int w = 0; w < words; ++w) {
            work.scratch.word(row, w) = work.pre.word(row, w) & ~work.post.word(row, w);
            dying = dying || work.scratch.word(row, w) != 0;
        }
    }
    if (!dying) return;
    work.scratch.dilate(field.sizes(), options.boundary, work.beside, work.scratch2);
    std::int32_t* const candidates = work.active.data() + work.active_count;
    const int count = list_firing<R>(
        field, fire, [&](int row, int w) { return work.beside.word(row, w) & ~work.pre.word(row, w); }, candidates);
    if (count == 0) return;
    T* const updates = work.updates.data() + static_cast<std::ptrdiff_t>(work.active_count) * stride;
    compute_updates<R>(parameters, field, candidates, count, rotation_by<T>(options.angle), work, updates, executor,
                       IgnoreTiles{});
    work.scratch.clear();
    bool rescued = false;
    for (int row = 0, i = 0; row < field.rows(); ++row) {
        const std::int32_t start = field.position(row, 0);
        for (; i < count && candidates[i] < start + field.columns(); ++i) {
            if (!exceeds(candidates[i], updates + static_cast<std::ptrdiff_t>(i) * stride)) continue;
            work.scratch.set(row, candidates[i] - start);
            rescued = true;
        }
    }
    if (!rescued) return;
    work.scratch.dilate(field.sizes(), options.boundary, work.beside, work.scratch2);
    for (int row = 0; row < field.rows(); ++row) {
        for (int w = 0; w < words; ++w) work.post.word(row, w) |= work.beside.word(row, w);
    }
}

} // namespace isa_detail

/// Makes the workspace know a field that was changed by other means than a step (loaded, painted, damaged).
template <class R>
void prepare(const FieldOf<R>& field, StepWorkspace<R>& work) noexcept {
    isa_detail::find_mature<R>(field, work.mature);
}

/// One step of a rule, in place: x' = y where pre and post, else 0, with y = x + fire * step_size * network(x).
///
/// Only cells that live and fire are perceived and updated. A cell that was dead before the step ends at zero whatever
/// it computes, with one consequence that the article's rule contains: its update may lift its life channel over the
/// threshold and so keep alive a neighbour that has lost every other living neighbour. Those rare cells (dead, firing,
/// next to a cell that would die) are computed too, so the result equals the dense computation.
///
/// Preconditions: `work` belongs to the field's extents and knows its content (`prepare`, or the last step); the
/// field's boundary is options.boundary. The result depends neither on the executor nor on the tiles. Allocates nothing
/// (with an executor that does not). Cost: about 17 kflop per active cell for Growing NCA.
///
/// `observe(first, count, tile)` is shown perception, hidden values and updates of the active cells, tile by tile.
template <class R, class E, class Observe = isa_detail::IgnoreTiles>
void step_field(const typename R::Value* parameters, FieldOf<R>& field, const StepOptions<R>& options,
                const FireMask& fire, StepWorkspace<R>& work, E&& executor, Observe&& observe = {}) {
    using T = typename R::Value;
    constexpr int stride = FieldOf<R>::stride;
    NCA_ASSERT(field.boundary() == options.boundary, "nca::step_field: the field has another boundary");
    if constexpr (R::has_life) work.mature.dilate(field.sizes(), options.boundary, work.pre, work.scratch);
    work.active_count = isa_detail::list_firing<R>(
        field, fire, [&](int row, int w) { return work.pre.word(row, w); }, work.active.data());
    field.fill_border();
    isa_detail::compute_updates<R>(parameters, field, work.active.data(), work.active_count,
                                   isa_detail::rotation_by<T>(options.angle), work, work.updates.data(), executor,
                                   observe);
    if constexpr (R::has_life) isa_detail::find_living<R>(parameters, field, options, fire, work, executor);

    const Vec<T> step_size(options.step_size);
    isa_detail::for_pieces(
        executor, work.active_count, static_cast<int>(work.tiles.size()), [&](int /*piece*/, int first, int last) {
            for (int i = first; i < last; ++i) {
                T* const cell = field.at(work.active[static_cast<std::size_t>(i)]);
                const T* const update = work.updates.data() + static_cast<std::ptrdiff_t>(i) * stride;
                for (int c = 0; c < stride; c += Vec<T>::size) {
                    store(cell + c, fma(step_size, load(update + c), load(cell + c)));
                }
            }
        });
    if constexpr (R::has_life) {
        for (int row = 0; row < field.rows(); ++row) {
            for (int w = 0; w < work.pre.words_per_row(); ++w) {
                const std::uint64_t living = work.pre.word(row, w) & work.post.word(row, w);
                std::uint64_t dead = (field.occupied().word(row, w) | work.pre.word(row, w)) & ~living;
                const std::int32_t base = field.position(row, 64 * w);
                for (; dead != 0; dead &= dead - 1U) {
                    std::fill_n(field.at(base + std::countr_zero(dead)), stride, T(0));
                }
                field.occupied().word(row, w) = living;
                work.mature.word(row, w) = work.next_mature.word(row, w) & living;
            }
        }
    } else {
        field.occupied().fill();
    }
}

} // namespace nca::inline NCA_ISA

#endif // NCA_RUN_STEP_HPP
