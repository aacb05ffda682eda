// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_VOXEL_EVALUATE_HPP
#define NCA_SYSTEMS_VOXEL_EVALUATE_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>
#include <nca/core/fields.hpp>
#include <nca/core/philox.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/voxel/loss.hpp>
#include <nca/systems/voxel/metrics.hpp>
#include <nca/systems/voxel/rule.hpp>
#include <nca/systems/voxel/target.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nca::inline NCA_ABI::voxel {

/// How a structure compares with its target at a step, as means over runs.
struct Figures {
    double loss = 0.0;       ///< BlockLossParts::total
    double class_loss = 0.0; ///< cross-entropy of the target's solid cells
    double air_loss = 0.0;   ///< of its air
    double iou_loss = 0.0;   ///< Overlap::iou_loss()
    double right = 0.0;      ///< Metrics::right
    double blocks = 0.0;     ///< cells that show a block
    double alive = 0.0;      ///< the share of living cells
    double largest = 0.0;    ///< the largest absolute value of a state

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using F = Figures;
        visit(field("loss", &F::loss, "Block loss"));
        visit(field("class", &F::class_loss, "Cross-entropy of the solid cells of the target"));
        visit(field("air", &F::air_loss, "Cross-entropy of its air"));
        visit(field("iou", &F::iou_loss, "1 - intersection over union of the solid cells"));
        visit(field("right", &F::right, "Share of the solid cells of the target that show the right block"));
        visit(field("blocks", &F::blocks, "Cells that show a block"));
        visit(field("alive", &F::alive, "Share of living cells"));
        visit(field("largest", &F::largest, "Largest absolute value of a state"));
    }
};

/// A ball of cells that become air.
struct Damage {
    int step = 0; ///< after which it happens
    int radius = 0;
};

/// What evaluate() measures.
struct EvaluateOptions {
    std::vector<int> steps{64, 200}; ///< ascending, counted from the seed
    int runs = 4;                    ///< with the seeds 1, 2, ...
    std::optional<Damage> damage{};  ///< about a random cell of the grid, another one in each run
};

} // namespace nca::inline NCA_ABI::voxel

namespace nca::inline NCA_ABI::voxel::inline NCA_ISA {

/// A grid on which a structure grows.
using World = Simulation<AnyRule, Dynamic, Dynamic, Dynamic>;

/// A world of a target's extents with the seed in its middle. Allocates.
[[nodiscard]] NCA_COLD inline World planted(const AnyRule& rule, const Target& target, std::uint64_t seed) {
    const auto [depth, height, width] = target.sizes;
    World world{rule, World::Shape{target.sizes}, seed};
    world.plant(width / 2, height / 2, depth / 2);
    return world;
}

/// Makes air of the cells at a distance of at most `radius` cells from (x, y, z).
NCA_COLD inline void make_air(World& world, int radius, int x, int y, int z) {
    std::vector<float> air(static_cast<std::size_t>(padded(world.channels())));
    world.rule().architecture().write_dead_state(air.data());
    air.resize(static_cast<std::size_t>(world.channels()));
    world.paint(std::sqrt(radius * radius + 0.5), air, x, y, z); // paint() leaves out what lies at the radius
}

/// The share of cells that have a mature cell in their neighbourhood, or are one.
[[nodiscard]] NCA_COLD inline double alive_share(const World::StateGrid& state, const ArchitectureOf<AnyRule>& rule) {
    const auto& sizes = state.extents().sizes();
    const auto channel = static_cast<std::size_t>(rule.life_channel());
    const auto is_mature = [&](int z, int y, int x) {
        return z >= 0 && z < sizes[0] && y >= 0 && y < sizes[1] && x >= 0 && x < sizes[2] &&
               state(z, y, x)[channel] > rule.life_threshold();
    };
    const auto is_alive = [&](int z, int y, int x) {
        for (int n = 0; n < 27; ++n) {
            if (is_mature(z + n / 9 - 1, y + n / 3 % 3 - 1, x + n % 3 - 1)) return true;
        }
        return false;
    };
    int alive = 0;
    for (int z = 0; z < sizes[0]; ++z) {
        for (int y = 0; y < sizes[1]; ++y) {
            for (int x = 0; x < sizes[2]; ++x) alive += is_alive(z, y, x) ? 1 : 0;
        }
    }
    return static_cast<double>(alive) / static_cast<double>(state.extents().cells());
}

/// The figures of a world as it is now. Allocates.
[[nodiscard]] NCA_COLD inline Figures figures_of(const World& world, const Target& target) {
    const auto state = world.state();
    const std::span<const float> values = state.values();
    const BlockLossParts loss = block_loss_sums(values, target.classes, target.blocks).parts();
    const Metrics metrics = metrics_of(values, target.classes, target.blocks);
    Figures figures{loss.total,    loss.class_loss, loss.air_loss,
                    loss.iou_loss, metrics.right,   static_cast<double>(metrics.blocks)};
    figures.alive = alive_share(state, world.rule().architecture());
    for (const float value : values) {
        const double size = std::abs(static_cast<double>(value));
        if (!(size <= figures.largest)) figures.largest = size; // a NaN stays
    }
    return figures;
}

/// The figures at each of the steps, as means over the runs. Where a step is that of the damage, they are of the
/// damaged structure. Does not depend on the executor. Allocates. Preconditions: steps ascend, the target has the
/// classes of the rule, and there is a run.
[[nodiscard]] NCA_COLD inline std::vector<Figures>
evaluate(const AnyRule& rule, const Target& target, const EvaluateOptions& options, const ExecutorRef& executor) {
    NCA_ASSERT(options.runs > 0 && std::is_sorted(options.steps.begin(), options.steps.end()),
               "nca::voxel::evaluate: runs, and steps that ascend");
    std::vector<std::vector<Figures>> all(static_cast<std::size_t>(options.runs));
    executor.run(options.runs, [&](int run) {
        const auto seed = static_cast<std::uint64_t>(run) + 1;
        World world = planted(rule, target, seed);
        const Philox random{seed};
        const auto place = [&](std::uint64_t axis) {
            return static_cast<int>(random.below(axis, static_cast<std::uint32_t>(target.sizes[axis])));
        };
        const auto steps_to = [&](int step) { world.step(std::max(0, step - static_cast<int>(world.steps()))); };
        bool damaged = !options.damage;
        for (const int step : options.steps) {
            if (!damaged && options.damage->step <= step) {
                steps_to(options.damage->step);
                make_air(world, options.damage->radius, place(2), place(1), place(0));
                damaged = true;
            }
            steps_to(step);
            all[static_cast<std::size_t>(run)].push_back(figures_of(world, target));
        }
    });
    std::vector<Figures> means(options.steps.size());
    for (std::size_t s = 0; s < means.size(); ++s) {
        for (auto& figures : all) {
            const Figures& one = figures[s];
            for (double Figures::*const member :
                 {&Figures::loss, &Figures::class_loss, &Figures::air_loss, &Figures::iou_loss, &Figures::right,
                  &Figures::blocks, &Figures::alive, &Figures::largest}) {
                means[s].*member += one.*member / options.runs;
            }
        }
    }
    return means;
}

} // namespace nca::inline NCA_ABI::voxel::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_VOXEL_EVALUATE_HPP
