// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/io/safetensors.hpp>

#include "creature.hpp"
#include "film.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <support/render.hpp>

namespace program {

namespace {

struct RunOptions {
    std::string model;
    std::optional<int> height;
    std::optional<int> width;
    std::string state;
    long steps = 200;
    std::uint64_t seed = 1;
    double fire_rate = 0.5;
    double step_size = 1.0;
    double degrees = 0.0;
    std::string boundary = "zero";
    int threads = 0;
    std::vector<std::string> damages;
    std::string adversary;
    double fraction = 0.1;
    std::string adversary_steps;
    std::string target;
    int size = 40;
    std::vector<std::string> perturbations;
    std::vector<std::string> perturb_steps;
    std::string perturb_order = "before";
    bool plain = false;
    FilmOptions film;
};

constexpr int picture_side = 576;

const std::map<std::string, nca::Boundary>& boundaries() {
    static const std::map<std::string, nca::Boundary> names{{"zero", nca::Boundary::zero},
                                                            {"torus", nca::Boundary::torus},
                                                            {"replicate", nca::Boundary::replicate},
                                                            {"reflect", nca::Boundary::reflect}};
    return names;
}

/// The state to start from: the given tensor `state` [H, W, 16], or the seed on a grid of the wanted size.
StateGrid first_state(const RunOptions& options, const Model& model) {
    using Shape = Simulation::Shape;
    if (options.state.empty()) {
        const int height = options.height.value_or(metadata_number(model.metadata, "training.height", 72));
        const int width = options.width.value_or(metadata_number(model.metadata, "training.width", 72));
        if (static_cast<long>(height) * width > max_cells) {
            throw Failure{"a grid of " + std::to_string(height) + " x " + std::to_string(width) +
                          " cells is too large: --height times --width must be at most " + std::to_string(max_cells)};
        }
        StateGrid grid{Shape{{height, width}}};
        nca::growing::plant_seed(grid.view());
        return grid;
    }
    const nca::SafetensorsFile file = require(nca::read_safetensors(options.state));
    const nca::StoredTensor* const tensor = file.find("state");
    if (tensor == nullptr) throw Failure{"'" + options.state + "': there is no tensor 'state'"};
    const auto& shape = tensor->shape;
    if (shape.size() != 3 || shape[2] != Rule::channels || shape[0] == 0 || shape[1] == 0 || shape[0] > max_side ||
        shape[1] > max_side || shape[0] * shape[1] > max_cells) {
        throw Failure{"'" + options.state + "': tensor 'state': expected shape [height, width, " +
                      std::to_string(Rule::channels) + "] of at most " + std::to_string(max_cells) + " cells"};
    }
    const std::vector<float> values = require(file.to_finite_floats("state", {shape[0], shape[1], shape[2]}));
    const int height = static_cast<int>(shape[0]);
    const int width = static_cast<int>(shape[1]);
    if (options.height.value_or(height) != height || options.width.value_or(width) != width) {
        throw Failure{"'" + options.state + "': the state has " + std::to_string(height) + " x " +
                      std::to_string(width) + " cells, which is not what --height and --width say"};
    }
    StateGrid grid{Shape{{height, width}}};
    std::copy(values.begin(), values.end(), grid.values().begin());
    return grid;
}

/// What the options say is done to the creature.
Attack attack_of(const RunOptions& options, const Rule& victim, const Simulation::Shape& extents) {
    Attack attack;
    if (!options.adversary.empty()) {
        attack.adversary = load_adversary(options.adversary, victim);
        attack.fraction = options.fraction;
        if (!options.adversary_steps.empty()) {
            attack.injected = parse_step_range("--adversary-steps", options.adversary_steps);
        }
        if (!options.target.empty()) {
            attack.allowed = allowed_in(require(support::load_target(options.target, options.size, 0)), extents);
        }
    }
    if (!options.perturbations.empty()) {
        std::vector<NamedPerturbation> parts;
        for (const std::string& text : options.perturbations) parts.push_back(load_perturbation(text));
        attack.perturbation = combine(parts);
        for (const std::string& text : options.perturb_steps) {
            attack.perturbed.push_back(parse_step_range("--perturb-steps", text));
        }
        if (attack.perturbed.empty()) attack.perturbed.push_back({});
        if (options.perturb_order == "after") attack.order = nca::PerturbationOrder::after_step;
    }
    return attack;
}

/// The creature enlarged, with its adversaries blinking in red unless the colours of all cells are wanted.
support::Image enlarged(const AttackedWorld& attacked, bool plain) {
    const Simulation& world = attacked.world();
    const support::Image image = plain ? support::over_white(world.state().values(), world.extents()[0],
                                                             world.extents()[1], Rule::channels)
                                       : picture_of(attacked);
    return support::enlarge(image, support::enlargement(image, picture_side));
}

/// The largest absolute value; NaN if there is one.
float largest_of(const StateGrid& state) {
    float largest = 0.0F;
    for (const float v : state.values()) {
        if (std::isnan(v)) return v;
        largest = std::max(largest, std::abs(v));
    }
    return largest;
}

void write_state(const std::string& path, const StateGrid& state) {
    nca::SafetensorsWriter writer;
    writer.add(
        "state",
        {static_cast<std::size_t>(state.extents()[0]), static_cast<std::size_t>(state.extents()[1]), Rule::channels},
        state.values());
    require(nca::write_safetensors(path, writer));
}

void run(const RunOptions& options) {
    Film film{options.film, options.steps, true};
    std::vector<Damage> damages;
    for (const std::string& text : options.damages) damages.push_back(parse_damage(text));
    const Model model = load_creature(options.model);
    const StateGrid start = first_state(options, model);
    const Attack attack = attack_of(options, model.rule, start.extents());
    film.require_writable();

    nca::ThreadPool threads{options.threads};
    AttackedWorld attacked{model.rule, attack, start.extents(), options.seed, threads.concurrency()};
    Simulation& world = attacked.world();
    nca::StepOptions<Rule> step;
    step.fire_rate = options.fire_rate;
    step.step_size = static_cast<float>(options.step_size);
    step.angle = options.degrees * (3.14159265358979323846 / 180.0);
    step.boundary = boundaries().at(options.boundary);
    world.set_options(step);
    world.load(start.view());

    const auto picture = [&] { return enlarged(attacked, options.plain); };
    apply_damage(world, damages);
    film.show(0, picture);
    for (long i = 1; i <= options.steps; ++i) {
        attacked.step(threads);
        apply_damage(world, damages);
        film.show(i, picture);
    }

    const StateGrid last = world.state();
    nca::Json outputs = film.write(picture, [&](const std::string& path) { write_state(path, last); });
    const auto alpha_cells = [&] {
        int count = 0;
        for (int i = 0; i < last.extents().cells(); ++i) {
            count += last.view().cell(i)[nca::growing::alpha_channel] > 0.1F ? 1 : 0;
        }
        return count;
    };
    nca::Json result = nca::Json::object({{"model", options.model},
                                    {"height", last.extents()[0]},
                                    {"width", last.extents()[1]},
                                    {"steps", options.steps},
                                    {"seed", options.seed},
                                    {"fire_rate", options.fire_rate},
                                    {"visible_cells", alpha_cells()},
                                    {"largest", largest_of(last)}});
    if (attack.adversary) result.set("adversary", options.adversary).set("fraction", attack.fraction);
    print_result(result.set("outputs", std::move(outputs)));
}

} // namespace

void add_run(CLI::App& app) {
    const auto options = std::make_shared<RunOptions>();
    CLI::App* const command = app.add_subcommand("run", "Run a trained model and write the state, a picture or a film");
    command->add_option("MODEL", options->model, "A .safetensors model or a published .json model")->required();
    command->add_option("--height", options->height, "Rows of the grid (default: as in training, else 72)")
        ->transform(whole_number(1, max_side));
    command->add_option("--width", options->width, "Columns of the grid (default: as in training, else 72)")
        ->transform(whole_number(1, max_side));
    command->add_option(
        "--state", options->state,
        "Start from the tensor 'state' [height, width, 16] of this .safetensors file, not from the seed");
    command->add_option("--steps", options->steps, "Steps to run")
        ->capture_default_str()
        ->transform(whole_number(0, 1000000000));
    command->add_option("--seed", options->seed, "Seed of the random fire masks")
        ->capture_default_str()
        ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
    command->add_option("--fire-rate", options->fire_rate, "Share of the cells that update in a step; 1: no randomness")
        ->capture_default_str()
        ->check(finite_number(0.0, 1.0));
    command->add_option("--step-size", options->step_size, "Factor of every update")
        ->capture_default_str()
        ->check(finite_number(-100.0, 100.0));
    command
        ->add_option("--rotate", options->degrees, "Rotation of the cells' perception, counter-clockwise, in degrees")
        ->capture_default_str()
        ->check(finite_number(-1e6, 1e6));
    command
        ->add_option("--boundary", options->boundary, "What lies beyond the border: zero, torus, replicate or reflect")
        ->capture_default_str()
        ->check(CLI::IsMember(boundaries()));
    add_threads(*command, options->threads);
    command
        ->add_option("--damage", options->damages,
                     "STEP:X,Y,R  Erase a disc of radius R at column X, row Y; repeatable")
        ->take_all()
        ->allow_extra_args(false);
    command->add_option("--adversary", options->adversary,
                        "A model whose rule some of the cells follow (nca attack growing)");
    command->add_option("--fraction", options->fraction, "Share of the cells that are adversaries")
        ->capture_default_str()
        ->check(finite_number(0.0, 1.0))
        ->needs("--adversary");
    command
        ->add_option("--adversary-steps", options->adversary_steps,
                     "A-B  Steps, counted from 0, in which the adversaries work; else the cells follow MODEL (default: "
                     "all)")
        ->needs("--adversary");
    command
        ->add_option("--target", options->target,
                     "A picture in the middle of the grid: adversaries stand only where it is visible")
        ->needs("--adversary");
    command->add_option("--size", options->size, "The longer side of the --target in cells")
        ->capture_default_str()
        ->transform(whole_number(1, 4096))
        ->needs("--target");
    command->add_flag("--plain", options->plain, "Show adversaries in their own colours, not blinking in red")
        ->needs("--adversary");
    command
        ->add_option("--perturb", options->perturbations,
                     "FILE:K or FILE:NAME:K  Perturb all states by this symmetric matrix (nca attack perturb) with the "
                     "coefficient K: 1 as trained, 0 without effect; repeatable, they add up")
        ->take_all()
        ->allow_extra_args(false);
    command
        ->add_option("--perturb-steps", options->perturb_steps,
                     "A-B  Steps, counted from 0, in which states are perturbed; repeatable (default: all)")
        ->take_all()
        ->allow_extra_args(false)
        ->needs("--perturb");
    command
        ->add_option("--perturb-order", options->perturb_order,
                     "before the step, as in training, or after it, as in the article's demos")
        ->capture_default_str()
        ->check(CLI::IsMember(std::vector<std::string>{"before", "after"}))
        ->needs("--perturb");
    add_film_options(*command, options->film, "tensor 'state', float32, [height, width, 16]");
    command->callback([options] { run(*options); });
}

} // namespace program
