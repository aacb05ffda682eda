// SPDX-License-Identifier: Apache-2.0
// Models of learned convolutions and dense layers from elsewhere, against the plain composition of their tensors.
#include <nca/systems/convolution_model.hpp>
#include <nca/systems/convolution_tensors.hpp>
#include <nca/systems/mnist/published.hpp>
#include <nca/systems/read_model.hpp>

#include "common/pytorch_archive.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using nca::System;
using Floats = std::vector<float>;

/// A tensor of a port, and the tensors of one.
struct Tensor {
    std::string name;
    std::vector<std::size_t> shape;
    Floats values{};
};
using Tensors = std::vector<Tensor>;

/// With random values, of the scale that PyTorch starts from.
Tensor random(const std::string& name, const std::vector<std::size_t>& shape) {
    Tensor tensor{name, shape, {}};
    std::size_t count = 1;
    for (const std::size_t size : shape) count *= size;
    const double scale = 1.0 / std::sqrt(static_cast<double>(std::max<std::size_t>(count / shape[0], 4)));
    for (std::size_t i = 0; i < count; ++i) {
        tensor.values.push_back(static_cast<float>(scale * nca::Philox{name.size() * 31 + shape[0], 3}.normal(i)));
    }
    return tensor;
}
/// A layer with biases.
void add(Tensors& tensors, const std::string& name, const std::vector<std::size_t>& shape) {
    tensors.push_back(random(name + ".weight", shape));
    tensors.push_back(random(name + ".bias", {shape[0]}));
}
const Tensor every_step{"fire_rate", {}, {1.0F}};

std::string archive(const Tensors& tensors) {
    std::vector<std::pair<std::string, std::string>> items;
    nca::tests::ZipFiles storages;
    for (const Tensor& tensor : tensors) {
        nca::tests::SavedTensor saved{.key = std::to_string(storages.size()),
                                      .elements = static_cast<int>(tensor.values.size())};
        saved.shape.assign(tensor.shape.begin(), tensor.shape.end());
        saved.strides.resize(saved.shape.size(), 1);
        for (std::size_t axis = saved.shape.size(); axis-- > 1;) {
            saved.strides[axis - 1] = saved.strides[axis] * saved.shape[axis];
        }
        items.emplace_back(tensor.name, saved.opcodes());
        storages.emplace_back(saved.key, nca::tests::bytes_of(tensor.values));
    }
    return nca::tests::pytorch_file(nca::tests::pickle::dict(items, nca::tests::pickle::ordered_dict), storages);
}

nca::Result<nca::AnyModel> read(const Tensors& tensors, const nca::ConvolutionOptions& options = {}) {
    const std::string file = archive(tensors);
    nca::PublishedOptions published;
    published.convolutions = options;
    return nca::read_any_model(nca::as_bytes(file), "port.pt", {}, published);
}
nca::AnyModel accepted(const Tensors& tensors, const nca::ConvolutionOptions& options = {}) {
    auto model = read(tensors, options);
    REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    return *model;
}
std::string refusal(const Tensors& tensors, const nca::ConvolutionOptions& options = {}) {
    const auto model = read(tensors, options);
    return model.ok() ? "" : model.error().message;
}
System system_of(const Tensors& tensors) {
    return nca::identify(nca::as_bytes(archive(tensors))).system;
}
std::string note(const nca::AnyModel& model, std::string_view key) {
    const auto found = std::ranges::find(model.metadata(), key, [](const auto& entry) { return entry.first; });
    return found == model.metadata().end() ? "" : found->second;
}

/// What a model of PyTorch computes: convolutions padded with zeros, concatenated, and dense layers, with ReLU between
/// the latter; in double.
struct Plain {
    bool own = false;                    ///< the state is concatenated before the convolutions
    bool activation = false;             ///< behind the convolutions
    bool life = true;                    ///< where channel 3 exceeds 0.1
    std::vector<std::string> kernels{};  ///< names without ".weight"
    std::vector<std::string> matrices{}; ///< the same
};

constexpr int side = 11;

class Composition {
public:
    Composition(const Tensors& tensors, Plain plain, std::vector<double> state)
        : tensors_{tensors}, plain_{std::move(plain)}, state_{std::move(state)}, channels_{state_.size() /
                                                                                           (side * side)} {}

    void step() {
        std::vector<double> next = state_;
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                const std::vector<double> update = update_at(y, x);
                const std::size_t frozen = channels_ - update.size();
                for (std::size_t c = 0; c < update.size(); ++c) next[at(y, x) + frozen + c] += update[c];
            }
        }
        const std::vector<bool> before = alive(state_);
        const std::vector<bool> after = alive(next);
        for (std::size_t i = 0; i < next.size(); ++i) {
            if (!before[i / channels_] || !after[i / channels_]) next[i] = 0.0;
        }
        state_ = next;
    }
    [[nodiscard]] const std::vector<double>& state() const { return state_; }

