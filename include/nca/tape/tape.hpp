// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_TAPE_TAPE_HPP
#define NCA_TAPE_TAPE_HPP

#include <nca/core/push_macros.hpp>

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

namespace nca::inline NCA_ABI {

/// The shape of a tensor: up to four sizes, slowest first. Rank 0 is a scalar.
class Shape {
public:
    static constexpr int max_rank = 4;

    constexpr Shape() = default;
    /// Precondition: at most four sizes, none negative.
    constexpr Shape(std::initializer_list<int> sizes) noexcept : rank_{static_cast<int>(sizes.size())} {
        NCA_ASSERT(sizes.size() <= max_rank, "nca::Shape: at most four sizes");
        std::copy(sizes.begin(), sizes.end(), sizes_.begin());
    }

    [[nodiscard]] constexpr int rank() const noexcept { return rank_; }
    [[nodiscard]] constexpr int operator[](int dimension) const noexcept {
        return sizes_[static_cast<std::size_t>(dimension)];
    }
    /// The last size; 1 for a scalar.
    [[nodiscard]] constexpr int last() const noexcept { return rank_ == 0 ? 1 : (*this)[rank_ - 1]; }
    /// This shape with the last size replaced.
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

/// A handle to a tensor on a tape, valid until the tape is cleared or rewound past it. Cheap to copy.
template <class T>
class BasicVar {
public:
    BasicVar() = default;
    BasicVar(BasicTape<T>* tape, int index) noexcept : tape_{tape}, index_{index} {}

    [[nodiscard]] BasicTape<T>& tape() const noexcept { return *tape_; }
    [[nodiscard]] int index() const noexcept { return index_; }
    [[nodiscard]] const Shape& shape() const noexcept;
    /// The values, row-major.
    [[nodiscard]] std::span<T> value() const noexcept;
    /// The value of a scalar. Precondition: the tensor has exactly one value.
    [[nodiscard]] T item() const noexcept;
    /// The gradient of the loss after `backward`. Precondition: this is an input; other adjoints are recycled.
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
    bool active = false; ///< needs a gradient: is a variable or depends on one
    Shape shape{};
    std::size_t size = 0;
    T* value = nullptr;
    T* adjoint = nullptr;
    void* saved = nullptr;
};

/// A pool of adjoint buffers. Few are live at a time in a sweep, and one just released is still in the cache.
template <class T>
class AdjointStore {
public:
    [[nodiscard]] T* take(std::size_t size) {
        Block* best = nullptr;
        for (Block& block : blocks_) {
            const std::size_t room = block.values.size();
            if (!block.used && room >= size && (best == nullptr || room < best->values.size())) best = &block;
        }
        if (best == nullptr) {
            // Rounded up, so that sizes that vary between recordings soon need no new buffers.
            blocks_.push_back({AlignedArray<T>(std::max<std::size_t>(size + size / 2, 16))});
            best = &blocks_.back();
        }
        best->used = true;
        std::fill_n(best->values.data(), size, T(0));
        return best->values.data();
    }
    void release(const T* data) noexcept {
        for (Block& block : blocks_) block.used = block.used && block.values.data() != data;
    }
    void release_all() noexcept {
        for (Block& block : blocks_) block.used = false;
    }
    [[nodiscard]] std::size_t capacity() const noexcept {
        std::size_t values = 0;
        for (const Block& block : blocks_) values += block.values.size();
        return values * sizeof(T);
    }

private:
    struct Block {
        AlignedArray<T> values{};
        bool used = false;
    };
    std::vector<Block> blocks_{};
};

} // namespace detail

/// A tape for reverse-mode automatic differentiation of tensor operations, one node each. Re-recording a cleared tape
/// allocates nothing; operations on constants only get no pullback. Not thread-safe; use one per thread.
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
    /// Number of nodes, and bytes of memory owned.
    struct Statistics {
        std::size_t nodes = 0;
        std::size_t value_bytes = 0;
        std::size_t adjoint_bytes = 0;
    };

