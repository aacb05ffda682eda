// SPDX-License-Identifier: Apache-2.0
// Trains on all ranks together and on every rank alone, and compares the checkpoints. Run by mpirun.
#include <nca/core/thread_pool.hpp>
#include <nca/mpi/samples.hpp>
#include <nca/systems/growing.hpp>
#include <nca/train/trainer.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

using R = nca::growing::Rule<8, 16>;

nca::growing::Task<R> task() {
    nca::Grid<float, 4, nca::Dynamic, nca::Dynamic> target{nca::Extents<nca::Dynamic, nca::Dynamic>{{12, 12}}};
    for (int y = 3; y < 9; ++y) {
        for (int x = 4; x < 9; ++x) target(y, x)[0] = target(y, x)[3] = 1.0F;
    }
    nca::growing::Experiment experiment = nca::growing::regenerating;
    experiment.batch = 5;
    experiment.pool_size = 9;
    experiment.damaged = 2;
    experiment.min_steps = 4;
    experiment.max_steps = 8;
    return {target, experiment};
}

std::vector<std::byte> trained(nca::SampleSharing* sharing, int threads) {
    nca::ThreadPool pool{threads};
    nca::Trainer trainer{task(), nca::TrainerOptions{.seed = 3}, pool};
    if (sharing != nullptr) trainer.share_samples(*sharing);
    trainer.run(50);
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
        for (const int threads : {1, 2}) same = same && trained(&samples, threads) == trained(nullptr, 1);
        same = samples.communicator().largest(same ? 0 : 1) == 0;
    }
    MPI_Finalize();
    if (same) return EXIT_SUCCESS;
    std::fprintf(stderr, "%d ranks trained something else than one\n", size);
    return EXIT_FAILURE;
}
