// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_ROLLOUT_CONTEXT_HPP
#define NCA_TRAIN_ROLLOUT_CONTEXT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/cell_update_pullback.hpp>
#include <nca/cell/rule.hpp>
#include <nca/cell/sparse_state.hpp>
#include <nca/cell/step.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/tape/tape.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace nca::inline NCA_ABI {

/// The cells of a state on a tape: positions in the bordered grid, ascending.
struct StateCells {
    const std::int32_t* positions = nullptr;
    int count = 0;
};

/// What the pullbacks of a tape's steps have computed so far, in cells whose update was differentiated.
struct PullbackCount {
    std::int64_t to_state = 0;      ///< with respect to the state
    std::int64_t to_parameters = 0; ///< with respect to the parameters of its rule: none of a rule that is frozen
};

} // namespace nca::inline NCA_ABI

namespace nca::inline NCA_ABI::inline NCA_ISA {

/// The architecture of a rule whose type says everything, for what refers to one.
template <class R>
requires(R::is_static) inline constexpr ArchitectureOf<R> architecture_of_type{};

/// The spatial sizes of a state's shape [extents..., channels].
template <class R>
[[nodiscard]] typename FieldOf<R>::Sizes sizes_of(const Shape& shape) noexcept {
    typename FieldOf<R>::Sizes sizes{};
    for (std::size_t d = 0; d < sizes.size(); ++d) sizes[d] = shape[static_cast<int>(d)];
    return sizes;
}

/// The shape [extents..., channels] of a state.
template <class R>
[[nodiscard]] Shape shape_of(const typename FieldOf<R>::Sizes& sizes, int channels = R::channels) noexcept {
    if constexpr (R::rank == 1) return {sizes[0], channels};
    if constexpr (R::rank == 2) return {sizes[0], sizes[1], channels};
    if constexpr (R::rank == 3) return {sizes[0], sizes[1], sizes[2], channels};
}

/// Where the pullback of PerceivedInputs adds: one vector or, with a stride, one per position in the bordered grid.
template <class T>
struct InputAdjoint {
    T* values = nullptr;
    std::ptrdiff_t stride = 0;
};

/// Weights in pairs, as kernels read them that multiply in bfloat16.
struct PairedWeights {
    const Bfloat16Pair* forward = nullptr;
    const Bfloat16Pair* transposed = nullptr;
};

/// What the steps of one tape share: the grid, which holds one state at a time, and the buffers of the pullback.
template <class R>
class RolloutContext {
public:
    using T = typename R::Value;
    using Sizes = typename FieldOf<R>::Sizes;

    /// The context of a tape for a grid and a rule. Allocates when the tape first meets them.
    [[nodiscard]] static RolloutContext& of(BasicTape<T>& tape, const Sizes& sizes, const ArchitectureOf<R>& rule) {
        auto& holder = tape.template attachment<std::unique_ptr<RolloutContext>>();
        if (holder == nullptr || holder->field_.sizes() != sizes || !holder->rule().shares(rule)) {
            holder = std::make_unique<RolloutContext>(rule, sizes);
        }
        return *holder;
    }
    NCA_COLD RolloutContext(const ArchitectureOf<R>& rule, const Sizes& sizes)
        : field_{sizes, rule}, adjoint_{sizes, rule}, work_{rule, field_}, tiles_{rule, 2} {}
    RolloutContext(const RolloutContext&) = delete;
    RolloutContext& operator=(const RolloutContext&) = delete;
    NCA_COLD ~RolloutContext() = default;

    [[nodiscard]] const ArchitectureOf<R>& rule() const noexcept { return work_.rule(); }
    [[nodiscard]] FieldOf<R>& field() noexcept { return field_; }
    /// A grid of zeros for the pullback, which leaves it so.
    [[nodiscard]] FieldOf<R>& adjoint() noexcept { return adjoint_; }
    [[nodiscard]] StepWorkspace<R>& work() noexcept { return work_; }
    /// The workspace of one of `count` species; the first is work(). Allocates when there are more than before, and
    /// moves the others then.
    [[nodiscard]] StepWorkspace<R>& work_of(int species, int count) {
        while (static_cast<int>(others_.size()) + 1 < count) others_.emplace_back(rule(), field_);
        return species == 0 ? work_ : others_[static_cast<std::size_t>(species - 1)];
    }
    /// Values of a tile, and their adjoints.
    [[nodiscard]] Tile<R> values() noexcept { return tiles_[0]; }
    [[nodiscard]] Tile<R> adjoints() noexcept { return tiles_[1]; }

