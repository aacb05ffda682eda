// SPDX-License-Identifier: Apache-2.0
#include "any_world.hpp"

#include <nca/systems/growing/placement.hpp>
#include <nca/systems/isotropic/seeds.hpp>

#include "blocks.hpp"
#include "hexagons.hpp"

#include <algorithm>
#include <array>
#include <support/render.hpp>

namespace program {

/// In any_world_deterministic.cpp.
std::unique_ptr<nca::AnySimulation> make_deterministic(const nca::RuleDescription& rule,
                                                       std::span<const float> parameters,
                                                       const nca::StepOptions<nca::AnyRule>& options,
                                                       const std::vector<int>& sizes, std::uint64_t seed,
                                                       int concurrency);

const nca::RuleRegistry& rules() {
    static const nca::RuleRegistry registry = [] {
        nca::RuleRegistry known;
        known.add<nca::growing::Rule<>>();
        return known;
    }();
    return registry;
}

nca::AnyModel any_model_in(const ModelFile& file) {
    return require(nca::read_any_model(file.bytes, file.path, rules(), file.published));
}

int parameter_count(const nca::AnyModel& model) {
    return with_rule(model, [](const auto& rule) { return static_cast<int>(rule.architecture().parameter_count()); });
}

bool is_of_any_rule(const ModelFile& file) {
    constexpr std::array any{nca::System::goal_guided, nca::System::isotropic, nca::System::voxel,
                             nca::System::convolutional};
    return file.entry.empty() && (has_own_rule(file) || std::ranges::find(any, kind_of(file).system) != any.end());
}

std::vector<int> extents_of(int dimensions, const nca::StoredMetadata& metadata, const ChosenExtents& chosen) {
    const int usual = dimensions == 3 ? 32 : 72;
    const auto side = [&](const std::optional<int>& given, std::string_view trained) {
        return given.value_or(metadata_number(metadata, trained, usual));
    };
    const int height = side(chosen.height, "training.height");
    const int width = side(chosen.width, "training.width");
    if (dimensions == 1) return {width};
    if (dimensions == 2) {
        require_grid(height, width);
        return {height, width};
    }
    const int depth = side(chosen.depth, "training.depth");
    if (static_cast<long>(depth) * height * width > max_cells) {
        throw Failure{"a grid of " + std::to_string(depth) + " x " + std::to_string(height) + " x " +
                      std::to_string(width) + " cells is too large: at most " + std::to_string(max_cells) +
                      " cells are possible"};
    }
    return {depth, height, width};
}

Extents wanted_extents(int dimensions, const ChosenExtents& chosen) {
    const auto refuse = [&](const char* option) {
        throw Failure{std::string{option} + ": the model has " + std::to_string(dimensions) +
                      (dimensions == 1 ? " dimension" : " dimensions")};
    };
    if (chosen.depth && dimensions < 3) refuse("--depth");
    if (chosen.height && dimensions < 2) refuse("--height");
    if (dimensions == 1) return {chosen.width};
    if (dimensions == 2) return {chosen.height, chosen.width};
    return {chosen.depth, chosen.height, chosen.width};
}

int visible_cells(const std::vector<float>& state, const nca::RuleDescription& rule) {
    int count = 0;
    for (std::size_t i = static_cast<std::size_t>(rule.life_channel); i < state.size();
         i += static_cast<std::size_t>(rule.channels)) {
        count += state[i] > static_cast<float>(rule.life_threshold) ? 1 : 0;
    }
    return count;
}

std::unique_ptr<nca::AnySimulation> make_any_simulation(const nca::AnyModel& model, const std::vector<int>& sizes,
                                                        std::uint64_t seed, const CellWorldOptions& options) {
    if (options.deterministic) {
        return make_deterministic(model.description(), model.parameters(), model.options(), sizes, seed,
                                  options.concurrency);
    }
    return require(model.simulate(sizes, {.seed = seed, .reserve = {.concurrency = options.concurrency}}));
}

void add_goals(const Command& command, std::vector<std::string>& goals) {
    command.add(
        "--goal", goals,
        "K or K@STEP  The goal that all cells are told from the start, or from a step on; repeatable. For models "
        "with goals, which nca info counts");
}

std::vector<GoalChange> parse_goals(const std::vector<std::string>& texts, const nca::Goals& of) {
    std::vector<GoalChange> changes;
    for (const std::string& text : texts) {
        GoalChange change;
        const std::size_t at = text.find('@');
        const bool good = parse_number(text.substr(0, at), 0, std::numeric_limits<int>::max(), change.goal) &&
                          (at == std::string::npos ||
                           parse_number(text.substr(at + 1), 0, std::numeric_limits<long>::max(), change.step));
        if (!good) {
            throw Failure{"--goal: expected a goal K, or K@STEP with a step from 0 on, found " + nca::quote(text, 40)};
        }
        if (const auto goal = of.at(change.goal); !goal) throw Failure{"--goal: " + goal.error().message};
        changes.push_back(change);
    }
    std::ranges::stable_sort(changes, {}, &GoalChange::step);
    return changes;
}

namespace {

/// Plants the structured seed of a training. Ends the program if it does not fit into the grid.
template <class Grid>
void plant_points(Grid& grid, int points, const std::string* radius) {
    nca::isotropic::StructuredSeed seed{.points = points};
    if (radius != nullptr) static_cast<void>(parse_number(*radius, 0.0, 500.0, seed.radius));
    const auto& sizes = grid.extents().sizes();
    if (2.0 * seed.radius >= std::min(sizes[0], sizes[1])) {
        throw Failure{"the seed of the model, " + std::to_string(points) + " points on a circle of radius " +
                      nca::number_text(seed.radius) + ", does not fit into the grid"};
    }
    nca::isotropic::plant_structured_seed(grid.view(), seed);
}

} // namespace

AnyWorld::AnyWorld(const nca::AnyModel& model, const std::vector<Damage>& damages, const std::vector<GoalChange>& goals,
                   const std::vector<int>& sizes, std::uint64_t seed, const CellWorldOptions& options)
    : model_{model}, damages_{&damages}, goals_{&goals}, seed_{seed}, cells_{make_any_simulation(model, sizes, seed,
                                                                                                 options)} {}

void AnyWorld::plant() {
    const nca::RuleDescription& rule = cells_->description();
    const bool alive = rule.life == nca::LifeKind::alive;
    const int points = metadata_number(model_.metadata(), "training.points", 0, 0, 64);
    const bool steered = rule.gradient == nca::GradientKind::by_angle;
    if (rule.dimensions == 2 && (steered || (points > 0 && alive && rule.channels >= 4))) {
        const std::span<const int> sizes = cells_->sizes();
        nca::Grid<float, nca::Dynamic, nca::Dynamic, nca::Dynamic> grid{
            nca::Extents<nca::Dynamic, nca::Dynamic>{{sizes[0], sizes[1]}}, rule.channels};
        if (points > 0) {
            plant_points(grid, points, find_metadata(model_.metadata(), "training.radius"));
        } else if (alive) {
            nca::growing::plant_seed(grid.view(), rule.life_channel);
        }
        if (steered) nca::isotropic::draw_angles(grid.view(), nca::Philox{seed_});
        return cells_->load(grid.values());
    }
    if (!alive) return;
    std::vector<int> middle;
    for (const int size : cells_->sizes()) middle.insert(middle.begin(), size / 2);
    cells_->plant(middle);
}

void AnyWorld::apply_due() {
    for (const Damage& damage : *damages_) {
        if (damage.step == steps()) cells_->erase(damage.radius, damage.at);
    }
    for (const GoalChange& change : *goals_) {
        if (change.step == steps()) require(cells_->set_inputs(require(model_.goals().at(change.goal))));
    }
}

void AnyWorld::step(nca::ThreadPool* threads) {
    if (threads == nullptr) return cells_->step();
    cells_->step(nca::ExecutorRef{*threads});
}

support::Image AnyWorld::image(int side) const {
    const nca::RuleDescription& rule = cells_->description();
    const std::span<const int> sizes = cells_->sizes();
    if (rule.dimensions == 3) return image_of(blocks_of(rule, model_.metadata(), sizes, cells_->state()), side);
    support::Image image{sizes.back(), rule.dimensions == 1 ? 1 : sizes[0]};
    const nca::PixelFormat format{.background = nca::Colour{}};
    const bool digits = votes_for_digits(model_.metadata(), rule.channels);
    const bool drawn =
        digits ? cells_->rgba(image.rgba, format, colours_of(model_.metadata())) : cells_->rgba(image.rgba, format);
    NCA_ASSERT(drawn, "program::AnyWorld: too little memory for the image");
    static_cast<void>(drawn);
    const int scale = support::enlargement(image, side);
    return rule.lattice == nca::Lattice::hexagonal ? hexagons(image, scale) : support::enlarge(image, scale);
}

} // namespace program
