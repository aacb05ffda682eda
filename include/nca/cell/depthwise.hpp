// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_DEPTHWISE_HPP
#define NCA_CELL_DEPTHWISE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/perceive.hpp>
#include <nca/core/memory.hpp>
#include <nca/simd/batch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

/// Perception by a learned depth-wise convolution: several filters per channel, which training changes.
namespace nca::inline NCA_ABI::inline NCA_ISA {

/// out[i, f * channels + c] = sum over neighbours n of weights[n, f, c] * state[cells[i] + n, c], and its pullback.
///
/// state: bordered grid, padded(channels) values per cell; weights [neighbours, filters, padded(channels)]. Lanes run
/// over the channels; up to four filters share the loads of the state. Allocates nothing.
template <int Rank, class T, int Radius = 1>
class Depthwise {
public:
    /// The most cells of a call of pullback().
    static constexpr int max_cells = 64;

    Depthwise(int channels, int filters, const T* weights, const NeighbourOffsets<Rank, Radius>& offsets) noexcept
        : channels_{channels}, filters_{filters}, weights_{weights}, offsets_{offsets} {}

    void forward(const T* state, const std::int32_t* cells, int count, T* out,
                 std::ptrdiff_t out_stride) const noexcept {
        for_each_group(count, [&]<int Group>(int i) {
            for_each_block([&]<int Width>(int filter, int first, int size) {
                const T* cell[std::size_t{Group}];
                Vec<T> sum[std::size_t{Group}][std::size_t{Width}];
                NCA_UNROLL
                for (int m = 0; m < Group; ++m) {
                    cell[m] = state + static_cast<std::ptrdiff_t>(cells[i + m]) * padded(channels_) + first;
                    for (Vec<T>& s : sum[m]) s = Vec<T>(T(0));
                }
                const T* w = weights_ + filter * padded(channels_) + first;
                for (std::size_t n = 0; n < offsets_.size(); ++n, w += filters_ * padded(channels_)) {
                    Vec<T> weight[std::size_t{Width}];
                    NCA_UNROLL
                    for (int f = 0; f < Width; ++f) weight[f] = in_register(load(w + f * padded(channels_)));
                    NCA_UNROLL
                    for (int m = 0; m < Group; ++m) {
                        const Vec<T> x = in_register(load(cell[m] + offsets_[n]));
                        NCA_UNROLL
                        for (int f = 0; f < Width; ++f) sum[m][f] = fma(x, weight[f], sum[m][f]);
                    }
                }
                NCA_UNROLL
                for (int m = 0; m < Group; ++m) {
                    T* const row = out + (i + m) * out_stride + filter * channels_ + first;
                    for (int f = 0; f < Width; ++f) store_first(row + f * channels_, sum[m][f], size);
                }
            });
        });
    }

