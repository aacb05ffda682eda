// SPDX-License-Identifier: Apache-2.0
#include <nca/core/thread_pool.hpp>
#include <nca/systems/texture/metrics.hpp>
#include <nca/systems/texture/style_loss.hpp>

#include "texture_model.hpp"
#include "texture_program.hpp"
#include "texture_target.hpp"

#include <chrono>
#include <cmath>
#include <memory>
#include <numeric>
#include <variant>

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
    int threads = 0;
};

void texture_eval(const TextureEvalOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    // So many that another draw changes the mean by less than a percent.
    constexpr int directions = 256;
    const nca::image::Network network = load_features(options.features);
    const nca::texture::Image target = load_target_picture(options.target, options.size);
    const auto kind = options.loss == "ot" ? nca::texture::Loss::transport : nca::texture::Loss::gram;
    auto loss = nca::texture::StyleLoss::create(network, target, options.size, options.size, kind,
                                                level_weights_for(network), directions);
    if (!loss) throw Failure{"'" + options.target + "': " + loss.error().message};
    nca::ThreadPool threads{options.threads};
    loss->draw(nca::Philox{1}, threads);
    const TextureModel model = load_texture_model(options.model);
    const std::vector<double> losses = std::visit(
        [&](const auto& any) { return nca::texture::evaluate(any.rule, *loss, options.steps, options.seeds, threads); },
        model.model);
    const double total = std::accumulate(losses.begin(), losses.end(), 0.0);
    if (!std::isfinite(total)) {
        throw Failure{"'" + options.model + "': the states of the model are not finite after " +
                      std::to_string(options.steps) + " steps"};
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    print_result(nca::Json::object({{"model", options.model},
                                    {"target", options.target},
                                    {"features", network.name()},
                                    {"loss_kind", options.loss},
                                    {"steps", options.steps},
                                    {"seeds", options.seeds},
                                    {"loss", total / options.seeds},
                                    {"losses", nca::Json::Array(losses.begin(), losses.end())},
                                    {"seconds", elapsed.count()}}));
}

} // namespace

void add_texture_eval(CLI::App& group) {
    const auto options = std::make_shared<TextureEvalOptions>();
    CLI::App* const command = group.add_subcommand(
        "eval", "Compare the textures that a model forms with a picture: the style loss over several seeds");
    command->add_option("MODEL", options->model, "A model: ours, or a published one")->required();
    command->add_option("TARGET", options->target, "A picture file with the texture")->required();
    command
        ->add_option("--features", options->features, "What to compare by: random, or a file of weights of a network")
        ->required();
    command->add_option("--loss", options->loss, "ot (sliced optimal transport) or gram (Gram matrices)")
        ->capture_default_str()
        ->check(CLI::IsMember(std::vector<std::string>{"ot", "gram"}));
    command->add_option("--size", options->size, "Cells along a side of the grid; larger targets are shrunk to fit")
        ->capture_default_str()
        ->transform(whole_number(8, 1024));
    command->add_option("--steps", options->steps, "Steps after which to compare")
        ->capture_default_str()
        ->transform(whole_number(0, 100000000));
    command->add_option("--seeds", options->seeds, "How many runs, with the seeds 1, 2, ...")
        ->capture_default_str()
        ->transform(whole_number(1, 100000));
    add_threads(*command, options->threads);
    command->callback([options] { texture_eval(*options); });
}

} // namespace program
