// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_CONVOLUTION_HPP
#define NCA_IMAGE_CONVOLUTION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/image/matmul.hpp>
#include <nca/simd/batch.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace nca::inline NCA_ABI::image {

/// The weights and biases of a convolution, packed as `convolve` reads them: the outputs are split into panels of at
/// most 64 columns of nearly equal width (to within 16), each stored as [taps, inputs, columns] without gaps, so that
/// a few dozen rows fit into a first-level cache. The layout does not depend on compiler flags.
template <class T>
class ConvolutionKernel {
public:
    /// The columns from `first` on, `width` of them, with their weights [taps, inputs, width].
    struct Panel {
        int first;
        int width;
        const T* weights;
    };

    ConvolutionKernel() = default;
    /// Zeros. Preconditions: all three positive.
    ConvolutionKernel(int taps, int inputs, int outputs)
        : taps_{taps}, inputs_{inputs}, outputs_{outputs}, weights_(rows() * columns()), bias_(columns()) {
        NCA_ASSERT(taps > 0 && inputs > 0 && outputs > 0, "nca::image::ConvolutionKernel: positive sizes");
    }

    [[nodiscard]] int taps() const noexcept { return taps_; }
    [[nodiscard]] int inputs() const noexcept { return inputs_; }
    [[nodiscard]] int outputs() const noexcept { return outputs_; }

    /// The weight of an input channel at a tap (row-major in the window) for an output channel.
    [[nodiscard]] T& weight(int tap, int input, int output) noexcept { return weights_[at(tap, input, output)]; }
    [[nodiscard]] const T& weight(int tap, int input, int output) const noexcept {
        return weights_[at(tap, input, output)];
    }
    [[nodiscard]] T& bias(int output) noexcept { return bias_[static_cast<std::size_t>(output)]; }
    /// The biases: [padded(outputs)].
    [[nodiscard]] const T* biases() const noexcept { return bias_.data(); }

    [[nodiscard]] int panels() const noexcept { return (units() + largest - 1) / largest; }
    [[nodiscard]] Panel panel(int index) const noexcept {
        const int first = units() * index / panels() * lane_padding;
        const int end = units() * (index + 1) / panels() * lane_padding;
        return {first, end - first, weights_.data() + rows() * static_cast<std::size_t>(first)};
    }

    /// The kernel of the pullback: inputs and outputs exchanged, the same taps, zero biases. Allocates.
    [[nodiscard]] ConvolutionKernel transposed() const {
        ConvolutionKernel result(taps_, outputs_, inputs_);
        for (int tap = 0; tap < taps_; ++tap) {
            for (int output = 0; output < outputs_; ++output) {
                for (int input = 0; input < inputs_; ++input) {
                    result.weight(tap, output, input) = weight(tap, input, output);
                }
            }
        }
        return result;
    }

private:
    static constexpr int largest = 4; ///< padding steps of one panel

    [[nodiscard]] int units() const noexcept { return padded(outputs_) / lane_padding; }
    [[nodiscard]] std::size_t rows() const noexcept {
        return static_cast<std::size_t>(taps_) * static_cast<std::size_t>(inputs_);
    }
    [[nodiscard]] std::size_t columns() const noexcept { return static_cast<std::size_t>(padded(outputs_)); }
    [[nodiscard]] std::size_t at(int tap, int input, int output) const noexcept {
        // The panel p that holds unit u is the largest with units * p / panels <= u.
        const Panel owner = panel(((output / lane_padding + 1) * panels() - 1) / units());
        const auto row = static_cast<std::ptrdiff_t>(tap) * static_cast<std::ptrdiff_t>(inputs_) +
                         static_cast<std::ptrdiff_t>(input);
        return static_cast<std::size_t>(owner.weights - weights_.data() + row * owner.width + output - owner.first);
    }

    int taps_ = 0;
    int inputs_ = 0;
    int outputs_ = 0;
    AlignedArray<T> weights_{};
    AlignedArray<T> bias_{};
};

