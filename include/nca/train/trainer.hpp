// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_TRAINER_HPP
#define NCA_TRAIN_TRAINER_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/description.hpp>
#include <nca/core/clock.hpp>
#include <nca/core/fields.hpp>
#include <nca/core/hash.hpp>
#include <nca/train/batch.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/checkpoint.hpp>
#include <nca/train/frozen_parameters.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/initial_state.hpp>
#include <nca/train/optimiser.hpp>
#include <nca/train/recovery.hpp>
#include <nca/train/report.hpp>
#include <nca/train/running_mean.hpp>
#include <nca/train/sample_sharing.hpp>
#include <nca/train/schedule.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI {

/// The options of a Trainer. What is 0 is the task's choice (its options()), or the number in brackets without one.
struct TrainerOptions {
    std::uint64_t seed = 1;               ///< of everything random
    int batch = 0;                        ///< samples per iteration (8)
    int pool_size = 0;                    ///< states of the sample pool (256)
    int mean_window = 0;                  ///< iterations of the running mean of the parameters (200)
    bool sample_pool = true;              ///< false: samples always start as the pool was filled
    bool bfloat16 = false;                ///< networks multiply in bfloat16; for rules with AnyCompute, as AnyRule
    Schedule learning_rate{.initial = 0}; ///< (2e-3, a tenth of it after iteration 2,000)

    template <class Visit>
    static constexpr void fields(Visit&& visit) {
        using O = TrainerOptions;
        visit(field("seed", &O::seed, "Seed of everything random"));
        visit(field("batch", &O::batch, "Samples per iteration", 1, 256));
        visit(field("pool_size", &O::pool_size, "States of the sample pool", 1, 1e5));
        visit(field("mean_window", &O::mean_window, "Iterations of the running mean", 1, 1e6));
        visit(field("sample_pool", &O::sample_pool, "Whether samples start from the pool"));
        visit(field("learning_rate", &O::learning_rate, "Learning rate"));
    }

    /// These options, with `others` where they leave the choice, and the defaults where both do.
    [[nodiscard]] constexpr TrainerOptions or_else(const TrainerOptions& others) const noexcept {
        const auto pick = [](int a, int b, int c) { return a > 0 ? a : (b > 0 ? b : c); };
        const auto set = [](const Schedule& s) { return s.initial > 0 || s.custom != nullptr; };
        return {.seed = seed,
                .batch = pick(batch, others.batch, 8),
                .pool_size = pick(pool_size, others.pool_size, 256),
                .mean_window = pick(mean_window, others.mean_window, 200),
                .sample_pool = sample_pool && others.sample_pool,
                .bfloat16 = bfloat16 || others.bfloat16,
                .learning_rate = set(learning_rate)          ? learning_rate
                                 : set(others.learning_rate) ? others.learning_rate
                                                             : drop_after(2000)};
    }
};

namespace detail {

template <class Task>
struct trained_by {
    using type = typename Task::Rule;
};
template <class Task>
requires requires {
    typename Task::Trained;
}
struct trained_by<Task> {
    using type = typename Task::Trained;
};
template <class Task>
using TrainedBy = typename trained_by<Task>::type;

template <class Task>
[[nodiscard]] TrainerOptions options_of(const Task& task) {
    if constexpr (requires { task.options(); }) return task.options();
    return {};
}
template <class Task>
inline constexpr std::uint32_t fire_stream_of = 4;
template <class Task>
requires requires {
    Task::fire_stream;
}
inline constexpr std::uint32_t fire_stream_of<Task> = Task::fire_stream;

/// The architecture of a task's rule.
template <class Task>
[[nodiscard]] ArchitectureOf<typename Task::Rule> architecture_of(const Task& task) {
    if constexpr (requires { task.architecture(); })
        return task.architecture();
    else
        return {};
}
/// What a task trains, with parameters that mean nothing yet.
template <class Task>
[[nodiscard]] TrainedBy<Task> first_parameters(const Task& task) {
    if constexpr (requires { task.untrained(); })
        return task.untrained();
    else if constexpr (std::is_same_v<TrainedBy<Task>, typename Task::Rule>)
        return TrainedBy<Task>{architecture_of(task)};
    else
        return {};
}

template <class Task>
[[nodiscard]] auto make_adam(const Task& task) {
    using Trained = TrainedBy<Task>;
    AdamOptions options;
    if constexpr (requires { task.adam(); }) options = task.adam();
    return Adam<typename Trained::Value>{first_parameters(task).parameters().size(), options};
}

} // namespace detail

} // namespace nca::inline NCA_ABI

