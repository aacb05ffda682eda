// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_CELL_UPDATE_PULLBACK_HPP
#define NCA_CELL_CELL_UPDATE_PULLBACK_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/cell_update.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

/// The pullback of the fused update of a tile of cells.
namespace nca::inline NCA_ABI::inline NCA_ISA {

/// Values of the transposed weights of a rule: per layer [outputs, padded(inputs)].
template <class Traits>
[[nodiscard]] constexpr std::size_t transposed_size(const Architecture<Traits>& rule) noexcept {
    std::size_t size = 0;
    for (int l = 0; l < rule.layer_count(); ++l) {
        const LayerLayout& layer = rule.layer(l);
        size += static_cast<std::size_t>(layer.columns()) * static_cast<std::size_t>(padded(layer.inputs));
    }
    return size;
}

/// Transposes the weights of every layer, as `cell_update_pullback` reads them.
template <class Traits, class T>
void transpose_weights(const Architecture<Traits>& rule, const T* parameters, T* transposed) noexcept {
    for (int l = 0; l < rule.layer_count(); ++l) {
        const LayerLayout& layer = rule.layer(l);
        transpose_padded(parameters + layer.weight, layer.inputs, layer.columns(), transposed);
        transposed += static_cast<std::ptrdiff_t>(layer.columns()) * padded(layer.inputs);
    }
}

namespace isa_detail {

/// The adjoint of the input of layer l, and the gradient of its parameters, by products of bfloat16. Inputs and
/// Columns: its sizes, as dense_pairs() takes them.
template <class R, class Epilogue, class Inputs, class Columns>
void pull_back_paired_layer(const ArchitectureOf<R>& rule, int l, Inputs inputs, Columns columns, int count,
                            const float* input, const Tile<R>& adjoints, float* gradient, float* result,
                            const Limits<float>& limits, const float* pre) noexcept {
    const LayerLayout& layer = rule.layer(l);
    const float* const g = adjoints.output(l);
    if (gradient != nullptr) {
        pair_rows(input, count, padded(inputs), adjoints.pairs(2));
        pair_rows(g, count, padded(columns), adjoints.pairs(3));
        dense_pair_weight_pullback(inputs, columns, adjoints.pairs(2), padded(inputs), adjoints.pairs(3), count,
                                   gradient + layer.weight);
        add_rows(columns, g, count, gradient + layer.bias);
    }
    if (result == nullptr) return;
    const bool chained = stores_results<R>(rule, /*eight_bit=*/false);
    if (l + 1 == rule.layer_count() || !chained) {
        pair_columns(g, count, columns, padded(columns), adjoints.pairs(l % 2));
    }
    Bfloat16Pair* const result_pairs = chained && l > 0 ? adjoints.pairs((l + 1) % 2) : nullptr;
    dense_pairs<Epilogue>(columns, inputs, adjoints.pairs(l % 2), count,
                          adjoints.weights() + transposed_paired_size(rule, l), nullptr, input, result, result_pairs,
                          limits, const_cast<float*>(pre)); // a pullback only reads it
}

/// The adjoint of the input of layer L of a rule whose network is a type.
template <class R, int L>
NCA_INLINE void pull_back_layer(const typename R::Value* transposed, int count, const typename R::Value* input,
                                const Tile<R>& values, const Tile<R>& adjoints, typename R::Value* gradient,
                                bool to_input, const Limits<typename R::Value>& limits) noexcept {
    using T = typename R::Value;
    constexpr LayerLayout layer = R::layers[static_cast<std::size_t>(L)];
    constexpr int stride = padded(layer.inputs);
    const T* const g = adjoints.output(L);
    if constexpr (R::may_be_bfloat16) {
        using Activation = std::conditional_t<(L > 0), ActivationOf<R>, NoActivation>;
        if (adjoints.weights() != nullptr) {
            T* const result = !to_input ? nullptr : L > 0 ? adjoints.output(L - 1) : adjoints.perception();
            return pull_back_paired_layer<R, PullbackEpilogue<Activation, R::has_clamp>>(
                {}, L, std::integral_constant<int, layer.inputs>{}, std::integral_constant<int, layer.columns()>{},
                count, input, adjoints, gradient, result, limits, L > 0 ? values.activation_input(L - 1) : nullptr);
        }
    }
    if (gradient != nullptr) {
        dense_weight_pullback<layer.inputs, layer.columns()>(input, stride, g, count, gradient + layer.weight,
                                                             gradient + layer.bias);
    }
    if (!to_input) return;
    if constexpr (L > 0) {
        using Epilogue = PullbackEpilogue<ActivationOf<R>, R::has_clamp>;
        dense_rows<layer.columns(), layer.inputs, Epilogue>(
            g, layer.stride(), count, transposed, static_cast<const T*>(nullptr), input, adjoints.output(L - 1), limits,
            values.activation_input(L - 1));
    } else {
        using Epilogue = PullbackEpilogue<NoActivation, R::has_clamp>;
        dense_rows<layer.columns(), layer.inputs, Epilogue>(
            g, layer.stride(), count, transposed, static_cast<const T*>(nullptr), input, adjoints.perception(), limits);
    }
}

/// The same of a rule of run-time sizes.
template <class R>
void pull_back_layer_of(const ArchitectureOf<R>& rule, int l, const typename R::Value* transposed, int count,
                        const typename R::Value* input, const Tile<R>& values, const Tile<R>& adjoints,
                        typename R::Value* gradient, bool to_input, const Limits<typename R::Value>& limits) noexcept {
    using T = typename R::Value;
    const LayerLayout& layer = rule.layer(l);
    const int stride = padded(layer.inputs);
    const T* const g = adjoints.output(l);
    T* const result = !to_input ? nullptr : l > 0 ? adjoints.output(l - 1) : adjoints.perception();
    const bool relu = l > 0 && is_relu<R>(rule);
    const auto run = [&]<class Activation>(Activation /*activation*/) {
        if constexpr (R::may_be_bfloat16) {
            if (adjoints.weights() != nullptr) {
                return pull_back_paired_layer<R, PullbackEpilogue<Activation>>(
                    rule, l, layer.inputs, layer.columns(), count, input, adjoints, gradient, result, {}, nullptr);
            }
        }
        if (gradient != nullptr) {
            dense_weight_pullback(layer.inputs, layer.columns(), input, stride, g, count, gradient + layer.weight,
                                  gradient + layer.bias);
        }
        if (result == nullptr) return;
        dense_rows<PullbackEpilogue<Activation>>(layer.columns(), layer.inputs, g, layer.stride(), count, transposed,
                                                 static_cast<const T*>(nullptr), input, result);
    };
    if (relu)
        run(Relu{});
    else
        run(NoActivation{});
    if (result == nullptr) return;
    const std::ptrdiff_t size = std::ptrdiff_t{count} * stride;
    if (rule.has_clamp()) clamp_pullback(input, result, size, limits);
    if (l == 0 || relu) return;
    const T* const kept = values.activation_input(l - 1);
    activation_pullback<R>(rule, kept != nullptr ? kept : input, result, size);
}

} // namespace isa_detail

/// The pullback of `cell_update`. With g the adjoint of a layer's output, from the last layer down: weights += input^T
/// g, bias += the sum of g, and the layer below gets g W^T times the derivative of its activation (0 if clamped).
///
/// state: the grid that was perceived, read for learned filters and gradients that are not as they are. values: from
/// `cell_hidden` or `cell_update`; adjoints.update(): given by the caller; all of adjoints is overwritten.
/// input_adjoint: of PerceivedInputs, one vector or with a stride one per position, to which it adds, unless null. Adds
/// to `gradient` (laid out as the parameters) and `state_adjoint` (a bordered grid), each unless null. Allocates
/// nothing. Costs 2.75 times the forward pass; 3.5 times with the recomputed hidden values.
template <class R>
void cell_update_pullback(const ArchitectureOf<R>& rule, const typename R::Value* parameters,
                          const typename R::Value* transposed, const typename R::Value* state,
                          const OffsetsOf<R>& offsets, const std::int32_t* cells, int count,
                          const Rotation<typename R::Value>& rotation, const Tile<R>& values, const Tile<R>& adjoints,
                          typename R::Value* gradient, typename R::Value* state_adjoint, bool eight_bit = false,
                          typename R::Value* input_adjoint = nullptr, std::ptrdiff_t input_stride = 0) noexcept {
    using T = typename R::Value;
    const int last = rule.layer_count() - 1;
    if (rule.has_clamp()) {
        clamp_pullback(values.update(), adjoints.update(), std::ptrdiff_t{count} * rule.layer(last).stride(),
                       isa_detail::limits_of<R>(rule, last, eight_bit));
    }
    const bool to_perception =
        state_adjoint != nullptr || input_adjoint != nullptr || rule.perception() == PerceptionKind::depthwise;
    const T* end = transposed + transposed_size(rule);
    const auto pull_back = [&](auto l, auto&& layer_pullback) {
        const LayerLayout& layer = rule.layer(l);
        end -= static_cast<std::ptrdiff_t>(layer.columns()) * padded(layer.inputs);
        layer_pullback(l == 0 ? values.perception() : values.output(l == 0 ? 0 : l - 1), l > 0 || to_perception,
                       isa_detail::limits_of<R>(rule, l - 1, eight_bit));
    };
    if constexpr (R::has_static_network) {
        static_for<R::layer_count>([&](auto reversed) {
            constexpr int l = R::layer_count - 1 - reversed;
            pull_back(std::integral_constant<int, l>{}, [&](const T* input, bool to_input, const Limits<T>& limits) {
                isa_detail::pull_back_layer<R, l>(end, count, input, values, adjoints, gradient, to_input, limits);
            });
        });
    } else {
        for (int l = last; l >= 0; --l) {
            pull_back(l, [&](const T* input, bool to_input, const Limits<T>& limits) {
                isa_detail::pull_back_layer_of<R>(rule, l, end, count, input, values, adjoints, gradient, to_input,
                                                  limits);
            });
        }
    }
    if (gradient != nullptr && !rule.has_output_bias()) {
        std::fill_n(gradient + rule.layer(last).bias, rule.layer(last).stride(), T(0));
    }
    if (input_adjoint != nullptr) {
        for (int i = 0; i < count; ++i) {
            const T* const g = adjoints.perception() + static_cast<std::ptrdiff_t>(i) * padded(rule.perceived());
            T* const to = input_adjoint + static_cast<std::ptrdiff_t>(cells[i]) * input_stride;
            for (int k = 0; k < rule.inputs(); ++k) to[k] += g[rule.observed() + k];
        }
    }
    if (rule.perception() == PerceptionKind::depthwise) {
        static_assert(tile_cells <= Depthwise<R::rank, T, R::radius>::max_cells);
        const std::size_t filters = rule.filter_offset();
        Depthwise<R::rank, T, R::radius>{rule.channels(), rule.learned_filters(), parameters + filters, offsets}
            .pullback(state, adjoints.perception(), padded(rule.perceived()), cells, count, state_adjoint,
                      gradient != nullptr ? gradient + filters : nullptr);
        return;
    }
    if (state_adjoint == nullptr) return;
    const int stride = padded(rule.perceived());
    if constexpr (isa_detail::is_depthwise<R>) {
    } else if constexpr (isa_detail::has_static_gradient<R>) {
        isa_detail::gradient_kernel<R>(rule, offsets)
            .pullback(state, adjoints.perception(), stride, cells, count, rotation, state_adjoint);
    } else if constexpr (R::has_static_network) {
        perceive_pullback<typename R::PerceptionPolicy, R::channels, R::rank, R::radius>(
            values.perception(), adjoints.perception(), stride, offsets, cells, count, rotation, state_adjoint);
    } else {
        if (rule.gradient() != GradientKind::cartesian) {
            return isa_detail::gradient_kernel<R>(rule, offsets)
                .pullback(state, adjoints.perception(), stride, cells, count, rotation, state_adjoint);
        }
        const isa_detail::AnyPerceptionKernel<R::rank, T, OffsetsOf<R>> kernel{rule.perception(), rule.channels(),
                                                                               rule.run_time().filters, offsets};
        kernel.pullback(values.perception(), adjoints.perception(), stride, cells, count, rotation, state_adjoint);
    }
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_CELL_UPDATE_PULLBACK_HPP
