// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CELL_SPELLING_HPP
#define NCA_CELL_SPELLING_HPP

#include <nca/cell/rule.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

/// The type of a rule as C++ text, for generated code.
namespace nca {

namespace detail {

/// How a policy or a filter is written; an empty text for a type that is not the library's.
template <class P>
struct Spelling {
    [[nodiscard]] static std::string get() { return {}; }
};

template <>
struct Spelling<Identity> {
    [[nodiscard]] static std::string get() { return "nca::Identity"; }
};
template <>
struct Spelling<SobelX> {
    [[nodiscard]] static std::string get() { return "nca::SobelX"; }
};
template <>
struct Spelling<SobelY> {
    [[nodiscard]] static std::string get() { return "nca::SobelY"; }
};
template <>
struct Spelling<SobelZ> {
    [[nodiscard]] static std::string get() { return "nca::SobelZ"; }
};
template <>
struct Spelling<Laplacian> {
    [[nodiscard]] static std::string get() { return "nca::Laplacian"; }
};
template <>
struct Spelling<HexSobelX> {
    [[nodiscard]] static std::string get() { return "nca::HexSobelX"; }
};
template <>
struct Spelling<HexSobelY> {
    [[nodiscard]] static std::string get() { return "nca::HexSobelY"; }
};
template <>
struct Spelling<HexLaplacian> {
    [[nodiscard]] static std::string get() { return "nca::HexLaplacian"; }
};
template <int Factor, class Filter>
struct Spelling<Times<Factor, Filter>> {
    [[nodiscard]] static std::string get() {
        const std::string filter = Spelling<Filter>::get();
        return filter.empty() ? filter : "nca::Times<" + std::to_string(Factor) + ", " + filter + ">";
    }
};
template <>
struct Spelling<LearnedPerception> {
    [[nodiscard]] static std::string get() { return "nca::LearnedPerception"; }
};
template <>
struct Spelling<Zero> {
    [[nodiscard]] static std::string get() { return "nca::Zero"; }
};
template <>
struct Spelling<Torus> {
    [[nodiscard]] static std::string get() { return "nca::Torus"; }
};
template <>
struct Spelling<Replicate> {
    [[nodiscard]] static std::string get() { return "nca::Replicate"; }
};
template <>
struct Spelling<Reflect> {
    [[nodiscard]] static std::string get() { return "nca::Reflect"; }
};
template <>
struct Spelling<NoLife> {
    [[nodiscard]] static std::string get() { return "nca::NoLife"; }
};
template <>
struct Spelling<NoClamp> {
    [[nodiscard]] static std::string get() { return "nca::NoClamp"; }
};
template <>
struct Spelling<Linear> {
    [[nodiscard]] static std::string get() { return "nca::Linear"; }
};
template <int Numerator, int Denominator>
struct Spelling<Clamp<Numerator, Denominator>> {
    [[nodiscard]] static std::string get() {
        const std::string below = Denominator == 1 ? "" : ", " + std::to_string(Denominator);
        return "nca::Clamp<" + std::to_string(Numerator) + below + ">";
    }
};
template <>
struct Spelling<NoNoise> {
    [[nodiscard]] static std::string get() { return "nca::NoNoise"; }
};
template <int N>
struct Spelling<Frozen<N>> {
    [[nodiscard]] static std::string get() { return "nca::Frozen<" + std::to_string(N) + ">"; }
};
template <int Numerator, int Denominator>
struct Spelling<Noise<Numerator, Denominator>> {
    [[nodiscard]] static std::string get() {
        return "nca::Noise<" + std::to_string(Numerator) + ", " + std::to_string(Denominator) + ">";
    }
};
template <int N>
struct Spelling<Channels<N>> {
    [[nodiscard]] static std::string get() { return "nca::Channels<" + std::to_string(N) + ">"; }
};
template <int D>
struct Spelling<Dimensions<D>> {
    [[nodiscard]] static std::string get() { return "nca::Dimensions<" + std::to_string(D) + ">"; }
};
template <class T>
struct Spelling<Scalar<T>> {
    [[nodiscard]] static std::string get() {
        return std::is_same_v<T, float> ? "nca::Scalar<float>" : "nca::Scalar<double>";
    }
};
template <int First, int... More>
struct Spelling<Mlp<First, More...>> {
    [[nodiscard]] static std::string get() {
        std::string text = "nca::Mlp<" + std::to_string(First);
        ((text += ", " + std::to_string(More)), ...);
        return text + ">";
    }
};
template <int Numerator, int Denominator>
struct Spelling<FireRate<Numerator, Denominator>> {
    [[nodiscard]] static std::string get() {
        return "nca::FireRate<" + std::to_string(Numerator) + ", " + std::to_string(Denominator) + ">";
    }
};
template <int Channel, int Numerator, int Denominator>
struct Spelling<Alive<Channel, Numerator, Denominator>> {
    [[nodiscard]] static std::string get() {
        std::string text = "nca::Alive<" + std::to_string(Channel);
        if (Numerator != 1 || Denominator != 10) {
            text += ", " + std::to_string(Numerator) + ", " + std::to_string(Denominator);
        }
        return text + ">";
    }
};
template <int Channel, int Numerator, int Denominator>
struct Spelling<AliveWhere<Channel, Numerator, Denominator>> {
    [[nodiscard]] static std::string get() {
        std::string text = "nca::AliveWhere<" + std::to_string(Channel);
        if (Numerator != 1 || Denominator != 10) {
            text += ", " + std::to_string(Numerator) + ", " + std::to_string(Denominator);
        }
        return text + ">";
    }
};
template <class... Filters>
[[nodiscard]] std::string spell_filters(const std::string& policy) {
    std::string text;
    for (const std::string& name : {Spelling<Filters>::get()...}) {
        if (name.empty()) return {};
        text += (text.empty() ? policy + "<" : ", ") + name;
    }
    return text + ">";
}
template <class First, class... More>
struct Spelling<Perception<First, More...>> {
    [[nodiscard]] static std::string get() { return spell_filters<First, More...>("nca::Perception"); }
};
template <class First, class... More>
struct Spelling<FilterPerChannel<First, More...>> {
    [[nodiscard]] static std::string get() { return spell_filters<First, More...>("nca::FilterPerChannel"); }
};

template <class R>
struct RuleSpelling;
template <class... Policies>
struct RuleSpelling<Rule<Policies...>> {
    [[nodiscard]] static std::vector<std::string> policies() { return {Spelling<Policies>::get()...}; }
};

} // namespace detail

/// The type of a rule as C++ text, policy by policy in the order of the type, so that the text names this very type;
/// empty if it has a perception filter that is not the library's. `indent`: the column of the first policy, at which
/// further lines start when one would grow beyond 120 columns. Allocates.
template <class R>
[[nodiscard]] std::string spelling_of(std::size_t indent = 0) {
    std::string text = "nca::Rule<";
    std::size_t column = indent;
    for (const std::string& policy : detail::RuleSpelling<R>::policies()) {
        if (policy.empty()) return {};
        if (column > indent && column + policy.size() + 4 > 120) {
            text += ",\n" + std::string(indent, ' ');
            column = indent;
        } else if (column > indent) {
            text += ", ";
        }
        text += policy;
        column += policy.size() + 2;
    }
    return text + ">";
}

} // namespace nca

#endif // NCA_CELL_SPELLING_HPP
