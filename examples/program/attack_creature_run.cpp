// SPDX-License-Identifier: Apache-2.0
// nca attack growing run, nca attack perturb run
#include "commands.hpp"
#include "creature_attack.hpp"
#include "film.hpp"

#include <algorithm>

namespace program {

namespace {

struct CreatureRunOptions {
    std::string victim{};
    std::string adversary{};
    std::vector<std::string> perturbations{};
    TargetOptions target{};
    std::string original{};
    double fraction = 0.1;
    std::string start = "grown";
    std::vector<long> steps{50, 100, 200, 400};
    std::optional<long> attack_steps{};
    int seeds = 8;
    int threads = 0;
    FilmOptions film{};
};

constexpr long grown_steps = 200;

Attack attack_of(const CreatureRunOptions& options, const Rule& victim, const support::Target& target, long first) {
    const StepRange range{first, options.attack_steps ? first + *options.attack_steps - 1 : StepRange{}.last};
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

/// errors[step][run]
using Errors = std::vector<std::vector<double>>;

void attack_creature_run(const CreatureRunOptions& options) {
    std::vector<long> steps = options.steps;
    std::sort(steps.begin(), steps.end());
    const long first = options.start == "grown" ? grown_steps : 0;
    const Model victim = load_creature(options.victim);
    const support::Target target = load_target(options.target);
    std::optional<support::Target> original;
    if (!options.original.empty()) {
        original = load_target({options.original, options.target.size, options.target.padding});
        if (original->height != target.height || original->width != target.width) {
            throw Failure{"--original: the image has other sides than that of --target"};
        }
    }
    const Attack attack = attack_of(options, victim.rule, target, first);
    Film film{options.film, steps.back(), false};

    Errors loss(steps.size(), std::vector<double>(static_cast<std::size_t>(options.seeds)));
    Errors original_loss = loss;
    support::Image last;
    nca::ThreadPool threads{options.threads};
    threads.run(options.seeds, [&](int run) {
        AttackedCreature attacked{victim.rule, attack, target.height, target.width,
                                  static_cast<std::uint64_t>(run) + 1};
        Creature& creature = attacked.creature();
        creature.plant(target.width / 2, target.height / 2);
        while (creature.steps() < first) attacked.step();
        const auto draw = [&] { return enlarged(attacked.image()); };
        const auto index = static_cast<std::size_t>(run);
        if (run == 0) film.show(0, draw);
        long done = 0;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            while (done < steps[i]) {
                attacked.step();
                ++done;
                if (run == 0) film.show(done, draw);
            }
            const StateGrid state = creature.state();
            loss[i][index] = error_of(state, target);
            if (original) original_loss[i][index] = error_of(state, *original);
        }
        if (run == 0) last = draw();
    });

    nca::Json result = nca::Json::object({{"victim", options.victim}});
    if (attack.adversary) {
        result.set("adversary", options.adversary).set("fraction", options.fraction);
    } else {
        result.set("perturbations", json_list(options.perturbations));
    }
    result.set("target", target.name)
        .set("start", options.start)
        .set("seeds", options.seeds)
        .set("steps", json_list(steps))
        .set("loss", json_list(loss, mean_of))
        .set("worst_loss", json_list(loss, worst_of));
    if (original) result.set("loss_to_original", json_list(original_loss, mean_of));
    nca::Json outputs = film.write([&] { return last; });
    print_result(result.set("outputs", std::move(outputs)));
}

void add_creature_run_options(const Command& command, CreatureRunOptions& options) {
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

void add_attack_growing_run(const Command& group) {
    const auto [command, options] = group.add_command(
        "run", "Inject adversaries into the grown creature and compare with the target: the mean squared error",
        attack_creature_run);
    command.add("VICTIM", options.victim, "A growing model: ours or a published one").required();
    command.add("ADVERSARY", options.adversary, "A model of nca attack growing train or a published one").required();
    command.add("--fraction", options.fraction, "Fraction of the target's cells that are adversaries", 0.0, 1.0);
    add_creature_run_options(command, options);
}

void add_attack_perturb_run(const Command& group) {
    const auto [command, options] =
        group.add_command("run", "Perturb the states of a creature and compare with the target: the mean squared error",
                          attack_creature_run);
    command.add("VICTIM", options.victim, "A growing model: ours or a published one").required();
    add_perturbations(command, options.perturbations).required();
    command.add("--start", options.start, "seed, or grown: 200 steps after it", {"seed", "grown"});
    add_creature_run_options(command, options);
}

} // namespace program
