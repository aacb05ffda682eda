// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_CELL_UPDATE_HPP
#define NCA_CELL_CELL_UPDATE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/activations.hpp>
#include <nca/cell/any_activation.hpp>
#include <nca/cell/architecture.hpp>
#include <nca/cell/cell_inputs.hpp>
#include <nca/cell/dense.hpp>
#include <nca/cell/depthwise.hpp>
#include <nca/cell/layer_layout.hpp>
#include <nca/cell/limits.hpp>
#include <nca/cell/paired_weights.hpp>
#include <nca/cell/perceive.hpp>
#include <nca/cell/perceive_any.hpp>
#include <nca/cell/perceive_gradient.hpp>
#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// The fused update of a tile of cells: perception and all dense layers of a rule R, forward and pullback. With Clamp,
/// perception and the result of every layer are clamped, and with `eight_bit` rounded. Rules of run-time sizes have
/// the same bits: their activations and clamps are passes of their own, except ReLU, which most rules have.
namespace nca::inline NCA_ABI::inline NCA_ISA {

/// Cells of one tile: with Growing NCA 33 kB of a 48 kB first-level cache. 96 were 2% slower forward, 4% backward.
inline constexpr int tile_cells = 48;

/// The offsets from a cell of a rule to what it perceives.
template <class R>
using OffsetsOf = NeighbourOffsets<R::rank, R::radius>;

/// The activation of the hidden layers of a rule.
template <class R>
using ActivationOf = typename R::ActivationPolicy::type;

/// The layers whose results the pullback of `cell_update` reads: all with Clamp, else all but the last.
template <class Traits>
[[nodiscard]] constexpr int kept_layers(const Architecture<Traits>& rule) noexcept {
    return rule.has_clamp() ? rule.layer_count() : rule.layer_count() - 1;
}

/// A view of perception and the outputs of all layers for one tile of cells, or of their adjoints.
template <class R>
class Tile {
public:
    using T = typename R::Value;

    /// A tile in a block of size_of(rule) values, and of pairs_of(rule) pairs, on 64-byte boundaries. Precondition:
    /// `rule` outlives it.
    Tile(T* block, Bfloat16Pair* pairs, const ArchitectureOf<R>& rule) noexcept
        : block_{block}, pairs_{pairs}, rule_{&rule} {}

    /// Values of a block.
    [[nodiscard]] static constexpr std::size_t size_of(const ArchitectureOf<R>& rule) noexcept {
        return offset(rule, rule.keeps_activation_input() ? 2 * rule.layer_count() - 1 : rule.layer_count());
    }

    /// Pairs that a tile of a rule needs which may multiply in bfloat16.
    [[nodiscard]] static constexpr std::size_t pairs_of(const ArchitectureOf<R>& rule) noexcept {
        if constexpr (!R::may_be_bfloat16) return 0;
        return 4 * pair_space(rule);
    }

    /// This tile, for kernels that multiply in bfloat16 with these weights, or in float if they are null.
    [[nodiscard]] Tile paired(const Bfloat16Pair* weights) const noexcept {
        Tile tile = *this;
        tile.weights_ = weights;
        return tile;
    }
    /// The weights in pairs, of a tile for such kernels, else null: pair_weights(), of adjoints
    /// pair_transposed_weights().
    [[nodiscard]] const Bfloat16Pair* weights() const noexcept { return weights_; }
    /// Memory for values in pairs, one of four.
    [[nodiscard]] Bfloat16Pair* pairs(int which) const noexcept {
        return pairs_ + static_cast<std::size_t>(which) * pair_space(*rule_);
    }

    /// [tile_cells, padded(perceived)]
    [[nodiscard]] T* perception() const noexcept { return block_; }
    /// The output of a layer: [tile_cells, padded(outputs)].
    [[nodiscard]] T* output(int layer) const noexcept { return block_ + offset(*rule_, layer); }
    /// The output of the last layer: [tile_cells, padded(channels)].
    [[nodiscard]] T* update() const noexcept { return output(rule_->layer_count() - 1); }
    /// The input of the activation of a hidden layer: [tile_cells, padded(outputs)]; null if no pullback reads it.
    [[nodiscard]] T* activation_input(int layer) const noexcept {
        if (!rule_->keeps_activation_input() || layer + 1 >= rule_->layer_count()) return nullptr;
        return output(rule_->layer_count() + layer);
    }

private:
    /// Where a block begins: perception, then the outputs of all layers, then the inputs of their activations.
    [[nodiscard]] static constexpr std::size_t offset(const ArchitectureOf<R>& rule, int block) noexcept {
        std::size_t width = static_cast<std::size_t>(padded(rule.perceived()));
        for (int l = 0; l < block; ++l) width += static_cast<std::size_t>(rule.layer(l % rule.layer_count()).stride());
        return width * static_cast<std::size_t>(padded_rows(tile_cells));
    }

