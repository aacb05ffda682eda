// SPDX-License-Identifier: Apache-2.0
// nca evaluate, nca attack growing run, nca attack perturb run: creatures, attacked or not, compared with a target.
#include "any_world.hpp"
#include "command.hpp"
#include "creature.hpp"
#include "film.hpp"
#include "health.hpp"

#include <algorithm>
#include <numeric>

namespace program {

namespace {

struct CompareOptions {
    std::string model{};
    std::string adversary{};
    std::vector<std::string> perturbations{};
    TargetOptions target{};
    std::string original{};
    double fraction = 0.1;
    std::string start = "grown"; ///< of an attack
    std::vector<long> steps{50, 100, 200, 400};
    std::optional<long> attack_steps{};
    int seeds = 8;
    std::optional<double> fire_rate{};
    std::vector<std::string> damages{};
    std::vector<std::string> goals{};
    bool health = false;
    int threads = 0;
    FilmOptions film{};
};

constexpr long grown_steps = 200;

double mean_of(const std::vector<double>& errors) {
    return std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
}

double worst_of(const std::vector<double>& errors) {
    return *std::max_element(errors.begin(), errors.end());
}

/// errors[step][run]
using Errors = std::vector<std::vector<double>>;

/// How a model is run by these options.
template <class R>
nca::StepOptions<R> step_options(const CompareOptions& options, nca::StepOptions<R> step) {
    step.fire_rate = options.fire_rate.value_or(step.fire_rate);
    return step;
}

/// Runs creatures with the seeds 1, 2, ..., films the first if they are attacked, compares all with some images of one
/// size at the steps of the options, which count from step `first` on, and prints what was found behind `result`.
/// make(seed) is an AttackedCreature or an AnyWorld, which has nothing on its grid.
template <class Make>
void compare(const CompareOptions& options, bool attacked, long first, const std::vector<support::Target>& images,
             nca::Json result, Make&& make) {
    std::vector<long> steps = options.steps;
    std::sort(steps.begin(), steps.end());
    std::vector<Errors> errors(images.size(),
                               Errors(steps.size(), std::vector<double>(static_cast<std::size_t>(options.seeds))));
    Film film{options.film, steps.back(), FilmFiles::images};
    support::Image last;
    nca::ThreadPool threads{options.threads};
    threads.run(options.seeds, [&](int run) {
        auto subject = make(static_cast<std::uint64_t>(run) + 1);
        subject.plant();
        while (subject.steps() < first) subject.step();
        const auto draw = [&] { return subject.image(); };
        if (run == 0) film.show(0, draw);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            while (subject.steps() < first + steps[i]) {
                subject.apply_due();
                subject.step();
                if (run == 0) film.show(subject.steps() - first, draw);
            }
            const std::vector<float> state = subject.state();
            for (std::size_t image = 0; image < images.size(); ++image) {
                errors[image][i][static_cast<std::size_t>(run)] = error_of(state, images[image].rgba);
            }
        }
        if (run == 0) last = draw();
    });
    result.set("target", images[0].name);
    if (attacked) result.set("start", options.start);
    result.set("seeds", options.seeds)
        .set("steps", json_list(steps))
        .set("loss", json_list(errors[0], mean_of))
        .set("worst_loss", json_list(errors[0], worst_of));
    if (images.size() > 1) result.set("loss_to_original", json_list(errors[1], mean_of));
    if (attacked) result.set("outputs", film.write([&] { return last; }));
    print_result(result);
}

/// Compares a model with its target. make(target, step options, seed) is the creature on the grid of its target.
template <class R, class Make>
void evaluate_model(const CompareOptions& options, const R& rule, const nca::StepOptions<R>& as_model,
                    const nca::StoredMetadata& metadata, Make&& make) {
    const support::Target target = load_target(options.target.as_trained(metadata));
    const nca::StepOptions<R> step = step_options(options, as_model);
    nca::Json result = nca::Json::object({{"model", options.model}});
    if (options.health) {
        nca::ThreadPool threads{options.threads};
        result.set("health", creature_health(rule, step, target, threads));
    }
    compare(options, false, 0, {target}, std::move(result),
            [&](std::uint64_t seed) { return make(target, step, seed); });
}

void evaluate_any(const CompareOptions& options, const ModelFile& file, const std::vector<Damage>& damages) {
    const nca::AnyModel model = any_model_in(file);
    require_creature(model.description(), options.model);
    const std::vector<GoalChange> goals = parse_goals(options.goals, model.goals());
    if (options.health && model.description().inputs > 0) {
        throw Failure{"--health: a model with goals has the health of each: see nca goal evaluate"};
    }
    nca::AnyRule rule = require(nca::AnyRule::from(model.description()));
    std::ranges::copy(model.parameters(), rule.parameters().begin());
    evaluate_model(options, rule, model.options(), model.metadata(),
                   [&](const support::Target& target, const auto& step, std::uint64_t seed) {
                       AnyWorld world{model, damages, goals, {target.height, target.width}, seed};
                       world.cells().set_options(step);
                       return world;
                   });
}

void evaluate(const CompareOptions& options) {
    Attack none;
    none.damages = parse_damages(options.damages);
    const ModelFile file = open_model_file(options.model);
    if (is_of_any_rule(file)) return evaluate_any(options, file, none.damages);
    const Model model = creature_in(file);
    static_cast<void>(parse_goals(options.goals, model.goals));
    evaluate_model(options, model.rule, model.options, model.metadata,
                   [&](const support::Target& target, const auto& step, std::uint64_t seed) {
                       AttackedCreature creature{model.rule, none, target.height, target.width, seed};
                       creature.creature().set_options(step);
                       return creature;
                   });
}

Attack attack_of(const CompareOptions& options, const Rule& victim, const support::Target& target, long first) {
    const Range range{first, options.attack_steps ? first + *options.attack_steps - 1 : Range{}.last};
    Attack attack;
    if (!options.adversary.empty()) {
        attack.adversary = load_adversary(options.adversary, victim);
        attack.fraction = options.fraction;
        attack.allowed = allowed_in(target, target.height, target.width);
        attack.injected = range;
    } else {
        attack.perturbation = combine(load_perturbations(options.perturbations));
        attack.perturbed.push_back(range);
    }
    return attack;
}

void attack_creature_run(const CompareOptions& options) {
    const long first = options.start == "grown" ? grown_steps : 0;
    const Model victim = load_creature(options.model);
    TargetOptions given = options.target.as_trained(victim.metadata);
    std::vector<support::Target> images{load_target(given)};
    if (!options.original.empty()) {
        given.target = options.original;
        images.push_back(load_target(given));
        if (images[1].height != images[0].height || images[1].width != images[0].width) {
            throw Failure{"--original: the image has other sides than that of --target"};
        }
    }
    const Attack attack = attack_of(options, victim.rule, images[0], first);
    nca::Json result = nca::Json::object({{"victim", options.model}});
    if (attack.adversary) {
        result.set("adversary", options.adversary).set("fraction", options.fraction);
    } else {
        result.set("perturbations", json_list(options.perturbations));
    }
    compare(options, true, first, images, std::move(result), [&](std::uint64_t seed) {
        AttackedCreature creature{victim.rule, attack, images[0].height, images[0].width, seed};
        creature.creature().set_options(step_options(options, victim.options));
        return creature;
    });
}

void add_creature_run_options(const Command& command, CompareOptions& options) {
    add_target(command, options.target, "What the creature shall turn into");
    command.add("--original", options.original,
                "What it was trained for: the loss to this image is reported as well, to see it recover");
    command.add("--steps", options.steps, "Steps after the start at which to compare, separated by commas", 0,
                100000000);
    command.add("--attack-steps", options.attack_steps, "The attack ends after so many steps (default: never)", 1,
                100000000);
    command.add("--seeds", options.seeds, "How many runs, with the seeds 1, 2, ...; the first is filmed", 1, 100000);
    command.add_threads(options.threads);
    add_film_options(command, options.film);
}

} // namespace

