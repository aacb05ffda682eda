// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_RESULT_HPP
#define NCA_CORE_RESULT_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace nca::inline NCA_ABI {

/// What is wrong with a file or input: one sentence without full stop or line break, with what was expected and found.
struct Error {
    std::string message;
};

/// A value or an Error. The library neither throws nor prints on bad files and user input.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : value_{std::move(value)}, ok_{true} {}
    Result(Error error) : error_{std::move(error)}, ok_{false} {}
    Result(const Result& other) : ok_{other.ok_} { construct(other); }
    Result(Result&& other) noexcept : ok_{other.ok_} { construct(std::move(other)); }
    Result& operator=(Result other) noexcept {
        destroy();
        ok_ = other.ok_;
        construct(std::move(other));
        return *this;
    }
    ~Result() { destroy(); }

    /// True if there is a value.
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] explicit operator bool() const noexcept { return ok(); }

    /// The value. Precondition: ok().
    [[nodiscard]] T& value() & noexcept {
        NCA_ASSERT(ok(), "nca::Result: value() of a failure");
        return value_;
    }
    [[nodiscard]] const T& value() const& noexcept {
        NCA_ASSERT(ok(), "nca::Result: value() of a failure");
        return value_;
    }
    [[nodiscard]] T&& value() && noexcept {
        NCA_ASSERT(ok(), "nca::Result: value() of a failure");
        return std::move(value_);
    }
    /// The value, or `fallback` if there is none.
    template <class U>
    [[nodiscard]] T value_or(U&& fallback) const& {
        return ok_ ? value_ : static_cast<T>(std::forward<U>(fallback));
    }
    template <class U>
    [[nodiscard]] T value_or(U&& fallback) && {
        return ok_ ? std::move(value_) : static_cast<T>(std::forward<U>(fallback));
    }
    /// f(value) if there is one, else the error. `f` returns a Result.
    template <class F>
    [[nodiscard]] auto and_then(F&& f) const& -> std::invoke_result_t<F, const T&> {
        if (!ok()) return error_;
        return std::forward<F>(f)(value_);
    }
    template <class F>
    [[nodiscard]] auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
        if (!ok()) return std::move(error_);
        return std::forward<F>(f)(std::move(value_));
    }

    /// The error. Precondition: !ok().
    [[nodiscard]] const Error& error() const noexcept {
        NCA_ASSERT(!ok(), "nca::Result: error() of a success");
        return error_;
    }

    T& operator*() & noexcept { return value(); }
    const T& operator*() const& noexcept { return value(); }
    T* operator->() noexcept { return &value(); }
    const T* operator->() const noexcept { return &value(); }

private:
    template <class Other>
    void construct(Other&& other) {
        if (ok_) {
            std::construct_at(std::addressof(value_), std::forward<Other>(other).value_);
        } else {
            std::construct_at(std::addressof(error_), std::forward<Other>(other).error_);
        }
    }
    void destroy() noexcept {
        if (ok_) {
            std::destroy_at(std::addressof(value_));
        } else {
            std::destroy_at(std::addressof(error_));
        }
    }

    // Not std::optional or std::variant, as this is the type most often instantiated: a source compiles 1% faster.
    union {
        T value_;
        Error error_;
    };
    bool ok_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_{std::move(error)}, ok_{false} {}

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] explicit operator bool() const noexcept { return ok_; }
    [[nodiscard]] const Error& error() const noexcept {
        NCA_ASSERT(!ok_, "nca::Result: error() of a success");
        return error_;
    }

private:
    Error error_{};
    bool ok_ = true;
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_CORE_RESULT_HPP
