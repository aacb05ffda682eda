// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_THREAD_POOL_HPP
#define NCA_CORE_THREAD_POOL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/executor.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h> // _mm_pause, __yield
#endif

namespace nca::inline NCA_ABI {

/// An executor with worker threads besides the caller's. One call of `run` at a time; tasks must not throw.
class ThreadPool {
public:
    /// `threads`: how many tasks run at the same time, the caller included; 0 means one per processor.
    NCA_COLD explicit ThreadPool(int threads = 0) {
        const int processors = static_cast<int>(std::thread::hardware_concurrency());
        const int wanted = threads > 0 ? threads : (processors > 0 ? processors : 1);
        workers_.reserve(static_cast<std::size_t>(wanted - 1));
        for (int i = 1; i < wanted; ++i) workers_.emplace_back([this] { work(); });
    }
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    NCA_COLD ~ThreadPool() {
        {
            const std::lock_guard lock{mutex_};
            stopping_ = true;
        }
        wake_.notify_all();
        for (std::thread& worker : workers_) worker.join();
    }

    [[nodiscard]] int concurrency() const noexcept { return static_cast<int>(workers_.size()) + 1; }

    template <class Task>
    void run(int count, Task&& task) {
        if (count <= 1 || workers_.empty()) {
            SerialExecutor::run(count, task);
            return;
        }
        {
            const std::lock_guard lock{mutex_};
            context_ = const_cast<void*>(static_cast<const void*>(&task));
            call_ = [](void* context, int i) { (*static_cast<std::remove_reference_t<Task>*>(context))(i); };
            count_ = count;
            next_.store(0, std::memory_order_relaxed);
            active_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
            generation_.fetch_add(1, std::memory_order_release);
        }
        wake_.notify_all();
        take_tasks();
        if (spin_until([this] { return active_.load(std::memory_order_acquire) == 0; })) return;
        std::unique_lock lock{mutex_};
        done_.wait(lock, [this] { return active_.load(std::memory_order_acquire) == 0; });
    }

private:
    // Steps follow each other within microseconds, waking takes tens: both sides spin briefly before they block.
    template <class Condition>
    static bool spin_until(Condition&& condition) noexcept {
        for (int i = 0; i < spins; ++i) {
            if (condition()) return true;
            pause();
        }
        return false;
    }
    static void pause() noexcept {
#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
        __builtin_ia32_pause();
#elif defined(__aarch64__) && defined(__GNUC__)
        __asm__ __volatile__("yield");
#elif defined(_M_ARM64)
        __yield();
#elif defined(_MSC_VER)
        _mm_pause();
#endif
    }

    void take_tasks() {
        for (int i = next_.fetch_add(1, std::memory_order_relaxed); i < count_;
             i = next_.fetch_add(1, std::memory_order_relaxed)) {
            call_(context_, i);
        }
    }

    void work() {
        std::uint64_t seen = 0;
        for (;;) {
            spin_until([&] { return generation_.load(std::memory_order_acquire) != seen; });
            {
                std::unique_lock lock{mutex_};
                wake_.wait(lock, [&] { return stopping_ || generation_.load(std::memory_order_relaxed) != seen; });
                if (stopping_) return;
                seen = generation_.load(std::memory_order_relaxed);
            }
            take_tasks();
            if (active_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                // Without the lock the notification could fall between the caller's check and its wait, and be lost.
                const std::lock_guard lock{mutex_};
                done_.notify_one();
            }
        }
    }

    static constexpr int spins = 2000; ///< about 30 to 90 microseconds

    std::mutex mutex_{};
    std::condition_variable wake_{};
    std::condition_variable done_{};
    std::vector<std::thread> workers_{};
    void* context_ = nullptr;
    void (*call_)(void*, int) = nullptr;
    std::atomic<int> next_{0};
    int count_ = 0;
    std::atomic<int> active_{0};
    std::atomic<std::uint64_t> generation_{0};
    bool stopping_ = false;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_THREAD_POOL_HPP
