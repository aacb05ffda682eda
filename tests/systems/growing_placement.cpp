// SPDX-License-Identifier: Apache-2.0
// Where a picture lies on its grid: the seed stands in the middle and has to be part of it.
#include <nca/core/thread_pool.hpp>
#include <nca/systems/growing/placement.hpp>
#include <nca/systems/growing/task.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>

namespace {

using namespace nca;

using Small = growing::Rule<16, 32>;
using Target = growing::Target<Small>;

Target empty_target(int height, int width) {
    return Target{Extents<Dynamic, Dynamic>{{height, width}}};
}
void paint(Target& target, int row, int column) {
    target(row, column)[0] = 1.0F;
    target(row, column)[3] = 1.0F;
}
/// A ring around the middle of 20 x 20 cells, with radii from 4 to 6.
Target ring() {
    Target target = empty_target(20, 20);
    for (int row = 0; row < 20; ++row) {
        for (int column = 0; column < 20; ++column) {
            const int square = (row - 10) * (row - 10) + (column - 10) * (column - 10);
            if (square >= 16 && square <= 36) paint(target, row, column);
        }
    }
    return target;
}
RunEnd train(const Target& target) {
    growing::Experiment experiment = growing::regenerating;
    experiment.pool_size = 16;
    experiment.min_steps = 12;
    experiment.max_steps = 24;
    SerialExecutor serial;
    Trainer trainer{growing::Task<Small>{target, experiment}, {.seed = 1}, serial};
    return trainer.run(300);
}

} // namespace

TEST_CASE("a picture under the seed, or beside it, stays where it is, and so does an empty one") {
    using Offset = growing::Offset<Small>;
    Target target = empty_target(9, 12); // the seed is in row 4 and column 6
    CHECK(growing::offset_to_seed<Small>(target) == Offset{0, 0});
    paint(target, 0, 0);
    CHECK(growing::offset_to_seed<Small>(target) == Offset{4, 6});
    paint(target, 3, 7); // a neighbour
    CHECK(growing::offset_to_seed<Small>(target) == Offset{0, 0});
}

TEST_CASE("the visible cell that is nearest to the middle gets under the seed") {
    Target target = empty_target(9, 12);
    paint(target, 4, 2);     // four columns away
    paint(target, 7, 7);     // nearer
    target(4, 8)[3] = 0.05F; // nearest, not visible
    const auto offset = growing::offset_to_seed<Small>(target);
    CHECK(offset == growing::Offset<Small>{-3, -1});
    const Target moved = growing::moved<Small>(target, offset);
    CHECK(moved.extents().sizes() == std::array{15, 14});
    CHECK(moved(7, 7)[3] == 1.0F); // the middle
    CHECK(moved(4, 2)[3] == 1.0F);
    CHECK(growing::offset_to_seed<Small>(moved) == growing::Offset<Small>{0, 0});
}

TEST_CASE("a moved picture is whole, and its margins are no smaller") {
    const Target target = ring();
    const auto offset = growing::offset_to_seed<Small>(target);
    CHECK(std::abs(offset[0]) + std::abs(offset[1]) == 4);
    const Target moved = growing::moved<Small>(target, offset);
    const auto sum = [](const Target& t) { return std::accumulate(t.values().begin(), t.values().end(), 0.0F); };
    CHECK(sum(moved) == sum(target));
    const auto margin = [](const Target& t) { // of what is visible
        const auto sizes = t.extents().sizes();
        int least = sizes[0];
        growing::visible_cells<Small>(t).for_each([&](int row, int column) {
            least = std::min({least, row, column, sizes[0] - 1 - row, sizes[1] - 1 - column});
        });
        return least;
    };
    CHECK(margin(moved) == margin(target));
}

TEST_CASE("a ring around the seed kills it in every start, and trains once it is moved") {
    const Target target = ring();
    CHECK(train(target) == RunEnd::dead);
    CHECK(train(growing::moved<Small>(target, growing::offset_to_seed<Small>(target))) == RunEnd::finished);
}
