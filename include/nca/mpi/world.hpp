// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_MPI_WORLD_HPP
#define NCA_MPI_WORLD_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/fire_mask.hpp>
#include <nca/core/result.hpp>
#include <nca/mpi/communicator.hpp>
#include <nca/run/simulation.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::mpi::inline NCA_ISA {

namespace detail {

/// A simulation whose extents are known at run time.
template <class R, class Sequence>
struct SlabOf;
template <class R, std::size_t... I>
struct SlabOf<R, std::index_sequence<I...>> {
    using type = Simulation<R, (static_cast<void>(I), Dynamic)...>;
};

} // namespace detail

/// One world on all ranks of a communicator, cut into slabs along its first dimension: rows in 2-D, planes in 3-D. Its
/// states are those of Simulation, bit for bit, where all ranks have the same instruction set.
///
/// A rank holds its slab and as many slices of its neighbours as a step looks at (2 in Growing NCA), which it computes
/// as well and which are exchanged after every step. All ranks call every function. Rules with noise are not supported.
template <class R>
class World {
public:
    static_assert(R::rank >= 2, "nca::mpi::World: worlds of one dimension are not cut");
    using Value = typename R::Value;
    using Slab = typename detail::SlabOf<R, std::make_index_sequence<static_cast<std::size_t>(R::rank)>>::type;
    using Sizes = std::array<int, static_cast<std::size_t>(R::rank)>;

    /// A world of zeros. Errors: slabs would be thinner than what a step looks at, or options have noise.
    [[nodiscard]] static Result<std::unique_ptr<World>> create(R rule, const Sizes& sizes, std::uint64_t seed,
                                                               const StepOptions<R>& options,
                                                               MPI_Comm communicator = MPI_COMM_WORLD) {
        auto world = std::unique_ptr<World>{new World{std::move(rule), sizes, options, communicator}};
        const int ranks = world->communicator_.size();
        if (ranks > 1 && sizes[0] / ranks < world->halo_) {
            return Error{"a world of " + std::to_string(sizes[0]) + " slices cannot be cut for " +
                         std::to_string(ranks) + " ranks: each needs at least " + std::to_string(world->halo_)};
        }
        if constexpr (R::has_noise) {
            if (options.noise != 0.0) return Error{"worlds on several ranks have no noise"};
        }
        world->start(seed);
        return world;
    }

    [[nodiscard]] const Communicator& communicator() const noexcept { return communicator_; }
    /// The slices of this rank: the first one, and their number.
    [[nodiscard]] int first() const noexcept { return first_; }
    [[nodiscard]] int slices() const noexcept { return slices_; }
    /// Values of one slice.
    [[nodiscard]] std::size_t slice_size() const noexcept {
        return static_cast<std::size_t>(rows_per_slice()) * static_cast<std::size_t>(sizes_.back()) *
               static_cast<std::size_t>(rule_.architecture().channels());
    }

    /// Replaces the state: [extents..., channels], of which a rank reads its slab and the slices next to it.
    void load(std::span<const Value> state) {
        NCA_ASSERT(state.size() == slice_size() * static_cast<std::size_t>(sizes_[0]),
                   "nca::mpi::World: the state has another size");
        slab_->change([&](FieldOf<R>& field, StepWorkspace<R>& work) {
            for (int slice = 0; slice < before_ + slices_ + after_; ++slice) {
                write(field, slice, state.data() + static_cast<std::size_t>(global(slice)) * slice_size());
            }
            prepare<R>(field, work);
        });
    }
    /// The whole state on rank 0, nothing on others.
    [[nodiscard]] std::vector<Value> gather() const {
        std::vector<Value> own(slice_size() * static_cast<std::size_t>(slices_));
        slab_->change([&](FieldOf<R>& field, StepWorkspace<R>& /*work*/) {
            for (int slice = 0; slice < slices_; ++slice) {
                read(field, before_ + slice, own.data() + static_cast<std::size_t>(slice) * slice_size());
            }
        });
        return communicator_.gather(own);
    }

