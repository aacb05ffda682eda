// SPDX-License-Identifier: Apache-2.0
#include "program.hpp"

#include <algorithm>
#include <memory>

namespace program {

void add_info(CLI::App& app) {
    const auto path = std::make_shared<std::string>();
    CLI::App* const command = app.add_subcommand("info", "Tell what a model file holds");
    command->add_option("MODEL", *path, "A .safetensors model or a published .json model")->required();
    command->callback([path] {
        const Model model = require(nca::load_model<Rule>(*path));
        nca::Json layers = nca::Json::array();
        for (const nca::LayerLayout& layer : Rule::layers) {
            layers.push_back(nca::Json::object({{"inputs", layer.inputs}, {"outputs", layer.outputs}}));
        }
        float largest = 0.0F;
        for (const float w : model.rule.parameters()) largest = std::max(largest, std::abs(w));
        nca::Json metadata = nca::Json::object();
        for (const auto& [key, value] : model.metadata) metadata.set(key, value);
        print_result(nca::Json::object({{"model", *path},
                                        {"system", "growing"},
                                        {"channels", Rule::channels},
                                        {"layers", std::move(layers)},
                                        {"parameters", Rule::parameter_count},
                                        {"largest_weight", largest},
                                        {"metadata", std::move(metadata)}}));
    });
}

} // namespace program
