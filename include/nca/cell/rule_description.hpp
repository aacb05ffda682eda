// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_RULE_DESCRIPTION_HPP
#define NCA_CELL_RULE_DESCRIPTION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/filters.hpp>
#include <nca/cell/gradient.hpp>
#include <nca/cell/policies.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/fields.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// A rule without its parameters, at run time: what the policies of its type state, or what a file says.
namespace nca::inline NCA_ABI {

namespace detail {

template <class Part, class List>
inline constexpr bool is_among = false;
template <class Part, class... Types>
inline constexpr bool is_among<Part, TypeList<Types...>> = (std::is_same_v<Part, Types> || ...);

template <class... Types>
[[nodiscard]] constexpr bool names_one_of(std::string_view name, TypeList<Types...> /*list*/) noexcept {
    return ((name == Types::name) || ...);
}

/// True if Part is a filter or an activation of the library without arguments.
template <class Part>
inline constexpr bool is_library_part = is_among<Part, LibraryFilters> || is_among<Part, LibraryActivations>;

[[nodiscard]] constexpr bool is_good_name(std::string_view name) noexcept {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
}

/// A filter or an activation as files name it: "sobel_x", "8*sobel_x", "tanh". Empty if it has no name.
template <class Filter>
struct FilterName {
    [[nodiscard]] static std::string get() {
        if constexpr (requires { Filter::name; }) {
            constexpr std::string_view name = Filter::name;
            static_assert(is_good_name(name),
                          "nca: the name of a filter or activation consists of letters, digits, underscores and dots");
            static_assert(is_library_part<Filter> ||
                              (!names_one_of(name, LibraryFilters{}) && !names_one_of(name, LibraryActivations{}) &&
                               name != "custom" && name != "neighbourhood"),
                          "nca: the name of this filter or activation is reserved by the library");
            return std::string{name};
        } else {
            return {};
        }
    }
};
template <int Factor, class Filter>
struct FilterName<Times<Factor, Filter>> {
    [[nodiscard]] static std::string get() {
        const std::string filter = FilterName<Filter>::get();
        return filter.empty() ? filter : std::to_string(Factor) + "*" + filter;
    }
};
template <int Factor, class Filter>
struct FilterName<Dilated<Factor, Filter>> {
    [[nodiscard]] static std::string get() {
        const std::string filter = FilterName<Filter>::get();
        return filter.empty() ? filter : filter + "@" + std::to_string(Factor);
    }
};

/// A filter's name apart: "8*sobel_x@2" is 8 times sobel_x, dilated by 2.
struct FilterParts {
    std::string_view base{};
    int factor = 1;
    int dilation = 1;

    /// None for a factor or a dilation that is no such number.
    [[nodiscard]] NCA_COLD static std::optional<FilterParts> of(std::string_view name) {
        FilterParts parts{name};
        const auto read = [](std::string_view text, int& number) {
            const std::string digits{text};
            number = std::atoi(digits.c_str());
            return number != 0 && digits == std::to_string(number);
        };
        if (const std::size_t star = name.find('*'); star != std::string_view::npos) {
            if (!read(name.substr(0, star), parts.factor)) return std::nullopt;
            parts.base.remove_prefix(star + 1);
        }
        if (const std::size_t at = parts.base.find('@'); at != std::string_view::npos) {
            if (!read(parts.base.substr(at + 1), parts.dilation) || parts.dilation < 2) return std::nullopt;
            parts.base = parts.base.substr(0, at);
        }
        return parts;
    }
};

} // namespace detail

/// A fixed perception filter at run time.
struct FilterDescription {
    std::string name{};            ///< as in files; empty without
    int derivative = -1;           ///< 0: along x, 1: along y, which rotations mix
    std::vector<double> weights{}; ///< of the rule's neighbourhood, row-major

