// SPDX-License-Identifier: Apache-2.0
// Your own operation with its own pullback, and a check of its gradient.
#include <nca/nca.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

struct Sine {
    static constexpr const char* name = "sine";
    template <class T>
    static void pullback(const nca::Pullback<T>& at) { // adds cos(x) g to the adjoint of x
        const auto x_adjoint = at.input_adjoint(0);
        for (std::size_t i = 0; i < x_adjoint.size(); ++i) x_adjoint[i] += std::cos(at.input(0)[i]) * at.adjoint()[i];
    }
};

template <class T>
nca::BasicVar<T> sine(const nca::BasicVar<T>& x) {
    const auto y = x.tape().template record<Sine>(x.shape(), {x});
    for (std::size_t i = 0; i < y.value().size(); ++i) y.value()[i] = std::sin(x.value()[i]);
    return y;
}

int main() {
    const std::vector<double> at{-2.0, 0.1, 0.7, 3.0};
    const auto check =
        nca::check_gradient({4}, at, [](auto&, const auto& x) { return nca::sum(nca::square(sine(x))); });
    std::printf("largest relative error of the gradient: %.1e\n", check.worst);
    return check.worst < 1e-6 ? 0 : 1;
}
