// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TRAIN_ROLLOUT_HPP
#define NCA_TRAIN_ROLLOUT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/sparse_state.hpp>
#include <nca/core/fire_mask.hpp>
#include <nca/core/grid.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/fused_step.hpp>
#include <nca/train/rollout_context.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

/// Automata on the tape, each step one node. What a step keeps is a policy; all give the same gradients, bit for bit.
namespace nca::inline NCA_ABI {

/// Keeps the states and, for every active cell, perception and hidden values: nothing is recomputed.
struct keep_all {};
/// The default: keeps the states and recomputes the rest in the pullback. A tenth of the memory, in no more time.
struct keep_states {};
/// Keeps every K-th state and recomputes the steps between in the pullback.
template <int K>
struct keep_every {
    static_assert(K > 0, "nca::keep_every: a positive number of steps");
};

} // namespace nca::inline NCA_ABI

namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

struct Nothing {};
template <class R>
struct ArchitectureOrNothingOf {
    using type = Nothing;
};
template <class R>
requires requires {
    typename R::Traits;
}
struct ArchitectureOrNothingOf<R> {
    using type = ArchitectureOf<R>;
};
/// The architecture of a rule; of other things that train none.
template <class R>
using ArchitectureOrNothing = typename ArchitectureOrNothingOf<R>::type;

/// Of a rule whose type says everything; else null.
template <class R>
[[nodiscard]] constexpr const ArchitectureOrNothing<R>* known_architecture() noexcept {
    if constexpr (requires { requires R::is_static; }) return &architecture_of_type<R>;
    return nullptr;
}

} // namespace isa_detail

/// The parameters of a rule on a tape.
template <class R>
class Weights {
public:
    using T = typename R::Value;

    /// Parameters of a rule whose type says everything, or of what is no rule.
    explicit Weights(const BasicVar<T>& var) noexcept : var_{var} {}
    /// Parameters of a rule with this architecture, which outlives the recording.
    Weights(const BasicVar<T>& var, const auto& architecture) noexcept : var_{var}, architecture_{&architecture} {}

    [[nodiscard]] const BasicVar<T>& var() const noexcept { return var_; }
    /// The sizes and choices of the rule.
    [[nodiscard]] const auto& architecture() const noexcept { return *architecture_; }
    /// The derivative of the loss with respect to every parameter, laid out as `rule.parameters()`.
    [[nodiscard]] std::span<const T> gradient() const noexcept { return var_.gradient(); }

private:
    BasicVar<T> var_;
    const isa_detail::ArchitectureOrNothing<R>* architecture_ = isa_detail::known_architecture<R>();
};

namespace isa_detail {

template <class R>
[[nodiscard]] Weights<R> weights_of(const R& rule, const BasicVar<typename R::Value>& var) {
    if constexpr (requires { rule.architecture(); })
        return Weights<R>{var, rule.architecture()};
    else
        return Weights<R>{var};
}

} // namespace isa_detail

/// The parameters of a rule as an input of the tape. They are not copied: the rule outlives the recording, unchanged.
template <class R>
[[nodiscard]] Weights<R> parameters(BasicTape<typename R::Value>& tape, R& rule) {
    return isa_detail::weights_of(
        rule, tape.variable_view(Shape{static_cast<int>(rule.parameters().size())}, rule.parameters()));
}

/// As parameters(), for a rule that takes part and does not train: no gradient of it is computed.
template <class R>
[[nodiscard]] Weights<R> frozen_parameters(BasicTape<typename R::Value>& tape, const R& rule) {
    return isa_detail::weights_of(
        rule, tape.constant_view(Shape{static_cast<int>(rule.parameters().size())}, rule.parameters()));
}

/// A state of an automaton on a tape. Its value is stored sparsely: the cells that may differ from zero.
template <class R>
class State {
public:
    using T = typename R::Value;

    State(const BasicVar<T>& var, const ArchitectureOf<R>& architecture) noexcept
        : var_{var}, architecture_{&architecture} {}