    /// In a neighbourhood that is no smaller than the filter's.
    template <class Filter>
    [[nodiscard]] NCA_COLD static FilterDescription of(int rank, int radius = filter_radius<Filter>) {
        FilterDescription filter{detail::FilterName<Filter>::get(), derivative_axis<Filter>, {}};
        for (int n = 0; n < neighbourhood_size(rank, radius); ++n) {
            filter.weights.push_back(filter_weight_within<Filter>(rank, n, radius));
        }
        return filter;
    }
    /// The filter of the library with this name, a multiple of it ("8*sobel_x") or a dilation ("sobel_x@2"), in a
    /// neighbourhood of this radius. None if there is none, or if the dilation exceeds the radius.
    [[nodiscard]] NCA_COLD static std::optional<FilterDescription> named(std::string_view name, int rank,
                                                                         int radius = 1) {
        const auto parts = detail::FilterParts::of(name);
        if (!parts || parts->dilation > radius) return std::nullopt;
        std::optional<FilterDescription> found;
        find_in(LibraryFilters{}, parts->base, rank, found);
        if (found) {
            found->name = name;
            std::vector<double> weights(static_cast<std::size_t>(neighbourhood_size(rank, radius)));
            for (std::size_t n = 0; n < found->weights.size(); ++n) {
                const int at = wider_neighbour(rank, static_cast<int>(n), 1, radius, parts->dilation);
                weights[static_cast<std::size_t>(at)] = parts->factor * found->weights[n];
            }
            found->weights = std::move(weights);
        }
        return found;
    }

private:
    template <class... Filters>
    static void find_in(TypeList<Filters...> /*list*/, std::string_view name, int rank,
                        std::optional<FilterDescription>& found) {
        ((Filters::name == name ? void(found = of<Filters>(rank)) : void()), ...);
    }
};

/// A rule without its parameters. The defaults are those of nca::Rule.
struct RuleDescription {
    int dimensions = 2;
    int channels = 0;
    std::vector<int> hidden{128};   ///< widths of the hidden layers
    std::string activation{"relu"}; ///< by its name in files; empty if it has none
    double activation_slope = 0.0;  ///< of leaky_relu, below 0
    PerceptionKind perception = PerceptionKind::filters;
    std::vector<FilterDescription> filters{};
    GradientKind gradient = GradientKind::cartesian;
    int learned_filters = 0; ///< of depth-wise perception, per channel
    int radius = 1;          ///< of the neighbourhood that a cell perceives; filters have its weights
    bool output_bias = true; ///< whether the last layer has biases
    Boundary boundary = Boundary::zero;
    double fire_rate = 0.5;
    LifeKind life = LifeKind::none;
    int life_channel = 0;
    double life_threshold = 0.0;
    LifeTest life_test = LifeTest::before_and_after;
    int life_radius = 1; ///< how far life spreads
    Lattice lattice = Lattice::square;
    std::vector<double> dead_state{}; ///< of the first channels of dead cells; the others are zero
    int frozen = 0;                   ///< channels that no step changes; they come first
    double clamp = 0.0;               ///< the limit of every value; 0: none
    double clamp_state = 0.0;         ///< the limit of the state alone; 0: none
    InputKind input_kind = InputKind::none;
    int inputs = 0;                ///< numbers that a cell is told
    std::optional<double> noise{}; ///< standard deviation; none: the rule has no noise

    /// What the policies of a rule's type state, as far as these are known at compile time.
    template <class... Policies>
    [[nodiscard]] NCA_COLD static RuleDescription of(TypeList<Policies...> /*policies*/) {
        RuleDescription rule;
        (rule.add<Policies>(), ...);
        return rule;
    }
    /// What a policy states.
    template <class Policy>
    void add() {
        if constexpr (requires { Policy::describe(*this); }) Policy::describe(*this);
    }

    template <class A>
    void set_activation() {
        activation = detail::FilterName<A>::get();
        activation_slope = 0.0;
    }
    /// Sets the perception. Its filters depend on `dimensions` and `radius`, which grows to that of the largest.
    template <class... Filters>
    void set_filters(PerceptionKind kind) {
        perception = kind;
        learned_filters = 0;
        radius = std::max(radius, largest_radius<Filters...>);
        filters = {FilterDescription::of<Filters>(dimensions, radius)...};
    }
    void set_life(LifeKind kind, int channel, double threshold, LifeTest test = LifeTest::before_and_after) noexcept {
        life_test = test;
        life = kind;
        life_channel = channel;
        life_threshold = threshold;
    }

    void set_inputs(InputKind kind, int count) noexcept {
        input_kind = kind;
        inputs = count;
    }

