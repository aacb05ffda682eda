// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_ARCHITECTURE_HPP
#define NCA_CELL_ARCHITECTURE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/activations.hpp>
#include <nca/cell/filter_table.hpp>
#include <nca/cell/layer_layout.hpp>
#include <nca/cell/rule_description.hpp>
#include <nca/cell/rule_traits.hpp>
#include <nca/core/fields.hpp>
#include <nca/core/memory.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI {

namespace detail {

/// The position of an activation of the library in LibraryActivations; their number for leaky_relu, -1 for others.
template <class... Activations>
[[nodiscard]] NCA_COLD int index_of_activation(std::string_view name, TypeList<Activations...> /*list*/) noexcept {
    int index = 0;
    int found = name == LeakyRelu<1, 2>::name ? static_cast<int>(sizeof...(Activations)) : -1;
    ((Activations::name == name ? void(found = index++) : void(index++)), ...);
    return found;
}

template <class... Activations>
[[nodiscard]] NCA_COLD bool reads_input(int index, TypeList<Activations...> /*list*/) noexcept {
    int i = 0;
    bool reads = false;
    ((i++ == index ? void(reads = is_derivative_of_input<Activations>) : void()), ...);
    return reads;
}

/// What a rule of run-time sizes knows of itself. Immutable, so that copies and views of the rule share it.
template <class T>
struct RunTimeNetwork {
    NCA_COLD explicit RunTimeNetwork(RuleDescription rule)
        : description{std::move(rule)},
          layers(description.hidden.size() + 1), filters{description.filters, description.dimensions,
                                                         description.radius},
          activation{index_of_activation(description.activation, LibraryActivations{})},
          keeps_activation_input{!description.hidden.empty() && reads_input(activation, LibraryActivations{})} {
        lay_out(layers, description.perceived(), description.hidden, description.channels, description.frozen);
    }

    RuleDescription description;
    std::vector<LayerLayout> layers;
    FilterTable<T> filters;
    int activation; ///< see index_of_activation()
    bool keeps_activation_input;
};

} // namespace detail

/// The sizes and choices of a rule: constants as far as its type knows them, else shared with the rule it came from.
/// An empty class for rules whose type knows all.
template <class Traits>
class Architecture {
public:
    using T = typename Traits::Value;

    /// Of a rule whose type knows all; else of a rule without parameters, of which nothing may be asked.
    Architecture() = default;
    /// Errors: a description that no rule of this type has, or no rule at all (see check_rule()). Allocates.
    [[nodiscard]] NCA_COLD static Result<Architecture> from(RuleDescription description) {
        if (const auto valid = check_rule(description); !valid) return valid.error();
        if (const auto agrees = agree(description); !agrees) return agrees.error();
        Architecture result;
        if constexpr (!Traits::is_static) {
            result.data_ = std::make_shared<const detail::RunTimeNetwork<T>>(std::move(description));
        }
        return result;
    }

    /// The rule as text and files describe it. Allocates.
    [[nodiscard]] NCA_COLD RuleDescription description() const {
        if constexpr (Traits::is_static)
            return RuleDescription::of(typename Traits::DescribedPolicies{});
        else
            return data_->description;
    }
    /// True if nothing may be asked.
    [[nodiscard]] bool empty() const noexcept {
        if constexpr (Traits::is_static)
            return false;
        else
            return data_ == nullptr;
    }

