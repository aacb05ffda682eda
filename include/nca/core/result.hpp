// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_CORE_RESULT_HPP
#define NCA_CORE_RESULT_HPP

#include <nca/core/config.hpp>

#include <optional>
#include <string>
#include <utility>

namespace nca {

/// What went wrong with a file or with a user's input: one sentence, without a trailing full stop or line break, that
/// names the file, the tensor or the value and says what was expected and what was found.
struct Error {
    std::string message;
};

/// A value, or the Error that prevented it. Readers of files and of user input return it; nothing in the library
/// throws or prints because of bad input.
template <class T>
class [[nodiscard]] Result {
public:
    /// A success.
    Result(T value) : value_{std::move(value)} {}
    /// A failure.
    Result(Error error) : error_{std::move(error)} {}

    /// True if a value is present.
    [[nodiscard]] bool ok() const noexcept { return value_.has_value(); }
    /// True if a value is present.
    [[nodiscard]] explicit operator bool() const noexcept { return ok(); }

    /// The value. Precondition: ok().
    [[nodiscard]] T& value() & noexcept {
        NCA_ASSERT(ok(), "nca::Result: value() of a failure");
        return *value_;
    }
    /// The value. Precondition: ok().
    [[nodiscard]] const T& value() const& noexcept {
        NCA_ASSERT(ok(), "nca::Result: value() of a failure");
        return *value_;
    }
    /// The value, moved out. Precondition: ok().
    [[nodiscard]] T&& value() && noexcept {
        NCA_ASSERT(ok(), "nca::Result: value() of a failure");
        return std::move(*value_);
    }

    /// The error. Precondition: !ok().
    [[nodiscard]] const Error& error() const noexcept {
        NCA_ASSERT(!ok(), "nca::Result: error() of a success");
        return error_;
    }

    /// The value. Precondition: ok().
    T& operator*() & noexcept { return value(); }
    /// The value. Precondition: ok().
    const T& operator*() const& noexcept { return value(); }
    /// A member of the value. Precondition: ok().
    T* operator->() noexcept { return &value(); }
    /// A member of the value. Precondition: ok().
    const T* operator->() const noexcept { return &value(); }

private:
    std::optional<T> value_{};
    Error error_{};
};

/// Success without a value, or the Error that prevented it.
template <>
class [[nodiscard]] Result<void> {
public:
    /// A success.
    Result() = default;
    /// A failure.
    Result(Error error) : error_{std::move(error)}, ok_{false} {}

    /// True on success.
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    /// True on success.
    [[nodiscard]] explicit operator bool() const noexcept { return ok_; }
    /// The error. Precondition: !ok().
    [[nodiscard]] const Error& error() const noexcept {
        NCA_ASSERT(!ok_, "nca::Result: error() of a success");
        return error_;
    }

private:
    Error error_{};
    bool ok_ = true;
};

} // namespace nca

#endif // NCA_CORE_RESULT_HPP
