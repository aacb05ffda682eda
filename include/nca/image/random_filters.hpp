// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_RANDOM_FILTERS_HPP
#define NCA_IMAGE_RANDOM_FILTERS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/philox.hpp>
#include <nca/image/convolution.hpp>
#include <nca/image/network.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

namespace nca::inline NCA_ABI::image {

/// A shallow network of random filters at several scales, which needs no training and whose features still make good
/// textures (Ustyuzhaninov, Brendel, Gatys, Bethge, What does it take to generate natural textures?, ICLR 2017).
///
/// The article's kernels of 3 to 55 pixels are here `filters` kernels of 5x5 pixels on each of `scales` levels of a
/// downsampled image, uniform with zero mean, so that they respond to structure and not to brightness. The weights are
/// a function of the seed. Taps: scale1, scale2, ...; all are style taps. Preprocessing: 2 rgb - 1.
template <class T = float>
[[nodiscard]] BasicNetwork<T> random_filters(std::uint64_t seed = 0, int scales = 5, int filters = 64) {
    NetworkBuilder<T> builder("random filters", ColourTransform::scaled({2.0, 2.0, 2.0}, {-1.0, -1.0, -1.0}));
    constexpr Window window{.size = 5, .padding = 2, .edge = Edge::reflect};
    int level = 0;
    for (int scale = 0; scale < scales; ++scale) {
        if (scale > 0) level = builder.mean_pool(level, {.size = 2, .stride = 2});
        const Philox random(seed, static_cast<std::uint32_t>(scale));
        ConvolutionKernel<T> kernel(window.taps(), 3, filters);
        const int weights = 3 * window.taps();
        // Variance 2 / weights, as for layers with ReLU (He et al. 2015).
        const double bound = std::sqrt(6.0 / weights);
        for (int filter = 0; filter < filters; ++filter) {
            const auto number = [&](int i) {
                return bound * (2.0 * random.uniform(static_cast<std::uint64_t>(filter * weights + i)) - 1.0);
            };
            double mean = 0.0;
            for (int i = 0; i < weights; ++i) mean += number(i) / weights;
            for (int i = 0; i < weights; ++i) kernel.weight(i / 3, i % 3, filter) = static_cast<T>(number(i) - mean);
        }
        const int layer = builder.convolution(level, std::move(kernel), window, true);
        builder.tap("scale" + std::to_string(scale + 1), layer, true);
    }
    return std::move(builder).build();
}

} // namespace nca::inline NCA_ABI::image

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_RANDOM_FILTERS_HPP
