// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_MPI_COMMUNICATOR_HPP
#define NCA_MPI_COMMUNICATOR_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <span>
#include <string>
#include <vector>

// The C++ bindings, which MPI has given up, would need a library of their own.
#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX 1
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1
#endif
#include <mpi.h>

namespace nca::inline NCA_ABI::mpi {

/// The ranks of an MPI communicator, by a copy of it. A call that fails, as where a rank is lost, prints one line on
/// standard error and ends the program with status 2: what ranks compute together cannot go on.
class Communicator {
public:
    /// Precondition: MPI is initialised. Called by all ranks.
    explicit Communicator(MPI_Comm communicator) {
        require(MPI_Comm_dup(communicator, &communicator_), "MPI_Comm_dup");
        MPI_Comm_set_errhandler(communicator_, MPI_ERRORS_RETURN);
        require(MPI_Comm_rank(communicator_, &rank_), "MPI_Comm_rank");
        require(MPI_Comm_size(communicator_, &size_), "MPI_Comm_size");
    }
    Communicator(const Communicator&) = delete;
    Communicator& operator=(const Communicator&) = delete;
    ~Communicator() {
        int finalised = 0;
        MPI_Finalized(&finalised);
        if (finalised == 0) MPI_Comm_free(&communicator_);
    }

    [[nodiscard]] int rank() const noexcept { return rank_; }
    [[nodiscard]] int size() const noexcept { return size_; }

    /// Replaces every number by its sum over the ranks, which pass as many.
    void sum(std::vector<std::int64_t>& numbers) const {
        require(
            MPI_Allreduce(MPI_IN_PLACE, numbers.data(), count_of(numbers.size()), MPI_INT64_T, MPI_SUM, communicator_),
            "MPI_Allreduce");
    }
    /// The largest of the numbers that the ranks pass.
    [[nodiscard]] int largest(int number) const {
        require(MPI_Allreduce(MPI_IN_PLACE, &number, 1, MPI_INT, MPI_MAX, communicator_), "MPI_Allreduce");
        return number;
    }
    /// The bytes of all ranks, in their order. counts: how many each passes.
    void all_gather(const std::vector<std::byte>& own, const std::vector<std::int64_t>& counts,
                    std::vector<std::byte>& all) const {
        std::vector<int> sizes;
        std::vector<int> offsets;
        std::size_t total = 0;
        for (const std::int64_t count : counts) {
            offsets.push_back(count_of(total));
            sizes.push_back(count_of(static_cast<std::size_t>(count)));
            total += static_cast<std::size_t>(count);
        }
        all.resize(total);
        require(MPI_Allgatherv(own.data(), count_of(own.size()), MPI_BYTE, all.data(), sizes.data(), offsets.data(),
                               MPI_BYTE, communicator_),
                "MPI_Allgatherv");
    }
    /// On rank 0 the values of all ranks, in their order; nothing on others.
    template <class T>
    [[nodiscard]] std::vector<T> gather(const std::vector<T>& own) const {
        std::vector<std::int64_t> counts(static_cast<std::size_t>(size_));
        counts[static_cast<std::size_t>(rank_)] = static_cast<std::int64_t>(own.size());
        sum(counts);
        if (rank_ != 0) {
            require(MPI_Send(own.data(), count_of(own.size() * sizeof(T)), MPI_BYTE, 0, 0, communicator_), "MPI_Send");
            return {};
        }
        std::vector<T> all = own;
        for (int rank = 1; rank < size_; ++rank) {
            const std::size_t first = all.size();
            const auto count = static_cast<std::size_t>(counts[static_cast<std::size_t>(rank)]);
            all.resize(first + count);
            require(MPI_Recv(all.data() + first, count_of(count * sizeof(T)), MPI_BYTE, rank, 0, communicator_,
                             MPI_STATUS_IGNORE),
                    "MPI_Recv");
        }
        return all;
    }
    /// Sends values to a rank and receives as many from another one; MPI_PROC_NULL for none.
    template <class T>
    void send_receive(std::span<const T> sent, int to, std::span<T> received, int from) const {
        require(MPI_Sendrecv(sent.data(), count_of(sent.size_bytes()), MPI_BYTE, to, 0, received.data(),
                             count_of(received.size_bytes()), MPI_BYTE, from, 0, communicator_, MPI_STATUS_IGNORE),
                "MPI_Sendrecv");
    }
    /// Gives all ranks the bytes of rank 0.
    void broadcast(std::vector<std::byte>& bytes) const {
        std::uint64_t size = bytes.size();
        require(MPI_Bcast(&size, 1, MPI_UINT64_T, 0, communicator_), "MPI_Bcast");
        bytes.resize(size);
        constexpr std::size_t piece = std::size_t{1} << 30U; // counts are ints
        for (std::size_t first = 0; first < bytes.size(); first += piece) {
            const int count = count_of(std::min(piece, bytes.size() - first));
            require(MPI_Bcast(bytes.data() + first, count, MPI_BYTE, 0, communicator_), "MPI_Bcast");
        }
    }

private:
    [[noreturn]] void fail(const std::string& reason) const {
        std::fprintf(stderr, "nca: rank %d of %d: %s\n", rank_, size_, reason.c_str());
        std::exit(2);
    }
    void require(int code, const char* call) const {
        if (code == MPI_SUCCESS) return;
        char text[MPI_MAX_ERROR_STRING] = "";
        int length = 0;
        MPI_Error_string(code, text, &length);
        fail(std::string{call} + ": " + std::string(text, static_cast<std::size_t>(length)));
    }
    [[nodiscard]] int count_of(std::size_t size) const {
        if (size > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
            fail("more than 2 GiB in one exchange");
        }
        return static_cast<int>(size);
    }

    MPI_Comm communicator_ = MPI_COMM_NULL;
    int rank_ = 0;
    int size_ = 1;
};

} // namespace nca::inline NCA_ABI::mpi

#include <nca/core/pop_macros.hpp>

#endif // NCA_MPI_COMMUNICATOR_HPP
