// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_MPI_SAMPLES_HPP
#define NCA_MPI_SAMPLES_HPP

#include <nca/core/push_macros.hpp>

#include <nca/mpi/communicator.hpp>
#include <nca/train/sample_sharing.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Several machines by MPI. Optional: nothing else of the library includes it, and programs that do link MPI.
namespace nca::inline NCA_ABI::mpi {

/// Shares the samples of every batch among the ranks of a communicator: rank r of n computes the samples r, r + n, ...
///
///     nca::mpi::Samples samples{MPI_COMM_WORLD};
///     trainer.share_samples(samples);
///
/// An iteration sends what a sample leaves behind (its gradient, loss and last state) to all ranks, which add gradients
/// in the order of samples: any number of ranks gives the same bits. Ranks beyond the batch compute nothing. Not for
/// several threads of a rank at a time. If a rank is lost, the others end: see Communicator.
class Samples final : public SampleSharing {
public:
    /// Precondition: MPI is initialised, and its communicator outlives this.
    explicit Samples(MPI_Comm communicator) : communicator_{communicator} {}

    [[nodiscard]] const Communicator& communicator() const noexcept { return communicator_; }

    [[nodiscard]] bool computes(int sample) const noexcept override {
        return sample % communicator_.size() == communicator_.rank();
    }
    void exchange(std::span<std::vector<std::byte>> samples) override {
        sizes_.assign(samples.size(), 0);
        for (std::size_t i = 0; i < samples.size(); ++i) sizes_[i] = static_cast<std::int64_t>(samples[i].size());
        communicator_.sum(sizes_);
        // Those of rank 0 first, then those of rank 1, ...
        const auto ranks = static_cast<std::size_t>(communicator_.size());
        std::vector<std::int64_t> counts(ranks);
        for (std::size_t i = 0; i < samples.size(); ++i) counts[i % ranks] += sizes_[i];
        sent_.clear();
        for (const auto& bytes : samples) sent_.insert(sent_.end(), bytes.begin(), bytes.end());
        communicator_.all_gather(sent_, counts, received_);
        auto from = received_.begin();
        for (std::size_t rank = 0; rank < ranks; ++rank) {
            for (std::size_t i = rank; i < samples.size(); i += ranks) {
                samples[i].assign(from, from + sizes_[i]);
                from += sizes_[i];
            }
        }
    }

private:
    Communicator communicator_;
    std::vector<std::int64_t> sizes_{};
    std::vector<std::byte> sent_{};
    std::vector<std::byte> received_{};
};

} // namespace nca::inline NCA_ABI::mpi

#include <nca/core/pop_macros.hpp>

#endif // NCA_MPI_SAMPLES_HPP
