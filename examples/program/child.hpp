// SPDX-License-Identifier: Apache-2.0
// This program, started again with other arguments.
#ifndef NCA_EXAMPLES_PROGRAM_CHILD_HPP
#define NCA_EXAMPLES_PROGRAM_CHILD_HPP

#include <optional>
#include <string>
#include <vector>

namespace program {

/// True where children can be started: on POSIX systems.
[[nodiscard]] bool can_start_children() noexcept;

/// A run of this program with its own arguments, beside this one.
class Child {
public:
    /// Starts it: standard output goes to a new file, standard error to the end of a log, nothing is read. What cannot
    /// be started ends the program.
    Child(const std::vector<std::string>& arguments, const std::string& output, const std::string& log);

    /// The exit status if it has ended, 128 and the number of a signal that killed it.
    [[nodiscard]] std::optional<int> poll();
    /// Asks it to stop, as `kill` does.
    void stop() const noexcept;

private:
    long process_ = 0;
};

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_CHILD_HPP