    /// Makes the workspaces know what cells are told: a tensor [inputs], or [extents..., inputs] with a vector per
    /// cell. Precondition: the tensor has that shape.
    void tell(const BasicVar<T>& inputs) {
        const auto count = static_cast<std::size_t>(rule().inputs());
        const std::span<const T> values = inputs.value();
        [[maybe_unused]] const auto cells = static_cast<std::size_t>(field_.cells());
        NCA_ASSERT(count > 0 && (values.size() == count || values.size() == cells * count),
                   "nca: inputs are a tensor [inputs] or [extents..., inputs] of a rule that has inputs");
        CellInputs<T> told{values.data(), 0};
        if (values.size() != count) {
            told_.resize(field_.positions() * count);
            for_each_cell([&](std::size_t cell, std::size_t position) {
                std::copy_n(values.data() + cell * count, count, told_.data() + position * count);
            });
            told = {told_.data(), static_cast<std::ptrdiff_t>(count)};
        }
        work_.inputs = told;
        for (StepWorkspace<R>& other : others_) other.inputs = told;
    }
    /// The state on the grid as cells perceive it that are told `inputs`.
    [[nodiscard]] const FieldOf<R>& perceive_with(const BasicVar<T>& inputs) {
        tell(inputs);
        if (rule().input_kind() != InputKind::added) return field_;
        living_rows_ = isa_detail::find_alive<R>(field_, work_);
        return isa_detail::add_inputs<R>(field_, living_rows_, isa_detail::living_of<R>(work_), work_);
    }
    /// A grid of zeros for the adjoint of what cells perceive with AddedInputs; pullbacks leave it so. Allocates once.
    [[nodiscard]] FieldOf<R>& seen_adjoint() {
        if (!seen_adjoint_) seen_adjoint_.emplace(field_.sizes(), rule());
        return *seen_adjoint_;
    }
    /// Where pullbacks of PerceivedInputs add what belongs to `adjoint`, the adjoint of tell()'s tensor.
    [[nodiscard]] InputAdjoint<T> input_adjoint(std::span<T> adjoint) {
        const auto count = static_cast<std::size_t>(rule().inputs());
        if (adjoint.size() <= count) return {adjoint.empty() ? nullptr : adjoint.data(), 0};
        told_adjoint_.assign(field_.positions() * count, T(0));
        return {told_adjoint_.data(), static_cast<std::ptrdiff_t>(count)};
    }
    /// Adds to `adjoint` what pullbacks found: in `seen`, whose border is folded, of AddedInputs, else in `told`.
    void finish_input_adjoint(FieldOf<R>& seen, const InputAdjoint<T>& told, std::span<T> adjoint) {
        const auto count = static_cast<std::size_t>(rule().inputs());
        const bool for_each = adjoint.size() > count;
        if (rule().input_kind() == InputKind::added) {
            seen.fold_border();
            const int first = rule().channels() - static_cast<int>(count);
            isa_detail::living_of<R>(work_).for_each(living_rows_, [&](int row, int column) {
                const T* const from = seen.at(field_.position(row, column)) + first;
                const auto cell = static_cast<std::size_t>(row) * static_cast<std::size_t>(field_.columns()) +
                                  static_cast<std::size_t>(column);
                T* const to = adjoint.data() + (for_each ? cell * count : 0);
                for (std::size_t k = 0; k < count; ++k) to[k] += from[k];
            });
        } else if (for_each) {
            for_each_cell([&](std::size_t cell, std::size_t position) {
                for (std::size_t k = 0; k < count; ++k) adjoint[cell * count + k] += told.values[position * count + k];
            });
        }
    }

    /// Puts a state of the tape on the grid, unless it stands there.
    void load(const BasicVar<T>& state) {
        if (epoch_ == state.tape().epoch() && node_ == state.index()) return;
        const auto& cells = *static_cast<const StateCells*>(state.tape().node(state).saved);
        load_cells(cells.positions, state.value().data(), cells.count, field_.stride(), field_);
        prepare<R>(field_, work());
        stands(state);
    }
    /// Marks a state as the one that the grid holds.
    void stands(const BasicVar<T>& state) noexcept {
        epoch_ = state.tape().epoch();
        node_ = state.index();
    }

    /// A step of what the grid holds. Afterwards the grid holds no state of the tape until `stands` is called.
    template <class Observe = isa_detail::IgnoreTiles>
    void step(const T* parameters, const FireMask& fire, const StepOptions<R>& options, Observe&& observe = {}) {
        field_.set_boundary(options.boundary);
        work_.notes_clamped = true;
        step_field<R>(parameters, field_, options, fire, work(), SerialExecutor{}, observe);
        node_ = -1;
    }

