// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_WORKSPACE_HPP
#define NCA_IMAGE_WORKSPACE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>
#include <nca/image/feature_maps.hpp>
#include <nca/image/network.hpp>
#include <nca/image/pointwise.hpp>
#include <nca/image/winograd.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::image {

/// The memory in which one thread evaluates a network on images of one size: the activations of all layers that the
/// requested taps depend on, their adjoints, which share memory where lifetimes do not overlap, and the tables of the
/// convolutions. Allocates only when constructed.
template <class T>
class BasicWorkspace {
public:
    /// For the given taps of the network. Preconditions: network.accepts(height, width, taps), at least one tap.
    BasicWorkspace(const BasicNetwork<T>& network, int height, int width, std::vector<int> taps)
        : taps_{std::move(taps)}, nodes_(network.layers().size()) {
        NCA_ASSERT(!taps_.empty(), "nca::image::Workspace: at least one tap");
        NCA_ASSERT(network.accepts(height, width, taps_).ok(), "nca::image::Workspace: the image is too small");
        find_needed(network);
        allocate_values(network, network.sizes(height, width));
        allocate_adjoints(network);
    }

    /// The tables of a convolution on maps of one size.
    struct Table {
        Window window;
        MapSize size;
        bool winograd;
        Indirection forward{};
        Indirection transposed{};
        WinogradTable tiles{}; ///< instead, where it is by convolve_winograd()
    };

    /// A layer in this workspace.
    struct Node {
        bool needed = false;   ///< a requested tap depends on it
        bool tapped = false;   ///< it is a requested tap
        int first_reader = -1; ///< the needed layer whose pullback is the last to add to the adjoint
        FeatureMaps<T> value{};
        FeatureMaps<T> adjoint{};
        const Table* table = nullptr; ///< of a convolution
        bool has_adjoint = false;     ///< during the backward pass: something was added
        bool gated = false;           ///< during the backward pass: the adjoint is that before the ReLU
    };

    /// The taps that are computed, as indices into the taps of the network.
    [[nodiscard]] const std::vector<int>& taps() const noexcept { return taps_; }

    /// The activations of the i-th of taps() after forward().
    [[nodiscard]] FeatureMaps<const T> tap(std::size_t i) const noexcept { return nodes_[tap_nodes_[i]].value; }
    /// The derivative of a loss with respect to the i-th of taps(): zero after forward(); the caller adds to it before
    /// backward(), which consumes it. The padding of its rows stays zero.
    [[nodiscard]] FeatureMaps<T> tap_adjoint(std::size_t i) const noexcept { return nodes_[tap_nodes_[i]].adjoint; }

    /// The layers, in the order of the network's.
    [[nodiscard]] std::vector<Node>& nodes() noexcept { return nodes_; }
    /// Memory of local response normalisation and of convolutions by convolve_winograd().
    [[nodiscard]] T* scratch() noexcept { return scratch_.data(); }

private:
    void find_needed(const BasicNetwork<T>& network) {
        for (const int tap : taps_) {
            const auto node = static_cast<std::size_t>(network.tap_layer(tap));
            tap_nodes_.push_back(node);
            nodes_[node].tapped = nodes_[node].needed = true;
        }
        nodes_.front().needed = true;
        for (std::size_t l = nodes_.size(); l-- > 0;) {
            if (!nodes_[l].needed) continue;
            for (const int input : network.layers()[l].inputs) {
                Node& node = nodes_[static_cast<std::size_t>(input)];
                node.needed = true;
                node.first_reader = static_cast<int>(l);
            }
        }
    }

    void allocate_values(const BasicNetwork<T>& network, const std::vector<MapSize>& sizes) {
        std::size_t scratch = 0;
        for (std::size_t l = 0; l < nodes_.size(); ++l) {
            Node& node = nodes_[l];
            if (!node.needed) continue;
            const Layer<T>& layer = network.layers()[l];
            node.value = {nullptr, sizes[l].height, sizes[l].width, layer.channels, padded(layer.channels)};
            values_.emplace_back(node.value.size());
            node.value.values = values_.back().data();
            if (layer.kind == LayerKind::convolution) {
                const auto input = static_cast<std::size_t>(layer.inputs.front());
                node.table = &table_of(layer, sizes[input]);
                const int inputs = network.layers()[input].channels;
                if (layer.winograd) scratch = std::max(scratch, winograd_scratch(inputs, layer.channels));
            }
            if (layer.kind == LayerKind::normalisation) {
                scratch = std::max(scratch, 2 * ResponseNormalisation::scratch_size(layer.channels));
            }
        }
        scratch_ = AlignedArray<T>(scratch);
    }

    // In the order of the backward pass: an adjoint takes memory when the first pullback writes to it, and gives it
    // back when its own layer is done. Those of taps are the caller's until then.
    void allocate_adjoints(const BasicNetwork<T>& network) {
        constexpr auto nowhere = static_cast<std::size_t>(-1);
        std::vector<std::size_t> slot_of(nodes_.size(), nowhere);
        std::vector<std::size_t> sizes;
        std::vector<std::size_t> free;
        const auto place = [&](std::size_t l) {
            if (slot_of[l] != nowhere) return;
            const std::size_t size = nodes_[l].value.size();
            const auto largest = std::max_element(free.begin(), free.end(),
                                                  [&](std::size_t a, std::size_t b) { return sizes[a] < sizes[b]; });
            if (largest == free.end() || nodes_[l].tapped) {
                slot_of[l] = sizes.size();
                sizes.push_back(size);
                return;
            }
            slot_of[l] = *largest;
            free.erase(largest);
            sizes[slot_of[l]] = std::max(sizes[slot_of[l]], size);
        };
        for (std::size_t l = 0; l < nodes_.size(); ++l) {
            if (nodes_[l].tapped) place(l);
        }
        for (std::size_t l = nodes_.size(); l-- > 0;) {
            if (!nodes_[l].needed) continue;
            for (const int input : network.layers()[l].inputs) place(static_cast<std::size_t>(input));
            if (!nodes_[l].tapped) free.push_back(slot_of[l]);
        }
        for (const std::size_t size : sizes) adjoints_.emplace_back(size);
        for (std::size_t l = 0; l < nodes_.size(); ++l) {
            if (!nodes_[l].needed) continue;
            nodes_[l].adjoint = nodes_[l].value;
            nodes_[l].adjoint.values = adjoints_[slot_of[l]].data();
        }
    }

    [[nodiscard]] const Table& table_of(const Layer<T>& layer, const MapSize& size) {
        for (const auto& table : tables_) {
            if (table->window == layer.window && table->size == size && table->winograd == layer.winograd)
                return *table;
        }
        Table table{layer.window, size, layer.winograd};
        if (layer.winograd) {
            table.tiles = winograd_table(layer.window, size.height, size.width);
        } else {
            table.forward = window_table(layer.window, size.height, size.width);
            table.transposed = transposed_window_table(layer.window, size.height, size.width);
        }
        tables_.push_back(std::make_unique<const Table>(std::move(table)));
        return *tables_.back();
    }

    std::vector<int> taps_;
    std::vector<std::size_t> tap_nodes_{};
    std::vector<Node> nodes_;
    std::vector<AlignedArray<T>> values_{};
    std::vector<AlignedArray<T>> adjoints_{};
    std::vector<std::unique_ptr<const Table>> tables_{};
    AlignedArray<T> scratch_{};
};

/// A workspace in single precision.
using Workspace = BasicWorkspace<float>;

} // namespace nca::inline NCA_ABI::image

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_WORKSPACE_HPP
