// SPDX-License-Identifier: Apache-2.0
// Trainings that several processes share; here threads stand for them.
#include <nca/train/sample_sharing.hpp>

#include <doctest/doctest.h>

#include <barrier>
#include <common/small_training.hpp>
#include <cstddef>
#include <span>
#include <thread>
#include <vector>

using namespace nca;
using namespace nca::tests;

namespace {

/// What threads that stand for processes have sent.
struct Post {
    explicit Post(int count) : arrived{count} {}
    std::barrier<> arrived;
    std::vector<std::vector<std::byte>> samples{};
};

class ThreadSharing final : public SampleSharing {
public:
    ThreadSharing(Post& post, int rank, int count) : post_{&post}, rank_{rank}, count_{count} {}
    bool computes(int sample) const noexcept override { return sample % count_ == rank_; }
    void exchange(std::span<std::vector<std::byte>> samples) override {
        if (rank_ == 0) post_->samples.assign(samples.size(), {});
        post_->arrived.arrive_and_wait();
        for (std::size_t i = 0; i < samples.size(); ++i) {
            CHECK(samples[i].empty() != computes(static_cast<int>(i)));
            if (!samples[i].empty()) post_->samples[i] = samples[i];
        }
        post_->arrived.arrive_and_wait();
        for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = post_->samples[i];
        post_->arrived.arrive_and_wait();
    }

private:
    Post* post_;
    int rank_;
    int count_;
};

} // namespace

TEST_CASE("processes that share the samples of a batch train what one trains, bit for bit") {
    const std::vector<std::byte> expected = small_checkpoint(6, nullptr, SerialExecutor{});
    for (const int count : {1, 2, 3, 8}) { // of eight, three have nothing to compute
        CAPTURE(count);
        Post post{count};
        std::vector<std::vector<std::byte>> found(static_cast<std::size_t>(count));
        std::vector<std::thread> processes;
        for (int rank = 0; rank < count; ++rank) {
            processes.emplace_back([&, rank] {
                ThreadSharing sharing{post, rank, count};
                found[static_cast<std::size_t>(rank)] = small_checkpoint(6, &sharing, SerialExecutor{});
            });
        }
        for (std::thread& process : processes) process.join();
        for (const auto& checkpoint : found) CHECK(checkpoint == expected);
    }
}
