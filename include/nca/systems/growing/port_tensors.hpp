// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_PORT_TENSORS_HPP
#define NCA_SYSTEMS_GROWING_PORT_TENSORS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/stored_tensor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Which tensors of a file are those of a port of Growing NCA, by their shapes: every port has other names.
namespace nca::inline NCA_ABI::growing {

/// The tensors of a port: two weights, [hidden, 3 * channels] and [channels, hidden], perhaps as kernels of 1 x 1.
struct PortTensors {
    std::array<const StoredTensor*, 2> weights{};
    std::array<const StoredTensor*, 2> biases{}; ///< nullptr: zero
    std::vector<const StoredTensor*> kernels{};  ///< 3 x 3, with which the port perceives
    const StoredTensor* fire_rate = nullptr;     ///< a single number, if it is stored

    [[nodiscard]] std::size_t hidden() const noexcept { return weights[0]->shape[0]; }
    [[nodiscard]] std::size_t channels() const noexcept { return weights[1]->shape[0]; }
};

namespace port_detail {

inline constexpr std::size_t max_matrices = 64; // more are those of another model

[[nodiscard]] inline bool is_floating(const StoredTensor& tensor) noexcept {
    return precision(tensor.dtype) > 0.0;
}
[[nodiscard]] inline bool is_kernel_3x3(const StoredTensor& tensor) noexcept {
    const std::size_t rank = tensor.shape.size();
    return rank >= 2 && tensor.shape[rank - 1] == 3 && tensor.shape[rank - 2] == 3;
}
/// True for a matrix, also one that is stored as kernels of 1 x 1.
[[nodiscard]] inline bool is_matrix(const StoredTensor& tensor) noexcept {
    const auto& shape = tensor.shape;
    return !is_kernel_3x3(tensor) && (shape.size() == 2 || (shape.size() == 4 && shape[2] == 1 && shape[3] == 1));
}
[[nodiscard]] inline bool is_pair(const StoredTensor& first, const StoredTensor& second) noexcept {
    return first.shape[0] != 0 && second.shape[0] != 0 && first.shape[0] == second.shape[1] &&
           first.shape[1] / 3 == second.shape[0] && first.shape[1] % 3 == 0;
}

/// True for what lies beside a model in a checkpoint: the state of an optimiser, pools, targets, our self-test.
[[nodiscard]] NCA_COLD inline bool is_beside_model(std::string_view name) noexcept {
    constexpr std::string_view starts[] = {"opt",   "exp_avg", "max_exp_avg", "square_avg", "momentum",
                                           "sched", "pool",    "target",      "seed",       "self_test",
                                           "loss",  "grad",    "sample",      "rng"};
    while (!name.empty()) {
        const std::string_view part = name.substr(0, name.find('.'));
        const auto begins = [&](std::string_view start) { return part.starts_with(start); };
        if (std::any_of(std::begin(starts), std::end(starts), begins)) return true;
        name.remove_prefix(std::min(name.size(), part.size() + 1));
    }
    return false;
}

/// The tensors that may belong to a model.
[[nodiscard]] NCA_COLD inline std::vector<const StoredTensor*> candidates(std::span<const StoredTensor> tensors) {
    std::vector<const StoredTensor*> found;
    for (const StoredTensor& tensor : tensors) {
        if (is_floating(tensor) && !is_beside_model(tensor.name)) found.push_back(&tensor);
    }
    return found;
}

[[nodiscard]] inline std::string describe_tensor(const StoredTensor& tensor) {
    return quote(tensor.name) + " " + shape_text(tensor.shape);
}

/// "layer.weight" becomes "layer.bias", and "w1" becomes "b1".
[[nodiscard]] NCA_COLD inline std::string bias_name(std::string name) {
    if (name.ends_with("weight")) return name.replace(name.size() - 6, 6, "bias");
    const std::size_t last = name.rfind('.') + 1; // npos + 1 is 0
    if (last < name.size() && name[last] == 'w') name[last] = 'b';
    return name;
}

} // namespace port_detail

/// True if all matrices of a file have the shapes of the weights of growing models, of any size.
[[nodiscard]] NCA_COLD inline bool looks_like_port(std::span<const StoredTensor> tensors) {
    std::vector<const StoredTensor*> matrices;
    for (const StoredTensor* const tensor : port_detail::candidates(tensors)) {
        if (port_detail::is_matrix(*tensor)) matrices.push_back(tensor);
    }
    const auto is_paired = [&](const StoredTensor* one) {
        return std::any_of(matrices.begin(), matrices.end(), [&](const StoredTensor* other) {
            return port_detail::is_pair(*one, *other) || port_detail::is_pair(*other, *one);
        });
    };
    return !matrices.empty() && matrices.size() <= port_detail::max_matrices &&
           std::all_of(matrices.begin(), matrices.end(), is_paired);
}

/// The tensors of a port, whatever their names. What lies beside a model in checkpoints is skipped. Errors: no weights
/// of such shapes, several, or a tensor that would be a part of a larger model. Allocates lists of tensors.
[[nodiscard]] NCA_COLD inline Result<PortTensors> find_port(std::span<const StoredTensor> tensors) {
    PortTensors port;
    std::vector<const StoredTensor*> matrices;
    std::vector<const StoredTensor*> rest;
    for (const StoredTensor* const tensor : port_detail::candidates(tensors)) {
        const bool single = tensor->size() == 1 && tensor->shape.size() < 2;
        if (single && tensor->name.ends_with("fire_rate")) port.fire_rate = tensor;
        if (single || tensor->size() == 0) continue;
        (port_detail::is_matrix(*tensor)       ? matrices
         : port_detail::is_kernel_3x3(*tensor) ? port.kernels
                                               : rest)
            .push_back(tensor);
    }
    const auto list = [&] {
        std::string text = matrices.empty() ? "none" : "";
        for (std::size_t i = 0; i < std::min<std::size_t>(matrices.size(), 6); ++i) {
            text += (i == 0 ? "" : ", ") + port_detail::describe_tensor(*matrices[i]);
        }
        return text + (matrices.size() > 6 ? ", ..." : "");
    };
    int pairs = 0;
    for (const StoredTensor* const first : matrices) {
        for (const StoredTensor* const second : matrices) {
            if (matrices.size() > port_detail::max_matrices || !port_detail::is_pair(*first, *second)) continue;
            port.weights = {first, second};
            ++pairs;
        }
    }
    if (pairs != 1 || matrices.size() != 2) {
        return Error{
            "expected the two weights of a growing model, [hidden, 3 * channels] and [channels, hidden], found " +
            list()};
    }

    for (std::size_t l = 0; l < 2; ++l) { // by name, or else by size
        const std::vector<std::size_t> shape{port.weights[l]->shape[0]};
        const std::string name = port_detail::bias_name(port.weights[l]->name);
        for (const bool by_name : {true, false}) {
            for (auto at = rest.begin(); at != rest.end() && port.biases[l] == nullptr; ++at) {
                if ((*at)->shape != shape || (by_name && (*at)->name != name)) continue;
                port.biases[l] = *at;
                rest.erase(at);
                break;
            }
        }
    }
    for (const StoredTensor* const tensor : rest) {
        const std::size_t rank = tensor->shape.size();
        const bool picture = rank >= 3 && std::min(tensor->shape[rank - 1], tensor->shape[rank - 2]) > 7;
        if (picture) continue; // or a state
        return Error{"tensor " + port_detail::describe_tensor(*tensor) +
                     " has no place in a growing model of the weights " + list()};
    }
    return port;
}

} // namespace nca::inline NCA_ABI::growing

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_PORT_TENSORS_HPP