void add_evaluate(const Command& program) {
    const auto [command, options] = program.add_command(
        "evaluate", "Compare what a model grows with its target: the mean squared error over several seeds", evaluate);
    options.steps = {96, 200, 1000};
    command.add("MODEL", options.model, "A .safetensors model, of a rule of its own, too, or a published .json model")
        .required();
    add_target(command, options.target, "An image, an emoji, or a built-in target", 4096, 2048);
    command.add("--steps", options.steps, "Steps at which to compare, separated by commas", 0, 100000000);
    command.add("--seeds", options.seeds, "How many runs, with the seeds 1, 2, ...", 1, 100000);
    command.add_fire_rate(options.fire_rate);
    add_damage(command, options.damages);
    add_goals(command, options.goals);
    command.add("--health", options.health,
                "Tell as well whether it persists to step 10,000 and regenerates from nine cuts, in a verdict and in "
                "numbers");
    command.add_threads(options.threads);
}

void add_attack_growing_run(const Command& group) {
    const auto [command, options] = group.add_command(
        "run", "Inject adversaries into the grown creature and compare with the target: the mean squared error",
        attack_creature_run);
    command.add("VICTIM", options.model, "A growing model: ours or a published one").required();
    command.add("ADVERSARY", options.adversary, "A model of nca attack growing train or a published one").required();
    command.add("--fraction", options.fraction, "Fraction of the target's cells that are adversaries", 0.0, 1.0);
    add_creature_run_options(command, options);
}

void add_attack_perturb_run(const Command& group) {
    const auto [command, options] =
        group.add_command("run", "Perturb the states of a creature and compare with the target: the mean squared error",
                          attack_creature_run);
    command.add("VICTIM", options.model, "A growing model: ours or a published one").required();
    add_perturbations(command, options.perturbations).required();
    command.add("--start", options.start, "seed, or grown: 200 steps after it", {"seed", "grown"});
    add_creature_run_options(command, options);
}

} // namespace program
