// SPDX-License-Identifier: Apache-2.0
// The rotation-invariant loss against the values and gradients of the notebook's code.
#include <nca/io/safetensors.hpp>
#include <nca/systems/isotropic/invariant_loss.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/data.hpp>
#include <cstddef>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace nca;
using namespace nca::isotropic;

constexpr int side = 24;
constexpr int channels = 5;
constexpr std::size_t values = std::size_t{side} * side * channels;

struct Kind {
    std::string name;
    InvariantLossOptions options;
    double gradient_norm; ///< of the mean over both pictures
};
const std::vector<Kind> kinds{{"rotation", {}, 1.75935791},
                              {"mirror", {.mirror = true}, 1.01027161},
                              {"mirror_hex", {.mirror = true, .hexagonal = true}, 1.93817174}};

/// The files of golden vectors; empty if they are missing.
class Golden {
public:
    Golden() {
        const auto variants = tests::data_file("isotropic/golden_variants.safetensors");
        const auto gradients = tests::data_file("isotropic/golden_loss_grad.safetensors");
        if (!variants || !gradients) return;
        for (const auto& path : {*variants, *gradients}) {
            auto file = read_safetensors(path.string());
            REQUIRE(file.ok());
            files_.push_back(std::move(*file));
        }
    }
    [[nodiscard]] bool found() const { return !files_.empty(); }
    [[nodiscard]] std::vector<float> operator()(const std::string& name) const {
        for (const SafetensorsFile& file : files_) {
            if (const StoredTensor* const tensor = file.find(name)) return *to_floats(*tensor);
        }
        FAIL("no tensor " << name);
        return {};
    }
    /// A picture of [.., channels, side, side] as [side, side, channels].
    template <class T>
    [[nodiscard]] std::vector<T> picture(const std::string& name, std::size_t sample = 0) const {
        const std::vector<float> stored = (*this)(name);
        std::vector<T> result;
        for (std::size_t pixel = 0; pixel < values / channels; ++pixel) {
            for (std::size_t c = 0; c < channels; ++c) {
                result.push_back(static_cast<T>(stored[sample * values + c * (values / channels) + pixel]));
            }
        }
        return result;
    }

private:
    std::vector<SafetensorsFile> files_{};
};

template <class T>
image::FeatureMaps<T> maps(T* data) {
    return {data, side, side, channels, channels};
}
template <class T>
InvariantLoss<T> loss_of(const Golden& golden, const InvariantLossOptions& options) {
    const std::vector<T> target = golden.picture<T>("loss.target");
    auto loss = InvariantLoss<T>::create(maps(target.data()), options);
    REQUIRE(loss.ok());
    return std::move(*loss);
}

} // namespace

TEST_CASE_TEMPLATE("the invariant loss has the notebook's value for every pose of the target", T, float, double) {
    const Golden golden;
    if (!golden.found()) return;
    for (const Kind& kind : kinds) {
        INFO(kind.name);
        const auto loss = loss_of<T>(golden, kind.options);
        const std::vector<float> expected = golden("loss." + kind.name + ".all");
        typename InvariantLoss<T>::Workspace work;
        for (std::size_t sample = 0; sample < 2; ++sample) {
            const std::vector<T> picture = golden.picture<T>("loss.batch", sample);
            const std::vector<double> losses = loss.losses(maps(picture.data()), work);
            REQUIRE(losses.size() == expected.size() / 2);
            for (std::size_t i = 0; i < losses.size(); ++i) {
                REQUIRE(losses[i] ==
                        doctest::Approx(static_cast<double>(expected[sample * losses.size() + i])).epsilon(2e-6));
            }
        }
    }
}

TEST_CASE_TEMPLATE("the invariant loss and its gradient are those of the notebook", T, float, double) {
    const Golden golden;
    if (!golden.found()) return;
    for (const Kind& kind : kinds) {
        INFO(kind.name);
        const auto loss = loss_of<T>(golden, kind.options);
        typename InvariantLoss<T>::Workspace work;
        double mean = 0.0;
        double squares = 0.0;
        for (std::size_t sample = 0; sample < 2; ++sample) {
            const std::vector<T> picture = golden.picture<T>("loss.batch", sample);
            const std::vector<T> expected = golden.picture<T>("grad." + kind.name, sample);
            std::vector<T> gradient(values);
            mean += 0.5 * loss(maps(picture.data()), maps(gradient.data()), work).loss;
            double worst = 0.0;
            for (std::size_t i = 0; i < values; ++i) {
                const double g = 0.5 * static_cast<double>(gradient[i]);
                squares += g * g;
                worst = std::max(worst, std::abs(g - static_cast<double>(expected[i])));
            }
            CHECK(worst < 2e-7); // the largest derivatives are about 0.1
        }
        CHECK(mean == doctest::Approx(static_cast<double>(golden("loss." + kind.name + ".value")[0])).epsilon(1e-6));
        CHECK(std::sqrt(squares) == doctest::Approx(kind.gradient_norm).epsilon(1e-6));
    }
}

TEST_CASE("the invariant loss finds how a picture was made from the target") {
    const Golden golden;
    if (!golden.found()) return;
    const auto loss = loss_of<float>(golden, {.mirror = true});
    InvariantLoss<float>::Workspace work;
    constexpr double step = 2.0 / side;
    const auto closest = [&](std::size_t sample) {
        const std::vector<float> picture = golden.picture<float>("loss.batch", sample);
        return loss(maps(picture.data()), {}, work);
    };
    const ClosestPose turned = closest(0); // by a quarter, counter-clockwise
    CHECK(!turned.mirrored);
    CHECK(std::abs(turned.angle - std::numbers::pi / 2) < step);
    const ClosestPose mirrored = closest(1); // left and right exchanged
    CHECK(mirrored.mirrored);
    CHECK(std::abs(mirrored.angle - std::numbers::pi) < step);
}