namespace nca::inline NCA_ABI::inline NCA_ISA {

/// Trains one rule on a task. An iteration draws a batch from the sample pool, lets the task change it (begin), runs
/// the samples on tapes in parallel, normalises the gradient, steps the optimiser, updates the running mean and writes
/// the states back. Everything random is a function of seed and iteration: the result does not depend on the executor,
/// and a resumed run equals an uninterrupted one bit for bit. Allocates at construction, and while tapes grow.
///
/// An iteration that is not finite takes the last update back, since that led there. After max_idle iterations in a row
/// without a gradient, as when every cell has died, the next one is the first of a new start: as of another seed, from
/// other parameters and a new pool, with the learning rate of a first iteration.
///
/// A task is a struct with
///     using Rule = ...;                                   // the rule
///     auto extents() const;                               // nca::Extents of the training grid
///     Var loss(Rollout<Rule>& rollout, int sample);       // runs the sample, returns a scalar; several at a time
/// and, where the defaults do not serve, any of
///     ArchitectureOf<Rule> architecture() const;          // of a rule of run-time sizes
///     using Trained = ...;                                // what trains, if it is not the rule: see Perturbation
///     Trained untrained() const;                          // of its sizes; default: Trained{}
///     static constexpr std::string_view name;             // for checkpoints
///     TrainerOptions options() const;                     // batch, pool, schedule
///     void initialise(Trained&, const Philox&);           // first parameters; default: Trained::initialise
///     void fill(SamplePool<T>&, const Philox&);           // first states; default: the seed in the middle, or zeros
///     void begin(Batch<Rule>&, const Philox&);            // seeds, damage, goals, options of the steps
///     void restart(Batch<Rule>&, int sample);             // state after an iteration that was not finite
///     void normalise(std::span<T> gradient);              // default: each weight matrix and bias to length 1
///     Trained& parameters(Trained&);                      // what samples run with, e.g. rounded parameters
///     std::span<const std::uint8_t> trained_parameters(); // 0 for those that stay, bit for bit: added_parameters()
///     TextPairs identity() const;                         // what tells its data and options from another task's
template <class Task, class Opt = Adam<typename detail::TrainedBy<Task>::Value>>
class Trainer {
public:
    using R = typename Task::Rule;
    using T = typename R::Value;
    using Trained = detail::TrainedBy<Task>;
    static_assert(Optimiser<Opt, T>, "nca::Trainer: the optimiser lacks a part of nca::Optimiser");

    /// A trainer with Adam. What the executor refers to outlives it.
    NCA_COLD Trainer(Task task, const TrainerOptions& options, ExecutorRef executor)
        : Trainer{std::move(task), {}, options, executor, 0} {
        optimiser_ = detail::make_adam(task_);
    }
    /// A trainer with an optimiser of Trained::block_size parameters.
    Trainer(Task task, Opt optimiser, const TrainerOptions& options, ExecutorRef executor)
        : Trainer{std::move(task), std::move(optimiser), options, executor, 0} {}
    NCA_COLD ~Trainer() = default;
    Trainer(const Trainer&) = delete;
    Trainer& operator=(const Trainer&) = delete;