/// What a convolution does to its sums before it stores them.
enum class Epilogue {
    none,
    relu,         ///< max(x, 0)
    relu_pullback ///< x where the gate is greater than zero, else zero
};

} // namespace nca::inline NCA_ABI::image

namespace nca::inline NCA_ABI::image::inline NCA_ISA {

namespace isa_detail {

/// Target pixels of a tile: enough to amortise streaming the weights once per tile (8% of the time for 512 channels
/// with tiles of 96), and few enough that the sums of a panel, 48 kB, stay in a second-level cache.
inline constexpr int tile_pixels = 192;

/// Rows of a panel that are applied to a tile at a time: 16 kB of floats, half a first-level cache.
[[nodiscard]] constexpr int pass_rows(int panel_width) noexcept {
    return 64 * 64 / panel_width;
}

/// Pixels of a block of `width` registers, so that accumulators, weights and one operand fit into the registers.
[[nodiscard]] constexpr int convolution_height(int width) noexcept {
    return std::min((vector_registers - (vector_registers >= 32 ? 8 : 4)) / width, 8);
}

/// The work on one tile: a part of a group of target pixels, and one panel of the weights.
template <class T>
struct ConvolutionTile {
    const Indirection::Group& group;
    const ConvolutionKernel<T>& kernel;
    typename ConvolutionKernel<T>::Panel panel;
    FeatureMaps<const T> in;
    FeatureMaps<T> out;
    const T* start;
    bool add;
    Epilogue epilogue;
    const T* gate;
    int first; ///< target in the group
    int count; ///< targets
};

/// Rows of a panel that are applied together: taps from `tap` on, inputs from `input` on.
struct ConvolutionPass {
    int tap;
    int taps;
    int input;
    int inputs;
    bool starts;
    bool ends;
};

/// One pass over one tile for V registers from a column of the panel.
template <int V, class T>
void convolve_pass(const ConvolutionTile<T>& tile, const ConvolutionPass& pass, int column) noexcept {
    constexpr int lanes = Vec<T>::size;
    constexpr int height = convolution_height(V);
    const auto targets = static_cast<std::ptrdiff_t>(tile.group.targets.size());
    const int channel = tile.panel.first + column;
    for (int block = 0; block < tile.count; block += height) {
        // The last block repeats its last pixel: the same value is computed and stored again.
        std::array<std::ptrdiff_t, std::size_t{height}> target;
        std::array<std::ptrdiff_t, std::size_t{height}> place;
        for (int m = 0; m < height; ++m) {
            const auto i = static_cast<std::size_t>(m);
            target[i] = tile.first + std::min(block + m, tile.count - 1);
            place[i] =
                std::ptrdiff_t{tile.group.targets[static_cast<std::size_t>(target[i])]} * tile.out.stride + channel;
        }
        RegisterBlock<T, height, V> sum;
        const auto value = [&](int m, int v) {
            return tile.out.values + place[static_cast<std::size_t>(m)] + v * lanes;
        };
        if (pass.starts && !tile.add) {
            for_each_register<height, V>([&](int m, int v) {
                sum[m][v] = tile.start != nullptr ? load(tile.start + channel + v * lanes) : Vec<T>(T(0));
            });
        } else {
            for_each_register<height, V>([&](int m, int v) { sum[m][v] = load(value(m, v)); });
        }
        for (int t = pass.tap; t < pass.tap + pass.taps; ++t) {
            const std::int32_t* const sources = tile.group.sources.data() + t * targets;
            const T* row[std::size_t{height}];
            NCA_UNROLL
            for (int m = 0; m < height; ++m) {
                row[m] = tile.in.values +
                         std::ptrdiff_t{sources[target[static_cast<std::size_t>(m)]]} * tile.in.stride + pass.input;
            }
            const std::ptrdiff_t first_row =
                std::ptrdiff_t{tile.group.taps[static_cast<std::size_t>(t)]} * tile.kernel.inputs() + pass.input;
            accumulate<height, V>(sum, tile.panel.weights + column + first_row * tile.panel.width, tile.panel.width,
                                  pass.inputs, [&](int m, int k) { return row[m][k]; });
        }
        if (pass.ends && tile.epilogue == Epilogue::relu) {
            for_each_register<height, V>([&](int m, int v) { sum[m][v] = max(sum[m][v], Vec<T>(T(0))); });
        }
        if (pass.ends && tile.epilogue == Epilogue::relu_pullback) {
            for_each_register<height, V>([&](int m, int v) {
                sum[m][v] = keep_where_positive(load(tile.gate + (value(m, v) - tile.out.values)), sum[m][v]);
            });
        }
        for_each_register<height, V>([&](int m, int v) { store(value(m, v), sum[m][v]); });
    }
}

/// All rows of a panel over one tile, in the order of taps and inputs.
template <class T>
void convolve_tile(const ConvolutionTile<T>& tile) noexcept {
    const int taps = static_cast<int>(tile.group.taps.size());
    const int inputs = tile.kernel.inputs();
    const int rows = pass_rows(tile.panel.width);
    const int taps_at_once = std::max(rows / inputs, 1);
    for (int tap = 0; tap < taps; tap += taps_at_once) {
        const int count = std::min(taps_at_once, taps - tap);
        for (int input = 0; input < inputs; input += rows) {
            const int length = std::min(rows, inputs - input);
            const bool ends = tap + count == taps && input + length == inputs;
            const ConvolutionPass pass{tap, count, input, length, tap == 0 && input == 0, ends};
            for_each_panel<T>(tile.panel.width,
                              [&]<int Width>(int column) { convolve_pass<Width, T>(tile, pass, column); });
        }
    }
}

} // namespace isa_detail

/// out[p, o] = epilogue(s + sum over the taps t of p and the inputs i of in[source(p, t), i] * weight[t, i, o]), where
/// s is out[p, o] if `add`, else start[o].
///
/// A convolution with window_table(), and with transposed_window_table() and the transposed kernel its pullback to the
/// input. start: a row [padded(outputs)] or null for zero; gate, laid out as `out`, is read by Epilogue::relu_pullback.
/// Lanes run over the outputs; sums run over the taps and within them over the inputs. Overwrites `out` with its
/// padding. Preconditions: channels are those of the kernel, pixels those of the table. Allocates nothing.
///
/// A block of 6 pixels x 4 registers stays in accumulators; each pass loads 16 kB of weights into the first-level cache
/// and applies them to all pixels of a tile, whose partial sums are kept in `out`.
template <class T>
void convolve(const Indirection& table, const ConvolutionKernel<T>& kernel, FeatureMaps<const T> in, const T* start,
              bool add, Epilogue epilogue, const T* gate, FeatureMaps<T> out) noexcept {
    NCA_ASSERT(in.channels == kernel.inputs() && out.channels == kernel.outputs(),
               "nca::image::convolve: channels of the maps as the kernel has");
    for (const Indirection::Group& group : table.groups) {
        const int targets = static_cast<int>(group.targets.size());
        for (int first = 0; first < targets; first += isa_detail::tile_pixels) {
            const int count = std::min(isa_detail::tile_pixels, targets - first);
            for (int panel = 0; panel < kernel.panels(); ++panel) {
                isa_detail::convolve_tile<T>(
                    {group, kernel, kernel.panel(panel), in, out, start, add, epilogue, gate, first, count});
            }
        }
    }
    for (const std::int32_t target : table.untouched) {
        T* const pixel = out.pixel(target);
        for (int c = 0; c < out.stride; ++c) {
            if (!add) pixel[c] = start != nullptr ? start[c] : T(0);
            if (epilogue == Epilogue::relu) pixel[c] = std::max(pixel[c], T(0));
            if (epilogue == Epilogue::relu_pullback) {
                pixel[c] = gate[pixel - out.values + c] > T(0) ? pixel[c] : T(0);
            }
        }
    }
}

} // namespace nca::inline NCA_ABI::image::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_CONVOLUTION_HPP
