// SPDX-License-Identifier: Apache-2.0
#include <nca/io/file.hpp>
#include <nca/systems/growing/published.hpp>

#include "mnist_program.hpp"
#include "texture_model.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

namespace program {

namespace {

/// Writes a published rule as safetensors.
template <class R>
void save_import(const R& rule, const std::string& system, const std::string& from, const std::string& to) {
    require(nca::save_model(rule, to, {{"nca.system", system}, {"nca.source", "distill"}}));
    print_result(
        nca::Json::object({{"model", to}, {"source", from}, {"system", system}, {"parameters", R::parameter_count}}));
}

/// The name of the file of a model of a collection: the last part of its name.
std::string file_name_of(const std::string& name, const std::string& from) {
    const std::string last = name.substr(name.rfind('/') + 1);
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    };
    if (last.empty() || last.front() == '.' || !std::all_of(last.begin(), last.end(), good)) {
        throw Failure{"'" + from + "': the name " + nca::quote(name, 40) + " cannot be that of a file"};
    }
    return last + ".safetensors";
}

/// Writes the models of a collection into a folder.
void import_collection(std::span<const std::byte> bytes, const std::string& from, const std::string& to,
                       const std::string& only) {
    const std::vector<TextureModel> models = texture_models(bytes, from, only);
    std::vector<std::string> files;
    for (const TextureModel& model : models) {
        files.push_back((std::filesystem::path{to} / file_name_of(model.name, from)).string());
        if (std::count(files.begin(), files.end(), files.back()) > 1) {
            throw Failure{"'" + from + "': two models would become '" + files.back() + "'"};
        }
    }
    std::error_code error;
    std::filesystem::create_directories(to, error);
    if (error) throw Failure{"cannot create the folder '" + to + "': " + error.message()};
    nca::Json written = nca::Json::array();
    for (std::size_t i = 0; i < models.size(); ++i) {
        std::visit(
            [&](const auto& model) {
                require(nca::save_model(
                    model.rule, files[i],
                    {{"nca.system", "texture"}, {"nca.source", "distill"}, {"nca.name", models[i].name}}));
            },
            models[i].model);
        written.push_back(files[i]);
    }
    print_result(nca::Json::object({{"source", from},
                                    {"system", "texture"},
                                    {"folder", to},
                                    {"count", models.size()},
                                    {"models", std::move(written)}}));
}

} // namespace

void add_import(CLI::App& app) {
    struct Options {
        std::string from;
        std::string to;
        std::string only;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* const command =
        app.add_subcommand("import", "Convert a model published with one of the articles (JSON) to safetensors");
    command
        ->add_option("PUBLISHED", options->from,
                     "A model of an article's demo: growing (for instance ex3_lizard.json) or MNIST (model.json); or a "
                     "collection of textures (models.json)")
        ->required();
    command->add_option("OUT", options->to, "The file to write, .safetensors; for a collection a folder")->required();
    command->add_option("--only", options->only, "NAME  One model of a collection");
    command->callback([options] {
        const auto& [from, to, only] = *options;
        const auto bytes = require(nca::read_file(from));
        const nca::FileKind kind = nca::identify(bytes);
        if (kind.format == nca::FileFormat::collection) {
            import_collection(bytes, from, to, only);
            return;
        }
        if (!only.empty()) throw Failure{"--only: '" + from + "' is no collection of models"};
        if (kind.format == nca::FileFormat::graph_json && kind.system == nca::System::mnist) {
            save_import(require(nca::mnist::parse_model(bytes, from)).rule, "mnist", from, to);
        } else {
            if (!kind.is_json()) throw Failure{"'" + from + "': expected a published JSON model"};
            save_import(require(nca::growing::parse_model<Rule>(bytes, from)).rule, "growing", from, to);
        }
    });
}

} // namespace program