    /// What trains.
    [[nodiscard]] Trained& rule() noexcept { return rule_; }
    [[nodiscard]] const Trained& rule() const noexcept { return rule_; }
    /// The running mean of its parameters: smoother than any single iterate, and no part of training.
    [[nodiscard]] Trained& averaged_rule() noexcept { return average_; }
    [[nodiscard]] const Trained& averaged_rule() const noexcept { return average_; }
    /// Replaces the first parameters, before the first iteration. Training does not start anew from others then.
    void start_from(const Trained& rule) {
        recovery_.given = 1;
        for (Trained* const to : {&rule_, &average_}) {
            std::copy(rule.parameters().begin(), rule.parameters().end(), to->parameters().begin());
        }
    }
    /// From now on computes only some samples of a batch, and gets the rest from other processes, whose trainers do the
    /// same. The result is that of one process, bit for bit, where all have the same instruction set. What it refers to
    /// outlives the trainer.
    void share_samples(SampleSharing& sharing) noexcept { sharing_ = &sharing; }
    [[nodiscard]] const Task& task() const noexcept { return task_; }
    [[nodiscard]] const TrainerOptions& options() const noexcept { return options_; }
    /// Iterations done.
    [[nodiscard]] std::int64_t iteration() const noexcept { return iteration_; }
    /// How often training started anew.
    [[nodiscard]] int new_starts() const noexcept { return static_cast<int>(recovery_.new_starts); }
    /// The loss of every iteration so far.
    [[nodiscard]] const std::vector<float>& losses() const noexcept { return losses_; }
    [[nodiscard]] SamplePool<T>& pool() noexcept { return pool_; }
    [[nodiscard]] const SamplePool<T>& pool() const noexcept { return pool_; }

    /// One training iteration.
    NCA_COLD TrainingReport step() { // what takes time are functions of their own
        const double start = detail::seconds_now();
        const std::int64_t at = iteration_ - recovery_.first;
        const Philox random = start_random().split(iteration_stream, static_cast<std::uint32_t>(at));
        Batch<R> batch{pool_, draw(random), random, at, executor_, architecture_, step_options_};
        if constexpr (requires { task_.begin(batch, random); }) task_.begin(batch, random);
        Trained& trained = used_parameters();
        int steps = 0;
        const auto run_sample = [&](auto& tape, const Weights<Trained>& weights, int sample) {
            Rollout<R, Trained> rollout{
                tape,   weights,
                batch,  task_.extents().sizes(),
                sample, random.split(detail::fire_stream_of<Task>, static_cast<std::uint32_t>(sample))};
            const auto result = task_.loss(rollout, sample);
            rollout.state().save(results_[static_cast<std::size_t>(sample)]);
            if (sample == 0) steps = rollout.steps();
            return result;
        };
        gradient_.run(
            trained, run_sample, [&](int sample) { return batch.state(sample).count(); },
            [&](int sample) { return sharing_ == nullptr || sharing_->computes(sample); });
        if (sharing_ != nullptr) exchange(steps);
        const double loss = gradient_.sum();
        frozen_.clear(gradient_.gradient());
        const double rate = options_.learning_rate(at);
        const bool finite = std::isfinite(loss) && gradient_.is_finite();
        const bool idle = finite && loss != 0.0 && gradient_.is_zero();
        if (finite) {
            keep_last();
            update(rate, at);
        } else if (!last_.empty()) {
            optimiser_.set_steps(last_.take_back([&](auto&& visit) { visit_tensors(visit); }));
        }
        finish(batch, finite);
        losses_.push_back(static_cast<float>(loss));
        TrainingReport report{iteration_++, loss, steps, rate, 0.0, finite};
        if (recovery_.note(finite, idle)) start_anew();
        report.new_starts = static_cast<int>(recovery_.new_starts);
        report.seconds = detail::seconds_now() - start;
        return report;
    }

    /// Iterates until `iterations` are done in all. After each calls progress(report), which may return false to stop.
    template <class Progress>
    RunEnd run(std::int64_t iterations, Progress&& progress) {
        while (iteration_ < iterations) {
            const TrainingReport report = step();
            if constexpr (std::is_void_v<decltype(progress(report))>) {
                progress(report);
            } else if (!progress(report)) {
                return iteration_ < iterations ? RunEnd::stopped : RunEnd::finished;
            }
            if (const auto end = recovery_.end()) return *end;
        }
        return RunEnd::finished;
    }
    /// The same without a callback.
    RunEnd run(std::int64_t iterations) {
        return run(iterations, [](const TrainingReport& /*report*/) {});
    }

