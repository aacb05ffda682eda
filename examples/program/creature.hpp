// SPDX-License-Identifier: Apache-2.0
// Creatures that may be under attack: adversaries among their cells, matrices that perturb their states.
#ifndef NCA_EXAMPLES_NCA_CREATURE_HPP
#define NCA_EXAMPLES_NCA_CREATURE_HPP

#include <nca/core/cell_mask.hpp>
#include <nca/run/community.hpp>
#include <nca/run/perturb.hpp>

#include "program.hpp"

#include <limits>
#include <optional>
#include <string>
#include <support/target.hpp>
#include <vector>

namespace program {

/// Steps from `first` to `last`, both included, counted from 0.
struct StepRange {
    long first = 0;
    long last = std::numeric_limits<long>::max();

    [[nodiscard]] bool contains(long step) const noexcept { return step >= first && step <= last; }
};
/// Reads A-B, or A for one step. `option` stands in front of the message that ends the program.
[[nodiscard]] StepRange parse_step_range(const std::string& option, const std::string& text);

/// What is done to a creature, and when.
struct Attack {
    std::optional<Rule> adversary{};
    double fraction = 0.1;                  ///< share of the allowed cells that are adversaries
    std::optional<nca::CellMask> allowed{}; ///< without it: all cells of the grid
    StepRange injected{};
    nca::Perturbation<Rule> perturbation{}; ///< all matrices combined
    std::vector<StepRange> perturbed{};     ///< none: never
    nca::PerturbationOrder order = nca::PerturbationOrder::before_step;
};

/// A world with an attack on it. Without one it is the simulation of the rule.
class AttackedWorld {
public:
    /// Rule and attack outlive it. The seed is that of fire masks and of where adversaries stand.
    AttackedWorld(const Rule& rule, const Attack& attack, const Simulation::Shape& extents, std::uint64_t seed,
                  int concurrency = 1);

    [[nodiscard]] Simulation& world() noexcept { return community_.world(); }
    [[nodiscard]] const Simulation& world() const noexcept { return community_.world(); }
    /// The adversaries that work now.
    [[nodiscard]] const nca::CellMask* adversaries() const noexcept {
        return injected_ ? &community_.species().cells(1) : nullptr;
    }

    /// One step on an executor.
    template <class E>
    void step(E&& executor) {
        const long now = static_cast<long>(world().steps());
        place_adversaries(now);
        const auto plain = [&] {
            if (injected_) {
                community_.step(executor);
            } else {
                world().step(executor);
            }
        };
        for (const StepRange& range : attack_->perturbed) {
            if (range.contains(now)) return nca::perturbed_step(world(), attack_->perturbation, attack_->order, plain);
        }
        plain();
    }

private:
    void place_adversaries(long step);

    const Attack* attack_;
    std::uint64_t seed_;
    nca::Community<Rule, nca::Dynamic, nca::Dynamic> community_;
    bool injected_ = false;
};

/// Reads a growing model: ours, or one that was published. A file that is damaged, or of another system, ends the
/// program.
[[nodiscard]] Model load_creature(const std::string& path);
/// The same for an adversary; tells on standard error if its file says that it was trained against another victim.
[[nodiscard]] Rule load_adversary(const std::string& path, const Rule& victim);

/// Tells on standard error if the metadata of an attack say that it was trained against another victim: it may do
/// anything then.
void warn_of_other_victim(const std::string& path, const nca::StoredMetadata& metadata, const std::string& fingerprint);

/// A perturbation and its coefficient.
struct NamedPerturbation {
    std::string name{};
    nca::Perturbation<Rule> matrix{};
    double coefficient = 1.0;
};
/// Reads the perturbation of FILE:K or FILE:NAME:K. Whatever is wrong with it ends the program.
[[nodiscard]] NamedPerturbation load_perturbation(const std::string& text);
/// All combined, as by `nca::combine`.
[[nodiscard]] nca::Perturbation<Rule> combine(const std::vector<NamedPerturbation>& parts);

/// Where adversaries may stand if the target lies in the middle of a grid. Ends the program if it is larger.
[[nodiscard]] nca::CellMask allowed_in(const support::Target& target, const Simulation::Shape& extents);

/// A picture on the grid of its padding, as a target of training.
[[nodiscard]] nca::Grid<float, 4, nca::Dynamic, nca::Dynamic> grid_of(const support::Target& target);

/// The mean squared error of red, green, blue and alpha over the grid of the target.
[[nodiscard]] double error_of(const StateGrid& state, const support::Target& target);

/// The creature over white, one pixel per cell; adversaries blink in red as in the article, slowly.
[[nodiscard]] support::Image picture_of(const AttackedWorld& world);

} // namespace program

#endif // NCA_EXAMPLES_NCA_CREATURE_HPP