    [[nodiscard]] const BasicVar<T>& var() const noexcept { return var_; }
    /// The sizes and choices of the rule whose states these are.
    [[nodiscard]] const ArchitectureOf<R>& architecture() const noexcept { return *architecture_; }
    [[nodiscard]] int channels() const noexcept { return var_.shape().last(); }
    /// The context of the state's tape. Allocates when the tape first meets its sizes.
    [[nodiscard]] RolloutContext<R>& context() const {
        return RolloutContext<R>::of(var_.tape(), sizes_of<R>(var_.shape()), *architecture_);
    }
    /// Which cells are stored.
    [[nodiscard]] const StateCells& cells() const noexcept {
        return *static_cast<const StateCells*>(var_.tape().node(var_.index()).saved);
    }
    /// Copies the cells.
    void save(SparseState<T>& state) const {
        const StateCells& stored = cells();
        state.positions.assign(stored.positions, stored.positions + stored.count);
        if constexpr (R::radius != 1) {
            const FieldOf<R>& field = context().field();
            field.for_each_position(stored.positions, stored.count, [&](int row, int column, int i) {
                state.positions[static_cast<std::size_t>(i)] = field.portable_position(row, column);
            });
        }
        const int count = channels();
        state.values.resize(static_cast<std::size_t>(stored.count) * static_cast<std::size_t>(count));
        for (int i = 0; i < stored.count; ++i) {
            copy_values(var_.value().data() + static_cast<std::ptrdiff_t>(i) * padded(count),
                        state.values.data() + static_cast<std::ptrdiff_t>(i) * count, count);
        }
    }
    /// Writes the state as [extents..., channels].
    void store(T* out) const { scatter(var_.value().data(), out); }
    /// Writes the gradient as [extents..., channels]. Precondition: this is an input made by `variable_state`.
    void store_gradient(T* out) const { scatter(var_.gradient().data(), out); }

private:
    void scatter(const T* from, T* out) const {
        const FieldOf<R>& field = context().field();
        const int count = channels();
        std::fill_n(out, static_cast<std::ptrdiff_t>(field.cells()) * count, T(0));
        field.for_each_position(cells().positions, cells().count, [&](int row, int column, int i) {
            std::copy_n(from + static_cast<std::ptrdiff_t>(i) * field.stride(), count,
                        out + (static_cast<std::ptrdiff_t>(row) * field.columns() + column) * count);
        });
    }

    BasicVar<T> var_;
    const ArchitectureOf<R>* architecture_;
};

/// For operations of one's own: the state on the context's grid as a node of `size` values that record(shape, size,
/// cells) makes, with saved data derived from StateCells (see with_normalised_gradient).
template <class R, class Record>
[[nodiscard]] State<R> record_state(BasicTape<typename R::Value>& tape, RolloutContext<R>& context,
                                    const ArchitectureOf<R>& architecture, Record&& record) {
    const StateCells cells = context.copy_positions(tape.memory());
    const FieldOf<R>& field = context.field();
    const auto size = static_cast<std::size_t>(cells.count) * static_cast<std::size_t>(field.stride());
    const BasicVar<typename R::Value> var = record(shape_of<R>(field.sizes(), field.channels()), size, cells);
    context.copy_values(cells, var.value().data());
    context.stands(var);
    return State<R>{var, architecture};
}