private:
    [[nodiscard]] std::size_t at(int y, int x) const { return static_cast<std::size_t>(y * side + x) * channels_; }
    [[nodiscard]] double value(int y, int x, std::size_t c) const {
        return y < 0 || x < 0 || y >= side || x >= side ? 0.0 : state_[at(y, x) + c];
    }
    [[nodiscard]] const Tensor* find(const std::string& name) const {
        const auto found = std::ranges::find(tensors_, name, &Tensor::name);
        return found == tensors_.end() ? nullptr : &*found;
    }
    [[nodiscard]] double bias(const std::string& layer, std::size_t output) const {
        const Tensor* const tensor = find(layer + ".bias");
        return tensor == nullptr ? 0.0 : static_cast<double>(tensor->values[output]);
    }
    [[nodiscard]] std::vector<double> update_at(int y, int x) const {
        std::vector<double> values;
        for (std::size_t c = 0; plain_.own && c < channels_; ++c) values.push_back(value(y, x, c));
        for (const std::string& name : plain_.kernels) {
            const Tensor& kernel = *find(name + ".weight");
            const std::size_t per_channel = kernel.shape[0] / channels_;
            for (std::size_t o = 0; o < kernel.shape[0]; ++o) {
                double sum = bias(name, o);
                for (std::size_t k = 0; k < kernel.shape[1] * 9; ++k) {
                    const std::size_t channel = kernel.shape[1] == 1 ? o / per_channel : k / 9;
                    const int n = static_cast<int>(k % 9);
                    sum += static_cast<double>(kernel.values[o * kernel.shape[1] * 9 + k]) *
                           value(y + n / 3 - 1, x + n % 3 - 1, channel);
                }
                values.push_back(plain_.activation ? std::max(sum, 0.0) : sum);
            }
        }
        for (const std::string& name : plain_.matrices) {
            const Tensor& matrix = *find(name + ".weight");
            std::vector<double> outputs;
            for (std::size_t o = 0; o < matrix.shape[0]; ++o) {
                double sum = bias(name, o);
                for (std::size_t i = 0; i < values.size(); ++i) {
                    sum += static_cast<double>(matrix.values[o * values.size() + i]) * values[i];
                }
                outputs.push_back(name == plain_.matrices.back() ? sum : std::max(sum, 0.0));
            }
            values = std::move(outputs);
        }
        return values;
    }
    [[nodiscard]] std::vector<bool> alive(const std::vector<double>& state) const {
        std::vector<bool> result(side * side, !plain_.life);
        for (int y = 0; plain_.life && y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                if (!(state[at(y, x) + 3] > 0.1)) continue;
                for (int n = 0; n < 9; ++n) {
                    const int row = y + n / 3 - 1;
                    const int column = x + n % 3 - 1;
                    const bool inside = row >= 0 && column >= 0 && row < side && column < side;
                    if (inside) result[static_cast<std::size_t>(row * side + column)] = true;
                }
            }
        }
        return result;
    }

    const Tensors& tensors_;
    Plain plain_;
    std::vector<double> state_;
    std::size_t channels_;
};

/// Whether the model that is read has the states of the composition for four steps.
bool computes(const nca::AnyModel& model, const Tensors& tensors, const Plain& plain) {
    const auto channels = static_cast<std::size_t>(model.description().channels);
    Floats state(side * side * channels);
    for (std::size_t i = 0; i < state.size(); ++i) {
        state[i] = static_cast<float>(0.4 * nca::Philox{9}.normal(i));
        if (i / channels % side < 3) state[i] = 0.0F;
    }
    Composition composition{tensors, plain, std::vector<double>(state.begin(), state.end())};
    auto world = model.simulate(std::array{side, side});
    REQUIRE(world.ok());
    nca::StepOptions<nca::AnyRule> options = (*world)->options();
    options.noise = 0.0;
    (*world)->set_options(options);
    (*world)->load(state);
    double worst = 0.0;
    double size = 0.0;
    for (int step = 0; step < 4; ++step) {
        composition.step();
        (*world)->step();
        (*world)->store(state);
        for (std::size_t i = 0; i < state.size(); ++i) {
            worst = std::max(worst, std::abs(static_cast<double>(state[i]) - composition.state()[i]));
            size = std::max(size, std::abs(composition.state()[i]));
        }
    }
    CHECK(size > 0.1);
    CHECK(worst < 1e-5 * std::max(size, 1.0));
    return worst < 1e-5 * std::max(size, 1.0);
}

