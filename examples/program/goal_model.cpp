// SPDX-License-Identifier: Apache-2.0
#include "goal_model.hpp"

#include <nca/io/pytorch_file.hpp>
#include <nca/systems/goal_guided/evaluate.hpp>
#include <nca/systems/goal_guided/model_file.hpp>
#include <nca/systems/growing/health.hpp>

#include "health.hpp"
#include "model_file.hpp"
#include "program.hpp"

#include <algorithm>
#include <numeric>
#include <support/target.hpp>

namespace program {

namespace {

constexpr int default_size = 40;
constexpr int default_padding = 12;
constexpr std::size_t max_goals = 256;

struct GoalHealth {
    std::string verdict{};
    double energy = 0.0;        ///< the error of an empty grid: the mean square of the targets
    double error = 0.0;         ///< grown from the seed, mean of all goals
    double living = 0.0;        ///< the share of runs that live
    double changed = 0.0;       ///< after a change of the goal, mean of all
    double worst_changed = 0.0; ///< of the worst change

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using H = GoalHealth;
        visit(nca::field("verdict", &H::verdict, "What becomes of the pictures"));
        visit(nca::field("energy", &H::energy, "Error of an empty grid"));
        visit(nca::field("error", &H::error, "Error of pictures grown from the seed"));
        visit(nca::field("living", &H::living, "Share of runs that live"));
        visit(nca::field("changed", &H::changed, "Error after a change of the goal"));
        visit(nca::field("worst_changed", &H::worst_changed, "Error after the worst change"));
    }
};

std::string judge(const GoalHealth& health) {
    const double blurred = nca::growing::blurred_error * health.energy;
    if (!(health.living > 0.0)) return "dies";
    if (!(health.error <= blurred)) return "blurred";
    return health.changed <= blurred ? "grows and changes" : "grows";
}

double energy_of(const nca::goal_guided::Target& target) {
    double total = 0.0;
    for (const float value : target.values()) total += static_cast<double>(value) * static_cast<double>(value);
    return total / static_cast<double>(target.values().size());
}

/// The picture in the middle of `side` x `side` cells.
nca::goal_guided::Target centred(const support::Target& picture, int side) {
    nca::goal_guided::Target target{nca::Extents<nca::Dynamic, nca::Dynamic>{{side, side}}};
    const int top = (side - picture.height) / 2;
    const int left = (side - picture.width) / 2;
    for (int y = 0; y < picture.height; ++y) {
        const auto row = picture.rgba.begin() + std::ptrdiff_t{4} * y * picture.width;
        for (int x = 0; x < picture.width; ++x) {
            std::copy_n(row + std::ptrdiff_t{4} * x, 4, target(top + y, left + x).begin());
        }
    }
    return target;
}

} // namespace

void add_pictures(const Command& command, PictureOptions& options) {
    command
        .add("PICTURES", options.pictures,
             "The picture of goal 0, of goal 1, ...: image files, emoji or built-in "
             "targets")
        .required();
    command.add("--size", options.size,
                "Longest side of a picture in cells; larger ones are shrunk to fit (default: 40, or as the model was "
                "trained)",
                1, 1024);
    command.add("--padding", options.padding,
                "Empty cells around the pictures (default: 12, or as the model was trained)", 0, 1024);
}

GoalPictures load_pictures(const PictureOptions& options) {
    if (options.pictures.size() > max_goals) {
        throw Failure{"there are " + std::to_string(options.pictures.size()) + " pictures; at most " +
                      std::to_string(max_goals) + " are possible"};
    }
    std::vector<support::Target> pictures;
    int side = 0;
    for (const std::string& spec : options.pictures) {
        pictures.push_back(require(support::load_target(spec, options.size.value_or(default_size),
                                                        options.padding.value_or(default_padding))));
        side = std::max({side, pictures.back().height, pictures.back().width});
    }
    require_grid(side, side);
    GoalPictures goals;
    for (const support::Target& picture : pictures) {
        goals.names.push_back(picture.name);
        goals.targets.push_back(centred(picture, side));
    }
    return goals;
}

nca::TextPairs goal_notes(const GoalPictures& pictures, const PictureOptions& options) {
    std::string names;
    for (const std::string& name : pictures.names) names += (names.empty() ? "" : ",") + name;
    const std::string side = std::to_string(pictures.targets.front().extents().rows());
    return {{"training.targets", names},
            {"training.height", side},
            {"training.width", side},
            {"training.size", std::to_string(options.size.value_or(default_size))},
            {"training.padding", std::to_string(options.padding.value_or(default_padding))}};
}

GoalModel load_goal_model(const std::string& path) {
    return goal_model_in(open_model_file(path));
}

GoalModel goal_model_in(const ModelFile& file) {
    const std::string& path = file.path;
    const auto published = [&](const auto& tensors) {
        auto model = nca::goal_guided::find_model(tensors.tensors());
        if (!model) throw Failure{nca::quote_path(path) + ": " + model.error().message};
        return GoalModel{std::move(*model), {}, {}};
    };
    if (nca::looks_like_pytorch(file.bytes)) return published(require(nca::parse_pytorch(file.bytes, path)));
    const auto tensors = require(nca::parse_safetensors(file.bytes, path));
    if (tensors.find_metadata("nca.format") == nullptr) return published(tensors);
    GoalModel found{require(nca::goal_guided::model_from(tensors)), {}, {}};
    found.size = metadata_number(tensors.metadata(), "training.size", default_size);
    found.padding = metadata_number(tensors.metadata(), "training.padding", default_padding, 0);
    return found;
}

nca::Json goal_health(const nca::goal_guided::GuidedModel& model, const GoalPictures& pictures, int steps, int runs,
                      nca::ThreadPool& threads) {
    const auto found =
        nca::goal_guided::evaluate(model, pictures.targets, {.grown = steps, .changed = steps, .runs = runs}, threads);
    GoalHealth health;
    const auto goals = static_cast<double>(pictures.targets.size());
    for (const auto& target : pictures.targets) health.energy += energy_of(target) / goals;
    health.error = found.mean_error;
    health.living = std::accumulate(found.living.begin(), found.living.end(), 0.0) / (goals * runs);
    health.changed = found.mean_changed;
    health.worst_changed = found.worst_changed;
    health.verdict = judge(health);
    return json_of(health)
        .set("errors", json_list(found.error))
        .set("runs_living", json_list(found.living))
        .set("errors_changed", json_list(found.changed));
}

} // namespace program
