// SPDX-License-Identifier: Apache-2.0
// The formulas as plain loops in double: benchmarks check their results against these before they are timed.
#ifndef NCA_BENCH_NAIVE_HPP
#define NCA_BENCH_NAIVE_HPP

#include <nca/core/fire_mask.hpp>
#include <nca/core/grid.hpp>
#include <nca/systems/growing/rule.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <utility>
#include <vector>

namespace bench {

using Rule = nca::growing::Rule<>;

/// Exits with status 1 if two results differ by more than tolerance * max(1, |value|).
inline void require_close(const char* what, std::span<const float> found, std::span<const double> wanted,
                          double tolerance = 1e-4) {
    bool close = found.size() == wanted.size();
    double worst = 0.0;
    for (std::size_t i = 0; i < found.size() && i < wanted.size(); ++i) {
        const double error = std::abs(static_cast<double>(found[i]) - wanted[i]) / std::max(1.0, std::abs(wanted[i]));
        close = close && error <= tolerance; // a NaN is not close
        worst = std::max(worst, error);
    }
    if (close) return;
    std::fprintf(stderr, "bench: %s differs from the plain loops by %g\n", what, worst);
    std::exit(1);
}

namespace naive {

/// c = relu?(start + a * b): a [rows, inner], b [inner, columns] with rows of the given strides, start [columns] or
/// null, c [rows, columns] without padding.
inline std::vector<double> product(const float* a, int a_stride, const float* b, int b_stride, const float* start,
                                   bool relu, int rows, int inner, int columns) {
    std::vector<double> c;
    for (int r = 0; r < rows; ++r) {
        for (int o = 0; o < columns; ++o) {
            double sum = start != nullptr ? static_cast<double>(start[o]) : 0.0;
            for (int k = 0; k < inner; ++k) {
                sum += static_cast<double>(a[r * a_stride + k]) * static_cast<double>(b[k * b_stride + o]);
            }
            c.push_back(relu ? std::max(sum, 0.0) : sum);
        }
    }
    return c;
}

/// The coefficient of filter k (identity, Sobel x / 8, Sobel y / 8; Growing NCA, section Model) at the neighbour dy, dx
/// in -1, 0, 1.
inline double filter(int k, int dy, int dx) {
    const auto smooth = [](int d) { return d == 0 ? 2.0 : 1.0; };
    if (k == 0) return dy == 0 && dx == 0 ? 1.0 : 0.0;
    return k == 1 ? dx * smooth(dy) / 8.0 : dy * smooth(dx) / 8.0;
}

/// The perception of one cell: [filter * channels + channel]. `value(dy, dx, channel)` gives the neighbourhood.
template <class Value>
std::vector<double> perceive(int channels, Value&& value) {
    std::vector<double> out(static_cast<std::size_t>(3 * channels));
    for (int k = 0; k < 3; ++k) {
        for (int n = 0; n < 9; ++n) {
            for (int c = 0; c < channels; ++c) {
                out[static_cast<std::size_t>(k * channels + c)] +=
                    filter(k, n / 3 - 1, n % 3 - 1) * static_cast<double>(value(n / 3 - 1, n % 3 - 1, c));
            }
        }
    }
    return out;
}

/// The perception, hidden values and update of one cell.
struct Cell {
    std::vector<double> perception, hidden, update;
};

/// Runs the update network of a rule on a perception.
inline Cell update(const Rule& rule, std::vector<double> perception) {
    Cell cell{std::move(perception), {}, {}};
    for (int l = 0; l < 2; ++l) {
        const std::vector<double>& in = l == 0 ? cell.perception : cell.hidden;
        std::vector<double>& out = l == 0 ? cell.hidden : cell.update;
        for (int o = 0; o < Rule::layers[static_cast<std::size_t>(l)].outputs; ++o) {
            auto sum = static_cast<double>(rule.bias(l, o));
            for (std::size_t i = 0; i < in.size(); ++i) {
                sum += static_cast<double>(rule.weight(l, static_cast<int>(i), o)) * in[i];
            }
            out.push_back(l == 0 ? std::max(sum, 0.0) : sum);
        }
    }
    return cell;
}

/// The pullback of `update` with g the adjoint of the update: adds to `gradient`, which has the layout of the rule's
/// parameters, and returns the adjoint of perception.
inline std::vector<double> pullback(const Rule& rule, const Cell& cell, std::vector<double> g,
                                    std::vector<double>& gradient) {
    for (int l = 1; l >= 0; --l) {
        const nca::LayerLayout& layer = Rule::layers[static_cast<std::size_t>(l)];
        const std::vector<double>& in = l == 0 ? cell.perception : cell.hidden;
        std::vector<double> below(in.size());
        for (std::size_t o = 0; o < g.size(); ++o) {
            gradient[layer.bias + o] += g[o];
            for (std::size_t i = 0; i < in.size(); ++i) {
                gradient[layer.weight + i * static_cast<std::size_t>(layer.stride()) + o] += in[i] * g[o];
                below[i] += static_cast<double>(rule.weight(l, static_cast<int>(i), static_cast<int>(o))) * g[o];
            }
        }
        for (std::size_t i = 0; l > 0 && i < below.size(); ++i) below[i] = in[i] > 0.0 ? below[i] : 0.0;
        g = std::move(below);
    }
    return g;
}

/// One step of every cell, alive or dead, with a zero boundary, exactly as in the article (Growing NCA, section Model).
inline std::vector<double> step(const Rule& rule, const nca::Grid<float, 16, nca::Dynamic, nca::Dynamic>& state,
                                const nca::FireMask& fire) {
    const int height = state.extents()[0];
    const int width = state.extents()[1];
    const auto inside = [&](int y, int x) { return y >= 0 && y < height && x >= 0 && x < width; };
    std::vector<double> next(state.values().begin(), state.values().end());
    const auto index = [&](int y, int x, int c) { return static_cast<std::size_t>((y * width + x) * 16 + c); };
    const auto alive = [&](const auto& values, int y, int x) {
        for (int n = 0; n < 9; ++n) {
            const int v = y + n / 3 - 1;
            const int u = x + n % 3 - 1;
            if (inside(v, u) && static_cast<double>(values[index(v, u, 3)]) > static_cast<double>(0.1F)) return true;
        }
        return false;
    };
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            if (((fire.word(y, x / 64) >> static_cast<unsigned>(x % 64)) & 1U) == 0) continue;
            const Cell cell =
                update(rule, perceive(16, [&](int dy, int dx, int c) {
                           return inside(y + dy, x + dx) ? state.values()[index(y + dy, x + dx, c)] : 0.0F;
                       }));
            for (int c = 0; c < 16; ++c) next[index(y, x, c)] += cell.update[static_cast<std::size_t>(c)];
        }
    }
    const std::vector<double> updated = next;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            if (alive(state.values(), y, x) && alive(updated, y, x)) continue;
            for (int c = 0; c < 16; ++c) next[index(y, x, c)] = 0.0;
        }
    }
    return next;
}

} // namespace naive
} // namespace bench

#endif // NCA_BENCH_NAIVE_HPP
