// SPDX-License-Identifier: Apache-2.0
// Feature maps with memory of their own.
#ifndef NCA_TESTS_IMAGE_MAPS_HPP
#define NCA_TESTS_IMAGE_MAPS_HPP

#include <nca/core/memory.hpp>
#include <nca/core/philox.hpp>
#include <nca/image/feature_maps.hpp>

#include <cstddef>
#include <cstdint>

namespace nca::tests {

/// Feature maps, zero at first. Copies are deep.
template <class T>
struct Maps {
    AlignedArray<T> values;
    image::FeatureMaps<T> view;

    Maps(int height, int width, int channels)
        : values(static_cast<std::size_t>(height * width * padded(channels))), view{values.data(), height, width,
                                                                                    channels, padded(channels)} {}
    Maps(const Maps& other) : values{other.values}, view{other.view} { view.values = values.data(); }
    Maps& operator=(const Maps&) = delete;
    ~Maps() = default;

    /// Numbers uniform in [-1, 1), with a padding of zeros.
    [[nodiscard]] static Maps random(int height, int width, int channels, std::uint32_t stream) {
        Maps maps(height, width, channels);
        for (int p = 0; p < maps.view.pixels(); ++p) {
            for (int c = 0; c < channels; ++c) {
                const auto i = static_cast<std::uint64_t>(p * channels + c);
                maps.view.pixel(p)[c] = static_cast<T>(2.0 * Philox{5, stream}.uniform(i) - 1.0);
            }
        }
        return maps;
    }
};

/// The sum of the products of all values.
template <class T>
[[nodiscard]] double dot(const Maps<T>& a, const Maps<T>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        sum += static_cast<double>(a.values[i]) * static_cast<double>(b.values[i]);
    }
    return sum;
}

} // namespace nca::tests

#endif // NCA_TESTS_IMAGE_MAPS_HPP