namespace isa_detail {

template <class R>
[[nodiscard]] State<R> input_state(BasicTape<typename R::Value>& tape, RolloutContext<R>& context,
                                   const ArchitectureOf<R>& architecture, bool active) {
    if (active) context.field().occupied().fill();
    prepare<R>(context.field(), context.work());
    return record_state<R>(tape, context, architecture,
                           [&](const Shape& shape, std::size_t size, const StateCells& cells) {
                               return tape.input_sized("state", shape, size, active, cells);
                           });
}

template <class R>
void list_active(BasicTape<typename R::Value>& tape, const Weights<R>& weights, const StepWorkspace<R>& work,
                 StepPart<R>& part) {
    part.parameters = weights.var().index();
    part.active_count = work.active_count;
    auto* const active = tape.memory().template take<std::int32_t>(static_cast<std::size_t>(part.active_count));
    std::copy_n(work.active.data(), part.active_count, active);
    part.active = active;
    if (!work.rule().has_state_clamp()) return;
    const auto values =
        static_cast<std::size_t>(part.active_count) * static_cast<std::size_t>(padded(work.rule().channels()));
    auto* const inside = tape.memory().template take<std::uint8_t>(values);
    const typename R::Value* const updates = work.updates.data();
    for (std::size_t i = 0; i < values; ++i) inside[i] = updates[i] != 0 ? 1 : 0;
    part.inside = inside;
}

/// The node of a step whose result the grid holds. `weights`: those of a differentiated part, or any if there is none.
template <class R>
[[nodiscard]] State<R> record_step(BasicTape<typename R::Value>& tape, RolloutContext<R>& context,
                                   std::span<const StepPart<R>> parts, const Weights<R>& weights, const State<R>& state,
                                   const StepOptions<R>& options, const BasicVar<typename R::Value>* inputs) {
    FusedStep<R> saved;
    saved.has_inputs = inputs != nullptr;
    saved.architecture = &weights.architecture();
    saved.options = options;
    auto* const stored = tape.memory().template take<StepPart<R>>(parts.size());
    std::copy(parts.begin(), parts.end(), stored);
    saved.parts = stored;
    saved.part_count = static_cast<int>(parts.size());
    if (context.rule().stores_dead_cells()) {
        const StepWorkspace<R>& work = context.work();
        const int words = work.pre.words_per_row();
        auto* const living = tape.memory().template take<std::uint64_t>(static_cast<std::size_t>(work.pre.rows()) *
                                                                        static_cast<std::size_t>(words));
        for (int row = 0; row < work.pre.rows(); ++row) {
            for (int w = 0; w < words; ++w) living[row * words + w] = work.living.word(row, w);
        }
        saved.living = living;
    }
    return record_state<R>(
        tape, context, state.architecture(), [&](const Shape& shape, std::size_t size, const StateCells& cells) {
            static_cast<StateCells&>(saved) = cells;
            if (inputs == nullptr) {
                return tape.template record_sized<FusedStep<R>>(shape, size, {weights.var(), state.var()}, saved);
            }
            return tape.template record_sized<FusedStep<R>>(shape, size, {weights.var(), state.var(), *inputs}, saved);
        });
}

} // namespace isa_detail

namespace isa_detail {

template <class R, class Element, int Channels, int... Sizes>
[[nodiscard]] State<R> state_of_grid(BasicTape<typename R::Value>& tape, const ArchitectureOf<R>& architecture,
                                     const GridView<Element, Channels, Sizes...>& grid, bool active) {
    NCA_ASSERT(grid.channels() == architecture.channels(),
               "nca: the grid has another number of channels than the rule");
    RolloutContext<R>& context = RolloutContext<R>::of(tape, grid.extents().sizes(), architecture);
    context.field().load(grid.data());
    return input_state<R>(tape, context, architecture, active);
}

} // namespace isa_detail

/// A state that is not differentiated, from a dense grid. The architecture, of a rule of run-time sizes, outlives the
/// recording.
template <class R, class Element, int Channels, int... Sizes>
[[nodiscard]] State<R> constant_state(BasicTape<typename R::Value>& tape, const ArchitectureOf<R>& architecture,
                                      const GridView<Element, Channels, Sizes...>& grid) {
    static_assert(Channels == R::channels,
                  "nca::constant_state: the grid has another number of channels than the rule");
    static_assert(sizeof...(Sizes) == R::rank,
                  "nca::constant_state: the grid has another number of dimensions than the rule");
    return isa_detail::state_of_grid<R>(tape, architecture, grid, false);
}
template <class R, class Element, int Channels, int... Sizes>
[[nodiscard]] State<R> constant_state(BasicTape<typename R::Value>& tape,
                                      const GridView<Element, Channels, Sizes...>& grid) {
    return constant_state<R>(tape, architecture_of_type<R>, grid);
}

/// A state that is not differentiated, from its cells.
template <class R>
[[nodiscard]] State<R> constant_state(BasicTape<typename R::Value>& tape, const ArchitectureOf<R>& architecture,
                                      const typename FieldOf<R>::Sizes& sizes,
                                      const SparseState<typename R::Value>& state) {
    RolloutContext<R>& context = RolloutContext<R>::of(tape, sizes, architecture);
    load_cells(state, context.field());
    return isa_detail::input_state<R>(tape, context, architecture, false);
}
template <class R>
[[nodiscard]] State<R> constant_state(BasicTape<typename R::Value>& tape, const typename FieldOf<R>::Sizes& sizes,
                                      const SparseState<typename R::Value>& state) {
    return constant_state<R>(tape, architecture_of_type<R>, sizes, state);
}

