// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GOAL_GUIDED_GUIDED_RULE_HPP
#define NCA_SYSTEMS_GOAL_GUIDED_GUIDED_RULE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/architecture.hpp>
#include <nca/cell/rule.hpp>
#include <nca/core/memory.hpp>
#include <nca/core/philox.hpp>
#include <nca/systems/goal_guided/encoder.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/gradient.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nca::inline NCA_ABI::goal_guided {

/// The sizes of an encoder, and where its numbers lie in a block that holds the parameters of a rule first: embedding
/// [goals, width], weights [width, width] and biases [width] of a layer with ReLU, weights [width, codes].
struct EncoderLayout {
    int goals = 0;
    int width = 32;
    int codes = 0;
    std::size_t first = 0; ///< where the encoder begins

    /// The sizes of its tensors, in this order.
    [[nodiscard]] constexpr std::array<std::size_t, 4> sizes() const noexcept {
        const auto g = static_cast<std::size_t>(goals);
        const auto w = static_cast<std::size_t>(width);
        return {g * w, w * w, w, w * static_cast<std::size_t>(codes)};
    }
    /// Where a tensor begins; that of number 4 would be the end of the block.
    [[nodiscard]] constexpr std::size_t offset(std::size_t tensor) const noexcept {
        std::size_t at = first;
        for (std::size_t t = 0; t < tensor; ++t) at += sizes()[t];
        return at;
    }
};

/// A rule and the encoder of its goals, which train together. Copies are deep.
class GuidedRule {
public:
    using Value = float;

    /// Of no parameters: it can only be assigned to.
    GuidedRule() = default;
    /// All parameters zero. Precondition: the rule has inputs. Allocates.
    GuidedRule(const ArchitectureOf<AnyRule>& network, int goals, int width = 32)
        : network_{network}, layout_{goals, width, network.inputs(), network.block_size()}, block_(layout_.offset(4)) {}

    [[nodiscard]] const ArchitectureOf<AnyRule>& network() const noexcept { return network_; }
    [[nodiscard]] const EncoderLayout& layout() const noexcept { return layout_; }
    /// The parameters of the rule, as AnyRule lays them out, then those of the encoder.
    [[nodiscard]] std::span<float> parameters() noexcept { return {block_.data(), block_.size()}; }
    [[nodiscard]] std::span<const float> parameters() const noexcept { return {block_.data(), block_.size()}; }

    /// A copy of the rule. Allocates.
    [[nodiscard]] AnyRule rule() const {
        AnyRule rule{network_};
        std::copy_n(block_.begin(), layout_.first, rule.parameters().begin());
        return rule;
    }
    /// Replaces the rule. Precondition: it has this architecture.
    void set_rule(const AnyRule& rule) {
        std::copy(rule.parameters().begin(), rule.parameters().end(), block_.begin());
    }
    /// A copy of the encoder. Allocates.
    [[nodiscard]] Encoder encoder() const {
        const auto part = [&](std::size_t tensor) {
            return std::vector<float>(block_.begin() + layout_.offset(tensor),
                                      block_.begin() + layout_.offset(tensor + 1));
        };
        const auto width = static_cast<std::size_t>(layout_.width);
        const auto codes = static_cast<std::size_t>(layout_.codes);
        Encoder encoder{width, part(0), {}};
        encoder.layers.push_back({width, width, part(1), part(2)});
        encoder.layers.push_back({width, codes, part(3), std::vector<float>(codes)});
        return encoder;
    }

