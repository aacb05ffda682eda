// SPDX-License-Identifier: Apache-2.0
#include "processes.hpp"

#ifdef NCA_PROGRAM_MPI
#include <nca/mpi.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>
#endif

namespace program {

#ifdef NCA_PROGRAM_MPI

namespace {

std::optional<nca::mpi::Samples> shared;

/// True if mpirun, srun or their kind has started this process.
bool is_started_by_mpi() {
    static constexpr std::array variables{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK",
                                          "MPI_LOCALNRANKS"};
    return std::any_of(variables.begin(), variables.end(),
                       [](const char* name) { return std::getenv(name) != nullptr; });
}

bool is_alone() noexcept {
    return !shared || shared->communicator().size() == 1;
}

} // namespace

Processes::Processes() {
    if (!is_started_by_mpi()) return;
    MPI_Init(nullptr, nullptr);
    shared.emplace(MPI_COMM_WORLD);
}
Processes::~Processes() {
    if (!shared) return;
    shared.reset();
    MPI_Finalize();
}
int Processes::finish(int status) const {
    if (status == 2 && !is_alone()) MPI_Abort(MPI_COMM_WORLD, status);
    return status;
}

bool is_first_process() noexcept {
    return is_alone() || shared->communicator().rank() == 0;
}
int process_count() noexcept {
    return is_alone() ? 1 : shared->communicator().size();
}
nca::SampleSharing* sample_sharing() noexcept {
    return is_alone() ? nullptr : &*shared;
}
void share_bytes(std::vector<std::byte>& bytes) {
    if (!is_alone()) shared->communicator().broadcast(bytes);
}
int largest_of_all(int number) {
    return is_alone() ? number : shared->communicator().largest(number);
}
void await_first_failure() {
    if (!is_first_process()) std::this_thread::sleep_for(std::chrono::seconds{2});
}

#else

Processes::Processes() = default;
Processes::~Processes() = default;
int Processes::finish(int status) const {
    return status;
}
bool is_first_process() noexcept {
    return true;
}
int process_count() noexcept {
    return 1;
}
nca::SampleSharing* sample_sharing() noexcept {
    return nullptr;
}
void share_bytes(std::vector<std::byte>& /*bytes*/) {}
int largest_of_all(int number) {
    return number;
}
void await_first_failure() {}

#endif

} // namespace program
