// SPDX-License-Identifier: Apache-2.0
#include <nca/core/clock.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/systems/texture/health.hpp>

#include "command.hpp"
#include "health.hpp"
#include "texture_model.hpp"

#include <cmath>
#include <numeric>

namespace program {

namespace {

struct TextureEvalOptions {
    std::string model{};
    std::string target{};
    std::string features{};
    std::string loss = "ot";
    int size = nca::texture::pytorch.side;
    int steps = 500;
    int seeds = 16;
    bool health = false;
    int threads = 0;
};

void texture_eval(const TextureEvalOptions& options) {
    const double start = nca::detail::seconds_now();
    // Enough that another draw changes the mean by less than a percent.
    constexpr int directions = 256;
    const nca::image::Network network = load_features(options.features);
    const nca::texture::Image target = load_target_picture(options.target, options.size);
    const auto kind = options.loss == "ot" ? nca::texture::Loss::transport : nca::texture::Loss::gram;
    auto loss = nca::texture::StyleLoss::create(network, target, options.size, options.size, kind,
                                                level_weights_for(network), directions);
    if (!loss) throw Failure{nca::quote_path(options.target) + ": " + loss.error().message};
    nca::ThreadPool threads{options.threads};
    loss->draw(nca::Philox{1}, threads);
    const TextureModel model = load_texture_model(options.model);
    const std::vector<double> losses = std::visit(
        [&](const auto& any) { return nca::texture::evaluate(any.rule, *loss, options.steps, options.seeds, threads); },
        model.model);
    const double total = std::accumulate(losses.begin(), losses.end(), 0.0);
    if (!std::isfinite(total)) {
        throw Failure{nca::quote_path(options.model) + ": the states of the model are not finite after " +
                      std::to_string(options.steps) + " steps"};
    }
    nca::Json result = nca::Json::object({{"model", options.model},
                                          {"target", options.target},
                                          {"features", network.name()},
                                          {"loss_kind", options.loss},
                                          {"steps", options.steps},
                                          {"seeds", options.seeds},
                                          {"loss", total / options.seeds},
                                          {"losses", json_list(losses)}});
    if (options.health) {
        result.set("health",
                   json_of(std::visit([&](const auto& any) { return nca::texture::health(any.rule, *loss, threads); },
                                      model.model)));
    }
    print_result(result.set("seconds", nca::detail::seconds_now() - start));
}

} // namespace

void add_texture_eval(const Command& group) {
    const auto [command, options] = group.add_command(
        "eval", "Compare the textures that a model forms with an image: the style loss over several seeds",
        texture_eval);
    command.add("MODEL", options.model, "A model: ours, or a published one").required();
    command.add("TARGET", options.target, "An image file with the texture").required();
    command.add("--features", options.features, "What to compare by: random, or a file of weights of a network")
        .required();
    command.add("--loss", options.loss, "ot (sliced optimal transport) or gram (Gram matrices)", {"ot", "gram"});
    command.add("--size", options.size, "Cells along a side of the grid; larger targets are shrunk to fit", 8, 1024);
    command.add("--steps", options.steps, "Steps after which to compare", 0, 100000000);
    command.add("--seeds", options.seeds, "How many runs, with the seeds 1, 2, ...", 1, 100000);
    command.add(
        "--health", options.health,
        "Tell as well, in a verdict and in numbers, whether the texture forms by step 500 and stays until 5,000");
    command.add_threads(options.threads);
}

} // namespace program
