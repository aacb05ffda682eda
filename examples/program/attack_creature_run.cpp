// SPDX-License-Identifier: Apache-2.0
// nca attack growing run, nca attack perturb run
#include <nca/core/thread_pool.hpp>

#include "attack_program.hpp"
#include "creature.hpp"
#include "film.hpp"

#include <algorithm>
#include <memory>
#include <support/render.hpp>

namespace program {

namespace {

struct CreatureRunOptions {
    std::string victim{};
    std::string adversary{};
    std::vector<std::string> perturbations{};
    std::string target{};
    std::string original{};
    int size = 40;
    int padding = 16;
    double fraction = 0.1;
    std::string start = "grown";
    std::vector<long> steps{50, 100, 200, 400};
    long attack_steps = 0; ///< 0: as long as it runs
    int seeds = 8;
    int threads = 0;
    FilmOptions film{};
};

constexpr long grown_steps = 200;

/// What a run has come to at the steps that are recorded.
struct Course {
    std::vector<double> loss;     ///< to the target
    std::vector<double> original; ///< to what the creature was trained for, if it is given
};

Attack attack_of(const CreatureRunOptions& options, const Rule& victim, const support::Target& target, long first,
                 long last) {
    Attack attack;
    if (!options.adversary.empty()) {
        attack.adversary = load_adversary(options.adversary, victim);
        attack.fraction = options.fraction;
        attack.allowed = allowed_in(target, Simulation::Shape{{target.height, target.width}});
        attack.injected = {first, last};
    } else {
        std::vector<NamedPerturbation> parts;
        for (const std::string& text : options.perturbations) parts.push_back(load_perturbation(text));
        attack.perturbation = combine(parts);
        attack.perturbed.push_back({first, last});
    }
    return attack;
}

/// The values of all runs at each step, as one number: mean(values) or another function.
template <class Reduce>
nca::Json list_of(const std::vector<Course>& runs, std::vector<double> Course::*values, std::size_t steps,
                  Reduce&& reduce) {
    std::vector<nca::Json> list;
    for (std::size_t i = 0; i < steps; ++i) {
        std::vector<double> at;
        for (const Course& run : runs) at.push_back((run.*values)[i]);
        const double number = reduce(at);
        list.emplace_back(number);
    }
    return nca::Json{std::move(list)};
}

double mean(const std::vector<double>& values) {
    double total = 0.0;
    for (const double value : values) total += value;
    return total / static_cast<double>(values.size());
}

double largest(const std::vector<double>& values) {
    return *std::max_element(values.begin(), values.end());
}

void attack_creature_run(const CreatureRunOptions& options) {
    std::vector<long> steps = options.steps;
    std::sort(steps.begin(), steps.end());
    const long first = options.start == "grown" ? grown_steps : 0;
    Film film{options.film, steps.back(), false};
    const Model victim = load_creature(options.victim);
    const support::Target target = require(support::load_target(options.target, options.size, options.padding));
    std::optional<support::Target> original;
    if (!options.original.empty()) {
        original = require(support::load_target(options.original, options.size, options.padding));
        if (original->height != target.height || original->width != target.width) {
            throw Failure{"--original: the picture has other sides than that of --target"};
        }
    }
    const Attack attack =
        attack_of(options, victim.rule, target, first,
                  options.attack_steps == 0 ? std::numeric_limits<long>::max() : first + options.attack_steps - 1);
    film.require_writable();

    std::vector<Course> runs(static_cast<std::size_t>(options.seeds));
    std::optional<support::Image> last;
    nca::ThreadPool threads{options.threads};
    threads.run(options.seeds, [&](int run) {
        AttackedWorld world{victim.rule, attack, Simulation::Shape{{target.height, target.width}},
                            static_cast<std::uint64_t>(run) + 1};
        world.world().plant(target.width / 2, target.height / 2);
        while (static_cast<long>(world.world().steps()) < first) world.step(nca::SerialExecutor{});
        const auto picture = [&] {
            const support::Image image = picture_of(world);
            return support::enlarge(image, support::enlargement(image, 576));
        };
        Course& course = runs[static_cast<std::size_t>(run)];
        if (run == 0) film.show(0, picture);
        long done = 0;
        for (const long step : steps) {
            for (; done < step; ++done) {
                world.step(nca::SerialExecutor{});
                if (run == 0) film.show(done + 1, picture);
            }
            const StateGrid state = world.world().state();
            course.loss.push_back(error_of(state, target));
            course.original.push_back(original ? error_of(state, *original) : 0.0);
        }
        if (run == 0) last = picture();
    });

    nca::Json result = nca::Json::object({{"victim", options.victim}});
    if (attack.adversary) {
        result.set("adversary", options.adversary).set("fraction", options.fraction);
    } else {
        nca::Json matrices = nca::Json::array();
        for (const std::string& text : options.perturbations) matrices.push_back(text);
        result.set("perturbations", std::move(matrices));
    }
    nca::Json step_list = nca::Json::array();
    for (const long step : steps) step_list.push_back(step);
    result.set("target", target.name)
        .set("start", options.start)
        .set("seeds", options.seeds)
        .set("steps", std::move(step_list))
        .set("loss", list_of(runs, &Course::loss, steps.size(), mean))
        .set("worst_loss", list_of(runs, &Course::loss, steps.size(), largest));
    if (original) result.set("loss_to_original", list_of(runs, &Course::original, steps.size(), mean));
    nca::Json outputs = film.write([&] { return *last; });
    print_result(result.set("outputs", std::move(outputs)));
}

void add_creature_run_options(CLI::App& command, CreatureRunOptions& options) {
    command.add_option("--target", options.target, "What the creature shall turn into")->required();
    command.add_option("--original", options.original,
                       "What it was trained for: the loss to this picture is told as well, to see it recover");
    command.add_option("--size", options.size, "The longer side of the target in cells")
        ->capture_default_str()
        ->transform(whole_number(1, 1024));
    command.add_option("--padding", options.padding, "Empty cells around the target")
        ->capture_default_str()
        ->transform(whole_number(0, 1024));
    command.add_option("--steps", options.steps, "Steps after the start at which to compare, separated by commas")
        ->delimiter(',')
        ->capture_default_str()
        ->transform(whole_number(0, 100000000));
    command.add_option("--attack-steps", options.attack_steps, "The attack ends after so many steps (default: never)")
        ->transform(whole_number(1, 100000000));
    command.add_option("--seeds", options.seeds, "How many runs, with the seeds 1, 2, ...; the first is filmed")
        ->capture_default_str()
        ->transform(whole_number(1, 100000));
    add_threads(command, options.threads);
    add_film_options(command, options.film);
}

} // namespace

void add_attack_growing_run(CLI::App& group) {
    const auto options = std::make_shared<CreatureRunOptions>();
    CLI::App* const command = group.add_subcommand(
        "run", "Inject adversaries into the grown creature and compare with the target: the mean squared error");
    command->add_option("VICTIM", options->victim, "A growing model: ours or a published one")->required();
    command->add_option("ADVERSARY", options->adversary, "A model of nca attack growing train or a published one")
        ->required();
    command->add_option("--fraction", options->fraction, "Share of the target's cells that are adversaries")
        ->capture_default_str()
        ->check(finite_number(0.0, 1.0));
    add_creature_run_options(*command, *options);
    command->callback([options] { attack_creature_run(*options); });
}

void add_attack_perturb_run(CLI::App& group) {
    const auto options = std::make_shared<CreatureRunOptions>();
    CLI::App* const command = group.add_subcommand(
        "run", "Perturb the states of a creature and compare with the target: the mean squared error");
    command->add_option("VICTIM", options->victim, "A growing model: ours or a published one")->required();
    command
        ->add_option("--perturb", options->perturbations,
                     "FILE:K or FILE:NAME:K  A symmetric matrix with the coefficient K; repeatable, they add up")
        ->required()
        ->take_all()
        ->allow_extra_args(false);
    command->add_option("--start", options->start, "seed, or grown: 200 steps after it")
        ->capture_default_str()
        ->check(CLI::IsMember(std::vector<std::string>{"seed", "grown"}));
    add_creature_run_options(*command, *options);
    command->callback([options] { attack_creature_run(*options); });
}

} // namespace program