/// A state whose gradient is wanted, from a dense grid. All its cells are stored.
template <class R, class Element, int Channels, int... Sizes>
[[nodiscard]] State<R> variable_state(BasicTape<typename R::Value>& tape, const ArchitectureOf<R>& architecture,
                                      const GridView<Element, Channels, Sizes...>& grid) {
    static_assert(Channels == R::channels,
                  "nca::variable_state: the grid has another number of channels than the rule");
    static_assert(sizeof...(Sizes) == R::rank,
                  "nca::variable_state: the grid has another number of dimensions than the rule");
    return isa_detail::state_of_grid<R>(tape, architecture, grid, true);
}
template <class R, class Element, int Channels, int... Sizes>
[[nodiscard]] State<R> variable_state(BasicTape<typename R::Value>& tape,
                                      const GridView<Element, Channels, Sizes...>& grid) {
    return variable_state<R>(tape, architecture_of_type<R>, grid);
}

namespace isa_detail {

template <class R>
[[nodiscard]] typename R::Value* staging_of(RolloutContext<R>& context) {
    return context.staging(static_cast<std::size_t>(context.field().cells()) *
                           static_cast<std::size_t>(FusedStep<R>::kept_stride(context.rule())));
}

/// Copies perception and hidden values of a tile of `count` cells: [count, kept_stride].
template <class R>
void stage_tile(const ArchitectureOf<R>& rule, const Tile<R>& tile, int count, typename R::Value* staged) {
    const int stride = FusedStep<R>::kept_stride(rule);
    FusedStep<R>::for_each_part(rule, tile, [&](const typename R::Value* values, int width, int offset) {
        for (int i = 0; i < count; ++i) {
            std::copy_n(values + static_cast<std::ptrdiff_t>(i) * width, width,
                        staged + static_cast<std::ptrdiff_t>(i) * stride + offset);
        }
    });
}

template <class R>
[[nodiscard]] const typename R::Value* keep_staged(BasicTape<typename R::Value>& tape, const ArchitectureOf<R>& rule,
                                                   const typename R::Value* staged, int count) {
    const auto size = static_cast<std::size_t>(count) * static_cast<std::size_t>(FusedStep<R>::kept_stride(rule));
    auto* const kept = tape.memory().template take<typename R::Value>(size);
    std::copy_n(staged, size, kept);
    return kept;
}

} // namespace isa_detail

/// One step of the rule: one node. `Keep` is keep_states or keep_all. `inputs`: what cells are told, a tensor [inputs]
/// or, with a vector per cell, [extents..., inputs]; null: zeros.
template <class Keep = keep_states, class R>
[[nodiscard]] State<R> step(const Weights<R>& weights, const State<R>& state, const FireMask& fire,
                            const StepOptions<R>& options = {}, const BasicVar<typename R::Value>* inputs = nullptr) {
    static_assert(std::is_same_v<Keep, keep_states> || std::is_same_v<Keep, keep_all>,
                  "nca::step: keep_states or keep_all; keep_every<K> belongs to nca::rollout");
    using T = typename R::Value;
    BasicTape<T>& tape = state.var().tape();
    RolloutContext<R>& context = RolloutContext<R>::of(tape, sizes_of<R>(state.var().shape()), weights.architecture());
    StepPart<R> part;
    context.load(state.var());
    if (inputs != nullptr) {
        context.tell(*inputs);
    } else {
        context.work().inputs = {};
    }
    const T* const parameters = weights.var().value().data();
    if constexpr (std::is_same_v<Keep, keep_all>) {
        T* const staged = isa_detail::staging_of<R>(context);
        const int kept = FusedStep<R>::kept_stride(context.rule());
        context.step(parameters, fire, options, [&](int first, int count, const Tile<R>& tile) {
            isa_detail::stage_tile<R>(context.rule(), tile, count, staged + static_cast<std::ptrdiff_t>(first) * kept);
        });
        part.kept = isa_detail::keep_staged<R>(tape, context.rule(), staged, context.work().active_count);
    } else {
        context.step(parameters, fire, options);
    }
    isa_detail::list_active<R>(tape, weights, context.work(), part);
    return isa_detail::record_step<R>(tape, context, {&part, 1}, weights, state, options, inputs);
}

namespace isa_detail {

/// Several steps as one node: the pullback records them again from the state before, with the same masks, and sweeps.
template <class R>
struct Segment : StateCells {
    using T = typename R::Value;
    const ArchitectureOf<R>* architecture = nullptr;
    const ArchitectureOf<R>* state_architecture = nullptr;
    Philox random{};
    std::uint64_t first = 0;
    int steps = 0;
    StepOptions<R> options{};
    bool has_inputs = false;