    /// Pairs that the widest layer makes of a tile: of columns with padding rows, or of rows.
    [[nodiscard]] static constexpr std::size_t pair_space(const ArchitectureOf<R>& rule) noexcept {
        int widest = padded(rule.perceived());
        for (int l = 0; l < rule.layer_count(); ++l) widest = std::max(widest, rule.layer(l).stride());
        return static_cast<std::size_t>(padded_rows(tile_cells)) * static_cast<std::size_t>(widest) / 2;
    }

    T* block_;
    Bfloat16Pair* pairs_;
    const ArchitectureOf<R>* rule_;
    const Bfloat16Pair* weights_ = nullptr;
};

/// Tiles with memory of their own. Allocates once.
template <class R>
class TileBuffers {
public:
    /// No tiles.
    TileBuffers() = default;
    /// `count` tiles, taken from a region or, without one, allocated.
    explicit TileBuffers(const ArchitectureOf<R>& rule, int count = 1, Region* region = nullptr)
        : rule_{rule}, count_{count}, block_(static_cast<std::size_t>(count) * Tile<R>::size_of(rule), region),
          pairs_(static_cast<std::size_t>(count) * Tile<R>::pairs_of(rule), region) {}

    /// Bytes that `count` tiles take from a region.
    [[nodiscard]] static std::size_t memory_needed(const ArchitectureOf<R>& rule, int count) noexcept {
        return block_bytes<typename R::Value>(static_cast<std::size_t>(count) * Tile<R>::size_of(rule)) +
               block_bytes<Bfloat16Pair>(static_cast<std::size_t>(count) * Tile<R>::pairs_of(rule));
    }