    [[nodiscard]] constexpr int channels() const noexcept {
        if constexpr (Traits::channels != Dynamic)
            return Traits::channels;
        else
            return data_->description.channels;
    }
    [[nodiscard]] constexpr int frozen() const noexcept {
        if constexpr (Traits::frozen != Dynamic)
            return Traits::frozen;
        else
            return data_->description.frozen;
    }
    /// The number of values that a cell perceives, its inputs included.
    [[nodiscard]] constexpr int perceived() const noexcept { return layer(0).inputs; }
    [[nodiscard]] constexpr int layer_count() const noexcept {
        if constexpr (Traits::has_static_network)
            return Network::layer_count;
        else
            return static_cast<int>(data_->layers.size());
    }
    [[nodiscard]] constexpr const LayerLayout& layer(int index) const noexcept {
        if constexpr (Traits::has_static_network)
            return Network::layers[static_cast<std::size_t>(index)];
        else
            return data_->layers[static_cast<std::size_t>(index)];
    }
    /// The number of learned filters per channel (DepthwisePerception); 0 without.
    [[nodiscard]] constexpr int learned_filters() const noexcept {
        if constexpr (Traits::has_static_network) {
            return Network::learned_filters;
        } else {
            return data_->description.learned_filters;
        }
    }
    /// How far a cell perceives along every dimension.
    [[nodiscard]] constexpr int radius() const noexcept {
        if constexpr (Traits::radius != Dynamic) {
            return Traits::radius;
        } else {
            return data_->description.radius;
        }
    }
    /// The number of cells that a cell perceives, itself included.
    [[nodiscard]] constexpr int neighbours() const noexcept { return neighbourhood_size(Traits::rank, radius()); }
    /// True if the last layer has biases, else these are zero.
    [[nodiscard]] constexpr bool has_output_bias() const noexcept {
        if constexpr (Traits::has_static_network) {
            return Traits::has_output_bias;
        } else {
            return data_->description.output_bias;
        }
    }
    /// Where the learned filters begin in the parameter block: [neighbours, filters, padded(channels)].
    [[nodiscard]] constexpr std::size_t filter_offset() const noexcept {
        const LayerLayout& last = layer(layer_count() - 1);
        return last.bias + static_cast<std::size_t>(last.stride());
    }
    /// Values in the parameter block, padding included: the layers, then learned filters.
    [[nodiscard]] constexpr std::size_t block_size() const noexcept {
        return filter_offset() + detail::filter_values(learned_filters(), channels(), neighbours());
    }
    /// The number of parameters, padding excluded.
    [[nodiscard]] constexpr int parameter_count() const noexcept {
        int count = learned_filters() * channels() * neighbours();
        for (int l = 0; l < layer_count(); ++l) count += (layer(l).inputs + 1) * layer(l).outputs;
        return has_output_bias() ? count : count - layer(layer_count() - 1).outputs;
    }
    [[nodiscard]] constexpr PerceptionKind perception() const noexcept {
        if constexpr (Traits::has_static_network)
            return Traits::PerceptionPolicy::perception;
        else
            return data_->description.perception;
    }
    [[nodiscard]] constexpr GradientKind gradient() const noexcept {
        if constexpr (Traits::has_static_network)
            return Traits::GradientPolicy::gradient;
        else
            return data_->description.gradient;
    }
    /// True if the last channel is an angle (SteeredByAngle).
    [[nodiscard]] constexpr bool keeps_angle() const noexcept { return gradient() == GradientKind::by_angle; }
    /// True if the pullback of perception reads what was perceived.
    [[nodiscard]] constexpr bool pullback_reads_state() const noexcept {
        return perception() == PerceptionKind::depthwise || gradient() != GradientKind::cartesian;
    }
    /// True if the pullback of the activation reads its input.
    [[nodiscard]] constexpr bool keeps_activation_input() const noexcept {
        if constexpr (Traits::has_static_network) {
            return Network::layer_count > 1 && detail::is_derivative_of_input<typename Traits::ActivationPolicy::type>;
        } else {
            return data_->keeps_activation_input;
        }
    }
    /// The filters and the activation of a rule of run-time sizes.
    [[nodiscard]] const detail::RunTimeNetwork<T>& run_time() const noexcept requires(!Traits::has_static_network) {
        return *data_;
    }

