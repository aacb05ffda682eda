// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_CELL_UPDATE_HPP
#define NCA_CELL_CELL_UPDATE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/activations.hpp>
#include <nca/cell/dense.hpp>
#include <nca/cell/layer_layout.hpp>
#include <nca/cell/limits.hpp>
#include <nca/cell/perceive.hpp>
#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// The fused update of a tile of cells: perception and all dense layers of a rule R, forward and pullback. With Clamp,
/// perception and the result of every layer are clamped, and with `eight_bit` rounded.
namespace nca::inline NCA_ABI::inline NCA_ISA {

/// Cells of one tile: with Growing NCA 33 kB of a 48 kB first-level cache. 96 were 2% slower forward, 4% backward.
inline constexpr int tile_cells = 48;

/// Values per row of perception.
template <class R>
inline constexpr int perception_stride = padded(R::perceived);

/// The activation of the hidden layers of a rule.
template <class R>
using ActivationOf = typename R::ActivationPolicy::type;

template <class R>
inline constexpr bool keeps_activation_input = R::layer_count > 1 && detail::is_derivative_of_input<ActivationOf<R>>;

/// A view of perception and the outputs of all layers for one tile of cells, or of their adjoints.
template <class R>
class Tile {
public:
    using T = typename R::Value;

    /// A tile in a block of `size` values on a 64-byte boundary.
    explicit Tile(T* block) noexcept : block_{block} {}

    /// [tile_cells, perception_stride]
    [[nodiscard]] T* perception() const noexcept { return block_; }
    /// The output of a layer: [tile_cells, padded(outputs)].
    [[nodiscard]] T* output(int layer) const noexcept { return block_ + offsets[static_cast<std::size_t>(layer)]; }
    /// The output of the last layer: [tile_cells, padded(channels)].
    [[nodiscard]] T* update() const noexcept { return output(R::layer_count - 1); }
    /// The input of the activation of a hidden layer: [tile_cells, padded(outputs)]; null if no pullback reads it.
    [[nodiscard]] T* activation_input(int layer) const noexcept {
        if (!keeps_activation_input<R> || layer + 1 >= R::layer_count) return nullptr;
        return output(R::layer_count + layer);
    }

private:
    static constexpr auto offsets = [] {
        constexpr auto rows = static_cast<std::size_t>(padded_rows(tile_cells));
        constexpr std::size_t layers = R::layers.size();
        constexpr std::size_t blocks = keeps_activation_input<R> ? 2 * layers - 1 : layers;
        std::array<std::size_t, blocks + 1> list{};
        list[0] = rows * static_cast<std::size_t>(perception_stride<R>);
        for (std::size_t l = 0; l < blocks; ++l) {
            list[l + 1] = list[l] + rows * static_cast<std::size_t>(R::layers[l % layers].stride());
        }
        return list;
    }();

    T* block_;

public:
    /// Values of a block.
    static constexpr std::size_t size = offsets.back();
};

/// Tiles with memory of their own. Allocates once.
template <class R>
class TileBuffers {
public:
    /// `count` tiles, taken from a region or, without one, allocated.
    explicit TileBuffers(int count = 1, Region* region = nullptr)
        : block_(static_cast<std::size_t>(count) * Tile<R>::size, region) {}

    /// Bytes that `count` tiles take from a region.
    [[nodiscard]] static constexpr std::size_t memory_needed(int count) noexcept {
        return block_bytes<typename R::Value>(static_cast<std::size_t>(count) * Tile<R>::size);
    }

