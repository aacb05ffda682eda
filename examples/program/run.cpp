// SPDX-License-Identifier: Apache-2.0
#include <nca/systems/isotropic/seeds.hpp>

#include "command.hpp"
#include "creature.hpp"
#include "film.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace program {

namespace {

struct RunOptions {
    std::string model{};
    std::optional<int> height{};
    std::optional<int> width{};
    std::string state{};
    long steps = 200;
    std::uint64_t seed = 1;
    std::optional<double> fire_rate{};
    double step_size = 1.0;
    double degrees = 0.0;
    std::string boundary{};
    int threads = 0;
    bool deterministic = false;
    std::vector<std::string> damages{};
    std::string adversary{};
    double fraction = 0.1;
    std::string adversary_steps{};
    std::string target{};
    std::optional<int> size{};
    std::vector<std::string> perturbations{};
    std::vector<std::string> perturb_steps{};
    std::string perturb_order = "before";
    bool plain = false;
    FilmOptions film{};
};

const std::vector<std::string> boundaries{"zero", "torus", "replicate", "reflect"}; // in the order of nca::Boundary

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

/// The state to start from: that of a file, or the seed, if the rule has one, on a grid of the wanted size.
template <class R>
typename CellWorld<R>::Grid first_state(const RunOptions& options, const nca::Model<R>& model) {
    using Grid = typename CellWorld<R>::Grid;
    using Shape = nca::Extents<nca::Dynamic, nca::Dynamic>;
    const nca::ArchitectureOf<R>& rule = model.rule.architecture();
    if (options.state.empty()) {
        const int height = options.height.value_or(metadata_number(model.metadata, "training.height", 72));
        const int width = options.width.value_or(metadata_number(model.metadata, "training.width", 72));
        require_grid(height, width);
        Grid grid{Shape{{height, width}}, rule.channels()};
        const int points = metadata_number(model.metadata, "training.points", 0, 0, 64);
        if (points > 0 && rule.has_life() && rule.channels() >= 4) {
            plant_points(grid, points, find_metadata(model.metadata, "training.radius"));
        } else if (rule.has_life()) {
            nca::growing::plant_seed(grid.view(), rule.life_channel());
        }
        if (rule.keeps_angle()) nca::isotropic::draw_angles(grid.view(), nca::Philox{options.seed});
        return grid;
    }
    const State state = read_state(options.state, rule.channels(), options.height, options.width);
    Grid grid{Shape{{state.height, state.width}}, rule.channels()};
    std::copy(state.values.begin(), state.values.end(), grid.values().begin());
    return grid;
}

Range parse_steps(const std::string& option, const std::string& text) {
    const std::optional<Range> range = parse_range(text, std::numeric_limits<long>::max());
    if (range) return *range;
    throw Failure{option + ": expected steps A-B, both included and counted from 0, found '" + text.substr(0, 40) +
                  "'"};
}

Attack attack_of(const RunOptions& options, const Model& victim, int height, int width) {
    Attack attack;
    if (!options.adversary.empty()) {
        attack.adversary = load_adversary(options.adversary, victim.rule);
        attack.fraction = options.fraction;
        if (!options.adversary_steps.empty()) {
            attack.injected = parse_steps("--adversary-steps", options.adversary_steps);
        }
        if (!options.target.empty()) {
            const TargetOptions target{options.target, options.size, 0};
            attack.allowed = allowed_in(load_target(target.as_trained(victim.metadata)), height, width);
        }
    }
    if (!options.perturbations.empty()) {
        attack.perturbation = combine(load_perturbations(options.perturbations));
        for (const std::string& text : options.perturb_steps) {
            attack.perturbed.push_back(parse_steps("--perturb-steps", text));
        }
        if (attack.perturbed.empty()) attack.perturbed.push_back({});
        if (options.perturb_order == "after") attack.order = nca::PerturbationOrder::after_step;
    }
    return attack;
}

/// The mature cells of a rule with an alive mask.
template <class Grid, class Architecture>
int visible_cells(const Grid& state, const Architecture& rule) {
    int count = 0;
    for (int i = 0; i < state.extents().cells(); ++i) {
        count += state.view().cell(i)[static_cast<std::size_t>(rule.life_channel())] > rule.life_threshold() ? 1 : 0;
    }
    return count;
}

/// Runs a model, prints what became of it, and `more`. make(threads) is an AttackedCreature or AnyCreature.
template <class R, class Make>
void run_model(const RunOptions& options, const nca::Model<R>& model, const typename CellWorld<R>::Grid& start,
               nca::Json more, Make&& make) {
    const nca::ArchitectureOf<R>& rule = model.rule.architecture();
    const int height = start.extents()[0];
    const int width = start.extents()[1];
    Film film{options.film, options.steps, true};

    nca::ThreadPool threads{options.threads};
    auto attacked = make(CellWorldOptions{threads.concurrency(), options.deterministic});
    CellWorld<R>& creature = attacked.creature();
    nca::StepOptions<R> step = model.options;
    step.fire_rate = options.fire_rate.value_or(step.fire_rate);
    step.step_size = static_cast<float>(options.step_size);
    step.angle = options.degrees * (3.14159265358979323846 / 180.0);
    if (!options.boundary.empty()) step.boundary = choice<nca::Boundary>(boundaries, options.boundary);
    creature.set_options(step);
    creature.load(start);
    attacked.erase_damages();
    nca::Json outputs = film.run(
        [&](long /*step*/) {
            attacked.step(&threads);
            attacked.erase_damages();
        },
        [&] { return enlarged(options.plain ? image_of(creature.state()) : attacked.image()); },
        [&] {
            const auto state = creature.state();
            return State{height, width, rule.channels(), {state.values().begin(), state.values().end()}};
        });

    const auto last = creature.state();
    nca::Json result = nca::Json::object({{"model", options.model},
                                          {"height", height},
                                          {"width", width},
                                          {"steps", options.steps},
                                          {"seed", options.seed},
                                          {"fire_rate", step.fire_rate}});
    if (rule.has_life()) result.set("visible_cells", visible_cells(last, rule));
    result.set("largest", largest_of(last.values())).set("hash", nca::hash_text(creature.hash()));
    for (const auto& [key, value] : *more.as_object()) result.set(key, value);
    print_result(result.set("outputs", std::move(outputs)));
}

void run_any(const RunOptions& options, const ModelFile& file, const std::vector<Damage>& damages) {
    if (!options.adversary.empty() || !options.perturbations.empty()) {
        throw Failure{(options.adversary.empty() ? "--perturb: " : "--adversary: ") + nca::quote_path(options.model) +
                      " has a rule of its own, and only creatures of nca grow can be attacked"};
    }
    const AnyModel model = any_model_in(file);
    const CellWorld<nca::AnyRule>::Grid start = first_state(options, model);
    run_model(options, model, start, nca::Json::object(), [&](const CellWorldOptions& world) {
        return AnyCreature{model.rule, damages, start.extents()[0], start.extents()[1], options.seed, world};
    });
}

void run(const RunOptions& options) {
    std::vector<Damage> damages = parse_damages(options.damages);
    const ModelFile file = open_model_file(options.model);
    if (has_own_rule(file)) return run_any(options, file, damages);
    const Model model = creature_in(file);
    const StateGrid start = first_state(options, model);
    Attack attack = attack_of(options, model, start.extents()[0], start.extents()[1]);
    attack.damages = std::move(damages);
    nca::Json more = nca::Json::object();
    if (attack.adversary) more.set("adversary", options.adversary).set("fraction", attack.fraction);
    run_model(options, model, start, std::move(more), [&](const CellWorldOptions& world) {
        return AttackedCreature{model.rule, attack, start.extents()[0], start.extents()[1], options.seed, world};
    });
}

} // namespace