    /// True if life spreads from cell to cell (Alive).
    [[nodiscard]] constexpr bool has_life() const noexcept {
        if constexpr (!Traits::has_any_life)
            return Traits::has_life;
        else
            return data_->description.life == LifeKind::alive;
    }
    /// True if a frozen channel is the alive mask (AliveWhere).
    [[nodiscard]] constexpr bool has_given_life() const noexcept {
        if constexpr (!Traits::has_any_life)
            return Traits::has_given_life;
        else
            return data_->description.life == LifeKind::alive_where;
    }
    [[nodiscard]] constexpr int life_channel() const noexcept {
        if constexpr (!Traits::has_any_life)
            return Traits::LifePolicy::channel;
        else
            return data_->description.life_channel;
    }
    [[nodiscard]] constexpr LifeTest life_test() const noexcept {
        if constexpr (!Traits::has_any_life) {
            return Traits::LifePolicy::test;
        } else {
            return data_->description.life_test;
        }
    }
    /// How far life spreads along every dimension.
    [[nodiscard]] constexpr int life_radius() const noexcept {
        if constexpr (Traits::life_radius != Dynamic) {
            return Traits::life_radius;
        } else {
            return data_->description.life_radius;
        }
    }
    [[nodiscard]] constexpr Lattice lattice() const noexcept {
        if constexpr (!Traits::has_any_lattice) {
            return Traits::LatticePolicy::lattice;
        } else {
            return data_->description.lattice;
        }
    }
    /// True if dead cells are not zero (DeadState).
    [[nodiscard]] constexpr bool has_dead_state() const noexcept { return dead_values() > 0; }
    /// True if dead cells hold something: a DeadState or an angle.
    [[nodiscard]] constexpr bool stores_dead_cells() const noexcept {
        return has_dead_state() || (keeps_angle() && has_life());
    }
    /// Writes the state of a dead cell.
    void write_dead_state(T* cell) const noexcept {
        const int count = dead_values();
        for (int c = 0; c < padded(channels()); ++c) cell[c] = c < count ? dead_value(c) : T(0);
    }
    [[nodiscard]] constexpr T life_threshold() const noexcept {
        if constexpr (!Traits::has_any_life)
            return static_cast<T>(Traits::LifePolicy::threshold);
        else
            return static_cast<T>(data_->description.life_threshold);
    }
    [[nodiscard]] constexpr bool has_clamp() const noexcept {
        if constexpr (Traits::has_static_network)
            return Traits::has_clamp;
        else
            return data_->description.clamp > 0.0;
    }
    /// True if the state alone is clamped (ClampState).
    [[nodiscard]] constexpr bool has_state_clamp() const noexcept {
        if constexpr (Traits::has_static_network) {
            return Traits::has_state_clamp;
        } else {
            return data_->description.clamp_state > 0.0;
        }
    }
    /// The limit of Clamp or ClampState.
    [[nodiscard]] constexpr double clamp_limit() const noexcept {
        if constexpr (Traits::has_static_network) {
            return Traits::clamp_limit;
        } else {
            return has_clamp() ? data_->description.clamp : data_->description.clamp_state;
        }
    }
    /// Where inputs go, and how many numbers they are.
    [[nodiscard]] constexpr InputKind input_kind() const noexcept {
        if constexpr (Traits::has_static_network) {
            return Traits::InputPolicy::inputs;
        } else {
            return data_->description.input_kind;
        }
    }
    [[nodiscard]] constexpr int inputs() const noexcept {
        if constexpr (Traits::has_static_network) {
            return Traits::InputPolicy::count;
        } else {
            return data_->description.inputs;
        }
    }
    /// The number of values that a cell perceives of its neighbourhood.
    [[nodiscard]] constexpr int observed() const noexcept {
        return perceived() - (input_kind() == InputKind::perceived ? inputs() : 0);
    }

    /// True for the same sizes and choices.
    [[nodiscard]] bool shares(const Architecture& other) const noexcept {
        if constexpr (Traits::is_static)
            return true;
        else
            return data_ == other.data_;
    }

private:
    using Network = detail::StaticNetwork<Traits>;
    [[nodiscard]] constexpr int dead_values() const noexcept {
        if constexpr (!Traits::has_any_dead_state) {
            return static_cast<int>(Traits::DeadPolicy::values.size());
        } else {
            return static_cast<int>(data_->description.dead_state.size());
        }
    }
    [[nodiscard]] constexpr T dead_value(int channel) const noexcept {
        if constexpr (!Traits::has_any_dead_state) {
            if constexpr (Traits::DeadPolicy::values.empty())
                return T(0);
            else
                return static_cast<T>(Traits::DeadPolicy::values[static_cast<std::size_t>(channel)]);
        } else {
            return static_cast<T>(data_->description.dead_state[static_cast<std::size_t>(channel)]);
        }
    }
    struct Nothing {};

    /// Errors: what the type states otherwise. Boundary, fire rate and the amount of noise may differ.
    [[nodiscard]] NCA_COLD static Result<void> agree(const RuleDescription& rule) {
        if (!Traits::has_static_network && detail::index_of_activation(rule.activation, LibraryActivations{}) < 0) {
            return Error{"activation " + quote(rule.activation) + " is not one of the library's"};
        }
        RuleDescription expected = rule;
        add_all(expected, typename Traits::DescribedPolicies{});
        expected.boundary = rule.boundary;
        expected.fire_rate = rule.fire_rate;
        if (expected.noise && rule.noise) expected.noise = rule.noise;
        if (Traits::has_noise && !rule.noise) expected.noise.reset(); // none is 0
        const TextPairs texts = describe(expected);
        const TextPairs found = describe(rule);
        const auto text_of = [](const TextPairs& pairs, const std::string& key) {
            const auto at =
                std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == key; });
            return at == pairs.end() ? "no " + key : key + " " + quote(at->second);
        };
        for (const TextPairs* const pairs : {&texts, &found}) {
            for (const auto& [key, text] : *pairs) {
                const std::string stated = text_of(texts, key);
                const std::string described = text_of(found, key);
                if (stated == described) continue;
                return Error{"the type of the rule states " + stated + ", but the description has " + described};
            }
        }
        return {};
    }
    template <class... Policies>
    static void add_all(RuleDescription& rule, TypeList<Policies...> /*policies*/) {
        (rule.template add<Policies>(), ...);
    }

    std::conditional_t<Traits::is_static, Nothing, std::shared_ptr<const detail::RunTimeNetwork<T>>> data_{};
};

/// The architecture of a rule's type.
template <class R>
using ArchitectureOf = Architecture<typename R::Traits>;

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_ARCHITECTURE_HPP
