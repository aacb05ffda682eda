// SPDX-License-Identifier: Apache-2.0
#include <nca/nca.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

using namespace nca;

namespace {

/// A tower of two blocks on a floor of one, in a world of 6 x 5 x 4.
voxel::Target tower() {
    voxel::Target target{{6, 5, 4}, 3, std::vector<std::int32_t>(6 * 5 * 4)};
    const auto at = [&](int z, int y, int x) -> std::int32_t& {
        return target.blocks[static_cast<std::size_t>((z * 5 + y) * 4 + x)];
    };
    for (int z = 2; z < 5; ++z) at(z, 1, 2) = 1;
    at(3, 2, 2) = 2;
    at(3, 3, 2) = 2;
    return target;
}

constexpr voxel::Experiment small{.hidden_channels = 4,
                                  .width = 16,
                                  .pool_size = 8,
                                  .batch = 3,
                                  .min_steps = 6,
                                  .max_steps = 9,
                                  .damaged = 1,
                                  .iterations = 200};

} // namespace

TEST_CASE("a structure of blocks is learned from scratch") {
    SerialExecutor serial;
    Trainer trainer{*voxel::Task::create(tower(), small), {.seed = 3}, serial};
    trainer.run(400);
    const auto mean = [&](std::ptrdiff_t from) {
        return std::accumulate(trainer.losses().begin() + from, trainer.losses().begin() + from + 20, 0.0) / 20;
    };
    INFO("from " << mean(0) << " to " << mean(380));
    CHECK(mean(380) < 0.4 * mean(0));
}

TEST_CASE("a training of blocks resumes bit for bit") {
    SerialExecutor serial;
    Trainer whole{*voxel::Task::create(tower(), small), {.seed = 5}, serial};
    whole.run(8);
    Trainer first{*voxel::Task::create(tower(), small), {.seed = 5}, serial};
    first.run(5);
    const auto bytes = first.checkpoint();
    REQUIRE(bytes);
    Trainer second{*voxel::Task::create(tower(), small), {.seed = 5}, serial};
    const auto resumed = second.resume(*bytes);
    REQUIRE_MESSAGE(resumed.ok(), (resumed.ok() ? "" : resumed.error().message));
    second.run(8);
    CHECK(std::equal(whole.rule().parameters().begin(), whole.rule().parameters().end(),
                     second.rule().parameters().begin()));
    auto other = small;
    other.width = 24;
    Trainer wrong{*voxel::Task::create(tower(), other), {.seed = 5}, serial};
    CHECK_FALSE(wrong.resume(*bytes));
}

TEST_CASE("a target that no rule can grow is refused in words") {
    voxel::Target target = tower();
    target.blocks[7] = 3;
    CHECK(voxel::Task::create(target).error().message == "the target has a block of class 3, but 3 classes");
    target.blocks.pop_back();
    CHECK(voxel::Task::create(target).error().message == "the target has 119 cells, but its extents take 120");
}
