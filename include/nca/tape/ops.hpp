// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TAPE_OPS_HPP
#define NCA_TAPE_OPS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/tape/tape.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <type_traits>

/// Primitive operations on dense tensors, the reference for the fused kernels. Long sums are in double, in index order.
/// In the comments, g is the adjoint of the result y.
namespace nca::inline NCA_ABI {

namespace ops {

/// y = a + b. adjoint(a) += g, adjoint(b) += g.
struct Add {
    static constexpr const char* name = "add";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<const T> g = at.adjoint();
        for (int i = 0; i < 2; ++i) {
            const std::span<T> to = at.input_adjoint(i);
            for (std::size_t k = 0; k < to.size(); ++k) to[k] += g[k];
        }
    }
};

/// y = a - b. adjoint(a) += g, adjoint(b) -= g.
struct Subtract {
    static constexpr const char* name = "subtract";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<const T> g = at.adjoint();
        const std::span<T> a = at.input_adjoint(0);
        const std::span<T> b = at.input_adjoint(1);
        for (std::size_t k = 0; k < a.size(); ++k) a[k] += g[k];
        for (std::size_t k = 0; k < b.size(); ++k) b[k] -= g[k];
    }
};

/// y = a * b, elementwise. adjoint(a) += g b, adjoint(b) += g a.
struct Multiply {
    static constexpr const char* name = "multiply";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        for (int i = 0; i < 2; ++i) {
            const std::span<T> g = at.input_adjoint(i);
            for (std::size_t k = 0; k < g.size(); ++k) g[k] += at.adjoint()[k] * at.input(1 - i)[k];
        }
    }
};

/// y = factor * a. adjoint(a) += factor g.
struct Scale {
    static constexpr const char* name = "scale";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const T factor = at.template saved<T>();
        const std::span<const T> g = at.adjoint();
        const std::span<T> a = at.input_adjoint(0);
        for (std::size_t k = 0; k < a.size(); ++k) a[k] += factor * g[k];
    }
};

/// y = a^2. adjoint(a) += 2 a g.
struct Square {
    static constexpr const char* name = "square";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<const T> g = at.adjoint();
        const std::span<const T> x = at.input(0);
        const std::span<T> a = at.input_adjoint(0);
        for (std::size_t k = 0; k < a.size(); ++k) a[k] += T(2) * x[k] * g[k];
    }
};

/// y = max(a, 0). adjoint(a) += g where a > 0.
struct Relu {
    static constexpr const char* name = "relu";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> g = at.input_adjoint(0);
        for (std::size_t k = 0; k < g.size(); ++k) {
            if (at.input(0)[k] > T(0)) g[k] += at.adjoint()[k];
        }
    }
};

/// y = sum of a. adjoint(a) += g in every element.
struct Sum {
    static constexpr const char* name = "sum";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const T g = at.adjoint()[0];
        for (T& a : at.input_adjoint(0)) a += g;
    }
};

/// y = mean of (a - target)^2. adjoint(a) += 2 (a - target) g / n.
struct MeanSquaredError {
    static constexpr const char* name = "mean squared error";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<const T> x = at.input(0);
        const T* const target = at.template saved<const T*>();
        const T share = T(1) / static_cast<T>(x.size()) * at.adjoint()[0];
        const std::span<T> a = at.input_adjoint(0);
        for (std::size_t k = 0; k < a.size(); ++k) a[k] += T(2) * (x[k] - target[k]) * share;
    }
};

/// y = x W + b: x [.., in], W [in, out], b [out]. adjoint(x) += g W^T, adjoint(W) += x^T g, adjoint(b) += sum of g.
struct Dense {
    static constexpr const char* name = "dense";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::size_t in = static_cast<std::size_t>(at.input_shape(1)[0]);
        const std::size_t out = static_cast<std::size_t>(at.input_shape(1)[1]);
        const std::span<const T> x = at.input(0);
        const std::span<const T> w = at.input(1);
        const std::span<const T> g = at.adjoint();
        const std::span<T> gx = at.input_adjoint(0);
        const std::span<T> gw = at.input_adjoint(1);
        const std::span<T> gb = at.input_adjoint(2);
        for (std::size_t row = 0; row < x.size() / in; ++row) {
            for (std::size_t o = 0; o < out; ++o) {
                const T go = g[row * out + o];
                if (!gb.empty()) gb[o] += go;
                for (std::size_t i = 0; i < in; ++i) {
                    if (!gx.empty()) gx[row * in + i] += go * w[i * out + o];
                    if (!gw.empty()) gw[i * out + o] += go * x[row * in + i];
                }
            }
        }
    }
};