    /// Writes a checkpoint, whole or not at all: parameters, running mean, optimiser, pool, losses.
    [[nodiscard]] NCA_COLD Result<void> save(const std::string& path) const {
        return write_with([&](const SafetensorsWriter& writer) { return write_safetensors(path, writer); });
    }
    /// The bytes of the file that save() writes.
    [[nodiscard]] NCA_COLD Result<std::vector<std::byte>> checkpoint() const {
        return write_with([](const SafetensorsWriter& writer) { return writer.to_bytes(); });
    }
    /// Continues from a checkpoint. Errors (nothing changes): a missing or corrupt file, or one of another identity().
    [[nodiscard]] NCA_COLD Result<void> resume(const std::string& path) {
        return read_safetensors(path).and_then([&](const SafetensorsFile& file) { return resume(file); });
    }
    /// Continues from the bytes of a checkpoint. Errors: as of a file.
    [[nodiscard]] NCA_COLD Result<void> resume(std::span<const std::byte> bytes) {
        return parse_safetensors(bytes).and_then([&](const SafetensorsFile& file) { return resume(file); });
    }
    /// What a checkpoint has to share with the trainer that continues it.
    [[nodiscard]] NCA_COLD TextPairs identity() const {
        TextPairs pairs{{"nca.checkpoint", "training 1"}, {"task", task_name()}};
        std::string extents;
        const auto sizes = task_.extents().sizes(); // of extents that may be a temporary
        for (const int size : sizes) extents += (extents.empty() ? "" : " x ") + std::to_string(size);
        pairs.emplace_back("extents", extents);
        TextPairs own = describe_fields(options_);
        if (step_options_.bfloat16) own.emplace_back("compute", "bfloat16");
        own.emplace_back("optimiser", std::string{Opt::name});
        for (auto& [key, text] : describe_fields(optimiser_.options())) own.emplace_back("optimiser_" + key, text);
        if constexpr (requires { task_.identity(); }) { // first, as messages name the first difference
            for (auto& pair : task_.identity()) {
                const auto same_key = [&](const auto& other) { return other.first == pair.first; };
                if (std::none_of(own.begin(), own.end(), same_key)) pairs.push_back(std::move(pair));
            }
        }
        if constexpr (requires { task_.trained_parameters(); }) {
            const std::span<const std::uint8_t> trained = task_.trained_parameters();
            own.emplace_back("trained_parameters", fingerprint(trained));
        }
        for (const TextPairs& more : {own, describe(architecture_.description())})
            pairs.insert(pairs.end(), more.begin(), more.end());
        return pairs;
    }

    /// How the rule was trained, for its file's metadata: identity and number of iterations as "training.<key>".
    [[nodiscard]] NCA_COLD TextPairs notes() const {
        TextPairs pairs;
        for (const auto& [key, text] : identity()) {
            if (!key.starts_with("nca.")) pairs.emplace_back("training." + key, text);
        }
        pairs.emplace_back("training.iterations", std::to_string(iteration_));
        return pairs;
    }

private:
    template <class Write>
    [[nodiscard]] auto write_with(Write&& write) const {
        // The state only views what is written.
        return write_checkpoint(const_cast<Trainer&>(*this).state(), identity(), std::forward<Write>(write));
    }
    [[nodiscard]] NCA_COLD Result<void> resume(const SafetensorsFile& file) {
        const bool narrow = file.find_metadata("compute") != nullptr;
        if (narrow != step_options_.bfloat16) {
            return about_file(file.file_name(),
                              Error{std::string{"the checkpoint belongs to another run: compute is "} +
                                    (narrow ? "bfloat16, expected float" : "float, expected bfloat16")});
        }
        const std::int64_t starts = recovery_.new_starts;
        const auto steps = read_checkpoint(state(), identity(), file);
        if (!steps) return steps.error();
        optimiser_.set_steps(*steps);
        if (file.find("previous") == nullptr) keep_last();
        if (recovery_.new_starts != starts) { // what the task drew of its own belongs to another start
            SamplePool<T> filled{pool_.size(), first_state()};
            fill(filled);
        }
        return {};
    }

