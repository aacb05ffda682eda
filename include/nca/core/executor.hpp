// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_EXECUTOR_HPP
#define NCA_CORE_EXECUTOR_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <concepts>
#include <memory>
#include <type_traits>

namespace nca::inline NCA_ABI {

namespace detail {
struct AnyTask {
    void operator()(int) const noexcept {}
};
} // namespace detail

/// Runs task(0) ... task(count - 1) in any order on any threads, at most `concurrency()` at a time, and returns when
/// all are done. Results depend on neither. Wrap the job system of an engine to use its threads.
template <class E>
concept Executor = requires(E& executor, detail::AnyTask task) {
    { executor.concurrency() }
    noexcept->std::convertible_to<int>;
    executor.run(0, task);
};

/// An executor that runs every task on the calling thread.
struct SerialExecutor {
    [[nodiscard]] static constexpr int concurrency() noexcept { return 1; }

    template <class Task>
    static void run(int count, Task&& task) {
        for (int i = 0; i < count; ++i) task(i);
    }
};

/// A type-erased, non-owning reference to an executor. Never allocates.
class ExecutorRef {
public:
    /// Precondition: `executor` outlives this reference.
    template <class E>
    requires(!std::same_as<std::remove_cv_t<E>, ExecutorRef> && Executor<E>) ExecutorRef(E& executor)
    noexcept
        : object_{std::addressof(executor)}, run_{[](void* object, int count, Task task) {
              static_cast<E*>(object)->run(count, [task](int i) { task.call(task.context, i); });
          }},
          concurrency_{executor.concurrency()} {}

    [[nodiscard]] int concurrency() const noexcept { return concurrency_; }

    template <class F>
    void run(int count, F&& task) const {
        using Plain = std::remove_reference_t<F>;
        run_(object_, count,
             Task{const_cast<void*>(static_cast<const void*>(std::addressof(task))),
                  [](void* context, int i) { (*static_cast<Plain*>(context))(i); }});
    }

private:
    struct Task {
        void* context;
        void (*call)(void*, int);
    };
    void* object_;
    void (*run_)(void*, int, Task);
    int concurrency_;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_EXECUTOR_HPP
