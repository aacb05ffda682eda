// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TAPE_TAPE_HPP
#define NCA_TAPE_TAPE_HPP

#include <nca/core/config.hpp>
#include <nca/core/memory.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace nca {

/// The shape of a tensor on the tape: up to four sizes, slowest first. No sizes: a single number.
class Shape {
public:
    static constexpr int max_rank = 4;

    constexpr Shape() = default;
    /// The sizes, slowest first. Precondition: at most four, none negative.
    constexpr Shape(std::initializer_list<int> sizes) noexcept : rank_{static_cast<int>(sizes.size())} {
        NCA_ASSERT(sizes.size() <= max_rank, "nca::Shape: at most four sizes");
        std::copy(sizes.begin(), sizes.end(), sizes_.begin());
    }

    [[nodiscard]] constexpr int rank() const noexcept { return rank_; }
    [[nodiscard]] constexpr int operator[](int dimension) const noexcept {
        return sizes_[static_cast<std::size_t>(dimension)];
    }
    /// The last size, or 1 of a single number.
    [[nodiscard]] constexpr int last() const noexcept { return rank_ == 0 ? 1 : (*this)[rank_ - 1]; }
    /// The same shape with another last size.
    [[nodiscard]] constexpr Shape with_last(int size) const noexcept {
        Shape shape = *this;
        if (rank_ > 0) shape.sizes_[static_cast<std::size_t>(rank_ - 1)] = size;
        return shape;
    }
    /// The number of values.
    [[nodiscard]] constexpr std::size_t values() const noexcept {
        std::size_t count = 1;
        for (int d = 0; d < rank_; ++d) count *= static_cast<std::size_t>((*this)[d]);
        return count;
    }
    friend constexpr bool operator==(const Shape&, const Shape&) noexcept = default;

private:
    std::array<int, max_rank> sizes_{};
    int rank_ = 0;
};

template <class T>
class BasicTape;
template <class T>
class Pullback;

/// A tensor on a tape: a small handle, valid until the tape is cleared or rewound below it.
template <class T>
class BasicVar {
public:
    BasicVar() = default;
    BasicVar(BasicTape<T>* tape, int index) noexcept : tape_{tape}, index_{index} {}

    [[nodiscard]] BasicTape<T>& tape() const noexcept { return *tape_; }
    [[nodiscard]] int index() const noexcept { return index_; }
    [[nodiscard]] const Shape& shape() const noexcept;
    /// The primal values, row-major.
    [[nodiscard]] std::span<T> value() const noexcept;
    /// The single value. Precondition: the tensor has one.
    [[nodiscard]] T item() const noexcept;
    /// The derivative of the loss with respect to this tensor, after `backward`. Precondition: this is an input
    /// (`tape.variable`, `tape.parameters`): the adjoints of intermediate tensors are recycled. Zeros if the loss does
    /// not depend on it.
    [[nodiscard]] std::span<const T> gradient() const noexcept;

private:
    BasicTape<T>* tape_ = nullptr;
    int index_ = -1;
};

namespace detail {

template <class T>
struct TapeNode {
    using PullbackFunction = void (*)(const Pullback<T>&);

    PullbackFunction pullback = nullptr; ///< null for inputs and constants
    const char* name = "";
    std::array<int, 4> inputs{-1, -1, -1, -1};
    bool active = false; ///< depends on an input
    Shape shape{};
    std::size_t size = 0;
    T* value = nullptr;
    T* adjoint = nullptr;
    void* saved = nullptr;
};

/// Recycled adjoint memory: the sweep needs few at a time, and the one that was just released is still in the cache.
template <class T>
class AdjointStore {
public:
    [[nodiscard]] T* take(std::size_t size) {
        auto best = free_.end();
        for (auto it = free_.begin(); it != free_.end(); ++it) {
            if (it->size() >= size && (best == free_.end() || it->size() < best->size())) best = it;
        }
        AlignedArray<T> block;
        if (best != free_.end()) {
            block = std::move(*best);
            free_.erase(best);
        } else {
            // Some room to spare, so that sizes that vary from run to run settle soon.
            block = AlignedArray<T>(std::max<std::size_t>(size + size / 2, 16));
        }
        std::fill_n(block.data(), size, T(0));
        used_.push_back(std::move(block));
        return used_.back().data();
    }
    void release(const T* data) {
        const auto it = std::find_if(used_.begin(), used_.end(), [&](const auto& b) { return b.data() == data; });
        free_.push_back(std::move(*it));
        used_.erase(it);
    }
    void release_all() {
        for (auto& block : used_) free_.push_back(std::move(block));
        used_.clear();
    }
    [[nodiscard]] std::size_t capacity() const noexcept {
        std::size_t values = 0;
        for (const auto& block : free_) values += block.size();
        for (const auto& block : used_) values += block.size();
        return values * sizeof(T);
    }

private:
    std::vector<AlignedArray<T>> free_{};
    std::vector<AlignedArray<T>> used_{};
};

} // namespace detail