    BasicTape() = default;
    BasicTape(const BasicTape&) = delete;
    BasicTape& operator=(const BasicTape&) = delete;
    NCA_COLD ~BasicTape() {
        for (const Attachment& a : attachments_) a.destroy(a.object);
    }

    /// An input to differentiate with respect to. Copies the values.
    [[nodiscard]] Var variable(const Shape& shape, std::span<const T> values) { return leaf(shape, values, true); }
    /// A constant. Copies the values.
    [[nodiscard]] Var constant(const Shape& shape, std::span<const T> values) { return leaf(shape, values, false); }
    /// As variable(), without a copy. Precondition: the values outlive the recording and do not change.
    [[nodiscard]] Var variable_view(const Shape& shape, std::span<T> values) {
        return view(shape, values.data(), true);
    }
    /// As variable_view(), for a constant.
    [[nodiscard]] Var constant_view(const Shape& shape, std::span<const T> values) {
        return view(shape, const_cast<T*>(values.data()), false); // safe: no operation writes to its inputs
    }

    /// Appends an operation; the caller fills the `value()` of the result. `Op` has a `name` and a static
    /// pullback(const Pullback<T>&), which adds to the adjoints of the inputs and can read `saved`, trivially copyable.
    template <class Op, class Saved = std::byte>
    [[nodiscard]] Var record(const Shape& shape, std::initializer_list<Var> inputs, const Saved& saved = {}) {
        return record_sized<Op>(shape, shape.values(), inputs, saved);
    }

    /// An operation whose result has a representation of its own, of `size` values, such as a sparse state.
    template <class Op, class Saved = std::byte>
    [[nodiscard]] Var record_sized(const Shape& shape, std::size_t size, std::initializer_list<Var> inputs,
                                   const Saved& saved = {}) {
        static_assert(std::is_trivially_copyable_v<Saved>, "nca::Tape: saved data must be trivially copyable");
        detail::TapeNode<T>& n = append(Op::name, shape, inputs);
        if (n.active) n.pullback = [](const Pullback<T>& at) { Op::pullback(at); };
        return allocate(n, size, &saved, sizeof(Saved));
    }

    /// As record_sized(), for an input: a variable if `active`, else a constant.
    template <class Saved>
    [[nodiscard]] Var input_sized(const char* name, const Shape& shape, std::size_t size, bool active,
                                  const Saved& saved) {
        static_assert(std::is_trivially_copyable_v<Saved>, "nca::Tape: saved data must be trivially copyable");
        detail::TapeNode<T>& n = append(name, shape, {});
        n.active = active;
        return allocate(n, size, &saved, sizeof(Saved));
    }

    /// Computes the gradient of a scalar with respect to every variable. Resets all adjoints first.
    void backward(const Var& loss) {
        NCA_ASSERT(node(loss).size == 1, "nca::Tape: backward() starts from a scalar");
        const T one = T(1);
        backward_from(loss, {&one, 1});
    }

    /// Vector-Jacobian product: starts from a tensor with the given adjoint.
    void backward_from(const Var& output, std::span<const T> adjoint) {
        reset_adjoints();
        if (!node(output).active) return;
        NCA_ASSERT(adjoint.size() == node(output).size, "nca::Tape: the adjoint has another size than the tensor");
        std::copy(adjoint.begin(), adjoint.end(), adjoint_of(output.index()));
        sweep(output.index(), 0);
    }

    /// Runs the pullbacks of nodes `last` down to `first`, keeping the adjoints computed so far. For recomputation.
    void sweep(int last, int first) {
        for (int i = last; i >= first; --i) {
            // A copy, because a pullback that records on this tape may reallocate the list.
            const detail::TapeNode<T> n = nodes_[static_cast<std::size_t>(i)];
            if (n.adjoint == nullptr || n.pullback == nullptr) continue;
            n.pullback(Pullback<T>{*this, i});
            adjoints_.release(n.adjoint);
            nodes_[static_cast<std::size_t>(i)].adjoint = nullptr;
        }
    }

    /// The adjoint of a node, allocated and zeroed on first use.
    [[nodiscard]] T* adjoint_of(int index) {
        detail::TapeNode<T>& n = nodes_[static_cast<std::size_t>(index)];
        if (n.adjoint == nullptr) n.adjoint = adjoints_.take(n.size);
        return n.adjoint;
    }

