// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_MNIST_DIGITS_HPP
#define NCA_SYSTEMS_MNIST_DIGITS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/sparse_state.hpp>
#include <nca/cell/step.hpp>
#include <nca/core/config.hpp>
#include <nca/core/philox.hpp>
#include <nca/io/idx.hpp>
#include <nca/systems/mnist/rule.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::mnist {

/// The pixels of an image of the data set.
inline constexpr std::size_t image_cells = std::size_t{image_side} * image_side;

/// Labelled images of digits.
struct Digits {
    int count = 0;
    std::vector<float> grey{};          ///< [count][28][28], 0 to 1: channel 0 of a state
    std::vector<std::uint8_t> labels{}; ///< [count], 0 to 9

    /// The image of a digit, [28][28]. Precondition: 0 <= index < count.
    [[nodiscard]] std::span<const float> image(int index) const noexcept {
        NCA_ASSERT(index >= 0 && index < count, "nca::mnist::Digits: no such image");
        return std::span{grey}.subspan(static_cast<std::size_t>(index) * image_cells, image_cells);
    }
    /// The index of a digit, drawn uniformly.
    [[nodiscard]] int draw(const Philox& random, std::uint64_t index) const noexcept {
        return static_cast<int>(random.below(index, static_cast<std::uint32_t>(count)));
    }
};

/// The digits of the two files of a set: byte / 255. Errors: another number of labels than of images, images of
/// another size than 28 x 28, labels beyond 9.
[[nodiscard]] inline Result<Digits> make_digits(const IdxImages& images, std::vector<std::uint8_t> labels) {
    if (images.rows != image_side || images.columns != image_side) {
        return Error{"expected images of 28 x 28, found " + std::to_string(images.rows) + " x " +
                     std::to_string(images.columns)};
    }
    if (images.count < 1 || images.pixels.size() != static_cast<std::size_t>(images.count) * image_cells) {
        return Error{"expected the pixels of at least one image"};
    }
    if (labels.size() != static_cast<std::size_t>(images.count)) {
        return Error{"the labels do not match the images: " + std::to_string(labels.size()) + " labels for " +
                     std::to_string(images.count) + " images"};
    }
    const auto wrong = std::find_if(labels.begin(), labels.end(), [](std::uint8_t label) { return label >= classes; });
    if (wrong != labels.end()) {
        return Error{"label " + std::to_string(wrong - labels.begin()) + " is " + std::to_string(*wrong) +
                     ": expected a digit from 0 to 9"};
    }
    Digits digits{images.count, std::vector<float>(images.pixels.size()), std::move(labels)};
    std::transform(images.pixels.begin(), images.pixels.end(), digits.grey.begin(),
                   [](std::uint8_t pixel) { return static_cast<float>(pixel) / 255.0F; });
    return digits;
}

} // namespace nca::inline NCA_ABI::mnist

namespace nca::inline NCA_ABI::mnist::inline NCA_ISA {

/// Another image [28][28]: cells that have ink in both keep what they hold, all others are empty. geometry: a field
/// of 28 x 28.
template <class R>
void change_image(SparseState<typename R::Value>& state, const FieldOf<R>& geometry, std::span<const float> grey) {
    constexpr auto channels = static_cast<std::size_t>(R::channels);
    SparseState<typename R::Value> changed;
    std::size_t next_old = 0;
    for (std::size_t cell = 0; cell < grey.size(); ++cell) {
        const auto column = static_cast<int>(cell % image_side);
        const std::int32_t position = geometry.portable_position(static_cast<int>(cell / image_side), column);
        while (next_old < state.positions.size() && state.positions[next_old] < position) ++next_old;
        if (grey[cell] == 0.0F) continue;
        changed.positions.push_back(position);
        const std::size_t at = changed.values.size();
        changed.values.resize(at + channels);
        if (grey[cell] > ink && next_old < state.positions.size() && state.positions[next_old] == position) {
            std::copy_n(state.values.begin() + static_cast<std::ptrdiff_t>(next_old * channels), channels,
                        changed.values.begin() + static_cast<std::ptrdiff_t>(at));
        }
        changed.values[at] = static_cast<typename R::Value>(grey[cell]);
    }
    state = std::move(changed);
}

/// An image [28][28] whose cells hold nothing yet.
template <class R>
void put_image(SparseState<typename R::Value>& state, const FieldOf<R>& geometry, std::span<const float> grey) {
    state = {};
    change_image<R>(state, geometry, grey);
}

} // namespace nca::inline NCA_ABI::mnist::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_MNIST_DIGITS_HPP