    /// state_adjoint[cells[i] + n, c] += sum over f of weights[n, f, c] g[i, f * channels + c], border included, group
    /// after group of cells; weights_adjoint[n, f, c] += sum over i of state[cells[i] + n, c] g[i, f * channels + c].
    /// Each unless null. Precondition: count <= max_cells.
    void pullback(const T* state, const T* out_adjoint, std::ptrdiff_t out_stride, const std::int32_t* cells, int count,
                  T* state_adjoint, T* weights_adjoint) const noexcept {
        for_each_block([&]<int Width>(int filter, int first, int size) {
            Vec<T> g[std::size_t{max_cells}][std::size_t{Width}];
            for (int i = 0; i < count; ++i) {
                const T* const row = out_adjoint + i * out_stride + filter * channels_ + first;
                for (int f = 0; f < Width; ++f) g[i][f] = load_first(row + f * channels_, size);
            }
            const std::ptrdiff_t step = std::ptrdiff_t{filters_} * padded(channels_);
            const std::ptrdiff_t start = std::ptrdiff_t{filter} * padded(channels_) + first;
            for_each_group(state_adjoint != nullptr ? count : 0, [&]<int Group>(int i) {
                T* cell[std::size_t{Group}];
                Vec<T> adjoint[std::size_t{Group}][std::size_t{Width}];
                NCA_UNROLL
                for (int m = 0; m < Group; ++m) {
                    cell[m] = state_adjoint + static_cast<std::ptrdiff_t>(cells[i + m]) * padded(channels_) + first;
                    for (int f = 0; f < Width; ++f) adjoint[m][f] = g[i + m][f];
                }
                const T* w = weights_ + start;
                for (std::size_t n = 0; n < offsets_.size(); ++n, w += step) {
                    Vec<T> weight[std::size_t{Width}];
                    NCA_UNROLL
                    for (int f = 0; f < Width; ++f) weight[f] = in_register(load(w + f * padded(channels_)));
                    NCA_UNROLL
                    for (int m = 0; m < Group; ++m) {
                        Vec<T> sum = load(cell[m] + offsets_[n]);
                        NCA_UNROLL
                        for (int f = 0; f < Width; ++f) sum = fma(adjoint[m][f], weight[f], sum);
                        store(cell[m] + offsets_[n], sum);
                    }
                }
            });
            if (weights_adjoint == nullptr) return;
            const auto add_to = [&]<int Count>(std::integral_constant<int, Count>, std::size_t n) {
                T* const w = weights_adjoint + start + static_cast<std::ptrdiff_t>(n) * step;
                Vec<T> sum[std::size_t{Count}][std::size_t{Width}];
                for (int m = 0; m < Count; ++m) {
                    for (int f = 0; f < Width; ++f) sum[m][f] = load(w + m * step + f * padded(channels_));
                }
                for (int i = 0; i < count; ++i) {
                    const T* const cell = state + static_cast<std::ptrdiff_t>(cells[i]) * padded(channels_) + first;
                    NCA_UNROLL
                    for (std::size_t m = 0; m < std::size_t{Count}; ++m) {
                        const Vec<T> x = in_register(load(cell + offsets_[n + m]));
                        NCA_UNROLL
                        for (int f = 0; f < Width; ++f) sum[m][f] = fma(x, g[i][f], sum[m][f]);
                    }
                }
                for (int m = 0; m < Count; ++m) {
                    for (int f = 0; f < Width; ++f) store(w + m * step + f * padded(channels_), sum[m][f]);
                }
            };
            // Three neighbours at a time hide the latency of the sums.
            const std::size_t threes = offsets_.size() / 3 * 3;
            for (std::size_t n = 0; n < threes; n += 3) add_to(std::integral_constant<int, 3>{}, n);
            for (std::size_t n = threes; n < offsets_.size(); ++n) add_to(std::integral_constant<int, 1>{}, n);
        });
    }

private:
    /// Calls f<number of filters>(first filter, first channel, number of channels) for every block.
    template <class F>
    NCA_INLINE void for_each_block(F&& f) const noexcept {
        constexpr int lanes = Vec<T>::size;
        for (int filter = 0; filter < filters_; filter += 4) {
            const int width = std::min(4, filters_ - filter);
            for (int first = 0; first < channels_; first += lanes) {
                const int size = std::min(lanes, channels_ - first);
                if (width == 1) f.template operator()<1>(filter, first, size);
                if (width == 2) f.template operator()<2>(filter, first, size);
                if (width == 3) f.template operator()<3>(filter, first, size);
                if (width == 4) f.template operator()<4>(filter, first, size);
            }
        }
    }

    /// Cells that share the loads of the weights: their sums stay in registers.
    static constexpr int group = vector_registers >= 32 ? 4 : 2;

    /// Calls f<number of cells>(first) for groups of [0, count), and for each cell that is left.
    template <class F>
    NCA_INLINE static void for_each_group(int count, F&& f) noexcept {
        int i = 0;
        for (; i + group <= count; i += group) f.template operator()<group>(i);
        for (; i < count; ++i) f.template operator()<1>(i);
    }

    int channels_;
    int filters_;
    const T* weights_;
    const NeighbourOffsets<Rank, Radius>& offsets_;
};

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_DEPTHWISE_HPP