    /// Copies the occupied cells of the grid to a tape's memory: their positions.
    [[nodiscard]] NCA_NOINLINE StateCells copy_positions(Arena& memory) const {
        const int count = field_.occupied().count();
        std::int32_t* const positions = memory.take<std::int32_t>(static_cast<std::size_t>(count));
        int i = 0;
        field_.occupied().for_each([&](int row, int column) { positions[i++] = field_.position(row, column); });
        return {positions, count};
    }
    /// Copies the values of cells of the grid.
    NCA_NOINLINE void copy_values(const StateCells& cells, T* out) const noexcept {
        const int stride = field_.stride();
        for (int i = 0; i < cells.count; ++i) {
            nca::copy_values(field_.at(cells.positions[i]), out + static_cast<std::ptrdiff_t>(i) * stride, stride);
        }
    }

    /// Memory for what `keep_all` keeps of a step, before its size is known. Allocates on first use.
    [[nodiscard]] T* staging(std::size_t size) {
        if (staging_.size() < size) staging_ = AlignedArray<T>(size);
        return staging_.data();
    }

    /// The transposed weights of parameters on the tape. Computed once per recording and set of parameters.
    [[nodiscard]] const T* transposed(const BasicVar<T>& parameters) { return arranged(parameters).transposed.data(); }
    /// The same weights in pairs, and those that are not transposed. Precondition: the rule may multiply in bfloat16.
    [[nodiscard]] PairedWeights paired(const BasicVar<T>& parameters) requires(R::may_be_bfloat16) {
        Arranged& weights = arranged(parameters);
        const std::size_t size = paired_size(rule(), rule().layer_count());
        if (!weights.is_paired) {
            if (weights.pairs.size() == 0) {
                weights.pairs =
                    AlignedArray<Bfloat16Pair>(size + transposed_paired_size(rule(), rule().layer_count()));
            }
            pair_weights(rule(), parameters.value().data(), weights.pairs.data());
            pair_transposed_weights(rule(), weights.transposed.data(), weights.pairs.data() + size);
            weights.is_paired = true;
        }
        return {weights.pairs.data(), weights.pairs.data() + size};
    }

    /// What pullbacks have computed since the tape met the sizes; counted by the steps.
    [[nodiscard]] PullbackCount& count() noexcept { return count_; }

private:
    /// Calls visit(row-major index, position in the bordered grid) for every cell.
    template <class Visit>
    void for_each_cell(Visit&& visit) const {
        std::size_t cell = 0;
        for (int row = 0; row < field_.rows(); ++row) {
            for (int column = 0; column < field_.columns(); ++column) {
                visit(cell++, static_cast<std::size_t>(field_.position(row, column)));
            }
        }
    }

    /// The weights of a node as pullbacks read them.
    struct Arranged {
        int node = -1;
        AlignedArray<T> transposed{};
        AlignedArray<Bfloat16Pair> pairs{};
        bool is_paired = false;
    };
    [[nodiscard]] Arranged& arranged(const BasicVar<T>& parameters) {
        if (arranged_epoch_ != parameters.tape().epoch()) {
            arranged_epoch_ = parameters.tape().epoch();
            for (Arranged& known : arranged_) known.node = -1;
        }
        Arranged* unused = nullptr;
        for (Arranged& known : arranged_) {
            if (known.node == parameters.index()) return known;
            if (known.node < 0) unused = &known;
        }
        if (unused == nullptr) {
            unused = &arranged_.emplace_back();
            unused->transposed = AlignedArray<T>(transposed_size(rule()));
        }
        unused->node = parameters.index();
        unused->is_paired = false;
        transpose_weights(rule(), parameters.value().data(), unused->transposed.data());
        return *unused;
    }

    FieldOf<R> field_;
    FieldOf<R> adjoint_;
    std::optional<FieldOf<R>> seen_adjoint_{};
    std::vector<T> told_{};         ///< [positions, inputs]
    std::vector<T> told_adjoint_{}; ///< the same
    RowRange living_rows_{};
    StepWorkspace<R> work_;
    std::vector<StepWorkspace<R>> others_{}; ///< of further species
    TileBuffers<R> tiles_;
    std::vector<Arranged> arranged_{};
    AlignedArray<T> staging_{};
    std::size_t epoch_ = 0;
    int node_ = -1;
    std::size_t arranged_epoch_ = 0;
    PullbackCount count_{};
};

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_ROLLOUT_CONTEXT_HPP
