// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_HEALTH_HPP
#define NCA_SYSTEMS_GROWING_HEALTH_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>
#include <nca/core/fields.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/growing/cuts.hpp>
#include <nca/systems/growing/metrics.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

/// Whether a creature grows, persists and regenerates, and how well.
namespace nca::inline NCA_ABI::growing {

/// What becomes of a creature, in words. The first that holds, in this order, is the verdict; the errors are fractions
/// of the target's energy.
enum class Verdict {
    overflows,         ///< an error is not finite
    dies,              ///< less than a tenth of the target's cells at step 1,000
    grows_without_end, ///< twice the target's cells there, or more than half of the room around the target
    blurred,           ///< an error above blurred_error at step 200
    unstable,          ///< an error above unstable_error at step 1,000 or 10,000
    persists,          ///< an error above regenerated_error 200 steps after the cut that it heals worst
    regenerates        ///< none of these
};
[[nodiscard]] constexpr std::string_view name_of(Verdict verdict) noexcept {
    constexpr std::array<std::string_view, 7> names{"overflows", "dies",     "grows without end", "blurred",
                                                    "unstable",  "persists", "regenerates"};
    return names[static_cast<std::size_t>(verdict)];
}

/// The fractions of the target's energy that tell one Verdict from another.
inline constexpr double blurred_error = 0.15;
inline constexpr double unstable_error = 0.15;
inline constexpr double regenerated_error = 0.25;

/// How a creature does, as means over runs. Errors are those of ColourLoss.
struct Health {
    Verdict verdict = Verdict::dies;
    double energy = 0.0;          ///< the error of an empty grid: the mean square of the target
    double error_96 = 0.0;        ///< the error at step 96
    double error_200 = 0.0;       ///< at step 200
    double error_1000 = 0.0;      ///< at step 1,000
    double error_10000 = 0.0;     ///< at step 10,000
    double recovery = 0.0;        ///< the error at step 400 of creatures that were cut at step 200, mean of all places
    double recovery_worst = 0.0;  ///< of the worst place
    double recovery_middle = 0.0; ///< of the middle
    double cells = 0.0;           ///< visible cells at step 1,000 over those of the target
    double room = 0.0;            ///< cells of the grid over visible cells of the target

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using H = Health;
        visit(field("verdict", &H::verdict, "What becomes of it"));
        visit(field("energy", &H::energy, "Error of an empty grid"));
        visit(field("error_96", &H::error_96, "Error at step 96"));
        visit(field("error_200", &H::error_200, "Error at step 200"));
        visit(field("error_1000", &H::error_1000, "Error at step 1,000"));
        visit(field("error_10000", &H::error_10000, "Error at step 10,000"));
        visit(field("recovery", &H::recovery, "Error 200 steps after a cut, mean of all places"));
        visit(field("recovery_worst", &H::recovery_worst, "Error 200 steps after the worst cut"));
        visit(field("recovery_middle", &H::recovery_middle, "Error 200 steps after a cut in the middle"));
        visit(field("cells", &H::cells, "Visible cells at step 1,000 over those of the target"));
        visit(field("room", &H::room, "Cells of the grid over visible cells of the target"));
    }
};

/// The verdict on these numbers.
[[nodiscard]] inline Verdict judge(const Health& health) noexcept {
    const auto exceeds = [&](double error, double fraction) { return error > fraction * health.energy; };
    for (const double error :
         {health.error_96, health.error_200, health.error_1000, health.error_10000, health.recovery}) {
        if (!std::isfinite(error)) return Verdict::overflows;
    }
    if (health.cells < 0.1) return Verdict::dies;
    if (health.cells > std::min(2.0, (1.0 + health.room) / 2.0)) return Verdict::grows_without_end;
    if (exceeds(health.error_200, blurred_error)) return Verdict::blurred;
    if (exceeds(std::max(health.error_1000, health.error_10000), unstable_error)) return Verdict::unstable;
    if (exceeds(health.recovery_worst, regenerated_error)) return Verdict::persists;
    return Verdict::regenerates;
}

/// How the health of a creature is measured.
struct HealthOptions {
    int seeds = 4;       ///< runs, with the seeds 1, 2, ...
    int drift_seeds = 2; ///< those of the runs, from the first, that go on to step 10,000
};

} // namespace nca::inline NCA_ABI::growing

