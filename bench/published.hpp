// SPDX-License-Identifier: Apache-2.0
// What the nca sides of bench/compare.sh share for published models in the folder NCA_DATA, opposite
// peers/published.py.
#ifndef NCA_BENCH_PUBLISHED_HPP
#define NCA_BENCH_PUBLISHED_HPP

#include <nca/core/thread_pool.hpp>
#include <nca/io/json.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/simulation.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/optimiser.hpp>

#include "compare.hpp"
#include "roofline.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace bench::published {

/// Both sides must have the same loss and gradient after this many steps: enough to cover every path of the rule, too
/// few for rounding errors to grow.
inline constexpr int agreement_steps = 4;

/// The value of a result; exits with status 2 if there is none.
template <class T>
T value_of(nca::Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "bench: %s\n", result.error().message.c_str());
        std::exit(2);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The path of a file of the folder NCA_DATA.
[[nodiscard]] inline std::string path(const std::string& relative) {
    const char* const folder = std::getenv("NCA_DATA");
    if (folder == nullptr || *folder == '\0') {
        std::fprintf(stderr, "bench: set NCA_DATA to the folder of the published models\n");
        std::exit(2);
    }
    return std::string(folder) + "/" + relative;
}

/// The tensors of a file of that folder.
[[nodiscard]] inline nca::SafetensorsFile read(const std::string& relative) {
    return value_of(nca::read_safetensors(path(relative)));
}

/// The values of a tensor of a file.
template <class T = float>
[[nodiscard]] std::vector<T> values(const nca::SafetensorsFile& file, const std::string& name) {
    const nca::StoredTensor* const tensor = file.find(name);
    if (tensor == nullptr) {
        std::fprintf(stderr, "bench: '%s' has no tensor '%s'\n", file.file_name().c_str(), name.c_str());
        std::exit(2);
    }
    return value_of(file.to_vector<T>(name, tensor->shape));
}

/// The norms of the gradients of a rule's filters, weights and biases, in the order of the layers.
template <class Traits>
[[nodiscard]] nca::Json::Array gradient_norms(std::span<const float> gradient, const nca::Architecture<Traits>& rule) {
    nca::Json::Array norms;
    if (rule.learned_filters() > 0) {
        norms.emplace_back(nca::norm(gradient.first(rule.block_size()).subspan(rule.filter_offset())));
    }
    for (int l = 0; l < rule.layer_count(); ++l) {
        const nca::LayerLayout& layer = rule.layer(l);
        const auto columns = static_cast<std::size_t>(layer.stride());
        norms.emplace_back(nca::norm(gradient.subspan(layer.weight, static_cast<std::size_t>(layer.inputs) * columns)));
        const bool has_bias = l + 1 < rule.layer_count() || rule.has_output_bias();
        if (has_bias) norms.emplace_back(nca::norm(gradient.subspan(layer.bias, columns)));
    }
    return norms;
}

/// What both sides have to agree on: loss and gradient of loss_of(tape, weights, sample, number of steps) at fire rate
/// 1.
template <class Trained, class Norms, class Loss>
void agree(nca::Json& line, Trained trained, int samples, int steps, Norms&& norms, Loss&& loss_of) {
    nca::ThreadPool pool(1);
    nca::BatchGradient<Trained> gradient(samples, trained.parameters().size(), pool);
    const auto loss_after = [&](int count) {
        return gradient.compute(trained, [&](auto& tape, const auto& weights, int sample) {
            return loss_of(tape, weights, sample, count);
        });
    };
    line.set("final_loss", loss_after(steps));
    line.set("agreement_steps", agreement_steps);
    line.set("agreement_loss", loss_after(agreement_steps));
    line.set("gradient_norms", norms(gradient.gradient()));
}

/// The times of training iterations from the same parameters: the gradient of loss_of(tape, weights, sample, random),
/// normalise(gradient), Adam.
template <class Trained, class Normalise, class Loss>
[[nodiscard]] nca::Json measure_training(const Trained& start, int batch, int threads, const nca::AdamOptions& options,
                                         double learning_rate, Normalise&& normalise, Loss&& loss_of) {
    Trained trained = start;
    nca::ThreadPool pool(threads);
    nca::BatchGradient<Trained> gradient(batch, start.parameters().size(), pool);
    nca::Adam<float> adam(start.parameters().size(), options);
    return times(2, 6, [&](int iteration) {
        std::copy(start.parameters().begin(), start.parameters().end(), trained.parameters().begin());
        (void)gradient.compute(trained, [&](auto& tape, const auto& weights, int sample) {
            return loss_of(
                tape, weights, sample,
                nca::Philox{7}.split(static_cast<std::uint32_t>(iteration), static_cast<std::uint32_t>(sample)));
        });
        normalise(gradient.gradient());
        adam.step(trained.parameters(), gradient.gradient(), learning_rate);
    });
}

/// The times of as many steps of a world as PyTorch takes, whose structure still grows.
template <class World>
[[nodiscard]] nca::Json measure_steps(World& world, int threads) {
    nca::ThreadPool pool(threads);
    return times(3, 20, [&](int) { world.step(pool); });
}

/// The cells of a state whose channel of life is not 0, as it is in dead ones.
template <class Traits>
[[nodiscard]] int count_living(const nca::SparseState<float>& state, const nca::Architecture<Traits>& rule) {
    int count = 0;
    for (int i = 0; i < state.count(); ++i) {
        count += state.values[static_cast<std::size_t>(i * rule.channels() + rule.life_channel())] != 0.0F ? 1 : 0;
    }
    return count;
}

/// The main function of a side: prints measure(line, number of threads) as one JSON line.
template <class Measure>
int compare_main(int argc, char** argv, Measure&& measure) {
    require_release();
    int threads = 2;
    if (argc == 3 && std::strcmp(argv[1], "--threads") == 0) {
        const char* const end = argv[2] + std::strlen(argv[2]);
        const auto [at, code] = std::from_chars(argv[2], end, threads);
        if (code == std::errc{} && at == end && threads > 0) argc = 1;
    }
    if (argc != 1) {
        std::fprintf(stderr, "usage: %s [--threads N]\n", argv[0]);
        return 2;
    }
    nca::Json line = nca::Json::object({{"side", "nca"}, {"isa", isa}, {"threads", threads}});
    measure(line, threads);
    std::printf("%s\n", line.dump().c_str());
    return 0;
}

} // namespace bench::published

#endif // NCA_BENCH_PUBLISHED_HPP
