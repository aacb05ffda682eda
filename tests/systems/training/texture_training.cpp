// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/image/random_filters.hpp>
#include <nca/systems/texture/metrics.hpp>
#include <nca/systems/texture/style_loss.hpp>
#include <nca/systems/texture/task.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/trainer_checks.hpp>
#include <io/temporary.hpp>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace nca;
using texture::ChannelLoss;
using texture::Experiment;
using texture::ImageLoss;
using texture::Loss;
using texture::StyleLoss;

constexpr int side = 16;

/// Slanted stripes in two colours.
texture::Image stripes(int height = side, int width = side) {
    texture::Image picture{Extents<Dynamic, Dynamic>{{height, width}}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const bool light = (x + y) % 8 < 4;
            picture(y, x)[0] = light ? 0.9F : 0.1F;
            picture(y, x)[1] = light ? 0.7F : 0.2F;
            picture(y, x)[2] = 0.3F;
        }
    }
    return picture;
}

image::Network small_network() {
    return image::random_filters(1, 2, 8);
}

StyleLoss style(Loss kind = Loss::transport, int height = side, int width = side) {
    auto loss = StyleLoss::create(small_network(), stripes(), height, width, kind);
    REQUIRE(loss.ok());
    return std::move(*loss);
}

Experiment small_experiment() {
    Experiment e;
    e.side = side;
    e.batch = 3;
    e.pool_size = 8;
    e.min_steps = 6;
    e.max_steps = 12;
    return e;
}

using TestTrainer = nca::Trainer<texture::Task<>>;

using tests::parameters_of;

/// A picture that is not the target.
std::vector<float> noise() {
    std::vector<float> picture(std::size_t{side} * side * 3);
    for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(1.4 * Philox{5}.uniform(i) - 0.2);
    return picture;
}

/// The relative error of a loss's gradient along a random direction.
double directional_error(const ImageLoss& loss) {
    const auto scratch = loss.make_scratch();
    const std::vector<float> middle = noise();
    std::vector<float> gradient(middle.size());
    static_cast<void>(loss.evaluate(middle, gradient, *scratch));
    constexpr float step = 1e-3F;
    std::vector<float> above = middle;
    std::vector<float> below = middle;
    double analytic = 0.0;
    for (std::size_t i = 0; i < middle.size(); ++i) {
        // Along the gradient, mostly, so that the derivative is not lost in the rounding.
        const float direction = std::copysign(1.0F, gradient[i]) * (Philox{6}.uniform(i) < 0.8 ? 1.0F : -1.0F);
        above[i] += step * direction;
        below[i] -= step * direction;
        analytic += static_cast<double>(gradient[i]) * static_cast<double>(direction);
    }
    const double numeric =
        (loss.evaluate(above, {}, *scratch) - loss.evaluate(below, {}, *scratch)) / (2.0 * static_cast<double>(step));
    return std::abs(analytic - numeric) / std::abs(numeric);
}

} // namespace

TEST_CASE("the gradients of style and channel losses with respect to the picture agree with differences") {
    SerialExecutor serial;
    for (const Loss kind : {Loss::transport, Loss::gram, Loss::gram_of_roots}) {
        StyleLoss loss = style(kind);
        loss.draw(Philox{2}, serial);
        CHECK(directional_error(loss) < 1e-2);
    }
    const auto channel = ChannelLoss::create(small_network(), "scale2", 3, side, side);
    REQUIRE(channel.ok());
    CHECK(directional_error(*channel) < 1e-2);
}

TEST_CASE("the target itself has no loss, and noise has one") {
    SerialExecutor serial;
    for (const Loss kind : {Loss::transport, Loss::gram, Loss::gram_of_roots}) {
        StyleLoss loss = style(kind);
        loss.draw(Philox{2}, serial);
        const auto scratch = loss.make_scratch();
        CHECK(loss.evaluate(stripes().values(), {}, *scratch) < 1e-9);
        CHECK(loss.evaluate(noise(), {}, *scratch) > 1e-4);
    }
}

