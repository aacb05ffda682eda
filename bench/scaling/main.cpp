// SPDX-License-Identifier: Apache-2.0
// What ranks exchange, and how long it takes beside what they compute: trainings of the grown lizard and of a texture,
// a world that is cut into slabs, and messages alone. Rank 0 prints one JSON line per case. Run by mpirun.
#include <nca/core/thread_pool.hpp>
#include <nca/image/random_filters.hpp>
#include <nca/io/json.hpp>
#include <nca/mpi/samples.hpp>
#include <nca/mpi/world.hpp>
#include <nca/systems/growing/task.hpp>
#include <nca/systems/texture/style_loss.hpp>
#include <nca/systems/texture/task.hpp>
#include <nca/train/trainer.hpp>

#include "../lizard.hpp"
#include "../texture.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

namespace {

using nca::Json;

[[nodiscard]] double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The middle of some numbers.
[[nodiscard]] double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Ranks that share samples, with the times and the bytes of their exchanges.
class Measured final : public nca::SampleSharing {
public:
    [[nodiscard]] bool computes(int sample) const noexcept override { return samples_.computes(sample); }
    void exchange(std::span<std::vector<std::byte>> samples) override {
        // What this rank waits for others is not the exchange.
        static_cast<void>(samples_.communicator().largest(0));
        const double start = seconds();
        samples_.exchange(samples);
        times_.push_back(seconds() - start);
        bytes_ = 0;
        for (const auto& sample : samples) bytes_ += sample.size();
    }
    [[nodiscard]] int rank() const noexcept { return samples_.communicator().rank(); }
    [[nodiscard]] int ranks() const noexcept { return samples_.communicator().size(); }
    [[nodiscard]] const std::vector<double>& times() const noexcept { return times_; }
    /// Of all samples of the last batch.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    nca::mpi::Samples samples_{MPI_COMM_WORLD};
    std::vector<double> times_{};
    std::size_t bytes_ = 0;
};

/// Trains on all ranks, and prints the medians of the iterations after the first.
template <class Trainer>
void measure_training(const char* name, Trainer&& trainer, int warm_up, int iterations) {
    Measured sharing;
    trainer.share_samples(sharing);
    trainer.run(warm_up);
    std::vector<double> times;
    for (int i = 0; i < iterations; ++i) {
        const double start = seconds();
        static_cast<void>(trainer.step());
        times.push_back(seconds() - start);
    }
    if (sharing.rank() != 0) return;
    const std::vector<double> exchanges{sharing.times().end() - iterations, sharing.times().end()};
    const Json line = Json::object({{"case", name},
                                    {"ranks", sharing.ranks()},
                                    {"iteration_ms", 1e3 * median(times)},
                                    {"exchange_ms", 1e3 * median(exchanges)},
                                    {"batch_bytes", static_cast<std::int64_t>(sharing.bytes())}});
    std::puts(line.dump().c_str());
}

void measure_growing(nca::ThreadPool& threads) {
    nca::Grid<float, 4, nca::Dynamic, nca::Dynamic> target{bench::lizard().state.extents()};
    std::copy(bench::lizard().target.begin(), bench::lizard().target.end(), target.values().begin());
    nca::growing::Experiment experiment = nca::growing::regenerating;
    experiment.pool_size = 2 * experiment.batch; // soon grown
    const nca::growing::Task<bench::Rule> task{target, experiment};
    nca::Trainer trainer{task, nca::TrainerOptions{.seed = 1}, threads};
    trainer.rule() = bench::lizard().rule;
    measure_training("growing", trainer, 8, 20);
}

void measure_texture(nca::ThreadPool& threads) {
    const bench::texture::Start start;
    nca::texture::Image picture{start.target.extents()};
    std::copy(start.target.values().begin(), start.target.values().end(), picture.values().begin());
    auto style = nca::texture::StyleLoss::create(nca::image::random_filters(), picture, bench::texture::side,
                                                 bench::texture::side, nca::texture::Loss::transport);
    if (!style) return;
    const nca::texture::Task<bench::texture::Rule> task{*style, nca::texture::pytorch};
    nca::Trainer trainer{task, nca::TrainerOptions{.seed = 1}, threads};
    measure_training("texture", trainer, 2, 8);
}

/// Steps of a texture whose cells all live.
void measure_world(nca::ThreadPool& threads) {
    constexpr int side = 512;
    const bench::texture::Start start;
    nca::StepOptions<bench::texture::Rule> options;
    options.fire_rate = 0.5;
    auto world = nca::mpi::World<bench::texture::Rule>::create(start.rule, {side, side}, 1, options);
    if (!world) return;
    nca::mpi::World<bench::texture::Rule>& slabs = **world;
    slabs.step(2, threads);
    std::vector<double> times;
    for (int i = 0; i < 20; ++i) {
        const double begin = seconds();
        slabs.step(1, threads);
        times.push_back(seconds() - begin);
    }
    if (slabs.communicator().rank() != 0) return;
    const Json line = Json::object({{"case", "world"},
                                    {"ranks", slabs.communicator().size()},
                                    {"step_ms", 1e3 * median(times)},
                                    {"slice_bytes", static_cast<std::int64_t>(slabs.slice_size() * sizeof(float))}});
    std::puts(line.dump().c_str());
}

/// Messages between neighbours in a ring.
void measure_messages() {
    const nca::mpi::Communicator all{MPI_COMM_WORLD};
    if (all.size() == 1) return;
    for (std::size_t bytes = 8; bytes <= std::size_t{1} << 22U; bytes *= 8) {
        const std::vector<std::byte> sent(bytes);
        std::vector<std::byte> received(bytes);
        std::vector<double> times;
        for (int i = 0; i < 200; ++i) {
            const double begin = seconds();
            all.send_receive(std::span{sent}, (all.rank() + 1) % all.size(), std::span{received},
                             (all.rank() + all.size() - 1) % all.size());
            times.push_back(seconds() - begin);
        }
        if (all.rank() != 0) continue;
        const Json line = Json::object({{"case", "message"},
                                        {"ranks", all.size()},
                                        {"bytes", static_cast<std::int64_t>(bytes)},
                                        {"us", 1e6 * median(times)}});
        std::puts(line.dump().c_str());
    }
}

} // namespace

int main(int argc, char** argv) {
    MPI_Init(&argc, &argv);
    {
        nca::ThreadPool threads{1};
        measure_growing(threads);
        measure_texture(threads);
        measure_world(threads);
        measure_messages();
    }
    MPI_Finalize();
}