    [[nodiscard]] int count() const noexcept { return count_; }
    /// One of the tiles, valid as long as this stays where it is.
    [[nodiscard]] Tile<R> operator[](int tile) noexcept {
        return {block_.data() + static_cast<std::size_t>(tile) * Tile<R>::size_of(rule_),
                pairs_.data() + static_cast<std::size_t>(tile) * Tile<R>::pairs_of(rule_), rule_};
    }
    /// The rule whose tiles these are.
    [[nodiscard]] const ArchitectureOf<R>& rule() const noexcept { return rule_; }

private:
    ArchitectureOf<R> rule_{};
    int count_ = 0;
    AlignedArray<typename R::Value> block_{};
    AlignedArray<Bfloat16Pair> pairs_{};
};

namespace isa_detail {

/// The limits of the results of a layer of a rule with Clamp; -1: of perception.
template <class R>
[[nodiscard]] constexpr Limits<typename R::Value> limits_of(const ArchitectureOf<R>& rule, int layer,
                                                            bool eight_bit) noexcept {
    const bool hidden = layer >= 0 && layer + 1 < rule.layer_count();
    return hidden && is_relu<R>(rule) ? Limits<typename R::Value>::from_zero(rule.clamp_limit(), eight_bit)
                                      : Limits<typename R::Value>::around_zero(rule.clamp_limit(), eight_bit);
}

/// True if a rule whose network is a type has learned filters.
template <class R>
inline constexpr bool is_depthwise = requires {
    R::PerceptionPolicy::learned_filters;
};

/// True if a rule whose network is a type does not perceive its gradient as it is.
template <class R>
inline constexpr bool has_static_gradient =
    R::has_static_network&& R::GradientPolicy::gradient != GradientKind::cartesian;

/// Copies the inputs of a tile of cells behind what they observe.
template <class Traits, class T>
void append_inputs(const Architecture<Traits>& rule, const CellInputs<T>& inputs, const std::int32_t* cells, int count,
                   T* perception) noexcept {
    const int stride = padded(rule.perceived());
    T* row = perception + rule.observed();
    for (int i = 0; i < count; ++i, row += stride) {
        if (inputs.values != nullptr) {
            std::copy_n(inputs.at(cells[i]), rule.inputs(), row);
        } else {
            std::fill_n(row, rule.inputs(), T(0));
        }
    }
}

template <class R, SumOrder Order>
NCA_INLINE void perceive_tile([[maybe_unused]] const ArchitectureOf<R>& rule, const typename R::Value* parameters,
                              const typename R::Value* state, const OffsetsOf<R>& offsets, const std::int32_t* cells,
                              int count, const Rotations<typename R::Value>& rotations,
                              typename R::Value* out) noexcept {
    const int stride = padded(rule.perceived());
    if (rule.perception() == PerceptionKind::depthwise) {
        Depthwise<R::rank, typename R::Value, R::radius>{rule.channels(), rule.learned_filters(),
                                                         parameters + rule.filter_offset(), offsets}
            .forward(state, cells, count, out, stride);
        return;
    }
    if constexpr (is_depthwise<R>) {
    } else if constexpr (has_static_gradient<R>) {
        gradient_kernel<R>(rule, offsets).forward(state, cells, count, rotations, out, stride);
    } else if constexpr (R::has_static_network) {
        perceive<typename R::PerceptionPolicy, R::channels, R::rank, Order, R::radius>(state, offsets, cells, count,
                                                                                       rotations, out, stride);
    } else {
        if (rule.gradient() != GradientKind::cartesian) {
            return gradient_kernel<R>(rule, offsets).forward(state, cells, count, rotations, out, stride);
        }
        const AnyPerceptionKernel<R::rank, typename R::Value, OffsetsOf<R>> kernel{rule.perception(), rule.channels(),
                                                                                   rule.run_time().filters, offsets};
        kernel.template forward<Order>(state, cells, count, rotations, out, stride);
    }
}

/// True if what a dense kernel stores is the result of a hidden layer, so that it may store pairs of it as well.
template <class R>
[[nodiscard]] constexpr bool stores_results(const ArchitectureOf<R>& rule, bool eight_bit) noexcept {
    return R::has_static_network ? !(rule.has_clamp() && eight_bit) : is_relu<R>(rule) && !rule.has_clamp();
}

/// The result of a layer by products of bfloat16. Inputs and Columns: its sizes, as dense_pairs() takes them. `more`:
/// the next layer follows.
template <class R, class Epilogue, class Inputs, class Columns>
NCA_INLINE void run_paired_layer(const ArchitectureOf<R>& rule, int l, Inputs inputs, Columns columns,
                                 const float* parameters, int count, const Tile<R>& tile, bool more,
                                 const Limits<float>& limits, float* pre) noexcept {
    const bool has_bias = l + 1 < rule.layer_count() || rule.has_output_bias();
    const bool chained = stores_results<R>(rule, limits.rounded);
    if (l == 0 || !chained) {
        pair_columns(l == 0 ? tile.perception() : tile.output(l - 1), count, inputs, padded(inputs), tile.pairs(l % 2));
    }
    dense_pairs<Epilogue>(inputs, columns, tile.pairs(l % 2), count, tile.weights() + paired_size(rule, l),
                          has_bias ? parameters + rule.layer(l).bias : nullptr, nullptr, tile.output(l),
                          chained && more ? tile.pairs((l + 1) % 2) : nullptr, limits, pre);
}

/// The result of a layer of a rule whose network is a type.
template <class R, int L>
NCA_INLINE void run_layer(const typename R::Value* parameters, int count, const Tile<R>& tile,
                          [[maybe_unused]] bool more, const Limits<typename R::Value>& limits) noexcept {
    static_assert(
        detail::is_activation<ActivationOf<R>, Vec<typename R::Value>>,
        "nca::Activation: an activation has the static functions value(V) and derivative(V), which take a SIMD "
        "register V and return one");
    constexpr LayerLayout layer = R::layers[static_cast<std::size_t>(L)];
    const auto* const input = L == 0 ? tile.perception() : tile.output(L == 0 ? 0 : L - 1);
    using Activation = std::conditional_t<(L + 1 < R::layer_count), ActivationOf<R>, NoActivation>;
    using Epilogue = ForwardEpilogue<Activation, R::has_clamp>;
    if constexpr (R::may_be_bfloat16) {
        if (tile.weights() != nullptr) {
            return run_paired_layer<R, Epilogue>(ArchitectureOf<R>{}, L, std::integral_constant<int, layer.inputs>{},
                                                 std::integral_constant<int, layer.columns()>{}, parameters, count,
                                                 tile, more, limits, tile.activation_input(L));
        }
    }
    constexpr bool has_bias = L + 1 < R::layer_count || R::has_output_bias;
    dense_rows<layer.inputs, layer.columns(), Epilogue>(
        input, padded(layer.inputs), count, parameters + layer.weight, has_bias ? parameters + layer.bias : nullptr,
        static_cast<const typename R::Value*>(nullptr), tile.output(L), limits, tile.activation_input(L));
}

/// The result of a layer of a rule of run-time sizes.
template <class R>
void run_layer_of(const ArchitectureOf<R>& rule, int l, const typename R::Value* parameters, int count,
                  const Tile<R>& tile, [[maybe_unused]] bool more, const Limits<typename R::Value>& limits) noexcept {
    using T = typename R::Value;
    const LayerLayout& layer = rule.layer(l);
    const T* const input = l == 0 ? tile.perception() : tile.output(l - 1);
    const bool has_bias = l + 1 < rule.layer_count() || rule.has_output_bias();
    const auto run = [&]<class Activation>(Activation /*activation*/) {
        if constexpr (R::may_be_bfloat16) {
            if (tile.weights() != nullptr) {
                return run_paired_layer<R, ForwardEpilogue<Activation>>(rule, l, layer.inputs, layer.columns(),
                                                                        parameters, count, tile, more, {}, nullptr);
            }
        }
        dense_rows<ForwardEpilogue<Activation>>(layer.inputs, layer.columns(), input, padded(layer.inputs), count,
                                                parameters + layer.weight, has_bias ? parameters + layer.bias : nullptr,
                                                static_cast<const T*>(nullptr), tile.output(l));
    };
    const std::ptrdiff_t values = std::ptrdiff_t{count} * layer.stride();
    if (l + 1 == rule.layer_count()) {
        run(NoActivation{});
    } else if (is_relu<R>(rule)) {
        run(Relu{});
    } else {
        run(NoActivation{});
        if (T* const kept = tile.activation_input(l); kept != nullptr) std::copy_n(tile.output(l), values, kept);
        activate_values<R>(rule, tile.output(l), values);
    }
    if (rule.has_clamp() && !limits.rounded) clamp_values(tile.output(l), values, limits);
}

template <class R>
NCA_INLINE void run_layers(const ArchitectureOf<R>& rule, int layers, const typename R::Value* parameters,
                           const typename R::Value* state, const OffsetsOf<R>& offsets, const std::int32_t* cells,
                           int count, const Rotations<typename R::Value>& rotations, const Tile<R>& tile,
                           bool eight_bit, const CellInputs<typename R::Value>& inputs) noexcept {
    using T = typename R::Value;
    NCA_ASSERT(!eight_bit || is_relu<R>(rule), "nca: values are rounded to 8 bits only with ReLU");
    T* const perception = tile.perception();
    const bool clamped = rule.has_clamp();
    if (clamped && eight_bit) {
        perceive_tile<R, SumOrder::row_major>(rule, parameters, state, offsets, cells, count, rotations, perception);
    } else {
        perceive_tile<R, SumOrder::by_distance>(rule, parameters, state, offsets, cells, count, rotations, perception);
    }
    if (rule.input_kind() == InputKind::perceived) append_inputs(rule, inputs, cells, count, perception);
    if (clamped) {
        clamp_values(perception, std::ptrdiff_t{count} * padded(rule.perceived()), limits_of<R>(rule, -1, eight_bit));
    }
    const auto finish = [&](int l, const Limits<T>& limits) {
        if (clamped && eight_bit) clamp_values(tile.output(l), std::ptrdiff_t{count} * rule.layer(l).stride(), limits);
    };
    if constexpr (R::has_static_network) {
        static_for<R::layer_count>([&](auto l) {
            if (l >= layers) return;
            const auto limits = limits_of<R>(rule, l, eight_bit);
            run_layer<R, l>(parameters, count, tile, l + 1 < layers, limits);
            finish(l, limits);
        });
    } else {
        for (int l = 0; l < layers; ++l) {
            const auto limits = limits_of<R>(rule, l, eight_bit);
            run_layer_of<R>(rule, l, parameters, count, tile, l + 1 < layers, limits);
            finish(l, limits);
        }
    }
}

} // namespace isa_detail

/// update = W2 A(W1 perception(state) + b1) + b2 with the activation A (likewise for other depths), for `count` <=
/// tile_cells listed cells. state, offsets and rotations: as for `perceive`; inputs: of PerceivedInputs. Overwrites
/// `tile`. Allocates nothing.
template <class R>
void cell_update(const ArchitectureOf<R>& rule, const typename R::Value* parameters, const typename R::Value* state,
                 const OffsetsOf<R>& offsets, const std::int32_t* cells, int count,
                 const Rotations<typename R::Value>& rotations, const Tile<R>& tile, bool eight_bit = false,
                 const CellInputs<typename R::Value>& inputs = {}) noexcept {
    isa_detail::run_layers<R>(rule, rule.layer_count(), parameters, state, offsets, cells, count, rotations, tile,
                              eight_bit, inputs);
}

/// The part of `cell_update` that its pullback recomputes: perception and the layers that it reads.
template <class R>
void cell_hidden(const ArchitectureOf<R>& rule, const typename R::Value* parameters, const typename R::Value* state,
                 const OffsetsOf<R>& offsets, const std::int32_t* cells, int count,
                 const Rotations<typename R::Value>& rotations, const Tile<R>& tile, bool eight_bit = false,
                 const CellInputs<typename R::Value>& inputs = {}) noexcept {
    isa_detail::run_layers<R>(rule, kept_layers(rule), parameters, state, offsets, cells, count, rotations, tile,
                              eight_bit, inputs);
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_CELL_UPDATE_HPP
