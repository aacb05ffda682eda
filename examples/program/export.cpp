// SPDX-License-Identifier: Apache-2.0
#include <nca/io/file.hpp>
#include <nca/run/export_model.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/identify.hpp>

#include "program.hpp"
#include "texture_model.hpp"

#include <memory>
#include <optional>

namespace program {

namespace {

struct ExportOptions {
    std::string model;
    std::string out;
    std::string format;
    std::optional<std::string> name;
    bool int8 = false;
};

std::string file_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

/// The format that was asked for, or that the ending of the file says.
std::string format_of(const ExportOptions& options) {
    if (!options.format.empty()) return options.format;
    const std::string ending = ending_of(options.out);
    if (ending == ".hpp" || ending == ".h") return "header";
    if (ending == ".json") return "distill";
    throw Failure{"OUT: expected a file that ends in .hpp, .h or .json, or --format, found '" + options.out + "'"};
}

/// The namespace of the header: the name that was given, or one made of the file's.
std::string name_of(const ExportOptions& options) {
    if (options.name) {
        if (const auto valid = nca::check_header_name(*options.name); !valid) {
            throw Failure{"--name: " + valid.error().message};
        }
        return *options.name;
    }
    const std::string file = file_name(options.out);
    std::string name = nca::header_name(file.substr(0, file.rfind('.')));
    if (const auto valid = nca::check_header_name(name); !valid) {
        throw Failure{"'" + options.out + "': " + valid.error().message + "; choose another with --name"};
    }
    return name;
}

template <class AnyModel>
std::string header_of(const ExportOptions& options, const AnyModel& model) {
    nca::HeaderOptions header;
    header.name = name_of(options);
    header.int8 = options.int8;
    header.source = file_name(options.model);
    header.command = "nca export " + header.source + " " + file_name(options.out) + (options.int8 ? " --int8" : "") +
                     (options.format.empty() ? "" : " --format header") +
                     (options.name ? " --name " + *options.name : "");
    header.metadata = model.metadata;
    return require(nca::to_header(model.rule, header));
}

void export_model(const ExportOptions& options) {
    const std::string format = format_of(options);
    const bool header = format == "header";
    if (!header && options.int8) throw Failure{"--int8: only for a header; the published format has 8 bits anyway"};
    if (!header && options.name) throw Failure{"--name: only for a header"};
    const bool of_collection = names_one_of_collection(options.model);
    const auto bytes = of_collection ? std::vector<std::byte>{} : require(nca::read_file(options.model));
    std::string text;
    if (of_collection || nca::identify(bytes).system == nca::System::texture) {
        if (!header) throw Failure{"a texture can be exported as a header only, not as '" + options.out + "'"};
        const TextureModel texture =
            of_collection ? load_texture_model(options.model) : one_texture_model(bytes, options.model);
        text = std::visit([&](const auto& model) { return header_of(options, model); }, texture.model);
    } else {
        const Model model = require(nca::growing::parse_model<Rule>(bytes, options.model));
        text = header ? header_of(options, model) : require(nca::growing::to_quantized_json(model.rule));
    }
    require(nca::write_file_atomically(options.out, nca::as_bytes(text)));
    print_result(nca::Json::object(
        {{"model", options.model}, {"out", options.out}, {"format", format}, {"bytes", text.size()}}));
}

} // namespace

void add_export(CLI::App& app) {
    const auto options = std::make_shared<ExportOptions>();
    CLI::App* const command = app.add_subcommand(
        "export", "Write a model as a C++ header, or in the format of the models published with the article");
    command
        ->add_option("MODEL", options->model,
                     "A .safetensors model or a published .json model, of a creature or a "
                     "texture")
        ->required();
    command->add_option("OUT", options->out, "The file to write: .hpp or .h for a header, .json")->required();
    command->add_flag("--int8", options->int8, "8 bits per weight in the header, with scales, instead of float32");
    command->add_option("--name", options->name, "The namespace in the header; by default the name of the file");
    command->add_option("--format", options->format, "header or distill, whatever the ending of OUT is")
        ->check(CLI::Validator(
            [](std::string& text) -> std::string {
                if (text == "header" || text == "distill") return {};
                return "expected header or distill, found '" + text.substr(0, 40) + "'";
            },
            "FORMAT"));
    command->callback([options] { export_model(*options); });
}

} // namespace program