/// A port of Growing NCA whose depth-wise kernels are learned, within one nn.Sequential.
Tensors depthwise_port(std::size_t filters = 3) {
    Tensors tensors;
    add(tensors, "update.0", {filters * 16, 1, 3, 3});
    add(tensors, "update.1", {24, filters * 16, 1, 1});
    add(tensors, "update.3", {16, 24, 1, 1});
    tensors.push_back(every_step);
    return tensors;
}
/// One whose convolution of all channels is followed by two layers.
Tensors dense_port(const std::string& perception, const std::string& first, const std::string& last) {
    Tensors tensors;
    add(tensors, perception, {20, 8, 3, 3});
    add(tensors, first, {24, 20, 1, 1});
    add(tensors, last, {8, 24, 1, 1});
    tensors.push_back(every_step);
    return tensors;
}

} // namespace

TEST_CASE("convolutions: learned depth-wise kernels with biases become depth-wise perception") {
    const Tensors tensors = depthwise_port();
    CHECK(system_of(tensors) == System::convolutional);
    const nca::AnyModel model = accepted(tensors);
    CHECK(model.description().perception == nca::PerceptionKind::depthwise);
    CHECK(model.description().life == nca::LifeKind::alive);
    CHECK(model.description().life_channel == 3);
    CHECK(model.options().fire_rate == 1.0);
    CHECK(model.options().boundary == nca::Boundary::zero);
    CHECK(note(model, "nca.system") == "growing");
    CHECK(note(model, "import.perception") == "depth-wise");
    CHECK(computes(model, tensors, {.kernels = {"update.0"}, .matrices = {"update.1", "update.3"}}));
}

TEST_CASE("convolutions: more depth-wise kernels than pay are folded") {
    const Tensors tensors = depthwise_port(12);
    const nca::AnyModel model = accepted(tensors);
    CHECK(model.description().perception == nca::PerceptionKind::neighbourhood);
    CHECK(computes(model, tensors, {.kernels = {"update.0"}, .matrices = {"update.1", "update.3"}}));
}

TEST_CASE("convolutions: the state and two convolutions, concatenated, depth-wise or of all channels") {
    for (const std::size_t read : {std::size_t{1}, std::size_t{8}}) {
        Tensors tensors;
        add(tensors, "p0", {8, read, 3, 3});
        add(tensors, "p1", {8, read, 3, 3});
        add(tensors, "fc0", {20, 24});
        tensors.push_back(random("fc1.weight", {8, 20}));
        tensors.push_back(every_step);
        const nca::AnyModel model = accepted(tensors, {.life = false});
        CHECK(model.description().life == nca::LifeKind::none);
        CHECK_FALSE(model.description().output_bias);
        CHECK((model.description().learned_filters == 3) == (read == 1));
        CHECK(computes(model, tensors,
                       {.own = true, .life = false, .kernels = {"p0", "p1"}, .matrices = {"fc0", "fc1"}}));
        CHECK(refusal(tensors, {.activation_after_perception = true}) ==
              "'port.pt': it concatenates the state and what it perceives, which no activation follows");
    }
}

TEST_CASE("convolutions: places in one nn.Sequential tell whether an activation follows the perception") {
    for (const bool activation : {false, true}) {
        const std::string first = activation ? "net.2" : "net.1";
        const std::string last = activation ? "net.4" : "net.3";
        const Tensors tensors = dense_port("net.0", first, last);
        const nca::AnyModel model = accepted(tensors);
        CHECK(note(model, "import.activation_after_perception") == (activation ? "yes" : "no"));
        CHECK(note(model, "import.perception") == (activation ? "learned" : "folded"));
        CHECK(computes(model, tensors, {.activation = activation, .kernels = {"net.0"}, .matrices = {first, last}}));
    }
}

TEST_CASE("convolutions: other names tell by their words, and an option overrules them") {
    for (const std::string name : {"perceive", "conv1"}) {
        const Tensors tensors = dense_port(name, "w.conv2", "w.conv3");
        const bool usual = name == "conv1";
        CHECK(note(accepted(tensors), "import.activation_after_perception") == (usual ? "yes" : "no"));
        const nca::AnyModel model = accepted(tensors, {.activation_after_perception = !usual});
        CHECK(note(model, "import.activation_after_perception_from") == "option");
        CHECK(computes(model, tensors, {.activation = !usual, .kernels = {name}, .matrices = {"w.conv2", "w.conv3"}}));
    }
}

TEST_CASE("convolutions: one dense layer behind a convolution and an activation") {
    Tensors tensors;
    add(tensors, "transition.0", {32, 10, 3, 3});
    add(tensors, "transition.2", {10, 32, 1, 1});
    tensors.push_back(every_step);
    const nca::AnyModel model = accepted(tensors, {.life = false});
    CHECK(model.description().hidden == std::vector<int>{32});
    CHECK(computes(model, tensors,
                   {.activation = true, .life = false, .kernels = {"transition.0"}, .matrices = {"transition.2"}}));
}

