// SPDX-License-Identifier: Apache-2.0
// The published self-classifying model, for tests.
#ifndef NCA_TESTS_COMMON_MNIST_HPP
#define NCA_TESTS_COMMON_MNIST_HPP

#include <nca/io/safetensors.hpp>
#include <nca/systems/mnist/rule.hpp>

#include <doctest/doctest.h>

#include <common/data.hpp>
#include <cstddef>
#include <optional>

namespace nca::tests {

/// The tensors of the published model; nothing if the data is missing.
[[nodiscard]] inline std::optional<mnist::Rule<>> published_mnist() {
    const auto path = data_file("mnist/mnist_l2_noise_mutating.safetensors");
    if (!path) return std::nullopt;
    const auto file = read_safetensors(path->string());
    REQUIRE(file.ok());
    mnist::Rule<> rule;
    const auto kernel = to_floats(*file->find("perceive.kernel"));
    for (int i = 0; i < 180; ++i) {
        for (int o = 0; o < 80; ++o) rule.weight(0, i, o) = (*kernel)[static_cast<std::size_t>(i * 80 + o)];
    }
    const auto first_bias = to_floats(*file->find("perceive.bias"));
    const auto hidden = to_floats(*file->find("dense1.weight"));
    const auto second_bias = to_floats(*file->find("dense1.bias"));
    const auto last = to_floats(*file->find("dense2.weight"));
    const auto last_bias = to_floats(*file->find("dense2.bias"));
    for (int o = 0; o < 80; ++o) {
        rule.bias(0, o) = (*first_bias)[static_cast<std::size_t>(o)];
        rule.bias(1, o) = (*second_bias)[static_cast<std::size_t>(o)];
        for (int i = 0; i < 80; ++i) rule.weight(1, i, o) = (*hidden)[static_cast<std::size_t>(o * 80 + i)];
    }
    for (int o = 0; o < 19; ++o) {
        rule.bias(2, o) = (*last_bias)[static_cast<std::size_t>(o)];
        for (int i = 0; i < 80; ++i) rule.weight(2, i, o) = (*last)[static_cast<std::size_t>(o * 80 + i)];
    }
    return rule;
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_MNIST_HPP