/// Reverse-mode differentiation of tensor operations.
///
/// A flat list of nodes, one per operation (for an automaton: one per step), in the order of recording, which is a
/// topological order; `backward` walks it once in reverse and calls each node's pullback. Values and saved data lie in
/// an arena, adjoints are recycled, so a tape that is cleared and recorded again allocates nothing. Operations that
/// depend on no input are computed but get no pullback.
///
/// A tape knows no automaton. It is not thread-safe; several tapes may work at the same time. Results depend only on
/// what is recorded.
template <class T>
class BasicTape {
public:
    using Value = T;
    using Var = BasicVar<T>;
    /// A position to which the tape can be rewound.
    struct Mark {
        std::size_t nodes = 0;
        Arena::Mark memory{};
    };
    /// What a tape holds, in bytes of memory that it owns.
    struct Statistics {
        std::size_t nodes = 0;
        std::size_t value_bytes = 0;
        std::size_t adjoint_bytes = 0;
    };

    BasicTape() = default;
    BasicTape(const BasicTape&) = delete;
    BasicTape& operator=(const BasicTape&) = delete;
    ~BasicTape() {
        for (const Attachment& a : attachments_) a.destroy(a.object);
    }

    /// An input whose gradient is wanted. Copies the values.
    [[nodiscard]] Var variable(const Shape& shape, std::span<const T> values) { return leaf(shape, values, true); }
    /// A tensor that is not differentiated. Copies the values.
    [[nodiscard]] Var constant(const Shape& shape, std::span<const T> values) { return leaf(shape, values, false); }
    /// An input whose values stay where they are. Precondition: they outlive the recording and do not change.
    [[nodiscard]] Var variable_view(const Shape& shape, std::span<T> values) {
        const Var var = append(shape, nullptr, {}, true);
        node(var).value = values.data();
        node(var).name = "variable";
        return var;
    }

    /// A tensor that is not differentiated, whose values stay where they are. Precondition: they outlive the recording
    /// and do not change.
    [[nodiscard]] Var constant_view(const Shape& shape, std::span<const T> values) {
        const Var var = append(shape, nullptr, {}, false);
        // No operation writes to its inputs.
        node(var).value = const_cast<T*>(values.data());
        node(var).name = "constant";
        return var;
    }

    /// Appends an operation. `Op` has `static constexpr const char* name` and
    /// `static void pullback(const Pullback<T>&)` (or a template over T), which adds to the adjoints of its inputs. The
    /// caller writes the result to `value()` of the returned tensor. `saved` is plain data that the pullback reads.
    template <class Op, class Saved = std::byte>
    [[nodiscard]] Var record(const Shape& shape, std::initializer_list<Var> inputs, const Saved& saved = {}) {
        return record_sized<Op>(shape, shape.values(), inputs, saved);
    }

    /// The same for an operation whose value has a representation of its own, of `size` values.
    template <class Op, class Saved = std::byte>
    [[nodiscard]] Var record_sized(const Shape& shape, std::size_t size, std::initializer_list<Var> inputs,
                                   const Saved& saved = {}) {
        NCA_ASSERT(inputs.size() <= 4, "nca::Tape: an operation has at most four inputs");
        bool active = false;
        for (const Var& input : inputs) active = active || node(input).active;
        using Function = typename detail::TapeNode<T>::PullbackFunction;
        const Function pullback = [](const Pullback<T>& at) { Op::pullback(at); };
        const Var var = append(shape, active ? pullback : nullptr, inputs, active);
        detail::TapeNode<T>& n = node(var);
        n.name = Op::name;
        n.size = size;
        n.value = memory_.template take<T>(size);
        n.saved = keep(saved);
        return var;
    }

