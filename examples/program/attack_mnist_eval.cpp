// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>

#include "attack_program.hpp"
#include "creature.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <memory>
#include <support/mnist_data.hpp>

namespace program {

namespace {

/// The class of an attack: what the user says, else what its file says, else 8.
int class_of(const DigitRun& options, const MnistModel& adversary) {
    if (options.digit) return *options.digit;
    for (const auto& [key, value] : adversary.metadata) {
        if (key == "training.class" && value.size() == 1 && value[0] >= '0' && value[0] <= '9') return value[0] - '0';
    }
    return 8;
}

/// What changes soon after the injection and the removal, and the last step.
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

void attack_mnist_eval(const DigitRun& options) {
    const auto start = std::chrono::steady_clock::now();
    DigitAttackers attack = load_attackers(options);
    const nca::mnist::Digits digits = require(support::load_digits(options.data, false));
    attack.evaluation.count = std::min(options.count, digits.count);
    attack.evaluation.record = recorded_steps(attack.evaluation, options.steps);
    nca::ThreadPool threads{options.threads};
    const auto metrics = nca::adversarial::evaluate(attack.victim.rule, attack.adversary.rule, digits,
                                                    attack.evaluation, attack.step, threads);
    const auto list = [&](auto&& value) {
        nca::Json values = nca::Json::array();
        for (const nca::adversarial::DigitMetrics& m : metrics) values.push_back(value(m));
        return values;
    };
    nca::Json result = nca::Json::object({{"victim", options.victim},
                                          {"adversary", options.adversary},
                                          {"class", attack.evaluation.digit},
                                          {"fraction", options.fraction},
                                          {"inject_at", options.inject_at}});
    if (options.remove_at) result.set("remove_at", *options.remove_at);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    print_result(result.set("count", attack.evaluation.count)
                     .set("noise", attack.step.noise)
                     .set("steps", list([](const auto& m) { return m.step; }))
                     .set("cells_deceived", list([](const auto& m) { return m.cells_deceived; }))
                     .set("digits_deceived", list([](const auto& m) { return m.digits_deceived; }))
                     .set("digits_wrong", list([](const auto& m) { return m.digits_wrong; }))
                     .set("seconds", elapsed.count()));
}

} // namespace

DigitAttackers load_attackers(const DigitRun& options) {
    DigitAttackers attack{load_mnist_model(options.victim), load_mnist_model(options.adversary), {}, {}};
    warn_of_other_victim(options.adversary, attack.adversary.metadata,
                         nca::adversarial::victim_fingerprint(attack.victim.rule));
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

void add_digit_run_options(CLI::App& command, DigitRun& options) {
    command.add_option("VICTIM", options.victim, "A model of nca mnist train or the published one")->required();
    command.add_option("ADVERSARY", options.adversary, "A model of nca attack mnist train or the published one")
        ->required();
    command
        .add_option("--class", options.digit, "The class of the attack (default: as in the adversary's file, else 8)")
        ->transform(whole_number(0, 9));
    command
        .add_option("--fraction", options.fraction,
                    "Share of the cells that are adversaries; one at least in every digit, unless it is 0")
        ->capture_default_str()
        ->check(finite_number(0.0, 1.0));
    command.add_option("--inject-at", options.inject_at, "Adversaries work from this step on")
        ->capture_default_str()
        ->transform(whole_number(0, 100'000));
    command.add_option("--remove-at", options.remove_at, "From this step on they are victims again (default: never)")
        ->transform(whole_number(1, 100'000));
    command.add_option("--steps", options.steps, "Steps to run")
        ->capture_default_str()
        ->transform(whole_number(1, 100'000));
    command.add_option("--data", options.data, "Folder of the four MNIST files (else the variable NCA_MNIST)");
    command
        .add_option("--noise", options.noise,
                    "Standard deviation of the noise on every update; without it that of the victim's training")
        ->check(finite_number(0.0, 10.0));
    command.add_option("--fire-rate", options.fire_rate, "Share of the cells that update in a step")
        ->capture_default_str()
        ->check(finite_number(0.0, 1.0));
    command.add_option("--seed", options.seed, "Seed of adversaries, fire masks and noise")
        ->capture_default_str()
        ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
    add_threads(command, options.threads);
}

void add_attack_mnist_eval(CLI::App& group) {
    const auto options = std::make_shared<DigitRun>();
    CLI::App* const command = group.add_subcommand(
        "eval", "Measure over the test digits how many cells and digits adversaries deceive, and how many recover");
    add_digit_run_options(*command, *options);
    command->add_option("--count", options->count, "How many test digits, from the first")
        ->capture_default_str()
        ->transform(whole_number(1, 10'000));
    command->callback([options] { attack_mnist_eval(*options); });
}

} // namespace program