    static constexpr const char* name = "steps";

    static void pullback(const Pullback<T>& at) {
        const auto& saved = at.template saved<Segment>();
        BasicTape<T>& tape = at.tape();
        const auto mark = tape.mark();
        const Weights<R> weights{at.input_var(0), *saved.architecture};
        State<R> state{at.input_var(1), *saved.state_architecture};
        const BasicVar<T> inputs = saved.has_inputs ? at.input_var(2) : BasicVar<T>{};
        for (int i = 0; i < saved.steps; ++i) {
            state =
                nca::step(weights, state,
                          FireMask(saved.random, saved.first + static_cast<std::uint64_t>(i), saved.options.fire_rate),
                          saved.options, saved.has_inputs ? &inputs : nullptr);
        }
        std::copy(at.adjoint().begin(), at.adjoint().end(), tape.adjoint_of(state.var().index()));
        tape.sweep(state.var().index(), static_cast<int>(mark.nodes));
        tape.rewind(mark);
    }
};

template <class Keep>
struct Rollout {
    template <class R>
    [[nodiscard]] static State<R> run(const Weights<R>& weights, State<R> state, int steps, const Philox& random,
                                      std::uint64_t first, const StepOptions<R>& options,
                                      const BasicVar<typename R::Value>* inputs) {
        for (int i = 0; i < steps; ++i) {
            state = nca::step<Keep>(weights, state,
                                    FireMask(random, first + static_cast<std::uint64_t>(i), options.fire_rate), options,
                                    inputs);
        }
        return state;
    }
};

template <int K>
struct Rollout<keep_every<K>> {
    template <class R>
    [[nodiscard]] static State<R> run(const Weights<R>& weights, State<R> state, int steps, const Philox& random,
                                      std::uint64_t first, const StepOptions<R>& options,
                                      const BasicVar<typename R::Value>* inputs) {
        using T = typename R::Value;
        BasicTape<T>& tape = state.var().tape();
        RolloutContext<R>& context =
            RolloutContext<R>::of(tape, sizes_of<R>(state.var().shape()), weights.architecture());
        for (int done = 0; done < steps; done += K) {
            Segment<R> saved;
            saved.architecture = &weights.architecture();
            saved.state_architecture = &state.architecture();
            saved.random = random;
            saved.first = first + static_cast<std::uint64_t>(done);
            saved.steps = std::min(K, steps - done);
            saved.has_inputs = inputs != nullptr;
            saved.options = options;
            context.load(state.var());
            if (inputs != nullptr) {
                context.tell(*inputs);
            } else {
                context.work().inputs = {};
            }
            for (int i = 0; i < saved.steps; ++i) {
                context.step(weights.var().value().data(),
                             FireMask(random, saved.first + static_cast<std::uint64_t>(i), options.fire_rate), options);
            }
            const ArchitectureOf<R>& architecture = state.architecture();
            state = record_state<R>(
                tape, context, architecture, [&](const Shape& shape, std::size_t size, const StateCells& cells) {
                    static_cast<StateCells&>(saved) = cells;
                    if (inputs == nullptr) {
                        return tape.template record_sized<Segment<R>>(shape, size, {weights.var(), state.var()}, saved);
                    }
                    return tape.template record_sized<Segment<R>>(shape, size, {weights.var(), state.var(), *inputs},
                                                                  saved);
                });
        }
        return state;
    }
};

template <class R>
struct DenseChannels {
    using T = typename R::Value;
    int count = 0;
    const ArchitectureOf<R>* architecture = nullptr;

    static constexpr const char* name = "dense channels";

    /// Calls visit(offset in the dense tensor, offset in the stored values) for every stored cell.
    template <class Visit>
    static void for_each_cell(const State<R>& state, int count, Visit&& visit) {
        const FieldOf<R>& field = state.context().field();
        field.for_each_position(state.cells().positions, state.cells().count, [&](int row, int column, int i) {
            visit((static_cast<std::ptrdiff_t>(row) * field.columns() + column) * count,
                  static_cast<std::ptrdiff_t>(i) * field.stride());
        });
    }