namespace nca::inline NCA_ABI::growing::inline NCA_ISA {

namespace isa_detail {

template <class R, int... Axis>
Simulation<R, (Axis >= 0 ? Dynamic : 0)...> world_of(std::integer_sequence<int, Axis...>);
template <class R>
using World = decltype(world_of<R>(std::make_integer_sequence<int, R::rank>{}));

/// What a creature looks like at a step.
struct Look {
    double error = 0.0;
    double visible = 0.0;
};
template <class R>
[[nodiscard]] Look look_at(const World<R>& world, const ColourLoss<R>& loss) {
    const SparseState<typename R::Value> cells = world.snapshot().cells;
    Look look{loss(cells)};
    for (int i = 0; i < cells.count(); ++i) {
        if (is_visible(cells.values.data() + static_cast<std::ptrdiff_t>(i) * world.channels())) ++look.visible;
    }
    return look;
}

template <class Of>
[[nodiscard]] double mean_of(int count, Of&& of) {
    double total = 0.0;
    for (int i = 0; i < count; ++i) total += of(static_cast<std::size_t>(i));
    return total / count;
}

} // namespace isa_detail

/// Grows creatures from the middle of their target's grid, and tells how they do; does not depend on the executor. With
/// the default options that of a lizard takes a few seconds. Allocates. Precondition: 0 < drift_seeds <= seeds.
template <class R>
[[nodiscard]] NCA_COLD Health health(const R& rule, const StepOptions<R>& step, const Target<R>& target,
                                     const ExecutorRef& executor, const HealthOptions& options = {}) {
    NCA_ASSERT(0 < options.drift_seeds && options.drift_seeds <= options.seeds, "nca::growing::health: seeds");
    using World = isa_detail::World<R>;
    using isa_detail::Look;
    using isa_detail::mean_of;
    constexpr int grown = 200;
    constexpr int places = Cuts<R>::places;
    const ColourLoss<R> loss{target};
    const Cuts<R> cuts = cuts_of<R>(target);
    const auto seeds = static_cast<std::size_t>(options.seeds);
    const auto world = [&](std::uint64_t seed) {
        World made{borrow(rule), target.extents(), seed};
        made.set_options(step);
        return made;
    };

    std::vector<Look> early(seeds);
    std::vector<Snapshot<R>> starts(seeds);
    executor.run(options.seeds, [&](int run) {
        const auto at = static_cast<std::size_t>(run);
        World creature = world(static_cast<std::uint64_t>(run) + 1);
        auto middle = target.extents().sizes();
        std::reverse(middle.begin(), middle.end());
        std::apply([&](auto... size) { creature.plant(size / 2 ...); }, middle);
        creature.step(96);
        early[at] = isa_detail::look_at<R>(creature, loss);
        creature.step(grown - 96);
        creature.snapshot(starts[at]);
    });

    std::vector<Look> late(seeds);
    std::vector<Look> drifted(static_cast<std::size_t>(options.drift_seeds));
    std::vector<double> healed(seeds * static_cast<std::size_t>(places));
    // The long runs first, so that none is left to the end.
    executor.run(options.seeds * (places + 1), [&](int job) {
        World creature = world(1);
        const bool cut = job >= options.seeds;
        const int run = cut ? (job - options.seeds) / places : job;
        const auto at = static_cast<std::size_t>(run);
        static_cast<void>(creature.restore(starts[at]));
        if (cut) {
            const int place = (job - options.seeds) % places;
            std::apply([&](auto... x) { creature.erase(cuts.radius, x...); }, cuts.centre(place));
            creature.step(200);
            healed[static_cast<std::size_t>(place) * seeds + at] = loss(creature.snapshot().cells);
            return;
        }
        creature.step(1'000 - grown);
        late[at] = isa_detail::look_at<R>(creature, loss);
        if (run >= options.drift_seeds) return;
        creature.step(10'000 - 1'000);
        drifted[at] = isa_detail::look_at<R>(creature, loss);
    });

    Health health;
    const double wanted = std::max(visible_cells<R>(target).count(), 1);
    health.energy = loss({});
    health.error_96 = mean_of(options.seeds, [&](std::size_t i) { return early[i].error; });
    health.error_200 = mean_of(options.seeds, [&](std::size_t i) { return loss(starts[i].cells); });
    health.error_1000 = mean_of(options.seeds, [&](std::size_t i) { return late[i].error; });
    health.error_10000 = mean_of(options.drift_seeds, [&](std::size_t i) { return drifted[i].error; });
    health.cells = mean_of(options.seeds, [&](std::size_t i) { return late[i].visible; }) / wanted;
    health.room = target.extents().cells() / wanted;
    for (int place = 0; place < places; ++place) {
        const double error =
            mean_of(options.seeds, [&](std::size_t i) { return healed[static_cast<std::size_t>(place) * seeds + i]; });
        health.recovery += error / places;
        health.recovery_worst = std::max(health.recovery_worst, error);
        if (place == Cuts<R>::middle) health.recovery_middle = error;
    }
    health.verdict = judge(health);
    return health;
}

} // namespace nca::inline NCA_ABI::growing::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_HEALTH_HPP
