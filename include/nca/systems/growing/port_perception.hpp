// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_PORT_PERCEPTION_HPP
#define NCA_SYSTEMS_GROWING_PORT_PERCEPTION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/stored_tensor.hpp>
#include <nca/run/model_metadata.hpp>
#include <nca/systems/growing/port_tensors.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// How a port counts what a cell perceives, as its kernels tell.
namespace nca::inline NCA_ABI::growing {

/// The order of the values that the first layer reads: filter * channels + channel, or 3 * channel + filter.
using PerceptionOrder = nca::detail::PerceptionOrder;

/// How a port is read.
struct PortOptions {
    std::optional<PerceptionOrder> order{}; ///< nothing: as the file tells, or else as growth does
};

/// What the kernels of a port tell.
struct PortPerception {
    std::optional<PerceptionOrder> order{};      ///< nothing: they do not tell
    std::array<std::size_t, 3> filters{0, 1, 2}; ///< identity, SobelX, SobelY, in the order of the port
};

namespace port_detail {

/// 0 for the identity, 1 for SobelX, 2 for SobelY, each divided by 8 but the identity; nothing for another kernel.
[[nodiscard]] NCA_COLD inline std::optional<std::size_t> filter_of(std::span<const float> kernel) noexcept {
    constexpr float filters[3][9] = {{0, 0, 0, 0, 1, 0, 0, 0, 0},
                                     {-0.125F, 0, 0.125F, -0.25F, 0, 0.25F, -0.125F, 0, 0.125F},
                                     {-0.125F, -0.25F, -0.125F, 0, 0, 0, 0.125F, 0.25F, 0.125F}};
    for (std::size_t f = 0; f < 3; ++f) {
        const auto close_to = [](float a, float b) { return std::abs(a - b) < 1e-3F; };
        if (std::equal(kernel.begin(), kernel.end(), std::begin(filters[f]), std::end(filters[f]), close_to)) return f;
    }
    return std::nullopt;
}

/// The filters of a tensor of kernels, one after the other. Errors: another kernel than these three.
[[nodiscard]] NCA_COLD inline Result<std::vector<std::size_t>> filters_of(const StoredTensor& tensor) {
    const auto values = to_floats(tensor);
    if (!values) return values.error();
    std::vector<std::size_t> filters;
    for (std::size_t k = 0; k < values->size() / 9; ++k) {
        const auto filter = filter_of(std::span{*values}.subspan(9 * k, 9));
        if (!filter) {
            return Error{"kernel " + std::to_string(k) + " of tensor " + describe_tensor(tensor) +
                         " is neither the identity nor a Sobel filter divided by 8, with which Growing NCA perceives"};
        }
        filters.push_back(*filter);
    }
    return filters;
}

} // namespace port_detail

/// What the kernels of a port tell: one tensor of three kernels per channel is a depth-wise convolution, which counts
/// channel by channel; three kernels tell the order of the filters; and kernels of one filter each are concatenated
/// filter by filter. Errors: other kernels, or another arrangement.
[[nodiscard]] NCA_COLD inline Result<PortPerception> perception_of(const PortTensors& port) {
    PortPerception found;
    std::array<bool, 3> seen{};
    for (const StoredTensor* const tensor : port.kernels) {
        const auto filters = port_detail::filters_of(*tensor);
        if (!filters) return filters.error();
        const std::size_t count = filters->size();
        const auto refuse = [&] {
            return Error{"the kernels of tensor " + port_detail::describe_tensor(*tensor) +
                         " are not the identity, SobelX and SobelY for each of " + std::to_string(port.channels()) +
                         " channels"};
        };
        if (port.kernels.size() == 1 && (count == 3 || count == 3 * port.channels())) {
            std::copy_n(filters->begin(), 3, found.filters.begin());
            for (const std::size_t filter : found.filters) seen[filter] = true;
            bool repeats = true;
            for (std::size_t k = 0; k < count; ++k) repeats = repeats && (*filters)[k] == found.filters[k % 3];
            if (!repeats || seen != std::array{true, true, true}) return refuse();
            if (count != 3) found.order = PerceptionOrder::channel_major;
            return found;
        }
        const bool alike = std::all_of(filters->begin(), filters->end(), [&](auto f) { return f == filters->front(); });
        if ((count != 1 && count != port.channels()) || !alike || seen[filters->front()]) return refuse();
        seen[filters->front()] = true;
        found.order = PerceptionOrder::filter_major;
    }
    return found;
}

} // namespace nca::inline NCA_ABI::growing

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_PORT_PERCEPTION_HPP
