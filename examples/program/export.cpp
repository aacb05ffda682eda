// SPDX-License-Identifier: Apache-2.0
// nca export: models as C++ headers, as shaders, and in the published format.
#include <nca/io/file.hpp>
#include <nca/shader.hpp>
#include <nca/systems/mnist/published.hpp>
#include <nca/systems/mnist/rule.hpp>

#include "any_world.hpp"
#include "command.hpp"
#include "systems.hpp"
#include "texture_model.hpp"

#include <optional>
#include <support/image.hpp>
#include <utility>
#include <variant>

namespace program {

namespace {

struct ExportOptions {
    std::string model{};
    std::string out{};
    std::string format{};
    std::optional<std::string> name{};
    std::optional<std::string> weights{};
    bool int8 = false;
    bool quantised = false;
};

std::string file_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

constexpr std::pair<std::string_view, nca::shader::Language> shader_languages[] = {
    {"glsl", nca::shader::Language::glsl},           {"gdshader", nca::shader::Language::gdshader},
    {"shadertoy", nca::shader::Language::shadertoy}, {"wgsl", nca::shader::Language::wgsl},
    {"hlsl", nca::shader::Language::hlsl},
};

/// The format that was asked for, or that of the file extension.
std::string format_of(const ExportOptions& options) {
    if (!options.format.empty()) return options.format;
    const std::string extension = extension_of(options.out);
    if (extension == ".hpp" || extension == ".h") return "header";
    if (extension == ".json") return "distill";
    for (const auto& [name, language] : shader_languages) {
        if (extension == "." + std::string{name}) return std::string{name};
    }
    throw Failure{"OUT: expected the file extension .hpp, .h, .json, .glsl, .gdshader, .shadertoy, .wgsl or .hlsl, or "
                  "--format, found " +
                  nca::quote_path(options.out)};
}

/// The namespace of the header: the name that was given, or one derived from that of the file.
std::string name_of(const ExportOptions& options) {
    const std::string file = file_name(options.out);
    const std::string name = options.name ? *options.name : nca::header_name(file.substr(0, file.rfind('.')));
    const auto valid = nca::check_header_name(name);
    if (valid) return name;
    if (options.name) throw Failure{"--name: " + valid.error().message};
    throw Failure{nca::quote_path(options.out) + ": " + valid.error().message + "; choose another with --name"};
}

/// The command, without folders.
std::string command_of(const ExportOptions& options) {
    return "nca export " + file_name(options.model) + " " + file_name(options.out) + (options.int8 ? " --int8" : "") +
           (options.quantised ? " --quantised" : "") + (options.format.empty() ? "" : " --format " + options.format) +
           (options.name ? " --name " + *options.name : "") +
           (options.weights ? " --weights " + file_name(*options.weights) : "");
}

nca::HeaderOptions header_options(const ExportOptions& options) {
    nca::HeaderOptions header;
    header.name = name_of(options);
    header.int8 = options.int8;
    header.source = file_name(options.model);
    header.command = command_of(options);
    return header;
}

/// A model of any rule, or one of a collection of textures.
nca::AnyModel model_in(const ModelFile& file) {
    if (kind_of(file).format != nca::FileFormat::collection) return any_model_in(file);
    return std::visit(
        [](auto&& model) {
            auto rule = require(nca::DynamicRule<2>::from(model.rule));
            const auto step = nca::options_as<nca::DynamicRule<2>>(model.options);
            return nca::AnyModel::of(
                nca::Model<nca::DynamicRule<2>>{std::move(rule), std::move(model.metadata), step, {}});
        },
        texture_model_in(file).model);
}

/// A shader, and the picture of its weights if --weights asks for one.
struct ShaderFiles {
    std::string text{};
    support::Image weights{};
};

/// Digits are drawn by their votes, in the colours of the article.
std::optional<nca::shader::Votes> votes_of(const nca::AnyModel& model) {
    if (!votes_for_digits(model.metadata(), model.description().channels)) return std::nullopt;
    nca::shader::Votes votes{nca::mnist::first_class, nca::mnist::colours_of(model.metadata()).undecided, {}};
    for (std::size_t digit = 0; digit < nca::mnist::classes; ++digit) {
        const auto& colour = nca::mnist::palette[digit];
        votes.colours.push_back({colour.red, colour.green, colour.blue});
    }
    return votes;
}

ShaderFiles shader_files(const ModelFile& file, const ExportOptions& options, nca::shader::Language language) {
    const nca::AnyModel model = model_in(file);
    if (options.quantised && model.description().clamp == 0.0) {
        throw Failure{"--quantised: " + nca::quote_path(options.model) + " was not trained with limits"};
    }
    nca::shader::Options shader{language, options.int8, options.weights.has_value()};
    shader.comment = "Made by " + command_of(options) + "\n" + std::string{nca::shader::how_to_bind(language)};
    shader.votes = votes_of(model);
    return with_rule(model, [&]<class R>(const R& rule) {
        const auto fail = [&](const nca::Error& error) {
            return Failure{nca::quote_path(options.model) + ": " + error.message};
        };
        auto step = nca::options_as<R>(model.options());
        step.eight_bit = options.quantised;
        auto text = nca::shader::to_shader(rule, shader, step, model.goals());
        if (!text) throw fail(text.error());
        ShaderFiles files{std::move(*text)};
        if (!shader.picture) return files;
        const auto weights = nca::shader::weights_picture(rule, shader, step, model.goals());
        if (!weights) throw fail(weights.error());
        files.weights = support::Image{nca::shader::WeightsPicture::width, weights->height};
        files.weights.rgba = weights->pixels;
        return files;
    });
}

void export_model(const ExportOptions& options) {
    const std::string format = format_of(options);
    const bool header = format == "header";
    const bool published = format == "distill";
    if (published && options.int8) throw Failure{"--int8: not for the published format, which has 8 bits anyway"};
    if (!header && options.name) throw Failure{"--name: only for a header"};
    const bool shader = !header && !published;
    if (!shader && options.quantised) throw Failure{"--quantised: only for a shader"};
    if (!shader && options.weights) throw Failure{"--weights: only for a shader"};
    if (options.weights == options.out) throw Failure{"--weights and OUT name the same file"};
    const ModelFile file = open_model_file(options.model);
    const auto write = [&](const std::string& text) {
        require(nca::write_file_atomically(options.out, nca::as_bytes(text)));
        print_result(nca::Json::object(
            {{"model", options.model}, {"out", options.out}, {"format", format}, {"bytes", text.size()}}));
    };
    for (const auto& [name, language] : shader_languages) {
        if (format != name) continue;
        const ShaderFiles files = shader_files(file, options, language);
        if (options.weights) require(support::write_png(*options.weights, files.weights));
        return write(files.text);
    }
    const SystemFiles& system = system_of(file);
    if (system.to_header == nullptr) {
        throw Failure{nca::quote_path(options.model) + " is a model of another system: of the system '" + system.name +
                      "', and only creatures, textures and rules of nca train can be exported"};
    }
    if (!header && system.to_published == nullptr) {
        throw Failure{"a model of the system '" + std::string{system.name} +
                      "' can be exported as a header only, not as " + nca::quote_path(options.out)};
    }
    write(header ? system.to_header(file, header_options(options)) : system.to_published(file));
}

} // namespace

void add_export(const Command& program) {
    const auto [command, options] = program.add_command(
        "export",
        "Write a model as a C++ header, as a shader, or in the format of the models published with the article",
        export_model);
    command
        .add("MODEL", options.model,
             "A .safetensors model or a published .json model, of a creature or a texture, or of a rule of its own; "
             "as a shader, of any system in two dimensions, also one of a published collection: COLLECTION.json:NAME")
        .required();
    command
        .add("OUT", options.out,
             "The file to write: .hpp or .h for a header, .glsl, .gdshader (Godot), .shadertoy, .wgsl or .hlsl, .json")
        .required();
    command.add("--int8", options.int8, "8 bits per weight in the header or shader, with scales, instead of float32");
    command.add(
        "--quantised", options.quantised,
        "A shader that rounds every value of a step to 8 bits, as nca texture run --quantised; for models trained "
        "with limits");
    command.add("--name", options.name, "The namespace in the header (default: the name of the file)");
    command.add("--weights", options.weights,
                "Write the weights of the shader as this PNG, which it reads as a texture, instead of as constants");
    command.add("--format", options.format,
                "header, distill, glsl, gdshader, shadertoy, wgsl or hlsl, whatever the file extension of OUT",
                {"header", "distill", "glsl", "gdshader", "shadertoy", "wgsl", "hlsl"});
}

} // namespace program
