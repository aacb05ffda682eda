// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_CONVOLUTION_TENSORS_HPP
#define NCA_SYSTEMS_CONVOLUTION_TENSORS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/stored_tensor.hpp>
#include <nca/run/dense_layer.hpp>
#include <nca/systems/depthwise_tensors.hpp>
#include <nca/systems/growing/port_tensors.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Models of learned convolutions and dense layers from elsewhere, as PyTorch stores them, whatever their names.
namespace nca::inline NCA_ABI {

/// A convolution of the neighbourhood, which is three cells wide.
struct PortedConvolution {
    std::string name{};
    int outputs = 0;
    bool is_depthwise = false;    ///< output o reads channel o / (outputs / channels) alone
    std::vector<float> kernels{}; ///< [outputs, channels or 1, neighbours]
    std::vector<float> biases{};  ///< [outputs]
};

/// The numbers of such a model: convolutions of the state, concatenated, and dense layers behind them.
struct ConvolutionTensors {
    int dimensions = 0;
    int channels = 0;
    int frozen = 0;             ///< 1 if the layers update all channels but the first (Self-classifying MNIST)
    bool perceives_own = false; ///< the state itself is concatenated before the convolutions
    std::vector<PortedConvolution> convolutions{};
    DenseLayers layers{};
    bool output_bias = false; ///< whether the last layer has biases in the file
    std::string first_layer{};
    std::optional<double> fire_rate{};

    /// The number of values that the first dense layer reads.
    [[nodiscard]] int perceived() const noexcept { return static_cast<int>(layers.front().in); }
    [[nodiscard]] bool is_depthwise() const noexcept {
        return std::all_of(convolutions.begin(), convolutions.end(),
                           [](const auto& each) { return each.is_depthwise; });
    }
};

namespace detail {

/// "update.2" before "update.10".
[[nodiscard]] NCA_COLD inline bool natural_less(std::string_view a, std::string_view b) noexcept {
    const auto digits = [](std::string_view text) {
        return std::min(text.find_first_not_of("0123456789"), text.size());
    };
    while (!a.empty() && !b.empty()) {
        const std::size_t in_a = digits(a);
        const std::size_t in_b = digits(b);
        if (in_a != in_b && in_a > 0 && in_b > 0) return in_a < in_b;
        const std::size_t count = std::max<std::size_t>(std::min(in_a, in_b), 1);
        if (const int order = a.substr(0, count).compare(b.substr(0, count)); order != 0) return order < 0;
        a.remove_prefix(count);
        b.remove_prefix(count);
    }
    return a.size() < b.size();
}

/// What a file holds of such a model, sorted by name.
struct ConvolutionParts {
    std::vector<const StoredTensor*> kernels{};
    std::vector<const StoredTensor*> matrices{};
    std::vector<const StoredTensor*> rest{};
    const StoredTensor* fire_rate = nullptr;