TEST_CASE("levels: a pixel counts as much as the part of the picture that it stands for, if wanted of unit size") {
    SerialExecutor serial;
    const image::Network network = small_network();
    const std::vector<int> taps{0, 1, 2};
    const std::vector<float> picture = noise();
    image::Workspace target{network, side, side, taps};
    image::Workspace work{network, side, side, taps};
    image::forward(network, stripes().values(), target);
    image::forward(network, picture, work);
    for (const texture::LevelWeights levels :
         {texture::LevelWeights::published, texture::LevelWeights::by_area, texture::LevelWeights::balanced}) {
        double wanted = 0.0;
        for (std::size_t level = 0; level < taps.size(); ++level) {
            const image::FeatureMaps<const float> features = target.tap(level);
            double square = 0.0;
            for (int i = 0; i < features.pixels(); ++i) {
                for (int c = 0; c < features.channels; ++c) {
                    square += std::pow(static_cast<double>(features.pixel(i)[c]), 2);
                }
            }
            const int pixels = features.pixels();
            const double size =
                levels == texture::LevelWeights::balanced ? std::sqrt(square / (pixels * features.channels)) : 1.0;
            image::SlicedTransport<float> transport{features, pixels, 32, 1.0 / size};
            transport.draw(Philox{2}.split(static_cast<std::uint32_t>(level)));
            image::SlicedTransport<float>::Workspace memory;
            const double weight =
                levels == texture::LevelWeights::published ? 1.0 : static_cast<double>(side * side) / pixels;
            wanted += weight * transport(work.tap(level), {}, memory);
        }
        auto loss = StyleLoss::create(network, stripes(), side, side, Loss::transport, levels);
        REQUIRE(loss.ok());
        loss->draw(Philox{2}, serial);
        CHECK(loss->evaluate(picture, {}, *loss->make_scratch()) == doctest::Approx(wanted).epsilon(1e-5));
    }
}

TEST_CASE("more directions change what a transport costs by little, as its value is that of 32") {
    SerialExecutor serial;
    std::vector<double> values;
    for (const int directions : {32, 1024}) {
        auto loss = StyleLoss::create(small_network(), stripes(), side, side, Loss::transport,
                                      texture::LevelWeights::balanced, directions);
        REQUIRE(loss.ok());
        loss->draw(Philox{3}, serial);
        const auto scratch = loss->make_scratch();
        values.push_back(loss->evaluate(noise(), {}, *scratch));
    }
    CHECK(values[0] == doctest::Approx(values[1]).epsilon(0.3));
}

TEST_CASE("losses refuse pictures that are too small, and layers and channels that do not exist") {
    const auto small_target = StyleLoss::create(small_network(), stripes(2, 2), side, side, Loss::transport);
    REQUIRE_FALSE(small_target.ok());
    CHECK(small_target.error().message.find("too small") != std::string::npos);
    CHECK_FALSE(StyleLoss::create(small_network(), stripes(), 2, 2, Loss::transport).ok());
    const auto layer = ChannelLoss::create(small_network(), "scale9", 0, side, side);
    REQUIRE_FALSE(layer.ok());
    CHECK(layer.error().message.find("scale9") != std::string::npos);
    const auto channel = ChannelLoss::create(small_network(), "scale2", 8, side, side);
    REQUIRE_FALSE(channel.ok());
    CHECK(channel.error().message.find("0 to 7") != std::string::npos);
}

TEST_CASE("texture training does not depend on the number of threads, only on the seed") {
    ThreadPool one{1};
    ThreadPool three{3};
    StyleLoss loss_a = style();
    StyleLoss loss_b = style();
    StyleLoss loss_c = style();
    TestTrainer a{{loss_a, small_experiment()}, {.seed = 5}, one};
    TestTrainer b{{loss_b, small_experiment()}, {.seed = 5}, three};
    TestTrainer c{{loss_c, small_experiment()}, {.seed = 6}, three};
    for (int i = 0; i < 10; ++i) {
        const auto x = a.step();
        const auto y = b.step();
        c.step();
        CHECK(x.loss == y.loss);
        CHECK(x.finite);
        CHECK(x.steps >= 6);
        CHECK(x.steps < 12);
    }
    CHECK(parameters_of(a) == parameters_of(b));
    CHECK(parameters_of(a) != parameters_of(c));
}

