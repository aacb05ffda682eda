// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_PASSES_HPP
#define NCA_IMAGE_PASSES_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/image/convolution.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/image/network.hpp>
#include <nca/image/pointwise.hpp>
#include <nca/image/pooling.hpp>
#include <nca/image/winograd.hpp>
#include <nca/image/workspace.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>

namespace nca::inline NCA_ABI::image::inline NCA_ISA {

/// Computes the activations of all taps of a workspace for an image.
///
/// rgb [height, width, 3]: nominally 0 to 1, not clamped. Sets the adjoints of the taps to zero. Precondition: the
/// workspace was made for this network and images of this size. Allocates nothing. Thread-safe, workspace by workspace.
template <class T>
void forward(const BasicNetwork<T>& network, std::type_identity_t<std::span<const T>> rgb,
             BasicWorkspace<T>& workspace) noexcept {
    auto& nodes = workspace.nodes();
    NCA_ASSERT(nodes.size() == network.layers().size(), "nca::image::forward: a workspace of another network");
    NCA_ASSERT(rgb.size() == 3 * static_cast<std::size_t>(nodes.front().value.pixels()),
               "nca::image::forward: an image of the workspace's size");
    transform_colours<T>(network.colours(), rgb.data(), nodes.front().value);
    for (std::size_t l = 0; l < nodes.size(); ++l) {
        auto& node = nodes[l];
        if (node.tapped) std::fill_n(node.adjoint.values, node.adjoint.size(), T(0));
        const Layer<T>& layer = network.layers()[l];
        if (!node.needed || layer.kind == LayerKind::input) continue;
        const FeatureMaps<const T> in = nodes[static_cast<std::size_t>(layer.inputs.front())].value;
        switch (layer.kind) {
        case LayerKind::input:
            break;
        case LayerKind::convolution:
            if (layer.winograd) {
                convolve_winograd<T>(node.table->tiles, layer.kernel, in, layer.relu, workspace.scratch(), node.value);
            } else {
                convolve<T>(node.table->forward, layer.kernel, in, layer.kernel.biases(), false,
                            layer.relu ? Epilogue::relu : Epilogue::none, nullptr, node.value);
            }
            break;
        case LayerKind::relu:
            relu<T>(in, node.value);
            break;
        case LayerKind::max_pool:
            max_pool<T>(layer.window, in, node.value);
            break;
        case LayerKind::mean_pool:
            mean_pool<T>(layer.window, in, node.value);
            break;
        case LayerKind::global_mean:
            global_mean<T>(in, node.value);
            break;
        case LayerKind::normalisation:
            normalise_response<T>(layer.norm, in, workspace.scratch(), node.value);
            break;
        case LayerKind::concatenation: {
            int first = 0;
            for (const int input : layer.inputs) {
                const FeatureMaps<const T> part = nodes[static_cast<std::size_t>(input)].value;
                insert_channels<T>(part, first, node.value);
                first += part.channels;
            }
            break;
        }
        }
    }
}

namespace isa_detail {

/// Runs the pullback of one layer: adds to (or overwrites, where nothing was added yet) the adjoints of its inputs.
template <class T>
void pull_back_layer(const BasicNetwork<T>& network, BasicWorkspace<T>& workspace, std::size_t l) noexcept {
    auto& nodes = workspace.nodes();
    auto& node = nodes[l];
    const Layer<T>& layer = network.layers()[l];
    if (layer.relu && !node.gated) relu_pullback<T>(node.value, node.adjoint, false, node.adjoint);
    auto& below = nodes[static_cast<std::size_t>(layer.inputs.front())];
    const bool add = below.has_adjoint;
    // Whoever adds last to the adjoint of the layer below can fuse the pullback of its ReLU.
    const bool last_writer = below.first_reader == static_cast<int>(l);
    const bool gates = last_writer && network.layers()[static_cast<std::size_t>(layer.inputs.front())].relu;
    const auto clear_unless_added = [&] {
        if (!add) std::fill_n(below.adjoint.values, below.adjoint.size(), T(0));
    };
    switch (layer.kind) {
    case LayerKind::input:
        break;
    case LayerKind::convolution:
        if (layer.winograd) {
            clear_unless_added();
            convolve_winograd_pullback<T>(node.table->tiles, layer.transposed, node.adjoint, workspace.scratch(),
                                          below.adjoint);
        } else {
            convolve<T>(node.table->transposed, layer.transposed, node.adjoint, nullptr, add,
                        gates ? Epilogue::relu_pullback : Epilogue::none, below.value.values, below.adjoint);
            below.gated = gates;
        }
        break;
    case LayerKind::relu:
        relu_pullback<T>(node.value, node.adjoint, add, below.adjoint);
        break;
    case LayerKind::max_pool:
        clear_unless_added();
        max_pool_pullback<T>(layer.window, below.value, node.value, node.adjoint, gates && !add, below.adjoint);
        below.gated = gates && !add;
        break;
    case LayerKind::mean_pool:
        clear_unless_added();
        mean_pool_pullback<T>(layer.window, node.adjoint, below.adjoint);
        break;
    case LayerKind::global_mean:
        clear_unless_added();
        global_mean_pullback<T>(node.adjoint, below.adjoint);
        break;
    case LayerKind::normalisation:
        NCA_ASSERT(!add, "nca::image::backward: a normalised layer is read by its normalisation only");
        normalise_response_pullback<T>(layer.norm, below.value, node.adjoint, workspace.scratch(), below.adjoint);
        break;
    case LayerKind::concatenation: {
        int first = 0;
        for (const int input : layer.inputs) {
            auto& part = nodes[static_cast<std::size_t>(input)];
            insert_channels_pullback<T>(node.adjoint, first, part.has_adjoint, part.adjoint);
            part.has_adjoint = true;
            first += part.value.channels;
        }
        break;
    }
    }
    below.has_adjoint = true;
}

} // namespace isa_detail

/// The derivative of a loss with respect to the image, given its derivatives with respect to the taps, which the
/// caller added to workspace.tap_adjoint() after forward().
///
/// image_adjoint [height, width, 3] is overwritten; the adjoints of the taps are consumed; the weights get no gradient.
/// Preconditions: as of forward(), which ran last on this workspace. Allocates nothing. Costs as much as forward().
template <class T>
void backward(const BasicNetwork<T>& network, BasicWorkspace<T>& workspace,
              std::type_identity_t<std::span<T>> image_adjoint) noexcept {
    auto& nodes = workspace.nodes();
    NCA_ASSERT(nodes.size() == network.layers().size(), "nca::image::backward: a workspace of another network");
    NCA_ASSERT(image_adjoint.size() == 3 * static_cast<std::size_t>(nodes.front().value.pixels()),
               "nca::image::backward: an image of the workspace's size");
    for (auto& node : nodes) {
        node.has_adjoint = node.tapped;
        node.gated = false;
    }
    for (std::size_t l = nodes.size(); l-- > 1;) {
        if (nodes[l].needed) isa_detail::pull_back_layer(network, workspace, l);
    }
    transform_colours_pullback<T>(network.colours(), nodes.front().adjoint, image_adjoint.data());
}

} // namespace nca::inline NCA_ABI::image::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_PASSES_HPP
