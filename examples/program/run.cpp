// SPDX-License-Identifier: Apache-2.0
#include "any_world.hpp"
#include "blocks.hpp"
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
    std::optional<int> depth{};
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
    std::vector<std::string> goals{};
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

/// The state to start from that a file holds, if one was given.
std::optional<State> given_state(const RunOptions& options, int channels, int dimensions) {
    const Extents wanted = wanted_extents(dimensions, {options.depth, options.height, options.width});
    if (options.state.empty()) return std::nullopt;
    return read_state(options.state, channels, wanted);
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

/// How a model is run by these options.
template <class R>
nca::StepOptions<R> step_options(const RunOptions& options, nca::StepOptions<R> step) {
    step.fire_rate = options.fire_rate.value_or(step.fire_rate);
    step.step_size = static_cast<float>(options.step_size);
    step.angle = options.degrees * (3.14159265358979323846 / 180.0);
    if (!options.boundary.empty()) step.boundary = choice<nca::Boundary>(boundaries, options.boundary);
    return step;
}

/// Runs a subject, an AttackedCreature or AnyWorld, and prints what became of it, and `more`. hash() is that of its
/// state.
template <class Subject, class Draw, class Hash>
void run_subject(const RunOptions& options, Subject& subject, Film& film, const std::vector<int>& sizes,
                 const nca::RuleDescription& rule, double fire_rate, const nca::Json& more, nca::ThreadPool& threads,
                 Draw&& draw, Hash&& hash, const WriteOther& write_other = {}) {
    subject.apply_due();
    nca::Json outputs = film.run(
        [&](long /*step*/) {
            subject.step(&threads);
            subject.apply_due();
        },
        draw,
        [&] {
            return State{sizes, rule.channels, subject.state()};
        },
        write_other);
    const std::vector<float> last = subject.state();
    nca::Json result = nca::Json::object({{"model", options.model}});
    if (sizes.size() == 3) result.set("depth", sizes[0]);
    if (sizes.size() > 1) result.set("height", sizes[sizes.size() - 2]);
    result.set("width", sizes.back()).set("steps", options.steps).set("seed", options.seed).set("fire_rate", fire_rate);
    if (rule.life == nca::LifeKind::alive) result.set("visible_cells", visible_cells(last, rule));
    result.set("largest", largest_of(last)).set("hash", nca::hash_text(hash()));
    for (const auto& [key, value] : *more.as_object()) result.set(key, value);
    print_result(result.set("outputs", std::move(outputs)));
}

void refuse_attack(const RunOptions& options) {
    if (options.adversary.empty() && options.perturbations.empty()) return;
    throw Failure{(options.adversary.empty() ? "--perturb: " : "--adversary: ") + nca::quote_path(options.model) +
                  " has a rule of its own, and only creatures of nca grow can be attacked"};
}

void run_any(const RunOptions& options, const ModelFile& file) {
    refuse_attack(options);
    const nca::AnyModel model = any_model_in(file);
    const nca::RuleDescription& rule = model.description();
    const std::vector<Damage> damages = parse_damages(options.damages, rule.dimensions);
    const std::vector<GoalChange> goals = parse_goals(options.goals, model.goals());
    const std::optional<State> start = given_state(options, rule.channels, rule.dimensions);
    const std::vector<int> sizes =
        start ? start->sizes
              : extents_of(rule.dimensions, model.metadata(), {options.depth, options.height, options.width});
    Film film{options.film, options.steps, rule.dimensions == 3 ? FilmFiles::blocks : FilmFiles::states};
    nca::ThreadPool threads{options.threads};
    AnyWorld world{model, damages, goals, sizes, options.seed, {threads.concurrency(), options.deterministic}};
    const nca::StepOptions<nca::AnyRule> step = step_options(options, model.options());
    world.cells().set_options(step);
    if (start) {
        world.cells().load(start->values);
    } else {
        world.plant();
    }
    nca::Json more = nca::Json::object();
    if (!goals.empty()) more.set("goal", goals.back().goal);
    run_subject(
        options, world, film, sizes, rule, step.fire_rate, more, threads, [&] { return world.image(); },
        [&] { return world.cells().hash(); },
        [&](const std::string& path) { write_blocks(path, blocks_of(rule, model.metadata(), sizes, world.state())); });
}

void run(const RunOptions& options) {
    const ModelFile file = open_model_file(options.model);
    if (is_of_any_rule(file)) return run_any(options, file);
    const Model model = creature_in(file);
    static_cast<void>(parse_goals(options.goals, model.goals));
    const std::optional<State> start = given_state(options, Rule::channels, 2);
    const std::vector<int> sizes =
        start ? start->sizes : extents_of(2, model.metadata, {{}, options.height, options.width});
    Attack attack = attack_of(options, model, sizes[0], sizes[1]);
    attack.damages = parse_damages(options.damages);
    Film film{options.film, options.steps, FilmFiles::states};
    nca::ThreadPool threads{options.threads};
    AttackedCreature attacked{model.rule, attack,       sizes[0],
                              sizes[1],   options.seed, {threads.concurrency(), options.deterministic}};
    Creature& creature = attacked.creature();
    const nca::StepOptions<Rule> step = step_options(options, model.options);
    creature.set_options(step);
    if (start) {
        StateGrid grid{nca::Extents<nca::Dynamic, nca::Dynamic>{{sizes[0], sizes[1]}}};
        std::ranges::copy(start->values, grid.values().begin());
        creature.load(grid);
    } else {
        attacked.plant();
    }
    nca::Json more = nca::Json::object();
    if (attack.adversary) more.set("adversary", options.adversary).set("fraction", attack.fraction);
    run_subject(
        options, attacked, film, sizes, model.rule.architecture().description(), step.fire_rate, more, threads,
        [&] { return attacked.image(options.plain); }, [&] { return creature.hash(); });
}

} // namespace

void add_run(const Command& program) {
    const auto [command, options] =
        program.add_command("run", "Run a trained model and write its state, an image or an animation", run);
    command
        .add("MODEL", options.model,
             "A model of any rule: .safetensors, .pt, or a published .json model; in one to three dimensions")
        .required();
    command.add("--depth", options.depth, "Layers of the grid in three dimensions (default: as in training, else 32)",
                1, max_side);
    command.add("--height", options.height,
                "Rows of the grid (default: as in training, else 72, in three dimensions 32)", 1, max_side);
    command.add("--width", options.width, "Columns of the grid (default: likewise)", 1, max_side);
    command.add("--state", options.state,
                "Start from the tensor 'state' [height, width, channels], or [depth, height, width, channels], of this "
                ".safetensors file, not from the seed");
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
    add_goals(command, options.goals);
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
    add_film_options(command, options.film, "[height, width, channels]", true);
}

} // namespace program
