// SPDX-License-Identifier: Apache-2.0
// nca attack mnist eval, nca attack mnist run

#include "commands.hpp"
#include "creature_attack.hpp"
#include "film.hpp"
#include "mnist_mosaic.hpp"

#include <algorithm>
#include <chrono>
#include <support/mnist_data.hpp>

namespace program {

namespace {

struct DigitRunOptions {
    std::string victim{};
    std::string adversary{};
    std::string data{};
    std::optional<int> digit{};
    double fraction = 0.1;
    int inject_at = 0;
    std::optional<int> remove_at{};
    int count = 1000;
    int steps = 200;
    std::optional<double> noise{};
    double fire_rate = 0.5;
    std::uint64_t seed = 1;
    int threads = 0;
    FilmOptions film{};
};

/// The models of an attack on digits, and how it is run and measured.
struct DigitAttackers {
    MnistModel victim;
    MnistModel adversary;
    nca::adversarial::DigitEvaluation evaluation; ///< without steps to record
    nca::StepOptions<MnistRule> step;
};

/// The class of an attack: that of the option, else of its file, else 8.
int class_of(const DigitRunOptions& options, const MnistModel& adversary) {
    if (options.digit) return *options.digit;
    const std::string* const stored = find_metadata(adversary.metadata, "training.class");
    double digit = 8.0;
    return stored != nullptr && parse_number(*stored, 0.0, 9.0, digit) ? static_cast<int>(digit) : 8;
}

/// The steps after the injection and the removal at which most changes, and the last step.
std::vector<int> recorded_steps(const nca::adversarial::DigitEvaluation& evaluation, int steps) {
    std::vector<int> record{steps};
    for (const int first : {evaluation.inject_at, evaluation.remove_at}) {
        for (const int after : {0, 5, 10, 20, 50, 100, 200}) {
            if (first < steps - after && first + after > 0) record.push_back(first + after);
        }
    }
    std::sort(record.begin(), record.end());
    record.erase(std::unique(record.begin(), record.end()), record.end());
    return record;
}

DigitAttackers load_attackers(const DigitRunOptions& options) {
    DigitAttackers attack{load_mnist_model(options.victim), load_mnist_model(options.adversary), {}, {}};
    warn_of_other_victim(options.adversary, attack.adversary.metadata,
                         nca::fingerprint(attack.victim.rule.parameters()));
    attack.evaluation.digit = class_of(options, attack.adversary);
    attack.evaluation.fraction = options.fraction;
    attack.evaluation.inject_at = options.inject_at;
    if (options.remove_at) {
        if (*options.remove_at <= options.inject_at) throw Failure{"--remove-at: expected a step after --inject-at"};
        attack.evaluation.remove_at = *options.remove_at;
    }
    attack.evaluation.seed = options.seed;
    attack.step.fire_rate = options.fire_rate;
    attack.step.noise = options.noise.value_or(noise_of(attack.victim));
    return attack;
}

void attack_mnist_eval(const DigitRunOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    DigitAttackers attack = load_attackers(options);
    const nca::mnist::Digits digits = require(support::load_digits(options.data, false));
    attack.evaluation.count = std::min(options.count, digits.count);
    attack.evaluation.record = recorded_steps(attack.evaluation, options.steps);
    nca::ThreadPool threads{options.threads};
    const auto metrics =
        evaluate_attack(attack.victim.rule, attack.adversary.rule, digits, attack.evaluation, attack.step, threads);
    nca::Json result = nca::Json::object({{"victim", options.victim},
                                          {"adversary", options.adversary},
                                          {"class", attack.evaluation.digit},
                                          {"fraction", options.fraction},
                                          {"inject_at", options.inject_at}});
    if (options.remove_at) result.set("remove_at", *options.remove_at);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    print_result(result.set("count", attack.evaluation.count)
                     .set("noise", attack.step.noise)
                     .set("steps", json_list(metrics, [](const auto& m) { return m.step; }))
                     .set("cells_deceived", json_list(metrics, [](const auto& m) { return m.cells_deceived; }))
                     .set("digits_deceived", json_list(metrics, [](const auto& m) { return m.digits_deceived; }))
                     .set("digits_wrong", json_list(metrics, [](const auto& m) { return m.digits_wrong; }))
                     .set("seconds", elapsed.count()));
}

void attack_mnist_run(const DigitRunOptions& options) {
    const DigitAttackers attack = load_attackers(options);
    const nca::mnist::Digits digits = require(support::load_digits(options.data, false));
    const int count = std::min(options.count, digits.count);
    std::vector<Subject> subjects;
    for (int index = 0; index < count; ++index) subjects.push_back(test_digit(digits, index, options.seed));
    nca::ThreadPool threads{options.threads};
    Mosaic mosaic{attack.victim.rule,
                  std::move(subjects),
                  attack.step,
                  threads.concurrency(),
                  {&attack.adversary.rule, attack.evaluation}};
    Film film{options.film, options.steps, false};
    nca::Json outputs = film.run([&](long /*step*/) { mosaic.step(threads); },
                                 [&] { return enlarged(mosaic.draw(colours_of(attack.victim))); });
    std::vector<nca::mnist::Prediction> votes;
    for (int i = 0; i < count; ++i) votes.push_back(mosaic.votes(static_cast<std::size_t>(i)));
    const auto metrics = nca::adversarial::measure(options.steps, votes, digits.labels, attack.evaluation.digit);
    print_result(nca::Json::object({{"victim", options.victim},
                                    {"adversary", options.adversary},
                                    {"class", attack.evaluation.digit},
                                    {"fraction", options.fraction},
                                    {"count", count},
                                    {"steps", options.steps},
                                    {"cells_deceived", metrics.cells_deceived},
                                    {"digits_deceived", metrics.digits_deceived},
                                    {"digits_wrong", metrics.digits_wrong},
                                    {"outputs", std::move(outputs)}}));
}

void add_digit_run_options(const Command& command, DigitRunOptions& options) {
    command.add("VICTIM", options.victim, "A model of nca mnist train or the published one").required();
    command.add("ADVERSARY", options.adversary, "A model of nca attack mnist train or the published one").required();
    command.add("--class", options.digit, "The class of the attack (default: as in the adversary's file, else 8)", 0,
                9);
    command.add("--fraction", options.fraction,
                "Fraction of the cells that are adversaries; at least one in every digit, unless it is 0", 0.0, 1.0);
    command.add("--inject-at", options.inject_at, "The step from which on adversaries are active", 0, 100'000);
    command.add("--remove-at", options.remove_at, "The step from which on they are victims again (default: never)", 1,
                100'000);
    command.add("--steps", options.steps, "Steps to run", 1, 100'000);
    command.add_data(options.data);
    command.add_noise(options.noise, "the victim");
    command.add_fire_rate(options.fire_rate);
    command.add_seed(options.seed, "adversaries, fire masks and noise");
    command.add_threads(options.threads);
}

} // namespace

void add_attack_mnist_eval(const Command& group) {
    const auto [command, options] = group.add_command(
        "eval", "Measure over the test digits how many cells and digits adversaries deceive, and how many recover",
        attack_mnist_eval);
    add_digit_run_options(command, options);
    command.add("--count", options.count, "How many test digits, from the first", 1, 10'000);
}

void add_attack_mnist_run(const Command& group) {
    const auto [command, options] = group.add_command(
        "run", "Film test digits among whose cells adversaries (in red) are injected", attack_mnist_run);
    options.count = 100;
    add_digit_run_options(command, options);
    command.add("--count", options.count, "How many test digits, from the first", 1, 1024);
    add_film_options(command, options.film);
}

} // namespace program
