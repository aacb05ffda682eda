// SPDX-License-Identifier: Apache-2.0
// What the ingredients of the recipe `fast` are worth: trains creatures with one of them replaced at a time, for equal
// work, and prints how they behave. One thread; several processes may share the rows (--only).
#include <nca/eigen.hpp>

#include "muon.hpp"
#include "rows.hpp"
#include "trial.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <support/target.hpp>
#include <utility>
#include <vector>

namespace {

using namespace bench;
using World = nca::Simulation<Rule, nca::Dynamic, nca::Dynamic>;

constexpr int padding = 16;

double processor_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

Target load(const std::string& name, int empty) {
    const auto loaded = support::load_target(name, 40, empty);
    if (!loaded) {
        std::fprintf(stderr, "bench_recipes: %s\n", loaded.error().message.c_str());
        std::exit(2);
    }
    Target target{nca::Extents<nca::Dynamic, nca::Dynamic>{{loaded->height, loaded->width}}};
    std::copy(loaded->rgba.begin(), loaded->rgba.end(), target.values().begin());
    return nca::growing::moved<Rule>(target, nca::growing::offset_to_seed<Rule>(target));
}

/// Errors of eight runs: at steps 96, 200 and 1,000, and 200 steps after a disc of radius 10 was erased in the middle
/// of the creature of step 200: their mean, and the largest.
std::array<double, 5> errors_of(const Rule& rule, const Target& target) {
    constexpr int runs = 8;
    const nca::growing::ColourLoss<Rule> error{target};
    std::array<double, 5> errors{};
    for (int run = 1; run <= runs; ++run) {
        World world{nca::borrow(rule), target.extents(), static_cast<std::uint64_t>(run)};
        const int row = target.extents().sizes()[0] / 2;
        const int column = target.extents().sizes()[1] / 2;
        const auto error_after = [&](int steps) {
            world.step(steps);
            return error(world.snapshot().cells);
        };
        world.plant(column, row);
        errors[0] += error_after(96) / runs;
        errors[1] += error_after(104) / runs;
        const auto grown = world.snapshot();
        errors[2] += error_after(800) / runs;
        static_cast<void>(world.restore(grown));
        world.erase(10.0, column, row);
        const double hole = error_after(200);
        errors[3] += hole / runs;
        errors[4] = std::max(errors[4], hole);
    }
    return errors;
}

template <class Optimiser>
void train(const Row& row, const Trial& trial, Optimiser optimiser, const std::string& target, std::uint64_t seed) {
    nca::SerialExecutor serial;
    nca::Trainer trainer{TrialTask{load(target, trial.padding), trial}, std::move(optimiser), {.seed = seed}, serial};
    const double start = processor_seconds();
    trainer.run(trial.experiment.iterations);
    const double seconds = processor_seconds() - start;
    const auto errors = errors_of(trainer.averaged_rule(), load(target, padding));
    std::printf("| %s | %s | %d | %lld | %.0f |", row.name.c_str(), target.c_str(), static_cast<int>(seed),
                static_cast<long long>(trial.experiment.iterations), seconds);
    for (const double value : errors) std::printf(" %.2f |", 1e3 * value);
    std::printf("\n");
    std::fflush(stdout);
}

/// The recipe of a row with as many iterations as do the work of `iterations` of `fast`.
Trial trial_of(const Row& row, std::int64_t iterations) {
    const auto made = [&](std::int64_t n) {
        Trial trial{.experiment = nca::growing::fast(nca::growing::regenerating, n)};
        row.change(trial, n);
        trial.experiment.iterations = n;
        return trial;
    };
    const double budget = work_of(nca::growing::fast(nca::growing::regenerating, iterations), iterations);
    const double share = budget / work_of(made(iterations).experiment, iterations);
    return made(static_cast<std::int64_t>(share * static_cast<double>(iterations)));
}

void run(const Row& row, const std::string& target, std::uint64_t seed, double share) {
    const auto all = nca::growing::fast_iterations(nca::growing::living_cells<Rule>(load(target, padding)));
    const Trial trial = trial_of(row, static_cast<std::int64_t>(share * static_cast<double>(all)));
    switch (trial.method) {
    case Method::soap:
        return train(row, trial, nca::Soap<Rule>{}, target, seed);
    case Method::muon:
        return train(row, trial, Muon<Rule>{}, target, seed);
    case Method::adam:
        return train(row, trial, nca::Adam<float>{Rule::block_size, {.decay = trial.weight_decay}}, target, seed);
    }
}

} // namespace

int main(int argc, char** argv) {
    std::vector<std::string> targets{"lizard"};
    std::vector<std::string> only;
    int seeds = 1;
    int first_seed = 1;
    double share = 0.2;
    CLI::App program{"What the ingredients of the recipe fast are worth (docs/recipes.md)"};
    program.add_option("TARGET", targets, "Images, emoji or built-in targets")->capture_default_str();
    std::vector<std::string> names;
    for (const Row& row : rows()) names.push_back(row.name);
    program.add_option("--only", only, "Rows to train, by their names; default: all")->check(CLI::IsMember(names));
    program.add_option("--seeds", seeds, "Trainings per row and target")->check(CLI::PositiveNumber);
    program.add_option("--first-seed", first_seed, "Seed of the first one")->check(CLI::PositiveNumber);
    program.add_option("--share", share, "Work, as a part of that of the recipe fast")->check(CLI::Range(0.001, 100.0));
    CLI11_PARSE(program, argc, argv);
    std::printf(
        "| recipe | target | seed | iterations | seconds | step 96 | step 200 | step 1,000 | hole | worst hole |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n");
    for (const Row& row : rows()) {
        if (!only.empty() && std::find(only.begin(), only.end(), row.name) == only.end()) continue;
        for (const std::string& target : targets) {
            for (int i = 0; i < seeds; ++i) run(row, target, static_cast<std::uint64_t>(first_seed + i), share);
        }
    }
}
