// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_SELECTION_HPP
#define NCA_SYSTEMS_TEXTURE_SELECTION_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>
#include <nca/core/philox.hpp>
#include <nca/systems/texture/image_loss.hpp>
#include <nca/systems/texture/metrics.hpp>

#include <cstdint>
#include <limits>

namespace nca::inline NCA_ABI::texture::inline NCA_ISA {

/// Of the rules that a training passes through, the one that does best in the long run (muNCA, notebook: every 64
/// iterations the loss after 3,000 steps from a fresh seed). The loss and what the executor refers to outlive it.
template <class R>
class Selection {
public:
    Selection(ImageLoss& loss, int steps, ExecutorRef executor) : loss_{&loss}, steps_{steps}, executor_{executor} {}

    /// Whether anything was kept: a rule whose loss is finite.
    [[nodiscard]] bool has_rule() const noexcept { return value_ < std::numeric_limits<double>::infinity(); }
    [[nodiscard]] const R& rule() const noexcept { return rule_; }
    /// Its loss in the long run, and the iterations it had trained for.
    [[nodiscard]] double loss() const noexcept { return value_; }
    [[nodiscard]] std::int64_t iteration() const noexcept { return iteration_; }

    /// Lets a texture form from a seed of this iteration, and keeps the rule if its loss is the least so far. Returns
    /// whether it does. Draws the loss's random numbers anew.
    bool offer(const R& rule, std::int64_t iteration) {
        loss_->draw(Philox{1}, executor_); // the same for all
        auto world =
            seeded_world(rule, loss_->height(), static_cast<std::uint64_t>(iteration), executor_.concurrency());
        world.step(steps_, executor_);
        const auto scratch = loss_->make_scratch();
        const double value = loss_->evaluate(image_of<R>(world), {}, *scratch);
        if (!(value < value_)) return false;
        restore(rule, value, iteration);
        return true;
    }
    /// Continues with what an earlier run of the same training kept.
    void restore(const R& rule, double loss, std::int64_t iteration) {
        rule_ = rule;
        value_ = loss;
        iteration_ = iteration;
    }

private:
    ImageLoss* loss_;
    int steps_;
    ExecutorRef executor_;
    R rule_{};
    double value_ = std::numeric_limits<double>::infinity();
    std::int64_t iteration_ = 0;
};

} // namespace nca::inline NCA_ABI::texture::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_SELECTION_HPP
