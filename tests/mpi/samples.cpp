// SPDX-License-Identifier: Apache-2.0
// Trains on all ranks together and on every rank alone, and compares the checkpoints. Run by mpirun.
#include <nca/core/thread_pool.hpp>
#include <nca/mpi/samples.hpp>

#include <common/small_training.hpp>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
    MPI_Init(&argc, &argv);
    bool same = true;
    int size = 0;
    {
        nca::mpi::Samples samples{MPI_COMM_WORLD};
        size = samples.communicator().size();
        const auto expected = nca::tests::small_checkpoint(50, nullptr, nca::SerialExecutor{});
        for (const int threads : {1, 2}) {
            nca::ThreadPool pool{threads};
            same = same && nca::tests::small_checkpoint(50, &samples, pool) == expected;
        }
        same = samples.communicator().largest(same ? 0 : 1) == 0;
    }
    MPI_Finalize();
    if (same) return EXIT_SUCCESS;
    std::fprintf(stderr, "%d ranks trained something else than one\n", size);
    return EXIT_FAILURE;
}
