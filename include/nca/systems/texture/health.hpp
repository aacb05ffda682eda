// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_HEALTH_HPP
#define NCA_SYSTEMS_TEXTURE_HEALTH_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>
#include <nca/core/fields.hpp>
#include <nca/core/philox.hpp>
#include <nca/systems/texture/metrics.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// Whether a texture forms, and stays.
namespace nca::inline NCA_ABI::texture {

/// What becomes of a texture, in words. The first that holds, in this order, is the verdict.
enum class Verdict {
    overflows, ///< a loss is not finite
    formless,  ///< at step 500 the loss is less than a quarter below that of the seed
    unstable,  ///< half of what was gained by step 500 is lost later
    persists   ///< none of these
};
[[nodiscard]] constexpr std::string_view name_of(Verdict verdict) noexcept {
    constexpr std::array<std::string_view, 4> names{"overflows", "formless", "unstable", "persists"};
    return names[static_cast<std::size_t>(verdict)];
}

/// How a texture does: its loss, as evaluate() measures it.
struct Health {
    Verdict verdict = Verdict::formless;
    double loss_0 = 0.0;    ///< the loss of the seed
    double loss_500 = 0.0;  ///< the loss at step 500
    double loss_late = 0.0; ///< the loss at late_step
    int late_step = 0;

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using H = Health;
        visit(field("verdict", &H::verdict, "What becomes of it"));
        visit(field("loss_0", &H::loss_0, "Loss of the seed"));
        visit(field("loss_500", &H::loss_500, "Loss at step 500"));
        visit(field("loss_late", &H::loss_late, "Loss at the late step"));
        visit(field("late_step", &H::late_step, "The late step"));
    }
};

/// The verdict on these numbers. Losses may be negative, as those of a channel are.
[[nodiscard]] inline Verdict judge(const Health& health) noexcept {
    if (!std::isfinite(health.loss_500) || !std::isfinite(health.loss_late)) return Verdict::overflows;
    const double gain = health.loss_0 - health.loss_500;
    if (!(gain > 0.25 * std::abs(health.loss_0))) return Verdict::formless;
    return health.loss_0 - health.loss_late < 0.5 * gain ? Verdict::unstable : Verdict::persists;
}

/// How the health of a texture is measured: steps of a grid of 128 x 128 cells are dear.
struct HealthOptions {
    int seeds = 1; ///< runs, with the seeds 1, 2, ...
    int late_step = 5'000;
};

} // namespace nca::inline NCA_ABI::texture

namespace nca::inline NCA_ABI::texture::inline NCA_ISA {

/// Forms textures on a square grid of the loss's size, one after the other, and tells how they do; does not depend on
/// the executor. Draws the loss's random numbers anew. Precondition: late_step >= 500.
template <class R>
[[nodiscard]] Health health(const R& rule, ImageLoss& loss, const ExecutorRef& executor,
                            const HealthOptions& options = {}) {
    constexpr int formed = 500;
    NCA_ASSERT(options.seeds > 0 && options.late_step >= formed, "nca::texture::health: seeds and steps");
    loss.draw(Philox{1}, executor);
    const auto scratch = loss.make_scratch();
    Health health{.late_step = options.late_step};
    for (int run = 0; run < options.seeds; ++run) {
        auto world = seeded_world(rule, loss.height(), static_cast<std::uint64_t>(run) + 1, executor.concurrency());
        const auto share = [&] { return loss.evaluate(image_of<R>(world), {}, *scratch) / options.seeds; };
        health.loss_0 += share();
        world.step(formed, executor);
        health.loss_500 += share();
        world.step(options.late_step - formed, executor);
        health.loss_late += share();
    }
    health.verdict = judge(health);
    return health;
}

} // namespace nca::inline NCA_ABI::texture::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_HEALTH_HPP