    static void pullback(const Pullback<T>& at) {
        const auto& saved = at.template saved<DenseChannels>();
        const int count = saved.count;
        T* const to = at.input_adjoint(0).data();
        const T* const from = at.adjoint().data();
        for_each_cell(State<R>{at.input_var(0), *saved.architecture}, count,
                      [&](std::ptrdiff_t dense, std::ptrdiff_t stored) {
                          for (int c = 0; c < count; ++c) to[stored + c] += from[dense + c];
                      });
    }
};

template <class R>
struct StateFromDense : StateCells {
    using T = typename R::Value;

    static constexpr const char* name = "state from dense";

    static void pullback(const Pullback<T>& at) {
        const std::span<T> to = at.input_adjoint(0);
        const T* const g = at.adjoint().data();
        const auto channels = static_cast<std::size_t>(at.input_shape(0).last());
        const auto stride = static_cast<std::size_t>(padded(static_cast<int>(channels)));
        for (std::size_t i = 0; i < to.size(); ++i) to[i] += g[i / channels * stride + i % channels];
    }
};

} // namespace isa_detail

/// `steps` steps with the fire masks of `random` at indices first, first + 1, ...; `Keep` may also be keep_every<K>.
/// `inputs`: see step().
template <class Keep = keep_states, class R>
[[nodiscard]] State<R> rollout(const Weights<R>& weights, const State<R>& state, int steps, const Philox& random,
                               std::uint64_t first = 0, const StepOptions<R>& options = {},
                               const BasicVar<typename R::Value>* inputs = nullptr) {
    NCA_ASSERT(steps >= 0, "nca::rollout: a number of steps");
    return isa_detail::Rollout<Keep>::template run<R>(weights, state, steps, random, first, options, inputs);
}

/// The first `count` channels of a state as a dense tensor [extents..., count]; zero in cells that are not stored.
template <class R>
[[nodiscard]] BasicVar<typename R::Value> first_channels(const State<R>& state, int count) {
    NCA_ASSERT(count > 0 && count <= state.channels(), "nca::first_channels: more channels than the rule has");
    using T = typename R::Value;
    using Op = isa_detail::DenseChannels<R>;
    BasicTape<T>& tape = state.var().tape();
    const BasicVar<T> dense = tape.template record<Op, Op>(state.var().shape().with_last(count), {state.var()},
                                                           Op{count, &state.architecture()});
    std::fill(dense.value().begin(), dense.value().end(), T(0));
    const T* const from = state.var().value().data();
    Op::for_each_cell(state, count, [&](std::ptrdiff_t to, std::ptrdiff_t stored) {
        std::copy_n(from + stored, count, dense.value().data() + to);
    });
    return dense;
}

/// The state of a dense tensor [extents..., channels], the inverse of first_channels(). All its cells are stored. The
/// architecture, of a rule of run-time sizes, outlives the recording.
template <class R>
[[nodiscard]] State<R> state_from(const BasicVar<typename R::Value>& dense, const ArchitectureOf<R>& architecture) {
    using T = typename R::Value;
    using Op = isa_detail::StateFromDense<R>;
    BasicTape<T>& tape = dense.tape();
    NCA_ASSERT(dense.shape().rank() == R::rank + 1 && dense.shape().last() == architecture.channels(),
               "nca::state_from: a tensor [extents..., channels]");
    RolloutContext<R>& context = RolloutContext<R>::of(tape, sizes_of<R>(dense.shape()), architecture);
    context.field().load(dense.value().data());
    context.field().occupied().fill();
    prepare<R>(context.field(), context.work());
    return record_state<R>(tape, context, architecture,
                           [&](const Shape& shape, std::size_t size, const StateCells& cells) {
                               Op saved;
                               static_cast<StateCells&>(saved) = cells;
                               return tape.template record_sized<Op>(shape, size, {dense}, saved);
                           });
}
template <class R>
[[nodiscard]] State<R> state_from(const BasicVar<typename R::Value>& dense) {
    return state_from<R>(dense, architecture_of_type<R>);
}

/// The colour of a state: its first four channels, premultiplied red, green, blue, and alpha.
template <class R>
[[nodiscard]] BasicVar<typename R::Value> rgba(const State<R>& state) {
    static_assert(R::channels == Dynamic || R::channels >= 4, "nca::rgba: the rule has fewer than four channels");
    return first_channels(state, 4);
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_TRAIN_ROLLOUT_HPP
