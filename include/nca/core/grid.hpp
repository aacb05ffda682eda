// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_GRID_HPP
#define NCA_CORE_GRID_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/memory.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

namespace nca::inline NCA_ABI {

/// A non-owning view of the state of an automaton: [extents..., Channels], row-major. T may be const.
template <class T, int Channels, int... Sizes>
class GridView {
public:
    static_assert(Channels > 0, "nca::GridView: a cell has at least one channel");
    using Shape = Extents<Sizes...>;
    static constexpr int channels = Channels;

    /// Precondition: `data` points to extents.cells() * Channels values.
    constexpr GridView(T* data, const Shape& extents) noexcept : data_{data}, extents_{extents} {}
    constexpr operator GridView<const T, Channels, Sizes...>() const noexcept requires(!std::is_const_v<T>) {
        return {data_, extents_};
    }

    [[nodiscard]] constexpr const Shape& extents() const noexcept { return extents_; }
    [[nodiscard]] constexpr T* data() const noexcept { return data_; }
    /// All values: [extents..., Channels].
    [[nodiscard]] constexpr std::span<T> values() const noexcept {
        return {data_, static_cast<std::size_t>(extents_.cells()) * Channels};
    }
    /// The channels of a cell, by its row-major index.
    [[nodiscard]] constexpr std::span<T, static_cast<std::size_t>(Channels)> cell(int index) const noexcept {
        NCA_ASSERT(index >= 0 && index < extents_.cells(), "nca::GridView: cell outside the grid");
        return std::span<T, static_cast<std::size_t>(Channels)>{data_ + static_cast<std::ptrdiff_t>(index) * Channels,
                                                                static_cast<std::size_t>(Channels)};
    }
    /// The channels of a cell, by its coordinates in memory order (z, y, x).
    template <class... Coordinates>
    [[nodiscard]] constexpr auto operator()(Coordinates... coordinates) const noexcept {
        return cell(extents_.index(coordinates...));
    }

private:
    T* data_;
    Shape extents_;
};

/// The state of an automaton: [extents..., Channels], row-major. Copies are deep. Allocates on construction and copy.
template <class T, int Channels, int... Sizes>
class Grid {
public:
    using Shape = Extents<Sizes...>;
    using View = GridView<T, Channels, Sizes...>;
    using ConstView = GridView<const T, Channels, Sizes...>;
    static constexpr int channels = Channels;

    /// A grid of zeros.
    explicit Grid(const Shape& extents)
        : extents_{extents}, data_(static_cast<std::size_t>(extents.cells()) * Channels) {}
    /// A grid of zeros with compile-time extents.
    Grid() requires(Shape::is_static) : Grid(Shape{}) {}

    [[nodiscard]] const Shape& extents() const noexcept { return extents_; }
    [[nodiscard]] View view() noexcept { return {data_.data(), extents_}; }
    [[nodiscard]] ConstView view() const noexcept { return {data_.data(), extents_}; }
    [[nodiscard]] operator View() noexcept { return view(); }
    [[nodiscard]] operator ConstView() const noexcept { return view(); }
    /// All values: [extents..., Channels].
    [[nodiscard]] std::span<T> values() noexcept { return view().values(); }
    [[nodiscard]] std::span<const T> values() const noexcept { return view().values(); }
    /// The channels of a cell, by its coordinates in memory order (z, y, x).
    template <class... Coordinates>
    [[nodiscard]] auto operator()(Coordinates... coordinates) noexcept {
        return view()(coordinates...);
    }
    template <class... Coordinates>
    [[nodiscard]] auto operator()(Coordinates... coordinates) const noexcept {
        return view()(coordinates...);
    }

private:
    Shape extents_;
    AlignedArray<T> data_;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_GRID_HPP
