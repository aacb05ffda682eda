// SPDX-License-Identifier: Apache-2.0
// Trains on all ranks together and on every rank alone, and compares the checkpoints. Run by mpirun.
#include <nca/core/thread_pool.hpp>
#include <nca/image/random_filters.hpp>
#include <nca/mpi/samples.hpp>
#include <nca/systems/texture/style_loss.hpp>
#include <nca/systems/texture/task.hpp>

#include <common/small_training.hpp>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr int iterations = 50;

/// The checkpoint of the training of a texture of stripes, with others unless `sharing` is null; empty if it fails.
template <class Executor>
std::vector<std::byte> texture_checkpoint(nca::SampleSharing* sharing, Executor&& executor) {
    constexpr int side = 16;
    nca::texture::Image stripes{nca::Extents<nca::Dynamic, nca::Dynamic>{{side, side}}};
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) stripes(y, x)[0] = (x + y) % 8 < 4 ? 0.9F : 0.1F;
    }
    auto style = nca::texture::StyleLoss::create(nca::image::random_filters(1, 2, 8), stripes, side, side,
                                                 nca::texture::Loss::transport);
    if (!style) return {};
    nca::texture::Experiment experiment;
    experiment.side = side;
    experiment.batch = 3;
    experiment.pool_size = 8;
    experiment.min_steps = 6;
    experiment.max_steps = 12;
    nca::Trainer trainer{nca::texture::Task<>{*style, experiment}, nca::TrainerOptions{.seed = 3}, executor};
    if (sharing != nullptr) trainer.share_samples(*sharing);
    trainer.run(iterations);
    return *trainer.checkpoint();
}

} // namespace

int main(int argc, char** argv) {
    MPI_Init(&argc, &argv);
    bool same = true;
    int size = 0;
    {
        nca::mpi::Samples samples{MPI_COMM_WORLD};
        size = samples.communicator().size();
        const auto creature = nca::tests::small_checkpoint(iterations, nullptr, nca::SerialExecutor{});
        const auto texture = texture_checkpoint(nullptr, nca::SerialExecutor{});
        same = !texture.empty();
        for (const int threads : {1, 2}) {
            nca::ThreadPool pool{threads};
            same = same && nca::tests::small_checkpoint(iterations, &samples, pool) == creature;
            same = same && texture_checkpoint(&samples, pool) == texture;
        }
        same = samples.communicator().largest(same ? 0 : 1) == 0;
    }
    MPI_Finalize();
    if (same) return EXIT_SUCCESS;
    std::fprintf(stderr, "%d ranks trained something else than one\n", size);
    return EXIT_FAILURE;
}
