// SPDX-License-Identifier: Apache-2.0
#include <nca/io/file.hpp>
#include <nca/systems/growing/published.hpp>

#include "mnist_program.hpp"

#include <algorithm>
#include <memory>

namespace program {

namespace {

template <class R>
nca::Json describe(const nca::Model<R>& model, const std::string& path, const std::string& system) {
    nca::Json layers = nca::Json::array();
    for (const nca::LayerLayout& layer : R::layers) {
        layers.push_back(nca::Json::object({{"inputs", layer.inputs}, {"outputs", layer.outputs}}));
    }
    float largest = 0.0F;
    for (const float w : model.rule.parameters()) largest = std::max(largest, std::abs(w));
    nca::Json metadata = nca::Json::object();
    for (const auto& [key, value] : model.metadata) metadata.set(key, value);
    return nca::Json::object({{"model", path},
                              {"system", system},
                              {"channels", R::channels},
                              {"layers", std::move(layers)},
                              {"parameters", R::parameter_count},
                              {"largest_weight", largest},
                              {"metadata", std::move(metadata)}});
}

} // namespace

void add_info(CLI::App& app) {
    const auto path = std::make_shared<std::string>();
    CLI::App* const command = app.add_subcommand("info", "Tell what a model file holds");
    command->add_option("MODEL", *path, "A .safetensors model or a published .json model, of any system")->required();
    command->callback([path] {
        const auto bytes = require(nca::read_file(*path));
        print_result(system_of(bytes) == System::mnist
                         ? describe(require(nca::mnist::parse_model(bytes, *path)), *path, "mnist")
                         : describe(require(nca::growing::parse_model<Rule>(bytes, *path)), *path, "growing"));
    });
}

} // namespace program
