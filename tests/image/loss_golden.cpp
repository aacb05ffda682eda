// SPDX-License-Identifier: Apache-2.0
// The losses of textures against PyTorch's values and gradients.
#include <nca/image/gram.hpp>
#include <nca/image/sliced_transport.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/tape/ops.hpp>
#include <nca/train/overflow.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <common/data.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace nca;
using namespace nca::image;

/// A golden tensor.
struct Golden {
    std::vector<int> shape{};
    std::vector<float> values{};
};

class GoldenLosses {
public:
    GoldenLosses() {
        const auto path = tests::data_file("textures/golden_losses.safetensors");
        if (!path) return;
        auto file = read_safetensors(path->string());
        REQUIRE(file.ok());
        file_ = std::move(*file);
    }
    [[nodiscard]] bool found() const { return file_.has_value(); }
    [[nodiscard]] Golden operator()(const std::string& name) const {
        const StoredTensor* const tensor = file_->find(name);
        REQUIRE_MESSAGE(tensor != nullptr, name);
        Golden golden;
        for (const std::size_t extent : tensor->shape) golden.shape.push_back(static_cast<int>(extent));
        golden.values = *to_floats(*tensor);
        return golden;
    }

private:
    std::optional<SafetensorsFile> file_{};
};

/// One sample of [batch, channels, positions] as padded rows of channels.
struct Rows {
    Rows(const Golden& golden, int sample)
        : channels{golden.shape[1]}, count{static_cast<int>(golden.values.size()) / golden.shape[0] / channels},
          stride{padded(channels)}, values(static_cast<std::size_t>(count) * static_cast<std::size_t>(stride)),
          adjoint(values.size()) {
        for (int i = 0; i < count; ++i) {
            for (int c = 0; c < channels; ++c) at(values, i, c) = golden.values[index(sample, i, c)];
        }
    }

    [[nodiscard]] FeatureMaps<const float> features() const { return {values.data(), count, 1, channels, stride}; }
    [[nodiscard]] FeatureMaps<float> wanted() { return {adjoint.data(), count, 1, channels, stride}; }
    /// The largest difference of the adjoint from a golden gradient, relative to its largest entry.
    [[nodiscard]] double error(const Golden& gradient, int sample) {
        double worst = 0.0;
        double most = 0.0;
        for (int i = 0; i < count; ++i) {
            for (int c = 0; c < channels; ++c) {
                const float expected = gradient.values[index(sample, i, c)];
                worst = std::max(worst, std::abs(static_cast<double>(at(adjoint, i, c) - expected)));
                most = std::max(most, std::abs(static_cast<double>(expected)));
            }
        }
        return worst / most;
    }

    int channels;
    int count;
    int stride;
    AlignedArray<float> values;
    AlignedArray<float> adjoint;

private:
    [[nodiscard]] std::size_t index(int sample, int i, int c) const {
        return static_cast<std::size_t>((sample * channels + c) * count + i);
    }
    [[nodiscard]] float& at(AlignedArray<float>& array, int i, int c) const {
        return array[static_cast<std::size_t>(i * stride + c)];
    }
};

} // namespace

TEST_CASE("sliced transport matches PyTorch for more, as many and fewer pixels than the target") {
    const GoldenLosses golden;
    if (!golden.found()) return;
    for (const std::string name : {"ot_a", "ot_b", "ot_c"}) {
        INFO(name);
        const Golden source = golden(name + ".source");
        const Golden directions = golden(name + ".proj");
        const Golden gradient = golden(name + ".grad_source");
        const Rows target{golden(name + ".target"), 0};
        SlicedTransport<float> loss{target.features(), source.shape[2], directions.shape[1]};
        loss.set_directions(directions.values);
        const Golden resampled = golden(name + ".target_sorted_resampled");
        REQUIRE(loss.sorted_target().size() == resampled.values.size());
        for (std::size_t i = 0; i < resampled.values.size(); ++i) {
            CHECK(loss.sorted_target()[i] == doctest::Approx(static_cast<double>(resampled.values[i])).epsilon(1e-5));
        }
        SlicedTransport<float>::Workspace work;
        double total = 0.0;
        for (int sample = 0; sample < source.shape[0]; ++sample) {
            Rows rows{source, sample};
            total += loss(rows.features(), rows.wanted(), work);
            CHECK(rows.error(gradient, sample) < 1e-5);
        }
        CHECK(total == doctest::Approx(static_cast<double>(golden(name + ".loss").values[0])).epsilon(1e-5));
    }
}

TEST_CASE("Gram losses match PyTorch, plain and compressed") {
    const GoldenLosses golden;
    if (!golden.found()) return;
    const Golden source = golden("gram.source");
    const Rows target{golden("gram.target"), 0};
    for (const GramForm form : {GramForm::plain, GramForm::compressed}) {
        const std::string name = form == GramForm::plain ? "gram.pt_" : "gram.tf_";
        INFO(name);
        const Golden moments = golden(form == GramForm::plain ? "gram.source_gram" : "gram.tf_source_gram");
        const Golden gradient = golden(name + "grad");
        const GramLoss<float> loss{target.features(), form};
        GramLoss<float>::Workspace work;
        double total = 0.0;
        for (int sample = 0; sample < source.shape[0]; ++sample) {
            Rows rows{source, sample};
            const GramLoss<float> own{rows.features(), form};
            for (int i = 0; i < rows.channels * rows.channels; ++i) {
                const int at = i / rows.channels * padded(rows.channels) + i % rows.channels;
                const auto index = static_cast<std::size_t>(sample * rows.channels * rows.channels + i);
                CHECK(own.target()[at] == doctest::Approx(static_cast<double>(moments.values[index])).epsilon(1e-5));
            }
            // The mean over the batch.
            const float share = 1.0F / static_cast<float>(source.shape[0]);
            total += static_cast<double>(share) * loss(rows.features(), rows.wanted(), work);
            for (float& g : rows.adjoint) g *= share;
            CHECK(rows.error(gradient, sample) < 2e-5);
        }
        CHECK(total == doctest::Approx(static_cast<double>(golden(name + "loss").values[0])).epsilon(1e-5));
    }
}

TEST_CASE("overflow losses match PyTorch") {
    const GoldenLosses golden;
    if (!golden.found()) return;
    const Golden input = golden("overflow.x");
    const auto check = [&](const std::string& name, auto&& record) {
        INFO(name);
        Tape tape;
        const Var x = tape.variable(Shape{static_cast<int>(input.values.size())}, input.values);
        const Var loss = record(x);
        tape.backward(loss);
        CHECK(loss.item() == doctest::Approx(static_cast<double>(golden(name).values[0])).epsilon(1e-5));
        const Golden gradient = golden(name + "_grad");
        for (std::size_t i = 0; i < input.values.size(); ++i) {
            CHECK(x.gradient()[i] == doctest::Approx(static_cast<double>(gradient.values[i])).epsilon(1e-5));
        }
    };
    check("overflow.pt_abs", [](const Var& x) { return overflow(x); });
    check("overflow.munca_sq", [](const Var& x) { return squared_overflow(x, -1.0F, 1.0F); });
    check("overflow.inception", [&](const Var& x) {
        return (1e4F / static_cast<float>(input.values.size())) * squared_overflow(x, 0.0F, 1.0F);
    });
}
