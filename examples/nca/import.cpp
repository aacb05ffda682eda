// SPDX-License-Identifier: Apache-2.0
#include <nca/io/file.hpp>
#include <nca/systems/growing/published.hpp>

#include "mnist_program.hpp"

#include <memory>

namespace program {

namespace {

/// Writes a published rule as safetensors.
template <class R>
void save_import(const R& rule, const std::string& system, const std::string& from, const std::string& to) {
    require(nca::save_model(rule, to, {{"nca.system", system}, {"nca.source", "distill"}}));
    print_result(
        nca::Json::object({{"model", to}, {"source", from}, {"system", system}, {"parameters", R::parameter_count}}));
}

} // namespace

void add_import(CLI::App& app) {
    struct Options {
        std::string from;
        std::string to;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* const command =
        app.add_subcommand("import", "Convert a model published with one of the articles (JSON) to safetensors");
    command
        ->add_option("PUBLISHED", options->from,
                     "A model of an article's demo: growing (for instance ex3_lizard.json) or MNIST (model.json)")
        ->required();
    command->add_option("OUT", options->to, "The file to write, .safetensors")->required();
    command->callback([options] {
        const auto& [from, to] = *options;
        const auto bytes = require(nca::read_file(from));
        if (nca::looks_like_json(bytes) && system_of(bytes) == System::mnist) {
            save_import(require(nca::mnist::parse_model(bytes, from)).rule, "mnist", from, to);
        } else {
            if (!nca::looks_like_json(bytes)) throw Failure{"'" + from + "': expected a published JSON model"};
            save_import(require(nca::growing::parse_model<Rule>(bytes, from)).rule, "growing", from, to);
        }
    });
}

} // namespace program
