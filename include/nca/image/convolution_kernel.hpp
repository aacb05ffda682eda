// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_CONVOLUTION_KERNEL_HPP
#define NCA_IMAGE_CONVOLUTION_KERNEL_HPP

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>

#include <cstddef>

namespace nca::image {

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
    /// The weight of an input channel at a tap (row-major in the window) for an output channel.
    [[nodiscard]] const T& weight(int tap, int input, int output) const noexcept {
        return weights_[at(tap, input, output)];
    }
    /// The bias of an output channel.
    [[nodiscard]] T& bias(int output) noexcept { return bias_[static_cast<std::size_t>(output)]; }
    /// The biases: [padded(outputs)].
    [[nodiscard]] const T* biases() const noexcept { return bias_.data(); }

    [[nodiscard]] int panels() const noexcept { return (units() + largest - 1) / largest; }
    /// One of panels() panels.
    [[nodiscard]] Panel panel(int index) const noexcept {
        const int first = units() * index / panels() * lane_padding;
        const int end = units() * (index + 1) / panels() * lane_padding;
        return {first, end - first, weights_.data() + rows() * static_cast<std::size_t>(first)};
    }

    /// The kernel of the pullback: inputs and outputs exchanged, the same taps, zero biases.
    /// Allocates.
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
        const int unit = output / lane_padding;
        const int index = ((unit + 1) * panels() - 1) / units();
        const int first = units() * index / panels() * lane_padding;
        const int width = units() * (index + 1) / panels() * lane_padding - first;
        const auto row =
            static_cast<std::size_t>(tap) * static_cast<std::size_t>(inputs_) + static_cast<std::size_t>(input);
        return rows() * static_cast<std::size_t>(first) + row * static_cast<std::size_t>(width) +
               static_cast<std::size_t>(output - first);
    }

    int taps_ = 0;
    int inputs_ = 0;
    int outputs_ = 0;
    AlignedArray<T> weights_{};
    AlignedArray<T> bias_{};
};

} // namespace nca::image

#endif // NCA_IMAGE_CONVOLUTION_KERNEL_HPP