/// y = a[.., first : first + count]. adjoint(a[.., first : first + count]) += g.
struct Slice {
    struct Range {
        int first;
        int count;
    };
    static constexpr const char* name = "slice";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> g = at.input_adjoint(0);
        const auto& range = at.template saved<Range>();
        const auto width = static_cast<std::size_t>(at.input_shape(0).last());
        const auto count = static_cast<std::size_t>(range.count);
        for (std::size_t row = 0; row < g.size() / width; ++row) {
            for (std::size_t c = 0; c < count; ++c) {
                g[row * width + static_cast<std::size_t>(range.first) + c] += at.adjoint()[row * count + c];
            }
        }
    }
};

/// y = a in another shape. adjoint(a) += g.
struct Reshape {
    static constexpr const char* name = "reshape";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> a = at.input_adjoint(0);
        for (std::size_t k = 0; k < a.size(); ++k) a[k] += at.adjoint()[k];
    }
};

/// y[c, r] = a[r, c]. adjoint(a[r, c]) += g[c, r].
struct Transpose {
    static constexpr const char* name = "transpose";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> a = at.input_adjoint(0);
        const auto width = static_cast<std::size_t>(at.input_shape(0).last());
        for (std::size_t k = 0; k < a.size(); ++k) {
            a[k] += at.adjoint()[k % width * (a.size() / width) + k / width];
        }
    }
};

/// y[r, ..] = mask[r] * a[r, ..] with a constant mask. adjoint(a[r, ..]) += mask[r] g[r, ..].
struct MaskRows {
    static constexpr const char* name = "mask_rows";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> g = at.input_adjoint(0);
        const auto width = static_cast<std::size_t>(at.input_shape(0).last());
        for (std::size_t k = 0; k < g.size(); ++k) g[k] += at.input(1)[k / width] * at.adjoint()[k];
    }
};

/// y = sum of max(|a| - bound, 0). adjoint(a) += sign(a) g where |a| > bound.
struct Overflow {
    static constexpr const char* name = "overflow";
    template <class T>
    static void pullback(const Pullback<T>& at) {
        const std::span<T> g = at.input_adjoint(0);
        const T bound = at.template saved<T>();
        for (std::size_t k = 0; k < g.size(); ++k) {
            if (at.input(0)[k] > bound) g[k] += at.adjoint()[0];
            if (at.input(0)[k] < -bound) g[k] -= at.adjoint()[0];
        }
    }
};

} // namespace ops

namespace detail {

template <class Op, class T, class F>
[[nodiscard]] BasicVar<T> elementwise(const BasicVar<T>& a, const BasicVar<T>& b, F f) {
    NCA_ASSERT(a.shape() == b.shape(), "nca: tensors of different shapes");
    const BasicVar<T> y = a.tape().template record<Op>(a.shape(), {a, b});
    for (std::size_t k = 0; k < y.value().size(); ++k) y.value()[k] = f(a.value()[k], b.value()[k]);
    return y;
}

template <class T>
[[nodiscard]] T ordered_sum(std::span<const T> values) noexcept {
    double total = 0.0;
    for (const T v : values) total += static_cast<double>(v);
    return static_cast<T>(total);
}

} // namespace detail