void add_run(const Command& program) {
    const auto [command, options] =
        program.add_command("run", "Run a trained model and write its state, an image or an animation", run);
    command.add("MODEL", options.model, "A .safetensors model, of a rule of its own, too, or a published .json model")
        .required();
    command.add("--height", options.height, "Rows of the grid (default: as in training, else 72)", 1, max_side);
    command.add("--width", options.width, "Columns of the grid (default: as in training, else 72)", 1, max_side);
    command.add("--state", options.state,
                "Start from the tensor 'state' [height, width, 16] of this .safetensors file, not from the seed");
    command.add("--steps", options.steps, "Steps to run", 0, 1'000'000'000);
    command.add_seed(options.seed, "the random fire masks");
    command.add_fire_rate(options.fire_rate);
    command.add("--step-size", options.step_size, "Factor of every update", -100.0, 100.0);
    command.add("--rotate", options.degrees, "Rotation of the cells' perception, counter-clockwise, in degrees", -1e6,
                1e6);
    command.add(
        "--boundary", options.boundary,
        "What lies beyond the border: zero, torus, replicate or reflect (default: as the model says, else zero)",
        boundaries);
    command.add_threads(options.threads);
    command.add_deterministic(options.deterministic);
    add_damage(command, options.damages);
    command.add("--adversary", options.adversary, "A model whose rule some of the cells follow (nca attack growing)");
    command.add("--fraction", options.fraction, "Fraction of the cells that are adversaries", 0.0, 1.0)
        .needs("--adversary");
    command
        .add("--adversary-steps", options.adversary_steps,
             "A-B  Steps, counted from 0, in which the adversaries are active; else all cells follow MODEL (default: "
             "all)")
        .needs("--adversary");
    command
        .add("--target", options.target,
             "An image in the middle of the grid: only cells where it is visible become adversaries")
        .needs("--adversary");
    command
        .add("--size", options.size,
             "The longer side of the --target in cells (default: as in the training of the model, else 40)", 1, 4096)
        .needs("--target");
    command.add("--plain", options.plain, "Show adversaries in their own colours, not blinking in red")
        .needs("--adversary");
    add_perturbations(command, options.perturbations);
    command
        .add("--perturb-steps", options.perturb_steps,
             "A-B  Steps, counted from 0, in which states are perturbed; repeatable (default: all)")
        .needs("--perturb");
    command
        .add("--perturb-order", options.perturb_order,
             "before the step, as in training, or after it, as in the article's demos", {"before", "after"})
        .needs("--perturb");
    add_film_options(command, options.film, "[height, width, 16]");
}

} // namespace program
