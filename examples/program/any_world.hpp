// SPDX-License-Identifier: Apache-2.0
// Models of any rule, and worlds of them: in one to three dimensions, whatever their files describe.
#ifndef NCA_EXAMPLES_PROGRAM_ANY_WORLD_HPP
#define NCA_EXAMPLES_PROGRAM_ANY_WORLD_HPP

#include <nca/core/thread_pool.hpp>
#include <nca/run/any_model.hpp>
#include <nca/systems/read_model.hpp>

#include "cell_world.hpp"
#include "creature.hpp"
#include "film.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <support/image.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace program {

/// The rules whose sizes the program knows at compile time: a line for each in any_world.cpp.
[[nodiscard]] const nca::RuleRegistry& rules();

/// Reads a model of any system and format. A file that is damaged, or holds none, ends the program.
[[nodiscard]] nca::AnyModel any_model_in(const ModelFile& file);

/// Calls visit(rule) with a copy of the rule of a model, of run-time sizes, and returns what it returns.
template <class Visit>
auto with_rule(const nca::AnyModel& model, Visit&& visit) {
    const auto copy = [&]<int Rank>(std::integral_constant<int, Rank>) {
        auto rule = require(nca::DynamicRule<Rank>::from(model.description()));
        std::ranges::copy(model.parameters(), rule.parameters().begin());
        return visit(std::move(rule));
    };
    switch (model.description().dimensions) {
    case 1:
        return copy(std::integral_constant<int, 1>{});
    case 3:
        return copy(std::integral_constant<int, 3>{});
    default:
        return copy(std::integral_constant<int, 2>{});
    }
}
/// The number of parameters of the rule of a model.
[[nodiscard]] int parameter_count(const nca::AnyModel& model);

/// True for a model that only AnyWorld runs: one of its own rule, or of a system after those of the thread.
[[nodiscard]] bool is_of_any_rule(const ModelFile& file);

/// The extents of a grid that the command line gives.
struct ChosenExtents {
    std::optional<int> depth{};
    std::optional<int> height{};
    std::optional<int> width{};
};
/// The extents of the grid of a model, slowest first: as chosen, else as in the training, else 72, in three dimensions
/// 32. Ends the program if the grid is too large.
[[nodiscard]] std::vector<int> extents_of(int dimensions, const nca::StoredMetadata& metadata,
                                          const ChosenExtents& chosen);

/// The extents that were chosen, slowest first. Ends the program if one was that a grid of so many dimensions lacks.
[[nodiscard]] Extents wanted_extents(int dimensions, const ChosenExtents& chosen);

/// The number of mature cells of a state of a rule with an alive mask.
[[nodiscard]] int visible_cells(const std::vector<float>& state, const nca::RuleDescription& rule);

/// A world of cells, all zero, with the same bits on every processor if wanted. Ends the program if the rule has other
/// dimensions.
[[nodiscard]] std::unique_ptr<nca::AnySimulation> make_any_simulation(const nca::AnyModel& model,
                                                                      const std::vector<int>& sizes, std::uint64_t seed,
                                                                      const CellWorldOptions& options = {});

/// From a step on, cells are told another goal.
struct GoalChange {
    int goal = 0;
    long step = 0;
};
/// Declares --goal.
void add_goals(const Command& command, std::vector<std::string>& goals);
/// Reads goals K or K@STEP of a model. Anything else, or a goal that the model does not have, ends the program.
[[nodiscard]] std::vector<GoalChange> parse_goals(const std::vector<std::string>& texts, const nca::Goals& of);

/// What happens to the cells of any rule, and how they look.
class AnyWorld {
public:
    /// Damages and changes of goals outlive it.
    AnyWorld(const nca::AnyModel& model, const std::vector<Damage>& damages, const std::vector<GoalChange>& goals,
             const std::vector<int>& sizes, std::uint64_t seed, const CellWorldOptions& options = {});

    [[nodiscard]] nca::AnySimulation& cells() noexcept { return *cells_; }
    [[nodiscard]] long steps() const noexcept { return static_cast<long>(cells_->steps()); }

    /// A seed in the middle, as in the training, and random angles where cells steer by one; or nothing where the rule
    /// has no seed.
    void plant();
    /// Erases the discs and changes the goal that are due at the present step.
    void apply_due();
    /// One step, on the threads if there are some.
    void step(nca::ThreadPool* threads = nullptr);
    /// The state [extents..., channels].
    [[nodiscard]] std::vector<float> state() const { return cells_->state(); }
    /// The cells, at most about `side` pixels wide and high: blocks in three dimensions, hexagons on their lattice,
    /// else squares in the colours of their system, over white.
    [[nodiscard]] support::Image image(int side = film_side) const;

private:
    nca::AnyModel model_;
    const std::vector<Damage>* damages_;
    const std::vector<GoalChange>* goals_;
    std::uint64_t seed_;
    std::unique_ptr<nca::AnySimulation> cells_;
};

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_ANY_WORLD_HPP