    /// The number of values that a cell perceives, its inputs included.
    [[nodiscard]] int perceived() const noexcept {
        return observed() + (input_kind == InputKind::perceived ? inputs : 0);
    }
    /// The number of values that a cell perceives of its neighbourhood.
    [[nodiscard]] int observed() const noexcept {
        switch (perception) {
        case PerceptionKind::filters:
            return responses().offset(static_cast<int>(filters.size()));
        case PerceptionKind::filter_per_channel:
            return 4 * channels;
        case PerceptionKind::depthwise:
            return learned_filters * channels;
        case PerceptionKind::neighbourhood:
            break;
        }
        return neighbours() * channels;
    }
    /// The number of cells that a cell perceives, itself included.
    [[nodiscard]] int neighbours() const noexcept { return neighbourhood_size(dimensions, radius); }
    /// Where the responses of fixed filters lie.
    [[nodiscard]] ResponseLayout responses() const noexcept {
        ResponseLayout layout{gradient, static_cast<int>(filters.size()), channels};
        for (int k = 0; k < layout.filters; ++k) {
            const int axis = filters[static_cast<std::size_t>(k)].derivative;
            if (axis == 0) layout.x = k;
            if (axis == 1) layout.y = k;
        }
        return layout;
    }
    /// True if files can name every filter and the activation.
    [[nodiscard]] bool is_named() const noexcept {
        return !activation.empty() &&
               std::none_of(filters.begin(), filters.end(), [](const auto& filter) { return filter.name.empty(); });
    }
};

/// The version of the format of model files, `nca.format` in their metadata.
inline constexpr int model_format = 1;

namespace detail {

/// In the order of Boundary.
inline constexpr std::string_view boundary_names[] = {Zero::name, Torus::name, Replicate::name, Reflect::name};

/// In the order of GradientKind; the first is not written.
inline constexpr std::string_view gradient_names[] = {"cartesian", "norm", SteeredByAngle::name,
                                                      SteeredByGradient::name};

/// What a perception is called in files; "custom" for filters without a name.
[[nodiscard]] NCA_COLD inline std::string perception_text(const RuleDescription& rule) {
    if (rule.perception == PerceptionKind::neighbourhood) return "neighbourhood";
    if (rule.perception == PerceptionKind::depthwise) return "depthwise:" + std::to_string(rule.learned_filters);
    std::string text;
    for (const FilterDescription& filter : rule.filters) {
        if (!text.empty()) text += ',';
        text += filter.name.empty() ? "custom" : filter.name;
    }
    return rule.perception == PerceptionKind::filters ? text : "per channel and magnitudes:" + text;
}

} // namespace detail

/// The metadata of a rule in model files (docs/model-format.md), with "custom" for what has no name. Allocates.
[[nodiscard]] NCA_COLD inline TextPairs describe(const RuleDescription& rule) {
    TextPairs pairs;
    const auto add = [&](std::string_view key, std::string text) {
        pairs.emplace_back("nca." + std::string{key}, text);
    };
    add("format", std::to_string(model_format));
    add("dimensions", std::to_string(rule.dimensions));
    add("channels", std::to_string(rule.channels));
    std::string hidden;
    for (const int width : rule.hidden) hidden += (hidden.empty() ? "" : ",") + std::to_string(width);
    add("hidden", hidden);
    if (rule.activation != Relu::name) add("activation", rule.activation.empty() ? "custom" : rule.activation);
    if (rule.activation_slope != 0.0) add("activation_slope", number_text(rule.activation_slope));
    if (rule.radius > 1) add("radius", std::to_string(rule.radius));
    add("perception", detail::perception_text(rule));
    add("perception_order", rule.perception == PerceptionKind::depthwise ? "channel-major: channel * filters + filter"
                                                                         : "filter-major: filter * channels + channel");
    if (rule.gradient != GradientKind::cartesian) {
        add("gradient", std::string{detail::gradient_names[static_cast<std::size_t>(rule.gradient)]});
    }
    if (!rule.output_bias) add("output_bias", "none");
    add("boundary", std::string{detail::boundary_names[static_cast<std::size_t>(rule.boundary)]});
    add("fire_rate", number_text(rule.fire_rate));
    if (rule.life != LifeKind::none) {
        add(rule.life == LifeKind::alive ? "life_channel" : "given_life_channel", std::to_string(rule.life_channel));
        add("life_threshold", number_text(rule.life_threshold));
    }
    if (rule.life_test != LifeTest::before_and_after) {
        add("life_test", rule.life_test == LifeTest::before ? "before" : "on_update");
    }
    if (rule.life_radius > 1) add("life_radius", std::to_string(rule.life_radius));
    if (rule.lattice == Lattice::hexagonal) add("lattice", "hexagonal");
    std::string dead;
    for (const double value : rule.dead_state) dead += (dead.empty() ? "" : ",") + number_text(value);
    if (!dead.empty()) add("dead_state", dead);
    if (rule.frozen > 0) add("frozen", std::to_string(rule.frozen));
    if (rule.clamp > 0.0) add("clamp", number_text(rule.clamp));
    if (rule.clamp_state > 0.0) add("clamp_state", number_text(rule.clamp_state));
    if (rule.input_kind == InputKind::added) add("added_inputs", std::to_string(rule.inputs));
    if (rule.input_kind == InputKind::perceived) add("perceived_inputs", std::to_string(rule.inputs));
    if (rule.noise) add("noise", number_text(*rule.noise));
    return pairs;
}
/// The most channels, filters per channel, values of a layer, and layers that a rule of run-time sizes may have.
inline constexpr int max_channels = 1024;
inline constexpr int max_filters = 64;
inline constexpr int max_layer_width = 16384;
inline constexpr int max_hidden_layers = 16;

namespace detail {

/// The part of check_rule() about what cells perceive of the gradient.
[[nodiscard]] NCA_COLD inline Result<void> check_gradient(const RuleDescription& rule) {
    if (rule.gradient == GradientKind::cartesian) return {};
    int along[] = {0, 0};
    for (const FilterDescription& filter : rule.filters) {
        if (filter.derivative == 0 || filter.derivative == 1) ++along[filter.derivative];
    }
    if (rule.perception != PerceptionKind::filters || along[0] != 1 || along[1] != 1) {
        return Error{"gradient needs a perception by filters with one derivative along x and one along y"};
    }
    if (rule.radius > 1)
        return Error{"gradient " + std::string{gradient_names[static_cast<std::size_t>(rule.gradient)]} +
                     " needs a radius of 1"};
    if (rule.gradient == GradientKind::norm) return {};
    if (rule.channels < 2) return Error{"a steered gradient needs a channel beside the last, which steers"};
    if (rule.gradient == GradientKind::by_gradient) return {};
    if (rule.life == LifeKind::alive_where ||
        (rule.life == LifeKind::alive && rule.life_test == LifeTest::before_and_after)) {
        return Error{"gradient steered_by_angle needs a life_channel with a life_test, or no life"};
    }
    if (rule.clamp > 0.0 || rule.clamp_state > 0.0) {
        return Error{"gradient steered_by_angle keeps an angle, which clamp and clamp_state must not change"};
    }
    return {};
}

} // namespace detail

/// Errors: what no rule can be, in a sentence; the same that a static_assert says of a type.
[[nodiscard]] NCA_COLD inline Result<void> check_rule(const RuleDescription& rule) {
    const auto outside = [](const std::string& what, int found, int least, int most) {
        return Error{what + " should be from " + std::to_string(least) + " to " + std::to_string(most) + ", found " +
                     std::to_string(found)};
    };
    if (rule.dimensions < 1 || rule.dimensions > 3) return outside("dimensions", rule.dimensions, 1, 3);
    if (rule.channels < 1 || rule.channels > max_channels) return outside("channels", rule.channels, 1, max_channels);
    if (rule.frozen < 0 || rule.frozen >= rule.channels) {
        return outside("frozen", rule.frozen, 0, rule.channels - 1);
    }
    if (static_cast<int>(rule.hidden.size()) > max_hidden_layers) {
        return Error{"hidden lists " + std::to_string(rule.hidden.size()) + " layers; at most " +
                     std::to_string(max_hidden_layers) + " are supported"};
    }
    for (const int width : rule.hidden) {
        if (width < 1 || width > max_layer_width)
            return outside("the width of a hidden layer", width, 1, max_layer_width);
    }
    if (rule.radius < 1 || rule.radius > max_radius) return outside("radius", rule.radius, 1, max_radius);
    if (rule.perception == PerceptionKind::depthwise) {
        if (rule.learned_filters < 1 || rule.learned_filters > max_filters) {
            return outside("the number of learned filters per channel", rule.learned_filters, 1, max_filters);
        }
    } else if (rule.perception != PerceptionKind::neighbourhood && rule.filters.empty()) {
        return Error{"perception lists no filter"};
    }
    for (const FilterDescription& filter : rule.filters) {
        const auto size = static_cast<std::size_t>(rule.neighbours());
        if (filter.weights.size() == size) continue;
        return Error{"filter " + quote(filter.name) + " has " + std::to_string(filter.weights.size()) +
                     " weights, but a neighbourhood has " + std::to_string(size) + " cells"};
    }
    if (rule.perception == PerceptionKind::filter_per_channel &&
        static_cast<int>(rule.filters.size()) != rule.channels) {
        return Error{"perception lists " + std::to_string(rule.filters.size()) + " filters, one per channel, for " +
                     std::to_string(rule.channels) + " channels"};
    }
    if (const auto valid = detail::check_gradient(rule); !valid) return valid;
    if (rule.perceived() > max_layer_width) {
        return Error{"a cell perceives " + std::to_string(rule.perceived()) + " values; at most " +
                     std::to_string(max_layer_width) + " are supported"};
    }
    if (!(rule.fire_rate >= 0.0 && rule.fire_rate <= 1.0)) {
        return Error{"fire_rate should be from 0 to 1, found " + number_text(rule.fire_rate)};
    }
    if (!std::isfinite(rule.clamp) || rule.clamp < 0.0) {
        return Error{"clamp should be a positive number, found " + number_text(rule.clamp)};
    }
    if (!std::isfinite(rule.clamp_state) || rule.clamp_state < 0.0) {
        return Error{"clamp_state should be a positive number, found " + number_text(rule.clamp_state)};
    }
    if (rule.clamp > 0.0 && rule.clamp_state > 0.0) return Error{"a rule has clamp or clamp_state, not both"};
    if (const int most = rule.input_kind == InputKind::added ? rule.channels - rule.frozen : max_layer_width;
        rule.input_kind != InputKind::none && (rule.inputs < 1 || rule.inputs > most)) {
        return outside(rule.input_kind == InputKind::added ? "added_inputs" : "perceived_inputs", rule.inputs, 1, most);
    }
    if (rule.noise && !(std::isfinite(*rule.noise) && *rule.noise >= 0.0)) {
        return Error{"noise should not be negative, found " + number_text(*rule.noise)};
    }
    if (rule.lattice == Lattice::hexagonal && rule.dimensions != 2) {
        return Error{"a hexagonal lattice has two dimensions"};
    }
    if (!rule.dead_state.empty()) {
        if (rule.life != LifeKind::alive || rule.life_test != LifeTest::before_and_after) {
            return Error{"dead_state needs a life_channel, tested before and after the update"};
        }
        const int count = static_cast<int>(rule.dead_state.size());
        if (count > rule.channels) return outside("the number of values of dead_state", count, 1, rule.channels);
        if (rule.life_channel < count &&
            !(rule.dead_state[static_cast<std::size_t>(rule.life_channel)] <= rule.life_threshold)) {
            return Error{"dead_state would be alive: its value in the life channel exceeds the threshold"};
        }
    }
    if (rule.life_test != LifeTest::before_and_after && rule.life != LifeKind::alive) {
        return Error{"life_test needs a life_channel"};
    }
    if (rule.life_radius < 1 || rule.life_radius > max_radius) {
        return outside("life_radius", rule.life_radius, 1, max_radius);
    }
    if (rule.life_radius > 1 && (rule.life != LifeKind::alive || rule.lattice == Lattice::hexagonal)) {
        return Error{"life_radius needs a life_channel and a square lattice"};
    }
    if (rule.life == LifeKind::none) return {};
    if (!std::isfinite(rule.life_threshold) || rule.life_threshold <= 0.0) {
        return Error{"life_threshold should be a positive number, found " + number_text(rule.life_threshold)};
    }
    if (rule.life == LifeKind::alive) {
        if (rule.frozen > 0) {
            return Error{
                "a life_channel clears dead cells, which frozen channels must survive: use given_life_channel"};
        }
        if (rule.life_channel < 0 || rule.life_channel >= rule.channels) {
            return outside("life_channel", rule.life_channel, 0, rule.channels - 1);
        }
        return {};
    }
    if (rule.life_channel >= 0 && rule.life_channel < rule.frozen) return {};
    return Error{"given_life_channel should be a frozen channel, found " + std::to_string(rule.life_channel) +
                 " with " + std::to_string(rule.frozen) + " frozen"};
}

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CELL_RULE_DESCRIPTION_HPP
