// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_FILTER_TABLE_HPP
#define NCA_CELL_FILTER_TABLE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/filters.hpp>
#include <nca/cell/rule_description.hpp>
#include <nca/core/memory.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <type_traits>
#include <vector>

namespace nca::inline NCA_ABI {

/// The filters whose kernels are compiled for rules of run-time sizes, on grids of a number of dimensions; so are their
/// multiples by powers of two, as Times<8, SobelX>. Others are sums over tables, at a third of their speed.
template <int Rank>
using CompiledFilters =
    std::conditional_t<Rank == 2, TypeList<Identity, SobelX, SobelY, Laplacian, HexSobelX, HexSobelY, HexLaplacian>,
                       std::conditional_t<Rank == 1, TypeList<Identity, SobelX, Laplacian>,
                                          TypeList<Identity, SobelX, SobelY, SobelZ, Laplacian>>>;

/// The filters of a rule of run-time sizes, in the order in which its kernels sum (see SumOrder): the order of the
/// kernels of rules whose filters are types, so that both give the same bits.
template <class T>
class FilterTable {
public:
    /// A product of a neighbour's value; `exact` if the weight is a power of two.
    struct Term {
        int neighbour = -1;
        T weight = T(0);
        bool exact = true;
    };
    /// The rounded sum of one product or two, of opposite neighbours.
    struct Pair {
        Term first{};
        Term second{};       ///< without a neighbour if there is only one product
        bool starts = false; ///< the first pair at its distance
    };
    struct Filter {
        std::vector<std::vector<Pair>> rings{}; ///< by distance: the number of axes along which a neighbour is offset
        Term own{};                             ///< without a neighbour if its weight is 0
        std::vector<Term> row_major{};          ///< all products
        int compiled = -1;                      ///< its position in CompiledFilters
        T scale = T(1);                         ///< what its weights are of that one's: a power of two
    };
    FilterTable() = default;
    NCA_COLD FilterTable(const std::vector<FilterDescription>& filters, int rank, int radius = 1) {
        for (std::size_t k = 0; k < filters.size(); ++k) {
            const std::vector<double>& weights = filters[k].weights;
            list.push_back(order(weights, rank, radius));
            if (rank == 1) find_compiled(weights, 1, radius, list.back(), CompiledFilters<1>{});
            if (rank == 2) find_compiled(weights, 2, radius, list.back(), CompiledFilters<2>{});
            if (rank == 3) find_compiled(weights, 3, radius, list.back(), CompiledFilters<3>{});
            const int index = static_cast<int>(k);
            if (filters[k].derivative == 0) x_index = index;
            if (filters[k].derivative == 1) y_index = index;
        }
        // For FilterPerChannel: the weights of all channels, neighbour by neighbour.
        const auto stride = static_cast<std::size_t>(padded(static_cast<int>(filters.size())));
        const auto neighbours = static_cast<std::size_t>(neighbourhood_size(rank, radius));
        by_neighbour = AlignedArray<T>(neighbours * stride);
        for (std::size_t n = 0; n < neighbours; ++n) {
            for (std::size_t k = 0; k < filters.size(); ++k) {
                by_neighbour[n * stride + k] = static_cast<T>(filters[k].weights[n]);
            }
        }
    }

    std::vector<Filter> list{};
    AlignedArray<T> by_neighbour{}; ///< [neighbours, padded(filters)]
    int x_index = -1;               ///< the derivatives that rotations mix
    int y_index = -1;

private:
    template <class... Filters>
    static void find_compiled(const std::vector<double>& weights, int rank, int radius, Filter& filter,
                              TypeList<Filters...> /*list*/) {
        using Weight = double (*)(int, int, int);
        constexpr Weight compiled[] = {&filter_weight_within<Filters>...};
        for (std::size_t k = 0; k < sizeof...(Filters) && filter.compiled < 0; ++k) {
            const auto weight = [&](std::size_t n) { return compiled[k](rank, static_cast<int>(n), radius); };
            const double scale = scale_of(weights, weight);
            if (scale == 0.0) continue;
            filter.compiled = static_cast<int>(k);
            filter.scale = static_cast<T>(scale);
        }
    }
    /// The power of two that multiplies another filter to this one; 0 if there is none.
    template <class Weight>
    [[nodiscard]] static double scale_of(const std::vector<double>& weights, const Weight& other) {
        std::size_t first = 0;
        while (first < weights.size() && other(first) == 0.0) ++first;
        if (first == weights.size()) return 0.0;
        const double scale = weights[first] / other(first);
        for (std::size_t n = 0; n < weights.size(); ++n) {
            if (weights[n] != scale * other(n)) return 0.0;
        }
        return scale > 0.0 && is_power_of_two(scale) ? scale : 0.0;
    }
    [[nodiscard]] static bool is_power_of_two(double magnitude) {
        int exponent = 0;
        return std::frexp(magnitude, &exponent) == 0.5;
    }
    [[nodiscard]] static Term term(const std::vector<double>& weights, std::size_t n) {
        return {static_cast<int>(n), static_cast<T>(weights[n]), is_power_of_two(std::abs(weights[n]))};
    }
    [[nodiscard]] static Filter order(const std::vector<double>& weights, int rank, int radius) {
        Filter filter;
        filter.rings.resize(static_cast<std::size_t>(rank));
        for (std::size_t n = 0; n < weights.size(); ++n) {
            if (weights[n] != 0.0) filter.row_major.push_back(term(weights, n));
        }
        if (radius > 1) return filter;
        const std::size_t centre = weights.size() / 2;
        if (weights[centre] != 0.0) filter.own = term(weights, centre);
        for (std::size_t n = 0; n < centre; ++n) {
            const std::size_t opposite = weights.size() - 1 - n;
            if (weights[n] == 0.0 && weights[opposite] == 0.0) continue;
            int distance = 0;
            for (int axis = 0; axis < rank; ++axis)
                distance += neighbour_offset(static_cast<int>(n), axis) != 0 ? 1 : 0;
            std::vector<Pair>& ring = filter.rings[static_cast<std::size_t>(distance - 1)];
            Pair pair;
            pair.starts = ring.empty();
            if (weights[n] == 0.0) {
                pair.first = term(weights, opposite);
            } else {
                pair.first = term(weights, n);
                if (weights[opposite] != 0.0) pair.second = term(weights, opposite);
                // The product that is not exact is rounded first.
                if (pair.second.neighbour >= 0 && !pair.first.exact) std::swap(pair.first, pair.second);
            }
            ring.push_back(pair);
        }
        return filter;
    }
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_FILTER_TABLE_HPP