    /// An input whose value has a representation of its own, of `size` values that the caller writes, described by
    /// `saved`. It is differentiated if `active`.
    template <class Saved>
    [[nodiscard]] Var input_sized(const char* name, const Shape& shape, std::size_t size, bool active,
                                  const Saved& saved) {
        const Var var = append(shape, nullptr, {}, active);
        detail::TapeNode<T>& n = node(var);
        n.name = name;
        n.size = size;
        n.value = memory_.template take<T>(size);
        n.saved = keep(saved);
        return var;
    }

    /// Derivatives of a single number with respect to every input. Adjoints start at zero in each call.
    void backward(const Var& loss) {
        NCA_ASSERT(node(loss).size == 1, "nca::Tape: backward() starts from a single number");
        const T one = T(1);
        backward_from(loss, {&one, 1});
    }

    /// The same from a tensor with a given adjoint.
    void backward_from(const Var& output, std::span<const T> adjoint) {
        reset_adjoints();
        if (!node(output).active) return;
        NCA_ASSERT(adjoint.size() == node(output).size, "nca::Tape: the adjoint has another size than the tensor");
        std::copy(adjoint.begin(), adjoint.end(), adjoint_of(output.index()));
        sweep(output.index(), 0);
    }

    /// Runs the pullbacks of the nodes from `last` down to `first`, whose adjoints stand. For checkpointing.
    void sweep(int last, int first) {
        for (int i = last; i >= first; --i) {
            // The node is copied: a pullback that records on this tape may move the list.
            const detail::TapeNode<T> n = nodes_[static_cast<std::size_t>(i)];
            if (n.adjoint == nullptr || n.pullback == nullptr) continue;
            n.pullback(Pullback<T>{*this, i});
            adjoints_.release(n.adjoint);
            nodes_[static_cast<std::size_t>(i)].adjoint = nullptr;
        }
    }

    /// The adjoint of a node, zero if it has none yet.
    [[nodiscard]] T* adjoint_of(int index) {
        detail::TapeNode<T>& n = nodes_[static_cast<std::size_t>(index)];
        if (n.adjoint == nullptr) n.adjoint = adjoints_.take(n.size);
        return n.adjoint;
    }

    /// Forgets all nodes and keeps the memory.
    void clear() noexcept {
        ++epoch_;
        nodes_.clear();
        memory_.clear();
        adjoints_.release_all();
    }
    /// The present position.
    [[nodiscard]] Mark mark() const noexcept { return {nodes_.size(), memory_.mark()}; }
    /// Forgets the nodes recorded since `mark`.
    void rewind(const Mark& mark) {
        ++epoch_;
        for (std::size_t i = mark.nodes; i < nodes_.size(); ++i) {
            if (nodes_[i].adjoint != nullptr) adjoints_.release(nodes_[i].adjoint);
        }
        nodes_.resize(mark.nodes);
        memory_.rewind(mark.memory);
    }

    /// Changes whenever nodes are forgotten, so that an attachment can tell whether an index still means the same node.
    [[nodiscard]] std::size_t epoch() const noexcept { return epoch_; }

    [[nodiscard]] Statistics statistics() const noexcept {
        return {nodes_.size(), memory_.capacity(), adjoints_.capacity()};
    }

    [[nodiscard]] detail::TapeNode<T>& node(const Var& var) noexcept {
        return nodes_[static_cast<std::size_t>(var.index())];
    }
    [[nodiscard]] const detail::TapeNode<T>& node(int index) const noexcept {
        return nodes_[static_cast<std::size_t>(index)];
    }
    /// Memory that lives as long as the nodes recorded now.
    [[nodiscard]] Arena& memory() noexcept { return memory_; }

    /// An object of the given type that lives as long as the tape, made on first use: what operations keep from one
    /// recording to the next.
    template <class Object>
    [[nodiscard]] Object& attachment() {
        static char key = 0;
        for (const Attachment& a : attachments_) {
            if (a.key == &key) return *static_cast<Object*>(a.object);
        }
        auto object = std::make_unique<Object>();
        attachments_.push_back({&key, object.get(), [](void* p) { delete static_cast<Object*>(p); }});
        return *object.release();
    }

private:
    struct Attachment {
        const void* key;
        void* object;
        void (*destroy)(void*);
    };