    /// Steps, each rank on an executor of its own.
    template <class E>
    void step(int count, E&& executor) {
        for (int i = 0; i < count; ++i) {
            slab_->step_with([&](FieldOf<R>& field, StepWorkspace<R>& work) {
                const int rows = rows_per_slice();
                const FireMask fire = slab_->fire_mask(slab_->random()).of_part(global(0) * rows, sizes_[0] * rows);
                step_field<R>(std::as_const(rule_).parameters().data(), field, slab_->options(), fire, work, executor);
                if (before_ + after_ == 0) return;
                exchange(field);
                prepare<R>(field, work);
            });
        }
    }

private:
    World(R rule, const Sizes& sizes, const StepOptions<R>& options, MPI_Comm communicator)
        : communicator_{communicator}, rule_{std::move(rule)}, sizes_{sizes}, options_{options},
          halo_{rule_.architecture().radius() + rule_.architecture().life_radius()} {
        const int ranks = communicator_.size();
        const int rank = communicator_.rank();
        const auto edge = [&](int r) { return static_cast<int>(std::int64_t{sizes_[0]} * r / ranks); };
        first_ = edge(rank);
        slices_ = edge(rank + 1) - first_;
        const bool wraps = options.boundary == Boundary::torus && ranks > 1;
        before_ = wraps || rank > 0 ? halo_ : 0;
        after_ = wraps || rank + 1 < ranks ? halo_ : 0;
        previous_ = before_ > 0 ? (rank + ranks - 1) % ranks : MPI_PROC_NULL;
        next_ = after_ > 0 ? (rank + 1) % ranks : MPI_PROC_NULL;
    }
    void start(std::uint64_t seed) {
        Sizes local = sizes_;
        local[0] = before_ + slices_ + after_;
        slab_.reset(new Slab{borrow(rule_), typename Slab::Shape{local}, seed});
        slab_->set_options(options_);
        buffer_.resize(slice_size() * static_cast<std::size_t>(2 * halo_));
    }

    [[nodiscard]] int rows_per_slice() const noexcept {
        int rows = 1;
        for (std::size_t d = 1; d + 1 < sizes_.size(); ++d) rows *= sizes_[d];
        return rows;
    }
    /// The slice of the world that a slice of the slab is.
    [[nodiscard]] int global(int slice) const noexcept { return (first_ - before_ + slice + sizes_[0]) % sizes_[0]; }

    void read(const FieldOf<R>& field, int slice, Value* values) const {
        const int rows = rows_per_slice();
        for (int row = slice * rows; row < (slice + 1) * rows; ++row) {
            for (int column = 0; column < field.columns(); ++column, values += field.channels()) {
                std::copy_n(field.at(field.position(row, column)), field.channels(), values);
            }
        }
    }
    void write(FieldOf<R>& field, int slice, const Value* values) const {
        const int rows = rows_per_slice();
        for (int row = slice * rows; row < (slice + 1) * rows; ++row) {
            for (int column = 0; column < field.columns(); ++column, values += field.channels()) {
                std::copy_n(values, field.channels(), field.at(field.position(row, column)));
                if (std::any_of(values, values + field.channels(), [](Value v) { return v != Value(0); })) {
                    field.occupied().set(row, column);
                } else {
                    field.occupied().reset(row, column);
                }
            }
        }
    }
    /// Sends the outermost slices of the slab to the neighbours, and takes theirs.
    void exchange(FieldOf<R>& field) {
        const std::size_t size = slice_size() * static_cast<std::size_t>(halo_);
        const auto move = [&](int from, int to, int give, int count_given, int take, int count_taken) {
            Value* const sent = buffer_.data();
            Value* const received = buffer_.data() + size;
            for (int i = 0; i < count_given; ++i)
                read(field, give + i, sent + static_cast<std::size_t>(i) * slice_size());
            communicator_.send_receive(std::span<const Value>{sent, size}, to, std::span<Value>{received, size}, from);
            for (int i = 0; i < count_taken; ++i) {
                write(field, take + i, received + static_cast<std::size_t>(i) * slice_size());
            }
        };
        move(next_, previous_, before_, before_ > 0 ? halo_ : 0, before_ + slices_, after_);
        move(previous_, next_, before_ + slices_ - halo_, after_ > 0 ? halo_ : 0, 0, before_);
    }

    Communicator communicator_;
    R rule_;
    Sizes sizes_;
    StepOptions<R> options_;
    int halo_;
    int first_ = 0;
    int slices_ = 0;
    int before_ = 0; ///< slices of neighbours in front of the slab
    int after_ = 0;  ///< and behind it
    int previous_ = MPI_PROC_NULL;
    int next_ = MPI_PROC_NULL;
    std::unique_ptr<Slab> slab_{};
    std::vector<Value> buffer_{}; ///< slices to send, and received ones
};

} // namespace nca::inline NCA_ABI::mpi::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_MPI_WORLD_HPP