    [[nodiscard]] int count() const noexcept { return static_cast<int>(block_.size() / Tile<R>::size); }
    /// One of the tiles.
    [[nodiscard]] Tile<R> operator[](int tile) noexcept {
        return Tile<R>{block_.data() + static_cast<std::size_t>(tile) * Tile<R>::size};
    }

private:
    AlignedArray<typename R::Value> block_;
};

namespace isa_detail {

/// The limits of the results of a layer of a rule with Clamp; -1: of perception.
template <class R>
[[nodiscard]] constexpr Limits<typename R::Value> limits_of(int layer, bool eight_bit) noexcept {
    const bool hidden = layer >= 0 && layer + 1 < R::layer_count;
    return hidden && std::is_same_v<ActivationOf<R>, Relu>
               ? Limits<typename R::Value>::from_zero(R::clamp_limit, eight_bit)
               : Limits<typename R::Value>::around_zero(R::clamp_limit, eight_bit);
}

/// The activation of a layer: of all but the last.
template <class R, int Layer>
using LayerActivation = std::conditional_t<(Layer + 1 < R::layer_count), ActivationOf<R>, NoActivation>;

template <class R, int Layers, class T>
NCA_INLINE void run_layers(const T* parameters, const T* state, const NeighbourOffsets<R::rank>& offsets,
                           const std::int32_t* cells, int count, const Rotations<T>& rotations, Tile<R> tile,
                           [[maybe_unused]] bool eight_bit) noexcept {
    using P = typename R::PerceptionPolicy;
    static_assert(
        detail::is_activation<ActivationOf<R>, Vec<T>>,
        "nca::Activation: an activation has the static functions value(V) and derivative(V), which take a SIMD "
        "register V and return one");
    NCA_ASSERT((!eight_bit || std::is_same_v<ActivationOf<R>, Relu>),
               "nca: values are rounded to 8 bits only with ReLU");
    T* const perception = tile.perception();
    constexpr int stride = perception_stride<R>;
    if constexpr (R::has_clamp) {
        if (eight_bit) {
            perceive<P, R::channels, R::rank, SumOrder::row_major>(state, offsets, cells, count, rotations, perception,
                                                                   stride);
        } else {
            perceive<P, R::channels, R::rank>(state, offsets, cells, count, rotations, perception, stride);
        }
        clamp_values(perception, std::ptrdiff_t{count} * stride, limits_of<R>(-1, eight_bit));
    } else {
        perceive<P, R::channels, R::rank>(state, offsets, cells, count, rotations, perception, stride);
    }
    static_for<Layers>([&](auto l) {
        constexpr LayerLayout layer = R::layers[static_cast<std::size_t>(l)];
        constexpr bool first = l == 0;
        const T* const input = first ? tile.perception() : tile.output(first ? 0 : l - 1);
        constexpr int input_stride = padded(layer.inputs);
        using Epilogue = ForwardEpilogue<LayerActivation<R, l>, R::has_clamp>;
        dense_rows<layer.inputs, layer.columns(), Epilogue, T>(input, input_stride, count, parameters + layer.weight,
                                                               parameters + layer.bias, nullptr, tile.output(l),
                                                               limits_of<R>(l, eight_bit), tile.activation_input(l));
        if constexpr (R::has_clamp) {
            if (eight_bit) {
                clamp_values(tile.output(l), std::ptrdiff_t{count} * layer.stride(), limits_of<R>(l, eight_bit));
            }
        }
    });
}

} // namespace isa_detail

/// update = W2 A(W1 perception(state) + b1) + b2 with the activation A (likewise for other depths), for `count` <=
/// tile_cells listed cells. state, offsets and rotations: as for `perceive`. Overwrites `tile`. Allocates nothing.
template <class R>
void cell_update(const typename R::Value* parameters, const typename R::Value* state,
                 const NeighbourOffsets<R::rank>& offsets, const std::int32_t* cells, int count,
                 const Rotations<typename R::Value>& rotations, Tile<R> tile, bool eight_bit = false) noexcept {
    isa_detail::run_layers<R, R::layer_count>(parameters, state, offsets, cells, count, rotations, tile, eight_bit);
}

/// The layers whose results the pullback of `cell_update` reads: all with Clamp, else all but the last.
template <class R>
inline constexpr int kept_layers = R::has_clamp ? R::layer_count : R::layer_count - 1;

/// The part of `cell_update` that its pullback recomputes: perception and the layers that it reads.
template <class R>
void cell_hidden(const typename R::Value* parameters, const typename R::Value* state,
                 const NeighbourOffsets<R::rank>& offsets, const std::int32_t* cells, int count,
                 const Rotations<typename R::Value>& rotations, Tile<R> tile, bool eight_bit = false) noexcept {
    isa_detail::run_layers<R, kept_layers<R>>(parameters, state, offsets, cells, count, rotations, tile, eight_bit);
}

/// Values of the transposed weights of a rule: per layer [outputs, padded(inputs)].
template <class R>
inline constexpr std::size_t transposed_size = [] {
    std::size_t size = 0;
    for (const LayerLayout& layer : R::layers) {
        size += static_cast<std::size_t>(layer.columns()) * static_cast<std::size_t>(padded(layer.inputs));
    }
    return size;
}();

/// Transposes the weights of every layer, as `cell_update_pullback` reads them.
template <class R>
void transpose_weights(const typename R::Value* parameters, typename R::Value* transposed) noexcept {
    for (const LayerLayout& layer : R::layers) {
        transpose_padded(parameters + layer.weight, layer.inputs, layer.columns(), transposed);
        transposed += static_cast<std::ptrdiff_t>(layer.columns()) * padded(layer.inputs);
    }
}

/// The pullback of `cell_update`. With g the adjoint of a layer's output, from the last layer down: weights += input^T
/// g, bias += the sum of g, and the layer below gets g W^T times the derivative of its activation (0 if clamped).
///
/// values: from `cell_hidden` or `cell_update`; adjoints.update(): given by the caller; all of adjoints is overwritten.
/// Adds to `gradient` (laid out as the parameters) and `state_adjoint` (a bordered grid), each unless null. Allocates
/// nothing. Costs 2.75 times the forward pass; 3.5 times with the recomputed hidden values.
template <class R>
void cell_update_pullback(const typename R::Value* transposed, const NeighbourOffsets<R::rank>& offsets,
                          const std::int32_t* cells, int count, Rotation<typename R::Value> rotation, Tile<R> values,
                          Tile<R> adjoints, typename R::Value* gradient, typename R::Value* state_adjoint,
                          [[maybe_unused]] bool eight_bit = false) noexcept {
    using T = typename R::Value;
    if constexpr (R::has_clamp) {
        clamp_pullback(values.update(), adjoints.update(), std::ptrdiff_t{count} * R::layers.back().stride(),
                       isa_detail::limits_of<R>(R::layer_count - 1, eight_bit));
    }
    const T* transposed_end = transposed + transposed_size<R>;
    static_for<R::layer_count>([&](auto reversed) {
        constexpr int l = R::layer_count - 1 - reversed;
        constexpr LayerLayout layer = R::layers[static_cast<std::size_t>(l)];
        constexpr int input_stride = padded(layer.inputs);
        transposed_end -= static_cast<std::ptrdiff_t>(layer.columns()) * input_stride;
        const T* const g = adjoints.output(l);
        const T* const input = l == 0 ? values.perception() : values.output(l == 0 ? 0 : l - 1);
        if (gradient != nullptr) {
            dense_weight_pullback<layer.inputs, layer.columns(), T>(input, input_stride, g, count,
                                                                    gradient + layer.weight, gradient + layer.bias);
        }
        if constexpr (l > 0) {
            using Epilogue = PullbackEpilogue<ActivationOf<R>, R::has_clamp>;
            dense_rows<layer.columns(), layer.inputs, Epilogue, T>(
                g, layer.stride(), count, transposed_end, nullptr, input, adjoints.output(l - 1),
                isa_detail::limits_of<R>(l - 1, eight_bit), values.activation_input(l - 1));
        } else if (state_adjoint != nullptr) {
            using Epilogue = PullbackEpilogue<isa_detail::NoActivation, R::has_clamp>;
            dense_rows<layer.columns(), layer.inputs, Epilogue, T>(g, layer.stride(), count, transposed_end, nullptr,
                                                                   input, adjoints.perception(),
                                                                   isa_detail::limits_of<R>(-1, eight_bit));
            perceive_pullback<typename R::PerceptionPolicy, R::channels, R::rank>(
                input, adjoints.perception(), perception_stride<R>, offsets, cells, count, rotation, state_adjoint);
        }
    });
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_CELL_UPDATE_HPP