    /// First parameters as PyTorch draws them: the embedding normal, weights uniform in +-1 / sqrt(inputs), and biases
    /// of the encoder likewise; biases of the rule zero.
    void initialise(const Philox& random) {
        AnyRule rule{network_};
        rule.initialise(random);
        std::uint64_t index = 0;
        const Philox stream = random.split(100);
        const auto uniform = [&](double inputs) {
            return static_cast<float>((2.0 * stream.uniform(index++) - 1.0) / std::sqrt(inputs));
        };
        visit_parameters(rule, [&](float& value, int l, int input, int /*output*/) {
            const int inputs = network_.layer(l).inputs;
            if (input < inputs) value = uniform(inputs);
        });
        set_rule(rule);
        for (std::size_t i = layout_.offset(0); i < layout_.offset(1); ++i) {
            block_[i] = static_cast<float>(random.split(101).normal(i));
        }
        for (std::size_t i = layout_.offset(1); i < layout_.offset(4); ++i) block_[i] = uniform(layout_.width);
    }
    /// Scales every tensor of a gradient to length 1.
    static void normalise(std::span<float> gradient, const ArchitectureOf<AnyRule>& network,
                          const EncoderLayout& layout) noexcept {
        normalise_variables<AnyRule>(gradient.first(layout.first), network);
        for (std::size_t t = 0; t < 4; ++t) nca::normalise(gradient.subspan(layout.offset(t), layout.sizes()[t]));
    }

private:
    ArchitectureOf<AnyRule> network_{};
    EncoderLayout layout_{};
    AlignedArray<float> block_{};
};

namespace ops {

/// The code of a goal from a parameter block: W2 relu(W1 E[goal] + b1).
struct EncodeGoal {
    EncoderLayout layout;
    int goal;

    static constexpr const char* name = "encode goal";

    /// Writes embedding-wide hidden values, and the code.
    void forward(std::span<const float> block, float* hidden, float* code) const noexcept {
        const auto width = static_cast<std::size_t>(layout.width);
        const auto codes = static_cast<std::size_t>(layout.codes);
        const float* const e = block.data() + layout.offset(0) + static_cast<std::size_t>(goal) * width;
        const float* const w1 = block.data() + layout.offset(1);
        const float* const w2 = block.data() + layout.offset(3);
        std::copy_n(block.data() + layout.offset(2), width, hidden);
        for (std::size_t i = 0; i < width; ++i) {
            for (std::size_t o = 0; o < width; ++o) hidden[o] += e[i] * w1[i * width + o];
        }
        std::fill_n(code, codes, 0.0F);
        for (std::size_t i = 0; i < width; ++i) {
            hidden[i] = std::max(hidden[i], 0.0F);
            for (std::size_t o = 0; o < codes; ++o) code[o] += hidden[i] * w2[i * codes + o];
        }
    }

    static void pullback(const Pullback<float>& at) {
        const auto& saved = at.saved<EncodeGoal>();
        const EncoderLayout& layout = saved.layout;
        const std::span<const float> block = at.input(0);
        const std::span<float> g = at.input_adjoint(0);
        const auto width = static_cast<std::size_t>(layout.width);
        const auto codes = static_cast<std::size_t>(layout.codes);
        std::vector<float> hidden(width);
        std::vector<float> code(codes);
        saved.forward(block, hidden.data(), code.data());
        const std::size_t e = layout.offset(0) + static_cast<std::size_t>(saved.goal) * width;
        for (std::size_t i = 0; i < width; ++i) {
            if (hidden[i] == 0.0F) continue;
            float adjoint = 0.0F;
            for (std::size_t o = 0; o < codes; ++o) {
                const std::size_t w = layout.offset(3) + i * codes + o;
                g[w] += hidden[i] * at.adjoint()[o];
                adjoint += block[w] * at.adjoint()[o];
            }
            g[layout.offset(2) + i] += adjoint;
            for (std::size_t k = 0; k < width; ++k) {
                const std::size_t w = layout.offset(1) + k * width + i;
                g[w] += block[e + k] * adjoint;
                g[e + k] += block[w] * adjoint;
            }
        }
    }
};

} // namespace ops

/// The code of a goal, [codes], from the parameters of a GuidedRule on a tape.
[[nodiscard]] inline BasicVar<float> encode_goal(const BasicVar<float>& parameters, const EncoderLayout& layout,
                                                 int goal) {
    NCA_ASSERT(goal >= 0 && goal < layout.goals, "nca::goal_guided: no such goal");
    const ops::EncodeGoal op{layout, goal};
    const BasicVar<float> code =
        parameters.tape().record<ops::EncodeGoal, ops::EncodeGoal>(Shape{layout.codes}, {parameters}, op);
    std::vector<float> hidden(static_cast<std::size_t>(layout.width));
    op.forward(parameters.value(), hidden.data(), code.value().data());
    return code;
}

} // namespace nca::inline NCA_ABI::goal_guided

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GOAL_GUIDED_GUIDED_RULE_HPP
