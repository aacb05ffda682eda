// SPDX-License-Identifier: Apache-2.0
#include <nca/core/philox.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/systems/voxel/loss.hpp>
#include <nca/systems/voxel/metrics.hpp>
#include <nca/tape/gradient_check.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/data.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace {

using namespace nca;
using Blocks = std::vector<std::int32_t>;

/// A batch of two random states of the village house, [2, 9, 8, 10, 21], their targets, and loss and gradient in
/// float64.
struct Golden {
    static constexpr int classes = 10;
    static constexpr std::size_t samples = 2;
    static constexpr std::size_t cells = 9 * 8 * 10;
    static constexpr std::size_t channels = 21;

    std::vector<float> state;
    Blocks target;
    std::vector<float> gradient;
    std::vector<float> loss; ///< total, class, air, iou, ranking loss

    [[nodiscard]] std::span<const std::int32_t> target_of(std::size_t sample) const {
        return std::span{target}.subspan(sample * cells, cells);
    }
};

std::optional<Golden> load_golden() {
    const auto path = tests::data_file("voxel/golden_train.safetensors");
    if (!path) return std::nullopt;
    const auto file = read_safetensors(path->string());
    REQUIRE(file.ok());
    const auto state = file->to_floats("b.state", {2, 9, 8, 10, 21});
    const auto target = file->to_vector<std::uint8_t>("b.target", {2, 9, 8, 10});
    const auto gradient = file->to_floats("b.grad", {2, 9, 8, 10, 21});
    const auto loss = file->to_floats("b.loss", {5});
    REQUIRE((state.ok() && target.ok() && gradient.ok() && loss.ok()));
    return Golden{*state, Blocks(target->begin(), target->end()), *gradient, *loss};
}

constexpr double epsilon = 1e-6; ///< of comparisons with golden vectors

/// The sums of the whole batch, sample by sample.
template <class T>
voxel::BlockLossSums sums_of(const Golden& golden) {
    const std::vector<T> state(golden.state.begin(), golden.state.end());
    voxel::BlockLossSums sums;
    for (std::size_t sample = 0; sample < Golden::samples; ++sample) {
        const auto own = std::span<const T>{state}.subspan(sample * Golden::cells * Golden::channels,
                                                           Golden::cells * Golden::channels);
        sums += voxel::block_loss_sums(own, Golden::classes, golden.target_of(sample));
    }
    return sums;
}

std::vector<double> numbers(std::size_t count) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = 2.0 * Philox{9}.normal(i);
    return values;
}

const Blocks four_blocks{0, 2, 0, 1};

} // namespace

TEST_CASE_TEMPLATE("the block loss and its parts match the golden vectors of a batch", T, float, double) {
    const auto golden = load_golden();
    if (!golden) return;
    const voxel::BlockLossParts parts = sums_of<T>(*golden).parts();
    CHECK(parts.total == doctest::Approx(static_cast<double>(golden->loss[0])).epsilon(epsilon));
    CHECK(parts.class_loss == doctest::Approx(static_cast<double>(golden->loss[1])).epsilon(epsilon));
    CHECK(parts.air_loss == doctest::Approx(static_cast<double>(golden->loss[2])).epsilon(epsilon));
    CHECK(parts.iou_loss == doctest::Approx(static_cast<double>(golden->loss[3])).epsilon(epsilon));
}

TEST_CASE_TEMPLATE("the ranking loss matches the golden vectors of a batch", T, float, double) {
    const auto golden = load_golden();
    if (!golden) return;
    CHECK(sums_of<T>(*golden).ranking_loss() == doctest::Approx(static_cast<double>(golden->loss[4])).epsilon(epsilon));
}

TEST_CASE_TEMPLATE("samples on tapes of their own give the golden loss and gradient of the batch", T, float, double) {
    const auto golden = load_golden();
    if (!golden) return;
    const voxel::BlockCounts batch = voxel::block_counts(golden->target);
    double total = sums_of<T>(*golden).parts().iou_loss / 3.0;
    std::vector<double> gradient;
    for (std::size_t sample = 0; sample < Golden::samples; ++sample) {
        const auto first = golden->state.begin() + static_cast<std::ptrdiff_t>(gradient.size());
        const std::vector<T> state(first, first + static_cast<std::ptrdiff_t>(Golden::cells * Golden::channels));
        BasicTape<T> tape;
        const BasicVar<T> x = tape.variable({9, 8, 10, 21}, state);
        const auto loss = voxel::block_loss(slice(x, 0, Golden::classes), golden->target_of(sample), batch);
        total += static_cast<double>(loss.item());
        tape.backward(loss);
        gradient.insert(gradient.end(), x.gradient().begin(), x.gradient().end());
    }
    CHECK(total == doctest::Approx(static_cast<double>(golden->loss[0])).epsilon(epsilon));
    double largest = 0.0;
    double worst = 0.0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        const auto expected = static_cast<double>(golden->gradient[i]);
        largest = std::max(largest, std::abs(expected));
        worst = std::max(worst, std::abs(gradient[i] - expected));
    }
    CHECK(worst <= epsilon * largest);
}