/// The sum of two tensors of the same shape.
template <class T>
[[nodiscard]] BasicVar<T> operator+(const BasicVar<T>& a, const BasicVar<T>& b) {
    return detail::elementwise<ops::Add>(a, b, [](T x, T y) { return x + y; });
}
/// The difference of two tensors of the same shape.
template <class T>
[[nodiscard]] BasicVar<T> operator-(const BasicVar<T>& a, const BasicVar<T>& b) {
    return detail::elementwise<ops::Subtract>(a, b, [](T x, T y) { return x - y; });
}
/// The elementwise product of two tensors of the same shape.
template <class T>
[[nodiscard]] BasicVar<T> operator*(const BasicVar<T>& a, const BasicVar<T>& b) {
    return detail::elementwise<ops::Multiply>(a, b, [](T x, T y) { return x * y; });
}
/// A tensor times a constant scalar.
template <class T>
[[nodiscard]] BasicVar<T> operator*(std::type_identity_t<T> factor, const BasicVar<T>& a) {
    const BasicVar<T> y = a.tape().template record<ops::Scale, T>(a.shape(), {a}, factor);
    for (std::size_t k = 0; k < y.value().size(); ++k) y.value()[k] = factor * a.value()[k];
    return y;
}
/// The same values, with a gradient `factor` times as large: f(x) in place of x has the gradient of scale_gradient(x,
/// f'(x)), whose value is still x.
template <class T>
[[nodiscard]] BasicVar<T> scale_gradient(const BasicVar<T>& a, std::type_identity_t<T> factor) {
    const BasicVar<T> y = a.tape().template record<ops::Scale, T>(a.shape(), {a}, factor);
    std::copy(a.value().begin(), a.value().end(), y.value().begin());
    return y;
}
/// The same positive scalar, with the gradient of its power: losses of a batch count by their ratios rather than by
/// their differences as the exponent falls towards zero. Below 1e-8 it is that of 1e-8, as the slope of a root has no
/// bound.
template <class T>
[[nodiscard]] BasicVar<T> with_gradient_of_power(const BasicVar<T>& a, double exponent) {
    if (exponent == 1.0) return a;
    const double base = std::max(static_cast<double>(a.item()), 1e-8);
    return scale_gradient(a, static_cast<T>(exponent * std::pow(base, exponent - 1.0)));
}
/// The square of every element.
template <class T>
[[nodiscard]] BasicVar<T> square(const BasicVar<T>& a) {
    const BasicVar<T> y = a.tape().template record<ops::Square>(a.shape(), {a});
    for (std::size_t k = 0; k < y.value().size(); ++k) y.value()[k] = a.value()[k] * a.value()[k];
    return y;
}
/// Elementwise max(a, 0).
template <class T>
[[nodiscard]] BasicVar<T> relu(const BasicVar<T>& a) {
    const BasicVar<T> y = a.tape().template record<ops::Relu>(a.shape(), {a});
    for (std::size_t k = 0; k < y.value().size(); ++k) y.value()[k] = a.value()[k] > T(0) ? a.value()[k] : T(0);
    return y;
}
/// The sum of all elements, a scalar.
template <class T>
[[nodiscard]] BasicVar<T> sum(const BasicVar<T>& a) {
    const BasicVar<T> y = a.tape().template record<ops::Sum>(Shape{}, {a});
    y.value()[0] = detail::ordered_sum<T>(a.value());
    return y;
}
/// The mean of all elements, a scalar.
template <class T>
[[nodiscard]] BasicVar<T> mean(const BasicVar<T>& a) {
    return (T(1) / static_cast<T>(a.value().size())) * sum(a);
}
/// The mean of (a - target)^2, a scalar, as one node. `target`, of the size of a, outlives the recording.
template <class T>
[[nodiscard]] BasicVar<T> mean_squared_error(const BasicVar<T>& a, std::type_identity_t<std::span<const T>> target) {
    NCA_ASSERT(a.value().size() == target.size(), "nca::mean_squared_error: the target has another size");
    const BasicVar<T> y = a.tape().template record<ops::MeanSquaredError, const T*>(Shape{}, {a}, target.data());
    double total = 0.0;
    for (std::size_t k = 0; k < target.size(); ++k) {
        const T error = a.value()[k] - target[k];
        total += static_cast<double>(error * error);
    }
    y.value()[0] = T(1) / static_cast<T>(target.size()) * static_cast<T>(total);
    return y;
}
/// x W + b over the last dimension: x [.., in], w [in, out], b [out].
template <class T>
[[nodiscard]] BasicVar<T> dense(const BasicVar<T>& x, const BasicVar<T>& w, const BasicVar<T>& b) {
    NCA_ASSERT(w.shape().rank() == 2 && x.shape().last() == w.shape()[0] && b.shape().last() == w.shape()[1],
               "nca::dense: x [.., in], w [in, out], b [out]");
    const BasicVar<T> y = x.tape().template record<ops::Dense>(x.shape().with_last(w.shape()[1]), {x, w, b});
    const auto in = static_cast<std::size_t>(w.shape()[0]);
    const auto out = static_cast<std::size_t>(w.shape()[1]);
    for (std::size_t row = 0; row < x.value().size() / in; ++row) {
        for (std::size_t o = 0; o < out; ++o) {
            T total = b.value()[o];
            for (std::size_t i = 0; i < in; ++i) total += x.value()[row * in + i] * w.value()[i * out + o];
            y.value()[row * out + o] = total;
        }
    }
    return y;
}
/// a[.., first : first + count], for instance the RGBA channels of a state.
template <class T>
[[nodiscard]] BasicVar<T> slice(const BasicVar<T>& a, int first, int count) {
    NCA_ASSERT(first >= 0 && count > 0 && first + count <= a.shape().last(), "nca::slice: range outside the tensor");
    const BasicVar<T> y =
        a.tape().template record<ops::Slice>(a.shape().with_last(count), {a}, ops::Slice::Range{first, count});
    const auto width = static_cast<std::size_t>(a.shape().last());
    const auto kept = static_cast<std::size_t>(count);
    for (std::size_t k = 0; k < y.value().size(); ++k) {
        y.value()[k] = a.value()[k / kept * width + static_cast<std::size_t>(first) + k % kept];
    }
    return y;
}
/// The values of `a`, row by row, in another shape. Precondition: of as many values.
template <class T>
[[nodiscard]] BasicVar<T> reshape(const BasicVar<T>& a, const Shape& shape) {
    NCA_ASSERT(shape.values() == a.value().size(), "nca::reshape: a shape of another number of values");
    const BasicVar<T> y = a.tape().template record<ops::Reshape>(shape, {a});
    std::copy(a.value().begin(), a.value().end(), y.value().begin());
    return y;
}
/// `a` [.., n] as a matrix of n columns, transposed: [n, rows].
template <class T>
[[nodiscard]] BasicVar<T> transpose(const BasicVar<T>& a) {
    const auto width = static_cast<std::size_t>(a.shape().last());
    const std::size_t rows = a.value().size() / width;
    const BasicVar<T> y =
        a.tape().template record<ops::Transpose>(Shape{a.shape().last(), static_cast<int>(rows)}, {a});
    for (std::size_t k = 0; k < a.value().size(); ++k) y.value()[k % width * rows + k / width] = a.value()[k];
    return y;
}
/// `a` [.., n] with every row multiplied by its element of a constant mask, for instance a fire mask.
template <class T>
[[nodiscard]] BasicVar<T> mask_rows(const BasicVar<T>& a, std::span<const std::type_identity_t<T>> mask) {
    const BasicVar<T> m = a.tape().constant(Shape{static_cast<int>(mask.size())}, mask);
    const BasicVar<T> y = a.tape().template record<ops::MaskRows>(a.shape(), {a, m});
    const auto width = static_cast<std::size_t>(a.shape().last());
    NCA_ASSERT(mask.size() * width == a.value().size(), "nca::mask_rows: one number per row");
    for (std::size_t k = 0; k < y.value().size(); ++k) y.value()[k] = m.value()[k / width] * a.value()[k];
    return y;
}
/// The overflow loss, sum of max(|a| - bound, 0) (Self-Organising Textures, training notebook).
template <class T>
[[nodiscard]] BasicVar<T> overflow(const BasicVar<T>& a, std::type_identity_t<T> bound = T(1)) {
    const BasicVar<T> y = a.tape().template record<ops::Overflow, T>(Shape{}, {a}, bound);
    double total = 0.0;
    for (const T v : a.value()) {
        const T excess = (v < T(0) ? -v : v) - bound;
        if (excess > T(0)) total += static_cast<double>(excess);
    }
    y.value()[0] = static_cast<T>(total);
    return y;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TAPE_OPS_HPP
