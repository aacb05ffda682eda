// SPDX-License-Identifier: Apache-2.0
// nca world: one large world, cut into slabs for the processes that mpirun has started.
#include <nca/core/clock.hpp>

#include "any_world.hpp"
#include "command.hpp"
#include "film.hpp"
#include "processes.hpp"

#include <algorithm>

#ifdef NCA_PROGRAM_MPI
#include <nca/mpi/world.hpp>
#endif

namespace program {

namespace {

struct WorldOptions {
    std::string model{};
    std::optional<int> depth{};
    std::optional<int> height{};
    std::optional<int> width{};
    std::optional<int> every{};
    std::string state{};
    long steps = 200;
    std::uint64_t seed = 1;
    std::optional<double> fire_rate{};
    int threads = 0;
    FilmOptions film{};
};

/// Plants a seed in the middle of every box of `every` cells along a side that lies in the grid.
void plant_many(nca::AnySimulation& cells, int every) {
    const std::vector<int> sizes(cells.sizes().rbegin(), cells.sizes().rend()); // x, y, z
    std::vector<int> at(sizes.size(), every / 2);
    while (at.back() < sizes.back()) {
        bool inside = true;
        for (std::size_t axis = 0; axis < at.size(); ++axis) inside = inside && at[axis] < sizes[axis];
        if (inside) cells.plant(at);
        at[0] += every;
        for (std::size_t axis = 0; axis + 1 < at.size() && at[axis] >= sizes[axis]; ++axis) {
            at[axis] = every / 2;
            at[axis + 1] += every;
        }
    }
}

/// The steps of a world from its present state: with the others if there are some. Afterwards the first process has the
/// last state in `world`.
void step_together(const nca::AnyModel& model, AnyWorld& world, const nca::StepOptions<nca::AnyRule>& step,
                   const WorldOptions& options, nca::ThreadPool& threads) {
    if (sample_sharing() == nullptr) {
        for (long i = 0; i < options.steps; ++i) world.step(&threads);
        return;
    }
#ifdef NCA_PROGRAM_MPI
    if (model.description().input_kind != nca::InputKind::none) {
        throw Failure{nca::quote_path(options.model) + ": cells that are told something live in one process"};
    }
    with_rule(model, [&]<class R>(R rule) {
        if constexpr (R::rank == 1) {
            throw Failure{nca::quote_path(options.model) + ": worlds of one dimension live in one process"};
        } else {
            typename nca::mpi::World<R>::Sizes sizes;
            std::ranges::copy(world.cells().sizes(), sizes.begin());
            auto slabs = nca::mpi::World<R>::create(std::move(rule), sizes, options.seed, nca::options_as<R>(step));
            if (!slabs) throw Failure{slabs.error().message};
            (*slabs)->load(world.state());
            (*slabs)->step(static_cast<int>(options.steps), threads);
            const std::vector<float> last = (*slabs)->gather();
            if (is_first_process()) world.cells().load(last);
        }
    });
#else
    static_cast<void>(model);
    static_cast<void>(step);
#endif
}

void world(const WorldOptions& options) {
    const ModelFile file = open_model_file(options.model);
    const nca::AnyModel model = any_model_in(file);
    const nca::RuleDescription& rule = model.description();
    const ChosenExtents chosen{options.depth, options.height, options.width};
    const Extents wanted = wanted_extents(rule.dimensions, chosen);
    std::optional<State> start;
    if (!options.state.empty()) start = read_state(options.state, rule.channels, wanted);
    const std::vector<int> sizes = start ? start->sizes : extents_of(rule.dimensions, model.metadata(), chosen);
    nca::ThreadPool threads{options.threads};
    AnyWorld cells{model, {}, {}, sizes, options.seed, {threads.concurrency(), false}};
    nca::StepOptions<nca::AnyRule> step = model.options();
    step.fire_rate = options.fire_rate.value_or(step.fire_rate);
    cells.cells().set_options(step);
    if (start) {
        cells.cells().load(start->values);
    } else if (options.every && rule.life == nca::LifeKind::alive) {
        plant_many(cells.cells(), *options.every);
    } else {
        cells.plant();
    }
    double seconds = 0.0;
    const auto run = [&](long /*all*/) {
        const double begin = nca::detail::seconds_now();
        step_together(model, cells, step, options, threads);
        seconds = nca::detail::seconds_now() - begin;
    };
    if (!is_first_process()) return run(0);
    Film film{options.film, 1, FilmFiles::states};
    nca::Json outputs = film.run(
        run, [&] { return cells.image(); },
        [&] {
            return State{sizes, rule.channels, cells.state()};
        });
    nca::Json result = nca::Json::object({{"model", options.model}});
    if (sizes.size() == 3) result.set("depth", sizes[0]);
    if (sizes.size() > 1) result.set("height", sizes[sizes.size() - 2]);
    result.set("width", sizes.back())
        .set("steps", options.steps)
        .set("seed", options.seed)
        .set("processes", process_count())
        .set("steps_per_second", static_cast<double>(options.steps) / std::max(seconds, 1e-9))
        .set("hash", nca::hash_text(cells.cells().hash()));
    print_result(result.set("outputs", std::move(outputs)));
}

} // namespace

void add_world(const Command& program) {
    const auto [command, options] = program.add_command(
        "world", "Run a large world, in one process or cut into slabs for those that mpirun starts", world);
    command.use_all_processes();
    command.add("MODEL", options.model, "A model of any rule, as nca run takes it").required();
    command.add("--depth", options.depth, "Layers of the world in three dimensions (default: as in training, else 32)",
                1, max_side);
    command.add("--height", options.height,
                "Rows of the world (default: as in training, else 72, in three dimensions 32)", 1, max_side);
    command.add("--width", options.width, "Columns of the world (default: likewise)", 1, max_side);
    command.add("--every", options.every, "Plant a seed every so many cells along all sides, not one in the middle", 1,
                max_side);
    command.add("--state", options.state, "Start from the tensor 'state' of this .safetensors file")
        .excludes("--every");
    command.add("--steps", options.steps, "Steps to run", 0, 1'000'000'000);
    command.add_seed(options.seed, "the random fire masks");
    command.add_fire_rate(options.fire_rate);
    command.add_threads(options.threads);
    add_film_options(command, options.film, "[height, width, channels]");
}

} // namespace program
