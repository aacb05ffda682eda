// SPDX-License-Identifier: Apache-2.0
// The rows of a table: what each replaces in the recipe `fast`.
#ifndef NCA_BENCH_RECIPES_ROWS_HPP
#define NCA_BENCH_RECIPES_ROWS_HPP

#include "trial.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

struct Row {
    std::string name;
    std::function<void(Trial&, std::int64_t iterations)> change;
};

[[nodiscard]] inline std::vector<Row> rows() {
    using I = std::int64_t;
    const nca::growing::Experiment published = nca::growing::regenerating;
    const auto late_drop = [](I n, double rate) { return nca::drop_after(n * 72 / 100, rate); };
    std::vector<Row> all{{"fast", [](Trial&, I) {}}};
    const auto add = [&](std::string name, std::function<void(Trial&, I)> change) {
        all.push_back({std::move(name), std::move(change)});
    };
    add("published, learning rate dropped at 72%", [=](Trial& t, I n) {
        t.method = Method::adam;
        t.experiment = published;
        t.experiment.learning_rate = late_drop(n, 2e-3);
    });
    add("Adam, rate 0.002", [](Trial& t, I n) {
        t.method = Method::adam;
        t.experiment.learning_rate = nca::decay_to_zero(n, 2e-3);
    });
    add("AdamW, rate 0.002, decay 0.01", [](Trial& t, I n) {
        t.method = Method::adam;
        t.weight_decay = 0.01;
        t.experiment.learning_rate = nca::decay_to_zero(n, 2e-3);
    });
    add("Muon, rate 0.004", [](Trial& t, I) { t.method = Method::muon; });
    add("SOAP, rate 0.002", [](Trial& t, I n) { t.experiment.learning_rate = nca::decay_to_zero(n, 2e-3); });
    add("rate dropped at 72%", [=](Trial& t, I n) { t.experiment.learning_rate = late_drop(n, 4e-3); });
    add("rollouts of full length", [](Trial& t, I) { t.experiment.warm_up = 0; });
    add("rollouts of 64 to 95", [](Trial& t, I) { t.experiment.min_steps = 64; });
    add("losses at three moments", [](Trial& t, I) { t.moments = 3; });
    add("gradients through 40 steps", [](Trial& t, I) { t.truncate = 40; });
    add("gradient of the loss itself", [](Trial& t, I) { t.experiment.loss_exponent = 1.0; });
    add("gradients normalised as one", [](Trial& t, I) { t.norm = Norm::all; });
    add("gradients not normalised", [](Trial& t, I) { t.norm = Norm::none; });
    add("batch of 8, 3 damaged", [](Trial& t, I) {
        t.experiment.batch = 8;
        t.experiment.damaged = 3;
    });
    add("batch of 2, 1 damaged", [](Trial& t, I) {
        t.experiment.batch = 2;
        t.experiment.damaged = 1;
    });
    add("one damaged", [](Trial& t, I) { t.experiment.damaged = 1; });
    add("pool of 256", [](Trial& t, I) { t.experiment.pool_size = 256; });
    add("the worst becomes the seed", [](Trial& t, I) { t.experiment.reseed_any = false; });
    add("damage from the start", [](Trial& t, I) { t.experiment.damage_from = 0; });
    add("published discs", [=](Trial& t, I) { t.experiment.discs = published.discs; });
    add("penalty outside, 1", [](Trial& t, I) { t.penalty = 1.0; });
    add("running mean over 50", [](Trial& t, I) { t.mean_window = 50; });
    add("running mean over 1,000", [](Trial& t, I) { t.mean_window = 1000; });
    add("8 empty cells around", [](Trial& t, I) { t.padding = 8; });
    return all;
}

} // namespace bench

#endif // NCA_BENCH_RECIPES_ROWS_HPP