    static constexpr std::uint32_t initial_stream = 1;
    static constexpr std::uint32_t iteration_stream = 2;
    static constexpr std::uint32_t draw_stream = 1;
    static constexpr std::uint32_t start_stream = 0x5747'A127U; // tasks take the small ones

    NCA_COLD Trainer(Task task, Opt optimiser, const TrainerOptions& options, const ExecutorRef& executor, int /*tag*/)
        : task_{std::move(task)}, options_{options.or_else(detail::options_of(task_))}, executor_{executor},
          architecture_{detail::architecture_of(task_)}, optimiser_{std::move(optimiser)},
          rule_{detail::first_parameters(task_)}, average_{rule_}, pool_{options_.sample_pool ? options_.pool_size
                                                                                              : options_.batch,
                                                                         first_state()},
          gradient_{options_.batch, rule_.parameters().size(), executor}, frozen_{frozen_in(task_,
                                                                                            rule_.parameters().size())},
          results_(static_cast<std::size_t>(options_.batch)) {
        NCA_ASSERT(options_.batch <= pool_.size(), "nca::Trainer: the batch is larger than the pool");
        NCA_ASSERT(!options_.bfloat16 || R::may_be_bfloat16, "nca::Trainer: the rule multiplies in float only");
        if (options_.bfloat16) step_options_.bfloat16 = true;
        begin_start();
    }

    /// Sends what this process has computed, and gets the rest.
    NCA_COLD void exchange(int& steps) {
        std::vector<std::vector<std::byte>> bytes(results_.size());
        const auto result_of = [&](int sample) {
            return detail::SampleResult<T>{gradient_.loss_of(sample), steps, gradient_.gradient_of(sample),
                                           &results_[static_cast<std::size_t>(sample)]};
        };
        for (int sample = 0; sample < options_.batch; ++sample) {
            if (sharing_->computes(sample)) bytes[static_cast<std::size_t>(sample)] = result_of(sample).to_bytes();
        }
        sharing_->exchange(bytes);
        for (int sample = 0; sample < options_.batch; ++sample) {
            auto result = result_of(sample);
            result.assign(bytes[static_cast<std::size_t>(sample)]);
            gradient_.loss_of(sample) = result.loss;
            if (sample == 0) steps = result.steps;
        }
    }

    /// The random numbers of the present start.
    [[nodiscard]] Philox start_random() const {
        const Philox random{options_.seed};
        return recovery_.new_starts == 0 ? random
                                         : random.split(start_stream, static_cast<std::uint32_t>(recovery_.new_starts));
    }
    /// Draws the first parameters and fills the pool, which holds the first state everywhere.
    void begin_start() {
        const Philox random = start_random().split(initial_stream);
        if constexpr (requires { task_.initialise(rule_, random); }) {
            task_.initialise(rule_, random);
        } else if constexpr (requires { rule_.initialise(random); }) {
            rule_.initialise(random);
        }
        average_ = rule_;
        fill(pool_);
    }
    void fill(SamplePool<T>& pool) {
        if constexpr (requires { task_.fill(pool, Philox{}); }) task_.fill(pool, start_random());
    }
    NCA_COLD void start_anew() {
        recovery_.start_anew(iteration_);
        rule_ = detail::first_parameters(task_);
        pool_ = SamplePool<T>{pool_.size(), first_state()};
        optimiser_.visit_state(
            [](std::string_view /*name*/, std::span<T> values) { std::fill(values.begin(), values.end(), T(0)); });
        optimiser_.set_steps(0);
        begin_start();
        keep_last();
    }

    /// Passes on what an update changes.
    template <class Visit>
    void visit_tensors(Visit&& visit) {
        visit(std::string_view{"parameters"}, rule_.parameters());
        visit(std::string_view{"average"}, average_.parameters());
        optimiser_.visit_state(visit);
    }
    void keep_last() {
        last_.keep(optimiser_.steps(), [&](auto&& visit) { visit_tensors(visit); });
    }

