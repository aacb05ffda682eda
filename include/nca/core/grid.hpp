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

/// A non-owning view of the state of an automaton: [extents..., channels], row-major. T may be const, the number of
/// channels `Dynamic`.
template <class T, int Channels, int... Sizes>
class GridView {
public:
    static_assert(Channels > 0 || Channels == Dynamic, "nca::GridView: a cell has at least one channel");
    using Shape = Extents<Sizes...>;
    using Cell = std::span<T, Channels == Dynamic ? std::dynamic_extent : static_cast<std::size_t>(Channels)>;

    /// Precondition: `data` points to extents.cells() * Channels values.
    constexpr GridView(T* data, const Shape& extents) noexcept requires(Channels != Dynamic)
        : data_{data}, extents_{extents} {}
    /// Precondition: `data` points to extents.cells() * channels values.
    constexpr GridView(T* data, const Shape& extents, int channels) noexcept
        : data_{data}, extents_{extents}, channels_{channels} {}
    constexpr operator GridView<const T, Channels, Sizes...>() const noexcept requires(!std::is_const_v<T>) {
        return {data_, extents_, channels_};
    }

    [[nodiscard]] constexpr const Shape& extents() const noexcept { return extents_; }
    [[nodiscard]] constexpr int channels() const noexcept { return channels_; }
    [[nodiscard]] constexpr T* data() const noexcept { return data_; }
    /// All values: [extents..., channels].
    [[nodiscard]] constexpr std::span<T> values() const noexcept {
        return {data_, static_cast<std::size_t>(extents_.cells()) * static_cast<std::size_t>(channels())};
    }
    /// The channels of a cell, by its row-major index.
    [[nodiscard]] constexpr Cell cell(int index) const noexcept {
        NCA_ASSERT(index >= 0 && index < extents_.cells(), "nca::GridView: cell outside the grid");
        return Cell{data_ + static_cast<std::ptrdiff_t>(index) * channels(), static_cast<std::size_t>(channels())};
    }
    /// The channels of a cell, by its coordinates in memory order (z, y, x).
    template <class... Coordinates>
    [[nodiscard]] constexpr auto operator()(Coordinates... coordinates) const noexcept {
        return cell(extents_.index(coordinates...));
    }

private:
    T* data_;
    Shape extents_;
    detail::Count<Channels> channels_{};
};

/// The state of an automaton: [extents..., channels], row-major. Copies are deep. Allocates on construction and copy.
template <class T, int Channels, int... Sizes>
class Grid {
public:
    using Shape = Extents<Sizes...>;
    using View = GridView<T, Channels, Sizes...>;
    using ConstView = GridView<const T, Channels, Sizes...>;

    /// A grid of zeros.
    explicit Grid(const Shape& extents) requires(Channels != Dynamic) : Grid(extents, Channels) {}
    Grid(const Shape& extents, int channels)
        : extents_{extents}, channels_{channels},
          data_(static_cast<std::size_t>(extents.cells()) * static_cast<std::size_t>(channels)) {}
    /// A grid of zeros with compile-time extents.
    Grid() requires(Shape::is_static&& Channels != Dynamic) : Grid(Shape{}) {}

    [[nodiscard]] const Shape& extents() const noexcept { return extents_; }
    [[nodiscard]] int channels() const noexcept { return channels_; }
    [[nodiscard]] View view() noexcept { return {data_.data(), extents_, channels_}; }
    [[nodiscard]] ConstView view() const noexcept { return {data_.data(), extents_, channels_}; }
    [[nodiscard]] operator View() noexcept { return view(); }
    [[nodiscard]] operator ConstView() const noexcept { return view(); }
    /// All values: [extents..., channels].
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
    detail::Count<Channels> channels_{};
    AlignedArray<T> data_;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_GRID_HPP