TEST_CASE("the share of right blocks and the number of blocks match the reference implementation") {
    const auto golden = load_golden();
    if (!golden) return;
    const auto metrics = voxel::metrics_of<float>(golden->state, Golden::classes, golden->target);
    CHECK(metrics.right == doctest::Approx(38.0 / 506.0));
    CHECK(metrics.blocks == 959);
    CHECK(metrics.iou_loss == doctest::Approx(static_cast<double>(golden->loss[3])).epsilon(epsilon));
}

TEST_CASE("the gradient of the block loss agrees with central differences") {
    const voxel::BlockCounts batch{5, 7};
    const auto found = check_gradient(Shape{2, 2, 3}, numbers(12), [&](BasicTape<double>&, const BasicVar<double>& z) {
        return voxel::block_loss(z, four_blocks, batch);
    });
    INFO("element " << found.element << ": " << found.analytic << " instead of " << found.numeric);
    CHECK(found.worst < 1e-6);
}

TEST_CASE("dead cells, whose logits are one for air and zero for all else, cost what they cost") {
    const std::vector<double> dead{1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0};
    const auto parts = voxel::block_loss_sums<double>(dead, 3, four_blocks).parts();
    const double all = std::log(std::exp(1.0) + 2.0);
    CHECK(parts.air_loss == doctest::Approx(all - 1.0).epsilon(1e-14));
    CHECK(parts.class_loss == doctest::Approx(all).epsilon(1e-14));
    CHECK(parts.iou_loss == doctest::Approx(1.0).epsilon(1e-8));
    CHECK(parts.total == doctest::Approx((all - 0.5 + 1.0) / 3.0).epsilon(1e-8));
}

TEST_CASE("class and air are means over the cells of the batch, whichever sample they are in") {
    const std::vector<double> logits = numbers(12);
    const Blocks uneven{1, 2, 2, 0};
    BasicTape<double> tape;
    const auto whole = tape.variable({4, 3}, logits);
    const double of_batch = voxel::block_loss(whole, uneven, voxel::block_counts(uneven)).item();
    double of_samples = 0.0;
    for (std::size_t half = 0; half < 2; ++half) {
        const auto x = tape.variable({2, 3}, std::span{logits}.subspan(half * 6, 6));
        of_samples += voxel::block_loss(x, std::span{uneven}.subspan(half * 2, 2), {3, 1}).item();
    }
    CHECK(of_samples == doctest::Approx(of_batch).epsilon(1e-14));
}

TEST_CASE("a target without blocks leaves the loss of air") {
    const std::vector<double> logits = numbers(6);
    const Blocks empty(2);
    const voxel::BlockLossSums sums = voxel::block_loss_sums<double>(logits, 3, empty);
    CHECK(sums.parts().class_loss == 0.0);
    BasicTape<double> tape;
    const auto loss = voxel::block_loss(tape.variable({2, 3}, logits), empty, sums.cells);
    CHECK(loss.item() == doctest::Approx(sums.parts().air_loss / 6.0).epsilon(1e-14));
}

TEST_CASE("channels beyond the logits are in no loss") {
    const std::vector<double> logits{0.5, 1.0, -1.0, 2.0};
    const std::vector<double> state{0.5, 1.0, 9.0, -1.0, 2.0, 7.0};
    const Blocks target{0, 1};
    const auto narrow = voxel::block_loss_sums<double>(logits, 2, target);
    const auto wide = voxel::block_loss_sums<double>(state, 2, target);
    CHECK(narrow.solid_nll == wide.solid_nll);
    CHECK(narrow.air_nll == wide.air_nll);
    CHECK(narrow.parts().total == wide.parts().total);
}

TEST_CASE("of equal logits the lowest class is shown") {
    CHECK(voxel::block_of<float>(std::vector<float>{0, 0, 0}) == 0);
    CHECK(voxel::block_of<float>(std::vector<float>{-1, 3, 3}) == 1);
    CHECK(voxel::block_of<float>(std::vector<float>{3, -1, 3}) == 0);
}

TEST_CASE("a cell whose logits are equal counts as air in the overlap") {
    const std::vector<float> seed(6);
    const auto sums = voxel::block_loss_sums<float>(seed, 3, Blocks{0, 1});
    CHECK(sums.overlap.intersection == 0);
    CHECK(sums.overlap.union_size == 1);
}

TEST_CASE("metrics count solid cells of the target, right ones, and all that is shown") {
    // Shows 0, 2, 1, 2, 0 where the target is 0, 2, 0, 1, 1.
    const std::vector<float> state{1, 0, 0, 9, 0, 0, 1, 9, 0, 1, 0, 9, 0, 0, 1, 9, 1, 0, 0, 9};
    const auto metrics = voxel::metrics_of<float>(state, 3, Blocks{0, 2, 0, 1, 1});
    CHECK(metrics.right == doctest::Approx(1.0 / 3.0));
    CHECK(metrics.iou_loss == doctest::Approx(1.0 - 2.0 / 4.0).epsilon(1e-7));
    CHECK(metrics.blocks == 3);
}

TEST_CASE("nothing where nothing shall be is no error, and nothing is right there") {
    const std::vector<float> air{1, 0, 1, 0};
    const auto metrics = voxel::metrics_of<float>(air, 2, Blocks{0, 0});
    CHECK(metrics.iou_loss == 0.0);
    CHECK(metrics.right == 0.0);
    CHECK(metrics.blocks == 0);
}