    /// Removes all nodes but keeps the memory.
    void clear() noexcept {
        ++epoch_;
        nodes_.clear();
        memory_.clear();
        adjoints_.release_all();
    }
    /// The current position.
    [[nodiscard]] Mark mark() const noexcept { return {nodes_.size(), memory_.mark()}; }
    /// Removes the nodes recorded since `mark`.
    void rewind(const Mark& mark) {
        ++epoch_;
        for (std::size_t i = mark.nodes; i < nodes_.size(); ++i) {
            if (nodes_[i].adjoint != nullptr) adjoints_.release(nodes_[i].adjoint);
        }
        nodes_.resize(mark.nodes);
        memory_.rewind(mark.memory);
    }

    /// Changes whenever nodes are removed, so an attachment can tell whether an index still refers to the same node.
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
    /// Memory with the lifetime of the nodes being recorded.
    [[nodiscard]] Arena& memory() noexcept { return memory_; }

    /// An object that lives as long as the tape, created on first use: what operations reuse between recordings.
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
        NCA_ASSERT(values.size() == shape.values(), "nca::Tape: the number of values does not match the shape");
        const Var var = input_sized(active ? "variable" : "constant", shape, values.size(), active, std::byte{});
        std::copy(values.begin(), values.end(), node(var).value);
        return var;
    }
    [[nodiscard]] Var view(const Shape& shape, T* values, bool active) {
        detail::TapeNode<T>& n = append(active ? "variable" : "constant", shape, {});
        n.active = active;
        n.value = values;
        return last();
    }

    // Out of line, so that an operation costs little more to compile than its loops.
    NCA_NOINLINE detail::TapeNode<T>& append(const char* name, const Shape& shape, std::initializer_list<Var> inputs) {
        NCA_ASSERT(inputs.size() <= 4, "nca::Tape: an operation has at most four inputs");
        detail::TapeNode<T> n;
        n.name = name;
        n.shape = shape;
        n.size = shape.values();
        std::size_t i = 0;
        for (const Var& input : inputs) {
            n.inputs[i++] = input.index();
            n.active = n.active || node(input).active;
        }
        nodes_.push_back(n);
        return nodes_.back();
    }
    NCA_NOINLINE Var allocate(detail::TapeNode<T>& n, std::size_t size, const void* saved, std::size_t saved_bytes) {
        n.size = size;
        n.value = memory_.template take<T>(size);
        n.saved = std::memcpy(memory_.template take<std::byte>(saved_bytes), saved, saved_bytes);
        return last();
    }
    [[nodiscard]] Var last() noexcept { return {this, static_cast<int>(nodes_.size()) - 1}; }

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

/// What a pullback reads and writes: the adjoint of its result, the primal values, and the adjoints of its inputs.
template <class T>
class Pullback {
public:
    Pullback(BasicTape<T>& tape, int index) noexcept : tape_{&tape}, index_{index} {}

    [[nodiscard]] BasicTape<T>& tape() const noexcept { return *tape_; }
    /// The primal result.
    [[nodiscard]] std::span<const T> value() const noexcept { return {node().value, node().size}; }
    /// The adjoint of the result.
    [[nodiscard]] std::span<const T> adjoint() const noexcept { return {node().adjoint, node().size}; }
    [[nodiscard]] BasicVar<T> input_var(int input) const noexcept {
        return {tape_, node().inputs[static_cast<std::size_t>(input)]};
    }
    /// The primal values of an input, by its index in the list given to `record`.
    [[nodiscard]] std::span<const T> input(int input) const noexcept {
        const auto& n = tape_->node(input_var(input).index());
        return {n.value, n.size};
    }
    [[nodiscard]] const Shape& input_shape(int input) const noexcept {
        return tape_->node(input_var(input).index()).shape;
    }
    /// The adjoint of an input, to add to; empty if the input is constant.
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

/// The tape used in training.
using Tape = BasicTape<float>;
/// A tensor on that tape.
using Var = BasicVar<float>;

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_TAPE_TAPE_HPP
