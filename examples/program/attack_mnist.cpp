// SPDX-License-Identifier: Apache-2.0
// nca attack mnist train, nca attack mnist eval, nca attack mnist run
#include <nca/core/clock.hpp>
#include <nca/systems/adversarial/health.hpp>
#include <nca/systems/adversarial/metrics.hpp>
#include <nca/systems/adversarial/task.hpp>

#include "command.hpp"
#include "creature.hpp"
#include "health.hpp"
#include "mnist_mosaic.hpp"
#include "training.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <support/mnist_data.hpp>

namespace program {

namespace {

struct DigitTrainOptions {
    std::string victim{};
    nca::adversarial::DigitAttack attack{};
    std::optional<double> noise{};
    std::string data{};
    TrainingOptions training{.iterations = 2000};
};

void attack_mnist_train(const DigitTrainOptions& options) {
    const MnistModel victim = load_mnist_model(options.victim);
    const nca::mnist::Digits digits = require(support::load_digits(options.data, true));
    nca::adversarial::DigitAttack attack = options.attack;
    attack.noise = options.noise.value_or(victim.options.noise);
    attack.fire_rate = victim.options.fire_rate;
    nca::ThreadPool threads{options.training.threads};
    nca::Trainer trainer{
        nca::adversarial::DigitTask<MnistRule>{victim.rule, digits, attack}, {.seed = options.training.seed}, threads};
    Training training;
    training.title = "Adversaries that always see " + std::to_string(attack.digit);
    training.result = nca::Json::object(
        {{"victim", options.victim}, {"class", attack.digit}, {"fraction", attack.fraction}, {"noise", attack.noise}});
    training.notes = mnist_notes(attack.noise);
    training.health = [&] {
        nca::StepOptions<MnistRule> step = victim.options;
        step.noise = attack.noise;
        const auto test = support::load_digits(options.data, false); // a training needs no test set
        return json_of(nca::adversarial::health(victim.rule, trainer.averaged_rule(), test ? *test : digits,
                                                attack.digit, attack.fraction, step, threads));
    };
    run_training(trainer, training, options.training);
}

struct DigitRunOptions {
    std::string victim{};
    std::string adversary{};
    std::string data{};
    std::optional<int> digit{};
    nca::adversarial::DigitEvaluation evaluation{.count = 1000};
    std::optional<int> remove_at{};
    int steps = 200;
    std::optional<double> noise{};
    std::optional<double> fire_rate{};
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
    std::set<int> record{steps};
    for (const int first : {evaluation.inject_at, evaluation.remove_at}) {
        for (const int after : {0, 5, 10, 20, 50, 100, 200}) {
            if (first < steps - after && first + after > 0) record.insert(first + after);
        }
    }
    return {record.begin(), record.end()};
}

DigitAttackers load_attackers(const DigitRunOptions& options) {
    DigitAttackers attack{
        load_mnist_model(options.victim), load_mnist_model(options.adversary), options.evaluation, {}};
    warn_of_other_victim(options.adversary, attack.adversary.metadata,
                         nca::fingerprint(attack.victim.rule.parameters()));
    attack.evaluation.digit = class_of(options, attack.adversary);
    attack.evaluation.remove_at = options.remove_at.value_or(attack.evaluation.remove_at);
    if (attack.evaluation.remove_at <= attack.evaluation.inject_at) {
        throw Failure{"--remove-at: expected a step after --inject-at"};
    }
    attack.step = step_options_of(attack.victim, options.fire_rate, options.noise);
    return attack;
}

void attack_mnist_eval(const DigitRunOptions& options) {
    const double start = nca::detail::seconds_now();
    DigitAttackers attack = load_attackers(options);
    const nca::mnist::Digits digits = require(support::load_digits(options.data, false));
    attack.evaluation.count = std::min(attack.evaluation.count, digits.count);
    attack.evaluation.record = recorded_steps(attack.evaluation, options.steps);
    nca::ThreadPool threads{options.threads};
    const auto metrics = nca::adversarial::evaluate(attack.victim.rule, attack.adversary.rule, digits,
                                                    attack.evaluation, attack.step, threads);
    nca::Json result = nca::Json::object({{"victim", options.victim},
                                          {"adversary", options.adversary},
                                          {"class", attack.evaluation.digit},
                                          {"fraction", options.evaluation.fraction},
                                          {"inject_at", options.evaluation.inject_at}});
    if (options.remove_at) result.set("remove_at", *options.remove_at);
    print_result(result.set("count", attack.evaluation.count)
                     .set("noise", attack.step.noise)
                     .set("steps", json_list(metrics, [](const auto& m) { return m.step; }))
                     .set("cells_deceived", json_list(metrics, [](const auto& m) { return m.cells_deceived; }))
                     .set("digits_deceived", json_list(metrics, [](const auto& m) { return m.digits_deceived; }))
                     .set("digits_wrong", json_list(metrics, [](const auto& m) { return m.digits_wrong; }))
                     .set("seconds", nca::detail::seconds_now() - start));
}

void attack_mnist_run(const DigitRunOptions& options) {
    const DigitAttackers attack = load_attackers(options);
    const nca::mnist::Digits digits = require(support::load_digits(options.data, false));
    const int count = std::min(attack.evaluation.count, digits.count);
    std::vector<Subject> subjects;
    for (int index = 0; index < count; ++index) subjects.push_back(test_digit(digits, index, attack.evaluation.seed));
    nca::ThreadPool threads{options.threads};
    Mosaic mosaic{attack.victim.rule,
                  std::move(subjects),
                  attack.step,
                  {threads.concurrency()},
                  {&attack.adversary.rule, attack.evaluation}};
    Film film{options.film, options.steps, FilmFiles::images};
    nca::Json outputs = film.run([&](long /*step*/) { mosaic.step(threads); },
                                 [&] { return enlarged(mosaic.draw(colours_of(attack.victim.metadata))); });
    std::vector<nca::mnist::Prediction> votes;
    for (int i = 0; i < count; ++i) votes.push_back(mosaic.votes(static_cast<std::size_t>(i)));
    const auto metrics = nca::adversarial::measure(options.steps, votes, digits.labels, attack.evaluation.digit);
    print_result(nca::Json::object({{"victim", options.victim},
                                    {"adversary", options.adversary},
                                    {"class", attack.evaluation.digit},
                                    {"fraction", options.evaluation.fraction},
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
    command.add("--fraction", options.evaluation.fraction,
                "Fraction of the cells that are adversaries; at least one in every digit, unless it is 0", 0.0, 1.0);
    command.add("--inject-at", options.evaluation.inject_at, "The step from which on adversaries are active", 0,
                100'000);
    command.add("--remove-at", options.remove_at, "The step from which on they are victims again (default: never)", 1,
                100'000);
    command.add("--steps", options.steps, "Steps to run", 1, 100'000);
    command.add_data(options.data);
    command.add_noise(options.noise, "the victim");
    command.add_fire_rate(options.fire_rate);
    command.add_seed(options.evaluation.seed, "adversaries, fire masks and noise");
    command.add_threads(options.threads);
}

} // namespace

void add_attack_mnist_train(const Command& group) {
    const auto [command, options] = group.add_command(
        "train", "Train adversaries that make the cells of every digit agree on one class", attack_mnist_train);
    command.add("VICTIM", options.victim, "A model of nca mnist train or the published one; it stays as it is")
        .required();
    add_fields(command, options.attack, {"class", "fraction"});
    command.add_noise(options.noise, "the victim");
    command.add_data(options.data);
    add_training_options(command, options.training, "model.safetensors, loss.png and checkpoint.safetensors");
}

void add_attack_mnist_eval(const Command& group) {
    const auto [command, options] = group.add_command(
        "eval", "Measure over the test digits how many cells and digits adversaries deceive, and how many recover",
        attack_mnist_eval);
    add_digit_run_options(command, options);
    command.add("--count", options.evaluation.count, "How many test digits, from the first", 1, 10'000);
}

void add_attack_mnist_run(const Command& group) {
    const auto [command, options] = group.add_command(
        "run", "Film test digits among whose cells adversaries (in red) are injected", attack_mnist_run);
    options.evaluation.count = 100;
    add_digit_run_options(command, options);
    command.add("--count", options.evaluation.count, "How many test digits, from the first", 1, 1024);
    add_film_options(command, options.film);
}

} // namespace program