TEST_CASE("keeping fewer states of a rollout changes no bit of a texture") {
    ThreadPool pool{2};
    StyleLoss loss_a = style();
    StyleLoss loss_b = style();
    Experiment experiment = small_experiment();
    TestTrainer a{{loss_a, experiment}, {.seed = 5}, pool};
    experiment.less_memory = true;
    TestTrainer b{{loss_b, experiment}, {.seed = 5}, pool};
    for (int i = 0; i < 4; ++i) CHECK(a.step().loss == b.step().loss);
    CHECK(parameters_of(a) == parameters_of(b));
}

TEST_CASE("a texture that resumes equals one that was not interrupted, bit for bit") {
    const tests::TemporaryFolder folder;
    const std::string path = folder.file("checkpoint.safetensors");
    ThreadPool pool{2};
    StyleLoss loss = style();
    TestTrainer whole{{loss, small_experiment()}, {.seed = 5}, pool};
    TestTrainer half{{loss, small_experiment()}, {.seed = 5}, pool};
    whole.run(12);
    half.run(6);
    REQUIRE(half.save(path).ok());
    TestTrainer resumed{{loss, small_experiment()}, {.seed = 5}, pool};
    const auto found = resumed.resume(path);
    REQUIRE_MESSAGE(found.ok(), (found.ok() ? "" : found.error().message));
    CHECK(resumed.losses() == half.losses());
    resumed.run(12);
    CHECK(parameters_of(resumed) == parameters_of(whole));

    TestTrainer other_seed{{loss, small_experiment()}, {.seed = 6}, pool};
    CHECK_FALSE(other_seed.resume(path).ok());
    StyleLoss gram = style(Loss::gram);
    TestTrainer other_loss{{gram, small_experiment()}, {.seed = 5}, pool};
    CHECK_FALSE(other_loss.resume(path).ok());
}

TEST_CASE("training lowers the style loss of fresh textures, with the rules of both notebooks") {
    ThreadPool pool{2};
    const auto improvement = [&]<class R>(const R& /*rule*/, Experiment experiment) {
        experiment.side = side;
        experiment.pool_size = 8;
        experiment.min_steps = 12;
        experiment.max_steps = 20;
        experiment.loss = Loss::transport;
        StyleLoss loss = style();
        nca::Trainer trainer{texture::Task<R>{loss, experiment}, {.seed = 1}, pool};
        const auto mean_loss = [&] {
            loss.draw(Philox{1}, pool);
            const auto losses = texture::evaluate(trainer.rule(), loss, 16, 4, pool);
            return std::accumulate(losses.begin(), losses.end(), 0.0) / 4.0;
        };
        const double before = mean_loss();
        for (int i = 0; i < 150; ++i) CHECK(trainer.step().finite);
        return mean_loss() / before;
    };
    CHECK(improvement(texture::PyTorchRule<>{}, texture::pytorch) < 0.85);
    CHECK(improvement(texture::Rule<>{}, texture::tensorflow) < 0.7);
}

TEST_CASE("the biases of the last layer stay zero in the notebook's variant") {
    ThreadPool pool{2};
    StyleLoss loss = style();
    TestTrainer trainer{{loss, small_experiment()}, {.seed = 5}, pool};
    for (int i = 0; i < 3; ++i) trainer.step();
    for (int c = 0; c < texture::channels; ++c) CHECK(trainer.rule().bias(1, c) == 0.0F);
    const auto parameters = parameters_of(trainer);
    CHECK(std::any_of(parameters.begin() + static_cast<std::ptrdiff_t>(texture::PyTorchRule<>::layers[1].weight),
                      parameters.end(), [](float w) { return w != 0.0F; }));
}