TEST_CASE("convolutions: a port of Self-classifying MNIST is the article's rule") {
    Tensors tensors;
    add(tensors, "conv", {80, 20, 3, 3});
    add(tensors, "fc1", {80, 80});
    tensors.push_back(random("fc2.weight", {19, 80}));
    const nca::AnyModel model = accepted(tensors);
    CHECK(nca::describe(model.description()) == nca::describe<nca::mnist::Rule<>>());
    CHECK(note(model, "nca.system") == "mnist");
    tensors.push_back(every_step);
    CHECK(computes(accepted(tensors, {.life = false}), tensors,
                   {.activation = true, .life = false, .kernels = {"conv"}, .matrices = {"fc1", "fc2"}}));
}

TEST_CASE("convolutions: kernels of three dimensions that read all channels") {
    Tensors tensors;
    add(tensors, "perceive", {12, 6, 3, 3, 3});
    add(tensors, "fc1", {9, 12, 1, 1, 1});
    add(tensors, "fc2", {6, 9, 1, 1, 1});
    CHECK(system_of(tensors) == System::convolutional);
    const nca::AnyModel model = accepted(tensors);
    CHECK(model.description().dimensions == 3);
    CHECK(model.description().perceived() == 27 * 6);
    CHECK(model.options().fire_rate == 0.5);
}

TEST_CASE("convolutions: the order of the layers is that of their names' numbers") {
    Tensors tensors;
    add(tensors, "net.10", {8, 8});
    add(tensors, "net.2", {8, 8});
    add(tensors, "net.0", {8, 8, 3, 3});
    tensors.push_back(every_step);
    CHECK(computes(accepted(tensors), tensors,
                   {.activation = true, .kernels = {"net.0"}, .matrices = {"net.2", "net.10"}}));
}

TEST_CASE("convolutions: biases of the perception of blocks and goals count") {
    Tensors tensors;
    add(tensors, "perception", {18, 1, 3, 3});
    add(tensors, "fc0", {12, 18});
    add(tensors, "fc1", {6, 12});
    std::vector<nca::StoredTensor> stored;
    for (const Tensor& tensor : tensors) {
        stored.push_back({tensor.name, nca::Dtype::f32, tensor.shape, std::as_bytes(std::span{tensor.values})});
    }
    const auto model = nca::find_depthwise(stored);
    REQUIRE(model.ok());
    double expected = static_cast<double>(tensors[3].values[5]);
    for (std::size_t i = 0; i < 18; ++i) {
        expected += static_cast<double>(tensors[1].values[i]) * static_cast<double>(tensors[2].values[5 * 18 + i]);
    }
    CHECK(static_cast<double>(model->layers[0].bias[5]) == doctest::Approx(expected).epsilon(1e-6));
}

TEST_CASE("convolutions: what has no form here is refused in words") {
    const auto without = [](Tensors tensors, std::size_t index) {
        tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(index));
        return tensors;
    };
    const auto with = [](Tensors tensors, const Tensor& more) {
        tensors.push_back(more);
        return tensors;
    };
    const Tensors port = dense_port("conv1", "conv2", "conv3");
    CHECK(refusal(without(port, 4))
              .find("expected dense layers that lead from the 20 values of its convolutions, or "
                    "these and the state, to an update of all channels, found 'conv2.weight' "
                    "[24, 20, 1, 1]") != std::string::npos);
    CHECK(refusal(with(port, random("norm.weight", {24})))
              .find("'norm.weight' [24] has no place in a model of convolutions and dense layers") !=
          std::string::npos);
    CHECK(refusal(with(port, random("conv4.weight", {8, 5, 3, 3})))
              .find("its kernels read different numbers of channels") != std::string::npos);
    CHECK(refusal(with(without(port, 1), random("conv1.bias", {7})))
              .find("tensor 'conv1.bias' [7] should be the 20 biases of 'conv1.weight'") != std::string::npos);
    CHECK(refusal(with(without(port, 6), {"fire_rate", {}, {2.0F}})).find("expected a rate from 0 to 1") !=
          std::string::npos);
    Tensors infinite = port;
    infinite[0].values[3] = std::numeric_limits<float>::infinity();
    CHECK(refusal(infinite).find("'conv1.weight' holds a value that is not finite") != std::string::npos);
    Tensors large = port;
    for (float& value : large[0].values) value = 3e38F;
    for (float& value : large[2].values) value = 3e38F;
    CHECK(refusal(large, {.activation_after_perception = false}).find("its layers overflow where they are folded") !=
          std::string::npos);
}
