// SPDX-License-Identifier: Apache-2.0
// A training of milliseconds, for tests that compare its checkpoints.
#ifndef NCA_TESTS_COMMON_SMALL_TRAINING_HPP
#define NCA_TESTS_COMMON_SMALL_TRAINING_HPP

#include <nca/systems/growing.hpp>
#include <nca/train/trainer.hpp>

#include <cstddef>
#include <vector>

namespace nca::tests {

using SmallRule = growing::Rule<8, 16>;

/// A red rectangle on 12 x 12 cells; an odd number of samples, of which two are damaged.
inline growing::Task<SmallRule> small_task() {
    Grid<float, 4, Dynamic, Dynamic> target{Extents<Dynamic, Dynamic>{{12, 12}}};
    for (int y = 3; y < 9; ++y) {
        for (int x = 4; x < 9; ++x) target(y, x)[0] = target(y, x)[3] = 1.0F;
    }
    growing::Experiment experiment = growing::regenerating;
    experiment.batch = 5;
    experiment.pool_size = 9;
    experiment.damaged = 2;
    experiment.min_steps = 4;
    experiment.max_steps = 8;
    return {target, experiment};
}

/// The checkpoint after some iterations, shared with others unless `sharing` is null.
template <class Executor>
std::vector<std::byte> small_checkpoint(int iterations, SampleSharing* sharing, Executor&& executor) {
    Trainer trainer{small_task(), TrainerOptions{.seed = 3}, executor};
    if (sharing != nullptr) trainer.share_samples(*sharing);
    trainer.run(iterations);
    return *trainer.checkpoint();
}

} // namespace nca::tests

#endif // NCA_TESTS_COMMON_SMALL_TRAINING_HPP