    [[nodiscard]] Var leaf(const Shape& shape, std::span<const T> values, bool active) {
        NCA_ASSERT(values.size() == shape.values(), "nca::Tape: as many values as the shape has");
        const Var var = append(shape, nullptr, {}, active);
        detail::TapeNode<T>& n = node(var);
        n.name = active ? "variable" : "constant";
        n.value = memory_.template take<T>(n.size);
        std::copy(values.begin(), values.end(), n.value);
        return var;
    }

    template <class Saved>
    [[nodiscard]] void* keep(const Saved& saved) {
        static_assert(std::is_trivially_copyable_v<Saved>, "nca::Tape: saved data must be plain");
        Saved* const copy = memory_.template take<Saved>(1);
        std::memcpy(static_cast<void*>(copy), &saved, sizeof(Saved));
        return copy;
    }

    [[nodiscard]] Var append(const Shape& shape, typename detail::TapeNode<T>::PullbackFunction pullback,
                             std::initializer_list<Var> inputs, bool active) {
        detail::TapeNode<T> n;
        n.pullback = pullback;
        n.shape = shape;
        n.size = shape.values();
        n.active = active;
        std::size_t i = 0;
        for (const Var& input : inputs) n.inputs[i++] = input.index();
        nodes_.push_back(n);
        return {this, static_cast<int>(nodes_.size()) - 1};
    }

    void reset_adjoints() {
        for (auto& n : nodes_) n.adjoint = nullptr;
        adjoints_.release_all();
    }

    std::vector<detail::TapeNode<T>> nodes_{};
    Arena memory_{};
    detail::AdjointStore<T> adjoints_{};
    std::vector<Attachment> attachments_{};
    std::size_t epoch_ = 0;
};

/// What a pullback sees: the adjoint of its result, the primal values, and the adjoints of its inputs to add to.
template <class T>
class Pullback {
public:
    Pullback(BasicTape<T>& tape, int index) noexcept : tape_{&tape}, index_{index} {}

    [[nodiscard]] BasicTape<T>& tape() const noexcept { return *tape_; }
    /// The result.
    [[nodiscard]] std::span<const T> value() const noexcept { return {node().value, node().size}; }
    /// The adjoint of the result.
    [[nodiscard]] std::span<const T> adjoint() const noexcept { return {node().adjoint, node().size}; }
    /// The handle of an input.
    [[nodiscard]] BasicVar<T> input_var(int input) const noexcept {
        return {tape_, node().inputs[static_cast<std::size_t>(input)]};
    }
    /// The primal values of an input.
    [[nodiscard]] std::span<const T> input(int input) const noexcept {
        const auto& n = tape_->node(input_var(input).index());
        return {n.value, n.size};
    }
    /// The shape of an input.
    [[nodiscard]] const Shape& input_shape(int input) const noexcept {
        return tape_->node(input_var(input).index()).shape;
    }
    /// The adjoint of an input, to be added to. Empty if nothing that is differentiated leads to it.
    [[nodiscard]] std::span<T> input_adjoint(int input) const {
        const int at = input_var(input).index();
        if (!tape_->node(at).active) return {};
        return {tape_->adjoint_of(at), tape_->node(at).size};
    }
    /// The data given to `record`.
    template <class Saved>
    [[nodiscard]] const Saved& saved() const noexcept {
        return *static_cast<const Saved*>(node().saved);
    }

private:
    [[nodiscard]] const detail::TapeNode<T>& node() const noexcept { return tape_->node(index_); }

    BasicTape<T>* tape_;
    int index_;
};

template <class T>
const Shape& BasicVar<T>::shape() const noexcept {
    return tape_->node(*this).shape;
}
template <class T>
std::span<T> BasicVar<T>::value() const noexcept {
    return {tape_->node(*this).value, tape_->node(*this).size};
}
template <class T>
T BasicVar<T>::item() const noexcept {
    NCA_ASSERT(value().size() == 1, "nca::Var: item() of a tensor with more than one value");
    return value()[0];
}
template <class T>
std::span<const T> BasicVar<T>::gradient() const noexcept {
    NCA_ASSERT(tape_->node(*this).pullback == nullptr, "nca::Var: gradient() is kept for inputs only");
    return {tape_->adjoint_of(index_), tape_->node(*this).size};
}

/// The tape of training.
using Tape = BasicTape<float>;
/// A tensor on the tape of training.
using Var = BasicVar<float>;

} // namespace nca

#endif // NCA_TAPE_TAPE_HPP
