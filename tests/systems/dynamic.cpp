// SPDX-License-Identifier: Apache-2.0
// Published models as rules of run-time sizes: the same bits.
#include <nca/systems/growing/published.hpp>
#include <nca/systems/mnist/published.hpp>
#include <nca/systems/texture/published.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <common/data.hpp>
#include <common/twin_states.hpp>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace nca;
using namespace nca::tests;

/// The model files of a folder of the data; none if it is missing.
[[nodiscard]] std::vector<std::string> models_in(const std::string& folder) {
    std::vector<std::string> paths;
    const auto path = data_file(folder);
    if (!path) return paths;
    for (const auto& entry : std::filesystem::directory_iterator{*path}) {
        const std::string name = entry.path().filename().string();
        if (name != "losses.json" && name.find("README") == std::string::npos) paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// The models that load(path) reads have the same bits as their twins, with each of the options.
template <class Load, class Options>
void check_models(const std::vector<std::string>& paths, Load&& load, const std::vector<Options>& options) {
    for (const std::string& path : paths) {
        CAPTURE(path);
        const auto model = load(path);
        REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
        for (const Options& option : options) check_state_bits(model->rule, option);
    }
}

} // namespace

TEST_CASE("published creatures have the same state bits as rules of run-time sizes") {
    auto paths = models_in("growing/published");
    if (paths.empty()) return;
    for (const std::string& path : models_in("growing/published_json")) paths.push_back(path);
    for (const char* const name :
         {"growing/golden_ex3_lizard", "growing/golden_ex3_lizard_grad", "adversarial/growing_victim_lizard",
          "adversarial/growing_adversary_no_tail", "adversarial/growing_adversary_red_10perc",
          "adversarial/growing_adversary_red_60perc"}) {
        const auto path = data_file(std::string{name} + ".safetensors");
        if (!path) return;
        paths.push_back(path->string());
    }
    const auto graph = data_file("adversarial/published_json/no_tail_model.json");
    if (!graph) return;
    paths.push_back(graph->string());
    CHECK(paths.size() == 31);
    check_models(
        paths, [](const std::string& path) { return growing::load_model<Growing>(path); },
        std::vector<StepOptions<Growing>>{{}});
}

TEST_CASE("published digit models have the same state bits as rules of run-time sizes") {
    std::vector<std::string> paths;
    for (const char* const name :
         {"mnist/mnist_l2_noise_mutating.safetensors", "mnist/published_model.json",
          "adversarial/mnist_victim.safetensors", "adversarial/mnist_adversary_always8.safetensors",
          "adversarial/published_json/mnist_always8.json"}) {
        if (const auto path = data_file(name)) paths.push_back(path->string());
    }
    check_models(
        paths, [](const std::string& path) { return mnist::load_model<Digits>(path); },
        std::vector<StepOptions<Digits>>{{}});
}

TEST_CASE("decoded texture models have the same state bits as rules of run-time sizes") {
    for (const char* const folder : {"textures/published", "textures/grafting", "textures/munca"}) {
        for (const std::string& path : models_in(folder)) {
            CAPTURE(path);
            const auto file = read_safetensors(path);
            REQUIRE(file.ok());
            const auto model = texture::model_from(*file);
            REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
            std::visit([](const auto& any) { check_state_bits(any.rule); }, *model);
        }
    }
}
