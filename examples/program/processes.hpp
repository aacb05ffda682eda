// SPDX-License-Identifier: Apache-2.0
// The processes that mpirun has started to run one command together. MPI stays in processes.cpp.
#ifndef NCA_EXAMPLES_PROGRAM_PROCESSES_HPP
#define NCA_EXAMPLES_PROGRAM_PROCESSES_HPP

#include <nca/train/sample_sharing.hpp>

#include <cstddef>
#include <vector>

namespace program {

/// Joins the processes of this run for the lifetime of the object, that of main(). Without mpirun, or if the program is
/// built without MPI, this process is the only one.
class Processes {
public:
    Processes();
    Processes(const Processes&) = delete;
    Processes& operator=(const Processes&) = delete;
    ~Processes();

    /// The exit status of main(): a failure, 2, ends the other processes as well.
    [[nodiscard]] int finish(int status) const;
};

/// True for the process that reads, writes and prints; others only train with it.
[[nodiscard]] bool is_first_process() noexcept;
[[nodiscard]] int process_count() noexcept;
/// How the processes share samples; null if there is one.
[[nodiscard]] nca::SampleSharing* sample_sharing() noexcept;

// All processes call these together; they do nothing if there is one.

/// Gives all the bytes of the first.
void share_bytes(std::vector<std::byte>& bytes);
/// The largest of the numbers that the processes pass.
[[nodiscard]] int largest_of_all(int number);

/// Called before a failure is printed. What ails all processes, the first one prints.
void await_first_failure();

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_PROCESSES_HPP
