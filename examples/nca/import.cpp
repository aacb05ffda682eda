// SPDX-License-Identifier: Apache-2.0
#include <nca/io/distill.hpp>

#include "program.hpp"

#include <memory>

namespace program {

void add_import(CLI::App& app) {
    struct Options {
        std::string from;
        std::string to;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* const command =
        app.add_subcommand("import", "Convert a model published with the article (JSON) to safetensors");
    command->add_option("PUBLISHED", options->from, "A model of the article's demo, for instance ex3_lizard.json")
        ->required();
    command->add_option("OUT", options->to, "The file to write, .safetensors")->required();
    command->callback([options] {
        const nca::DistillLayers layers = require(nca::read_distill(options->from));
        const Rule rule = require(nca::rule_from<Rule>(layers, options->from));
        require(nca::save_model(rule, options->to, {{"nca.system", "growing"}, {"nca.source", "distill"}}));
        print_result(nca::Json::object(
            {{"model", options->to}, {"source", options->from}, {"parameters", Rule::parameter_count}}));
    });
}

} // namespace program
