// SPDX-License-Identifier: Apache-2.0
// Trains a small creature towards a disc, from scratch, and saves it.
#include <nca/systems/growing.hpp>

#include <cstdio>

int main() {
    nca::growing::Target<nca::growing::Rule<>> target{nca::Extents<nca::Dynamic, nca::Dynamic>{{24, 24}}};
    for (int y = 0; y < 24; ++y) {
        for (int x = 0; x < 24; ++x) {
            if ((x - 12) * (x - 12) + (y - 12) * (y - 12) > 20) continue;
            const auto pixel = target(y, x); // red, green, blue, premultiplied by alpha; alpha
            pixel[0] = 1.0F;
            pixel[3] = 1.0F;
        }
    }
    nca::ThreadPool threads;
    nca::growing::Experiment experiment = nca::growing::persistent;
    experiment.min_steps = 24;
    experiment.max_steps = 32;
    nca::Trainer trainer{nca::growing::Task{target, experiment}, {.seed = 1}, threads};
    trainer.run(60, [](const nca::TrainingReport& report) {
        if (report.iteration % 20 == 0)
            std::printf("iteration %d: loss %.4f\n", static_cast<int>(report.iteration), report.loss);
    });
    if (const auto saved = nca::save_model(trainer.averaged_rule(), "disc.safetensors"); !saved) {
        std::fprintf(stderr, "%s\n", saved.error().message.c_str());
        return 2;
    }
}
