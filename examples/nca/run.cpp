// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/io/safetensors.hpp>

#include "program.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <support/render.hpp>
#include <support/webp.hpp>

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
    long frame_every = 0;
    std::vector<std::string> damages;
    std::vector<std::string> outputs;
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

support::Image picture_of(const Simulation& world) {
    const StateGrid state = world.state();
    const support::Image image =
        support::over_white(state.values(), world.extents()[0], world.extents()[1], Rule::channels);
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
    bool animated = false;
    for (const std::string& path : options.outputs) {
        const std::string ending = ending_of(path);
        if (ending != ".safetensors" && ending != ".png" && ending != ".webp") {
            throw Failure{"--out '" + path + "': expected a name that ends in .safetensors, .png or .webp"};
        }
        animated = animated || ending == ".webp";
    }
    std::vector<Damage> damages;
    for (const std::string& text : options.damages) damages.push_back(parse_damage(text));
    const Model model = require(nca::load_model<Rule>(options.model));
    const StateGrid start = first_state(options, model);
    for (const std::string& path : options.outputs) require_writable(path);

    nca::ThreadPool threads{options.threads};
    Simulation world{nca::borrow(model.rule), start.extents(), options.seed, {.concurrency = threads.concurrency()}};
    nca::StepOptions<Rule> step;
    step.fire_rate = options.fire_rate;
    step.step_size = static_cast<float>(options.step_size);
    step.angle = options.degrees * (3.14159265358979323846 / 180.0);
    step.boundary = boundaries().at(options.boundary);
    world.set_options(step);
    world.load(start.view());

    // At most about 250 frames, unless the user wants otherwise.
    const long every = options.frame_every > 0 ? options.frame_every : std::max(1L, options.steps / 250);
    std::optional<support::AnimationWriter> film;
    const auto show = [&] {
        const support::Image image = picture_of(world);
        if (!film) film.emplace(require(support::AnimationWriter::create(image.width, image.height)));
        require(film->add(image));
    };
    apply_damage(world, damages);
    if (animated) show();
    for (long i = 1; i <= options.steps; ++i) {
        world.step(threads);
        apply_damage(world, damages);
        if (animated && (i % every == 0 || i == options.steps)) show();
    }

    const StateGrid last = world.state();
    nca::Json outputs = nca::Json::array();
    std::optional<std::vector<std::byte>> animation;
    if (film) animation = require(film->finish());
    for (const std::string& path : options.outputs) {
        const std::string ending = ending_of(path);
        if (ending == ".safetensors") write_state(path, last);
        if (ending == ".png") require(support::write_png(path, picture_of(world)));
        if (ending == ".webp") require(nca::write_file_atomically(path, *animation));
        outputs.push_back(path);
    }
    const auto alpha_cells = [&] {
        int count = 0;
        for (int i = 0; i < last.extents().cells(); ++i) {
            count += last.view().cell(i)[nca::growing::alpha_channel] > 0.1F ? 1 : 0;
        }
        return count;
    };
    print_result(nca::Json::object({{"model", options.model},
                                    {"height", last.extents()[0]},
                                    {"width", last.extents()[1]},
                                    {"steps", options.steps},
                                    {"seed", options.seed},
                                    {"fire_rate", options.fire_rate},
                                    {"visible_cells", alpha_cells()},
                                    {"largest", largest_of(last)},
                                    {"outputs", std::move(outputs)}}));
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
    command
        ->add_option("--frame-every", options->frame_every, "Steps between two frames of a film (default: 250 frames)")
        ->transform(whole_number(1, 1000000000));
    command
        ->add_option(
            "--out", options->outputs,
            "File to write; repeatable: .safetensors (tensor 'state', float32, [height, width, 16]), .png (the "
            "last state over white, enlarged) or .webp (animation)")
        ->take_all()
        ->allow_extra_args(false);
    command->callback([options] { run(*options); });
}

} // namespace program
