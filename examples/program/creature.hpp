// SPDX-License-Identifier: Apache-2.0
// Growing creatures, their targets, and attacks on them: adversaries among their cells, matrices that perturb them.
#ifndef NCA_EXAMPLES_PROGRAM_CREATURE_HPP
#define NCA_EXAMPLES_PROGRAM_CREATURE_HPP

#include <nca/core/cell_mask.hpp>
#include <nca/core/fields.hpp>
#include <nca/systems/growing/placement.hpp>

#include "cell_world.hpp"
#include "model_file.hpp"

#include <support/image.hpp>
#include <support/render.hpp>
#include <support/target.hpp>

namespace program {

/// A creature on its grid.
using Creature = CellWorld<Rule>;
using StateGrid = Creature::Grid;

/// --target, --size and --padding; without a size or padding those of the training, or else 40 and 16.
struct TargetOptions {
    std::string target{};
    std::optional<int> size{};
    std::optional<int> padding{};
    nca::growing::Offset<Rule> offset{}; ///< by which the picture is moved from the middle of the grid

    /// With the size, padding and offset of the training of a model.
    [[nodiscard]] TargetOptions as_trained(const nca::StoredMetadata& metadata) const;
};
/// The notes of a creature or attack that was trained with this target.
[[nodiscard]] nca::TextPairs creature_notes(const support::Target& target, const TargetOptions& options);

/// Declares them. `what`: the help of the target.
Option add_target(const Command& command, TargetOptions& options, const std::string& what, int max_size = 1024,
                  int max_padding = 1024);
/// The target. What cannot be read ends the program.
[[nodiscard]] support::Target load_target(const TargetOptions& options);
/// The target with its picture under the seed: says in a line if that moves it, and sets the offset.
[[nodiscard]] support::Target load_target_under_seed(TargetOptions& options);

/// A target as a grid.
[[nodiscard]] nca::Grid<float, 4, nca::Dynamic, nca::Dynamic> grid_of(const support::Target& target);
/// The creature over white, one pixel per cell. Precondition: at least four channels.
template <int Channels>
[[nodiscard]] support::Image image_of(const nca::Grid<float, Channels, nca::Dynamic, nca::Dynamic>& state) {
    return support::over_white(state.values(), state.extents()[0], state.extents()[1], state.channels());
}

/// Ends the program if no creature of the rule can grow into a picture. `path`: where the rule is from.
void require_creature(const nca::RuleDescription& rule, const std::string& path);

/// A disc, or a ball, that is erased before a step.
struct Damage {
    long step = 0;
    std::vector<double> at{}; ///< x, y, z: as many as there are dimensions
    double radius = 0.0;
};
/// Declares --damage.
void add_damage(const Command& command, std::vector<std::string>& damages);
/// Reads marks STEP:X,Y,R, with a coordinate for each dimension. Anything else ends the program.
[[nodiscard]] std::vector<Damage> parse_damages(const std::vector<std::string>& texts, int dimensions = 2);

/// What is done to a creature, and when. Steps count from 0.
struct Attack {
    std::vector<Damage> damages{};
    std::optional<Rule> adversary{};
    double fraction = 0.1;                  ///< of the allowed cells that are adversaries
    std::optional<nca::CellMask> allowed{}; ///< default: all cells of the grid
    Range injected{};
    nca::Perturbation<Rule> perturbation{}; ///< all matrices combined
    std::vector<Range> perturbed{};         ///< empty: never
    nca::PerturbationOrder order = nca::PerturbationOrder::before_step;
};

/// A creature under attack. Without an attack it is the simulation of the rule.
class AttackedCreature {
public:
    /// Rule and attack outlive it. The seed is that of the fire masks and of which cells are adversaries.
    AttackedCreature(const Rule& rule, const Attack& attack, int height, int width, std::uint64_t seed,
                     const CellWorldOptions& options = {});

    [[nodiscard]] Creature& creature() noexcept { return *creature_; }
    [[nodiscard]] long steps() const noexcept { return creature_->steps(); }

    /// A seed in the middle.
    void plant() { creature_->plant(creature_->width() / 2, creature_->height() / 2); }
    /// Erases the discs that are due at the present step.
    void apply_due();
    /// One step, on the threads if there are some.
    void step(nca::ThreadPool* threads = nullptr);

    /// The state [height, width, channels].
    [[nodiscard]] std::vector<float> state() const;
    /// The creature over white, enlarged; its adversaries blink slowly in red, as in the article, or are `plain`.
    [[nodiscard]] support::Image image(bool plain = false) const;

private:
    const Attack* attack_;
    std::uint64_t seed_;
    std::unique_ptr<Creature> creature_;
    bool injected_ = false;
};

/// Reads an adversary; warns on standard error if it was trained against another victim.
[[nodiscard]] Rule load_adversary(const std::string& path, const Rule& victim);
/// Warns on standard error if an attack was trained against another victim: then nothing is known of its effect.
void warn_of_other_victim(const std::string& path, const nca::StoredMetadata& metadata, const std::string& fingerprint);

/// A perturbation and its coefficient.
struct NamedPerturbation {
    std::string name{};
    nca::Perturbation<Rule> matrix{};
    double coefficient = 1.0;
};
/// Declares --perturb.
Option add_perturbations(const Command& command, std::vector<std::string>& texts);
/// Reads perturbations FILE:K or FILE:NAME:K. Whatever is wrong with one ends the program.
[[nodiscard]] std::vector<NamedPerturbation> load_perturbations(const std::vector<std::string>& texts);
[[nodiscard]] nca::Perturbation<Rule> combine(const std::vector<NamedPerturbation>& parts);

/// The cells that may be adversaries if the target lies in the middle of a grid. Ends the program if it is larger.
[[nodiscard]] nca::CellMask allowed_in(const support::Target& target, int height, int width);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_CREATURE_HPP