    [[nodiscard]] std::size_t outputs() const noexcept {
        std::size_t sum = 0;
        for (const StoredTensor* const kernel : kernels) sum += kernel->shape[0];
        return sum;
    }
};

[[nodiscard]] NCA_COLD inline ConvolutionParts convolution_parts(std::span<const StoredTensor> tensors) {
    ConvolutionParts parts;
    for (const StoredTensor* const tensor : growing::port_detail::candidates(tensors)) {
        const bool single = tensor->size() == 1 && tensor->shape.size() < 2;
        if (single && tensor->name.ends_with("fire_rate")) parts.fire_rate = tensor;
        if (single || tensor->size() == 0) continue;
        (is_depthwise_kernel(*tensor) ? parts.kernels
         : is_dense_matrix(*tensor)   ? parts.matrices
                                      : parts.rest)
            .push_back(tensor);
    }
    for (auto* const list : {&parts.kernels, &parts.matrices}) {
        std::stable_sort(list->begin(), list->end(),
                         [](const auto* a, const auto* b) { return natural_less(a->name, b->name); });
    }
    return parts;
}

/// Orders matrices so that each takes what the one before gives, the first `width`, and the last gives what `ends`
/// accepts. False if there is no such order.
template <class Ends>
[[nodiscard]] NCA_COLD bool chain(std::span<const StoredTensor*> matrices, std::size_t width, const Ends& ends) {
    if (matrices.empty()) return ends(width);
    for (std::size_t k = 0; k < matrices.size(); ++k) {
        if (matrices[k]->shape[1] != width) continue;
        std::rotate(matrices.begin(), matrices.begin() + static_cast<std::ptrdiff_t>(k),
                    matrices.begin() + static_cast<std::ptrdiff_t>(k) + 1);
        if (chain(matrices.subspan(1), matrices[0]->shape[0], ends)) return true;
        std::rotate(matrices.begin(), matrices.begin() + 1, matrices.begin() + static_cast<std::ptrdiff_t>(k) + 1);
    }
    return false;
}

/// Orders the dense layers, and finds the number of channels. Errors: layers that do not follow the convolutions.
[[nodiscard]] NCA_COLD inline Result<void> arrange(ConvolutionParts& parts, ConvolutionTensors& model) {
    constexpr std::size_t most = 8; // of whose orders all can be tried
    std::size_t dense = 0;          // channels that dense kernels read
    for (const StoredTensor* const kernel : parts.kernels) {
        if (kernel->shape.size() != parts.kernels.front()->shape.size()) {
            return Error{"its kernels have different numbers of dimensions"};
        }
        if (kernel->shape[1] == 1) continue;
        if (dense != 0 && kernel->shape[1] != dense) return Error{"its kernels read different numbers of channels"};
        dense = kernel->shape[1];
    }
    const std::size_t outputs = parts.outputs();
    const auto found = [&](std::size_t first) {
        const std::size_t own = first - outputs;
        return chain(parts.matrices, first, [&](std::size_t last) {
            const bool frozen = dense == last + 1 && own == 0 && parts.kernels.size() == 1;
            const std::size_t channels = frozen ? last + 1 : last;
            const bool fits = std::all_of(parts.kernels.begin(), parts.kernels.end(), [&](const auto* kernel) {
                return kernel->shape[1] > 1 ? channels == dense : kernel->shape[0] % channels == 0;
            });
            if (!fits || (own != 0 && own != channels) || channels > max_layer_size) return false;
            model.channels = static_cast<int>(channels);
            model.frozen = frozen ? 1 : 0;
            model.perceives_own = own != 0;
            return true;
        });
    };
    if (parts.matrices.size() <= most && outputs <= max_layer_size) {
        std::vector<std::size_t> widths{outputs};
        for (const StoredTensor* const matrix : parts.matrices) {
            if (matrix->shape[1] > outputs) widths.push_back(matrix->shape[1]);
        }
        for (const std::size_t width : widths) {
            if (!parts.matrices.empty() && found(width)) return {};
        }
    }
    std::string list;
    for (std::size_t i = 0; i < std::min<std::size_t>(parts.matrices.size(), 6); ++i) {
        list += (i == 0 ? "" : ", ") + growing::port_detail::describe_tensor(*parts.matrices[i]);
    }
    return Error{"expected dense layers that lead from the " + std::to_string(outputs) +
                 " values of its convolutions, or these and the state, to an update of all channels, found " +
                 (list.empty() ? "none" : list)};
}

} // namespace detail

/// The model in a file's tensors; what lies beside it in checkpoints is skipped. Errors: no such model, a tensor that
/// would be part of a larger one, a number that is not finite. Allocates.
[[nodiscard]] NCA_COLD inline Result<ConvolutionTensors> find_convolutions(std::span<const StoredTensor> tensors) {
    detail::ConvolutionParts parts = detail::convolution_parts(tensors);
    if (parts.kernels.empty()) return Error{"found no kernels of a convolution, [outputs, channels, 3, 3]"};
    ConvolutionTensors model;
    model.dimensions = static_cast<int>(parts.kernels.front()->shape.size()) - 2;
    if (const auto arranged = detail::arrange(parts, model); !arranged) return arranged.error();

    std::vector<std::string> used;
    const auto note_bias = [&](const StoredTensor& of) { used.push_back(growing::port_detail::bias_name(of.name)); };
    for (const StoredTensor* const kernel : parts.kernels) {
        PortedConvolution convolution{kernel->name, static_cast<int>(kernel->shape[0]), kernel->shape[1] == 1, {}, {}};
        auto kernels = detail::finite_values(*kernel);
        if (!kernels) return kernels.error();
        auto biases = detail::biases_of(*kernel, kernel->shape[0], tensors);
        if (!biases) return biases.error();
        convolution.kernels = std::move(*kernels);
        convolution.biases = std::move(*biases);
        convolution.biases.resize(kernel->shape[0]);
        model.convolutions.push_back(std::move(convolution));
        note_bias(*kernel);
    }
    model.first_layer = parts.matrices.front()->name;
    for (const StoredTensor* const matrix : parts.matrices) {
        auto found = detail::read_dense(*matrix, matrix->shape[1], tensors);
        if (!found) return found.error();
        model.output_bias = found->has_bias;
        model.layers.push_back(std::move(found->layer));
        note_bias(*matrix);
    }
    for (const StoredTensor* const tensor : parts.rest) {
        const std::size_t rank = tensor->shape.size();
        const bool picture = rank >= 3 && std::min(tensor->shape[rank - 1], tensor->shape[rank - 2]) > 7;
        if (picture || std::find(used.begin(), used.end(), tensor->name) != used.end()) continue;
        return Error{"tensor " + growing::port_detail::describe_tensor(*tensor) +
                     " has no place in a model of convolutions and dense layers"};
    }
    if (parts.fire_rate != nullptr) {
        const auto rate = to_floats(*parts.fire_rate);
        if (!rate) return rate.error();
        if (!(rate->front() >= 0.0F && rate->front() <= 1.0F)) {
            return Error{"tensor " + quote(parts.fire_rate->name) + ": expected a rate from 0 to 1"};
        }
        model.fire_rate = static_cast<double>(rate->front());
    }
    return model;
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_CONVOLUTION_TENSORS_HPP