    [[nodiscard]] SparseState<T> first_state() const {
        if constexpr (R::may_have_life) {
            if (architecture_.has_life()) return seed_state<R>(task_.extents().sizes(), architecture_);
        }
        return {};
    }
    [[nodiscard]] static std::string task_name() {
        if constexpr (requires { Task::name; }) return std::string{Task::name};
        return "custom";
    }
    [[nodiscard]] std::vector<int> draw(const Philox& random) const {
        if (options_.sample_pool) return pool_.draw(options_.batch, random.split(draw_stream));
        std::vector<int> slots(static_cast<std::size_t>(options_.batch));
        std::iota(slots.begin(), slots.end(), 0);
        return slots;
    }
    [[nodiscard]] Trained& used_parameters() {
        if constexpr (requires { task_.parameters(rule_); })
            return task_.parameters(rule_);
        else
            return rule_;
    }
    void update(double rate, std::int64_t at) {
        if constexpr (requires { task_.normalise(gradient_.gradient()); }) {
            task_.normalise(gradient_.gradient());
        } else {
            normalise(gradient_.gradient());
        }
        frozen_.keep(rule_.parameters(), [&] { optimiser_.step(rule_.parameters(), gradient_.gradient(), rate); });
        frozen_.keep(average_.parameters(), [&] {
            update_running_mean(average_.parameters(), std::as_const(rule_).parameters(), at, options_.mean_window);
        });
    }
    [[nodiscard]] NCA_COLD static detail::FrozenParameters<T> frozen_in(const Task& task, std::size_t parameters) {
        if constexpr (requires { task.trained_parameters(); }) return {task.trained_parameters(), parameters};
        return {};
    }
    void normalise(std::span<T> gradient) const {
        if constexpr (requires { normalise_variables<Trained>(gradient, rule_.architecture()); }) {
            normalise_variables<Trained>(gradient, rule_.architecture());
        } else {
            nca::normalise(gradient);
        }
    }
    void finish(Batch<R>& batch, bool finite) {
        if (!options_.sample_pool) return;
        for (int sample = 0; sample < batch.size(); ++sample) {
            if (finite) {
                std::swap(batch.state(sample), results_[static_cast<std::size_t>(sample)]);
            } else if constexpr (requires { task_.restart(batch, sample); }) {
                task_.restart(batch, sample);
            } else {
                batch.state(sample) = first_state();
            }
        }
    }
    [[nodiscard]] TrainingState<T> state() {
        TrainingState<T> state;
        state.tensors = {{"parameters", rule_.parameters()}, {"average", average_.parameters()}};
        optimiser_.visit_state([&](std::string_view name, std::span<T> values) {
            state.tensors.emplace_back("optimiser." + std::string{name}, values);
        });
        if (last_.empty()) keep_last();
        state.previous = last_.values();
        for (const auto& [name, value] : recovery_.counters()) state.counters.emplace_back(name, value);
        state.counters.emplace_back("previous optimiser steps", &last_.steps());
        state.pool = &pool_;
        state.losses = &losses_;
        state.iteration = &iteration_;
        state.optimiser_steps = optimiser_.steps();
        sizes_ = task_.extents().sizes();
        state.sizes = sizes_;
        state.channels = architecture_.channels();
        if constexpr (requires { Task::label_count; }) state.label_count = Task::label_count;
        return state;
    }

    Task task_;
    TrainerOptions options_;
    ExecutorRef executor_;
    ArchitectureOf<R> architecture_;
    StepOptions<R> step_options_ = step_options_of<R>(architecture_);
    Opt optimiser_;
    Trained rule_;
    Trained average_;
    SamplePool<T> pool_;
    BatchGradient<Trained> gradient_;
    detail::FrozenParameters<T> frozen_;  ///< what the task does not train
    std::vector<SparseState<T>> results_; ///< the last states of a batch
    std::vector<float> losses_{};
    std::int64_t iteration_ = 0;
    detail::LastUpdate<T> last_{};
    detail::Recovery recovery_{};
    SampleSharing* sharing_ = nullptr;
    typename FieldOf<R>::Sizes sizes_{}; ///< what TrainingState::sizes views
};

template <class Task>
Trainer(Task, const TrainerOptions&, ExecutorRef) -> Trainer<Task>;
template <class Task, class Opt>
Trainer(Task, Opt, const TrainerOptions&, ExecutorRef) -> Trainer<Task, Opt>;

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_TRAINER_HPP
