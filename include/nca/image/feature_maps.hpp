// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_FEATURE_MAPS_HPP
#define NCA_IMAGE_FEATURE_MAPS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/memory.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <type_traits>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::image {

/// A non-owning view of the feature maps of an image: pixels in row-major order, the channels of a pixel contiguous and
/// padded with zeros, so that it is a matrix [height * width, stride] whose first `channels` columns are in use. T may
/// be const.
template <class T>
struct FeatureMaps {
    T* values = nullptr; ///< [height, width, stride]
    int height = 0;
    int width = 0;
    int channels = 0;
    int stride = 0; ///< values between pixels: padded(channels)

    [[nodiscard]] constexpr int pixels() const noexcept { return height * width; }
    /// The number of values, padding included.
    [[nodiscard]] constexpr std::size_t size() const noexcept {
        return static_cast<std::size_t>(pixels()) * static_cast<std::size_t>(stride);
    }
    /// The channels of the pixel with a row-major index.
    [[nodiscard]] constexpr T* pixel(int index) const noexcept {
        return values + static_cast<std::ptrdiff_t>(index) * stride;
    }
    /// The channels of the pixel at some coordinates.
    [[nodiscard]] constexpr T* pixel(int y, int x) const noexcept { return pixel(y * width + x); }
    constexpr operator FeatureMaps<const T>() const noexcept requires(!std::is_const_v<T>) {
        return {values, height, width, channels, stride};
    }
};

/// How many positions a window has on an axis of n pixels, and where the first one starts.
enum class Fit {
    inside, ///< whole windows only, after `padding` pixels on both sides: floor((n + 2 padding - size) / stride) + 1
    cover,  ///< the same rounded up: the last window may extend past the image (Caffe; `ceil_mode` of PyTorch)
    same,   ///< ceil(n / stride), padded by what that needs, the odd pixel at the end (TensorFlow's "SAME")
};

/// Padding mode: what a window reads outside the image.
enum class Edge {
    zero,    ///< zeros for a convolution; pooling ignores them
    reflect, ///< the image mirrored about its border pixels, which are not repeated
};

/// The square sliding window of a convolution or a pooling.
struct Window {
    int size = 1;
    int stride = 1;
    int padding = 0; ///< pixels on each side; ignored by Fit::same
    Edge edge = Edge::zero;
    Fit fit = Fit::inside;

    friend constexpr bool operator==(const Window&, const Window&) noexcept = default;

    [[nodiscard]] constexpr int taps() const noexcept { return size * size; }

    /// True if the window fits on an axis of `input` pixels, with enough pixels to reflect if the edge does.
    [[nodiscard]] constexpr bool fits(int input) const noexcept {
        return input > 0 && outputs(input) > 0 && (edge == Edge::zero || before(input) < input);
    }

    /// The number of positions on an axis of `input` pixels; zero if the window does not fit.
    [[nodiscard]] constexpr int outputs(int input) const noexcept {
        if (fit == Fit::same) return (input + stride - 1) / stride;
        const int room = input + 2 * padding - size;
        if (room < 0) return 0;
        if (fit == Fit::inside) return room / stride + 1;
        const int positions = (room + stride - 1) / stride + 1;
        // Drop a last window that would lie completely outside.
        return (positions - 1) * stride >= input + padding ? positions - 1 : positions;
    }

    /// The offset of the first window before the image, in pixels.
    [[nodiscard]] constexpr int before(int input) const noexcept {
        if (fit != Fit::same) return padding;
        return std::max((outputs(input) - 1) * stride + size - input, 0) / 2;
    }

    /// The pixel that `tap` of the window at `position` reads on an axis of `input` pixels, or -1 for none.
    [[nodiscard]] constexpr int source(int position, int tap, int input) const noexcept {
        const int at = position * stride - before(input) + tap;
        if (at >= 0 && at < input) return at;
        if (edge == Edge::zero) return -1;
        const int mirrored = reflected(at, input);
        return mirrored >= 0 && mirrored < input ? mirrored : -1;
    }
};

/// Which source pixels a convolution reads for each target pixel, as a table (M. Dukhan, The Indirect Convolution
/// Algorithm, 2019). Padding, reflection, strides and their transposes are all tables for the same kernel, and no zero
/// of the padding is ever multiplied. With reflecting edges a transposed table may list a tap more than once.
struct Indirection {
    /// Target pixels that see the same taps: nine groups for a zero-padded 3x3 window.
    struct Group {
        std::vector<std::int32_t> taps;    ///< ascending
        std::vector<std::int32_t> targets; ///< pixels, ascending
        std::vector<std::int32_t> sources; ///< pixels: [taps, targets]
    };

    std::vector<Group> groups{};
    std::vector<std::int32_t> untouched{}; ///< target pixels without taps, skipped by a stride
};

namespace detail {

/// A source pixel and the tap through which it is seen.
struct IndirectionEntry {
    std::int32_t tap;
    std::int32_t source;
};

/// The table of a window, or its transpose.
[[nodiscard]] inline Indirection make_table(const Window& window, int height, int width, bool transposed) {
    const int columns = window.outputs(width);
    const int outputs = window.outputs(height) * columns;
    std::vector<std::vector<IndirectionEntry>> targets(static_cast<std::size_t>(transposed ? height * width : outputs));
    for (int output = 0; output < outputs; ++output) {
        for (int tap = 0; tap < window.taps(); ++tap) {
            const int y = window.source(output / columns, tap / window.size, height);
            const int x = window.source(output % columns, tap % window.size, width);
            if (y < 0 || x < 0) continue;
            const int input = y * width + x;
            const int target = transposed ? input : output;
            targets[static_cast<std::size_t>(target)].push_back({tap, transposed ? output : input});
        }
    }
    std::map<std::vector<std::int32_t>, std::vector<std::int32_t>> groups;
    Indirection result;
    for (std::size_t target = 0; target < targets.size(); ++target) {
        auto& entries = targets[target];
        std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.tap < b.tap; });
        std::vector<std::int32_t> taps;
        for (const IndirectionEntry& entry : entries) taps.push_back(entry.tap);
        auto& list = taps.empty() ? result.untouched : groups[taps];
        list.push_back(static_cast<std::int32_t>(target));
    }
    for (auto& [taps, pixels] : groups) {
        Indirection::Group group{taps, std::move(pixels), {}};
        for (std::size_t t = 0; t < taps.size(); ++t) {
            for (const std::int32_t target : group.targets) {
                group.sources.push_back(targets[static_cast<std::size_t>(target)][t].source);
            }
        }
        result.groups.push_back(std::move(group));
    }
    return result;
}

} // namespace detail

/// The table of a window on an image of height x width pixels: targets are the outputs, sources the inputs.
/// Precondition: the window fits. Allocates.
[[nodiscard]] inline Indirection window_table(const Window& window, int height, int width) {
    return detail::make_table(window, height, width, false);
}

/// Its transpose, with which `convolve` computes the pullback of a convolution: targets are the inputs.
[[nodiscard]] inline Indirection transposed_window_table(const Window& window, int height, int width) {
    return detail::make_table(window, height, width, true);
}

} // namespace nca::inline NCA_ABI::image

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_FEATURE_MAPS_HPP
