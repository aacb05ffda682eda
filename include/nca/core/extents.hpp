// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_EXTENTS_HPP
#define NCA_CORE_EXTENTS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <array>
#include <cstddef>

namespace nca::inline NCA_ABI {

/// As an extent: known only at run time, like Eigen::Dynamic.
inline constexpr int Dynamic = -1;

/// The extents of a grid, slowest dimension first: {width}, {height, width} or {depth, height, width}, each a positive
/// constant or `Dynamic`. Indices have this order (z, y, x), places in the world (Simulation::plant) x, y, z.
template <int... Sizes>
class Extents {
public:
    static_assert(sizeof...(Sizes) >= 1 && sizeof...(Sizes) <= 3, "nca::Extents: a grid has 1, 2 or 3 dimensions");
    static_assert(((Sizes == Dynamic || Sizes > 0) && ...), "nca::Extents: an extent must be positive or nca::Dynamic");

    static constexpr int rank = static_cast<int>(sizeof...(Sizes));
    static constexpr bool is_static = ((Sizes != Dynamic) && ...);

    /// The compile-time extents, if all are known.
    constexpr Extents() noexcept requires(is_static) = default;

    /// Run-time extents, slowest first. Precondition: each is positive and equals its compile-time constant, if any.
    constexpr explicit Extents(const std::array<int, sizeof...(Sizes)>& sizes) noexcept : sizes_{sizes} {
        constexpr std::array<int, sizeof...(Sizes)> fixed{Sizes...};
        for (std::size_t d = 0; d < fixed.size(); ++d) {
            NCA_ASSERT(sizes[d] > 0 && (fixed[d] == Dynamic || fixed[d] == sizes[d]), "nca::Extents: wrong extent");
            if (fixed[d] != Dynamic) sizes_[d] = fixed[d];
        }
    }

    [[nodiscard]] constexpr int operator[](int dimension) const noexcept {
        return sizes_[static_cast<std::size_t>(dimension)];
    }

    /// All extents, slowest first.
    [[nodiscard]] constexpr const std::array<int, sizeof...(Sizes)>& sizes() const noexcept { return sizes_; }

    /// The number of cells.
    [[nodiscard]] constexpr int cells() const noexcept {
        int product = 1;
        for (const int size : sizes_) product *= size;
        return product;
    }

    /// The number of cells in a row: the last extent, along which cells are contiguous in memory.
    [[nodiscard]] constexpr int columns() const noexcept { return sizes_[sizeof...(Sizes) - 1]; }

    /// The number of rows: the product of all extents but the last.
    [[nodiscard]] constexpr int rows() const noexcept { return cells() / columns(); }

    /// The row-major index of a cell. Coordinates in memory order, slowest first.
    template <class... Coordinates>
    [[nodiscard]] constexpr int index(Coordinates... coordinates) const noexcept {
        static_assert(sizeof...(Coordinates) == sizeof...(Sizes), "nca::Extents: one coordinate per dimension");
        const std::array<int, sizeof...(Sizes)> at{static_cast<int>(coordinates)...};
        int position = 0;
        for (std::size_t d = 0; d < at.size(); ++d) {
            NCA_ASSERT(at[d] >= 0 && at[d] < sizes_[d], "nca::Extents: coordinate outside the grid");
            position = position * sizes_[d] + at[d];
        }
        return position;
    }

    friend constexpr bool operator==(const Extents& a, const Extents& b) noexcept { return a.sizes_ == b.sizes_; }

private:
    std::array<int, sizeof...(Sizes)> sizes_{Sizes...};
};

namespace detail {

/// A number that is a constant or, if that is `Dynamic`, known at run time.
template <int N>
class Count {
public:
    constexpr Count() = default;
    /// Precondition: `count` is the constant.
    constexpr explicit Count([[maybe_unused]] int count) noexcept { NCA_ASSERT(count == N, "nca: wrong number"); }
    constexpr operator int() const noexcept { return N; }
};
template <>
class Count<Dynamic> {
public:
    constexpr Count() = default;
    constexpr explicit Count(int count) noexcept : count_{count} {}
    constexpr operator int() const noexcept { return count_; }

private:
    int count_ = 0;
};

} // namespace detail

/// Boundary condition: what cells at the border read outside the grid.
enum class Boundary : unsigned char {
    zero,      ///< zeros ("same" padding), as in the training notebook of Growing NCA
    torus,     ///< wraps around, as in the articles' demos and in Self-Organising Textures
    replicate, ///< repeats the border cell
    reflect,   ///< mirrors about the border cell without repeating it
};

/// `position` mirrored about the first or last cell of [0, size). Precondition: it is at most size - 1 cells outside.
[[nodiscard]] constexpr int reflected(int position, int size) noexcept {
    if (position < 0) position = -position;
    return position < size ? position : 2 * (size - 1) - position;
}

/// The coordinate in [0, size) read at `position`, or -1 for zero. Any number of cells outside: a torus is walked round
/// and a mirror image reflected as often as it takes.
[[nodiscard]] constexpr int resolve(Boundary boundary, int position, int size) noexcept {
    if (position >= 0 && position < size) return position;
    const int period = boundary == Boundary::reflect ? 2 * (size - 1) : size;
    switch (boundary) {
    case Boundary::zero:
        return -1;
    case Boundary::torus:
        return (position % period + period) % period;
    case Boundary::replicate:
        return position < 0 ? 0 : size - 1;
    case Boundary::reflect:
        return size == 1 ? 0 : reflected((position % period + period) % period, size);
    }
    return -1;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_EXTENTS_HPP
