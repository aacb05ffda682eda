// SPDX-License-Identifier: Apache-2.0
// nca info, nca import: files of any system, each a row of the table below.
#include "systems.hpp"

#include <nca/image/load.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/growing/published.hpp>

#include "command.hpp"
#include "creature.hpp"
#include "film.hpp"
#include "texture_model.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>

namespace program {

namespace {

nca::Json json_of(const nca::StoredMetadata& metadata) {
    nca::Json object = nca::Json::object();
    for (const auto& [key, value] : metadata) object.set(key, value);
    return object;
}

template <class Layers>
nca::Json json_of_layers(const Layers& layers) {
    return json_list(layers, [](const auto& layer) {
        return nca::Json::object({{"inputs", layer.inputs}, {"outputs", layer.outputs}});
    });
}

template <class R>
nca::Json describe_model(const nca::Model<R>& model, const std::string& path, const std::string& system) {
    const nca::ArchitectureOf<R>& rule = model.rule.architecture();
    std::vector<nca::LayerLayout> layers;
    for (int l = 0; l < rule.layer_count(); ++l) layers.push_back(rule.layer(l));
    return nca::Json::object({{"model", path},
                              {"system", system},
                              {"channels", rule.channels()},
                              {"layers", json_of_layers(layers)},
                              {"parameters", rule.parameter_count()},
                              {"largest_weight", largest_of(model.rule.parameters())},
                              {"metadata", json_of(model.metadata)}});
}

nca::Json describe_texture(const ModelFile& file) {
    if (!nca::looks_like_json(file.bytes) || !file.entry.empty()) {
        const TextureModel found = texture_model_in(file);
        return std::visit([&](const auto& model) { return describe_model(model, file.path, "texture"); }, found.model);
    }
    const nca::texture::Collection collection = collection_in(file);
    return nca::Json::object({{"collection", file.path},
                              {"system", "texture"},
                              {"count", collection.names.size()},
                              {"layers", json_of_layers(collection.layers)},
                              {"models", json_list(collection.names)}});
}

nca::Json describe_perturbations(const ModelFile& source) {
    const nca::SafetensorsFile file = require(nca::parse_safetensors(source.bytes, source.path));
    const auto matrix_of = [&](const nca::StoredTensor& tensor) {
        const auto matrix = require(nca::adversarial::perturbation_from<Rule>(file, tensor.name));
        // The identity changes nothing.
        float largest = 0.0F;
        for (int i = 0; i < Rule::channels; ++i) {
            for (int j = i; j < Rule::channels; ++j) {
                largest = std::max(largest, std::abs(matrix(i, j) - (i == j ? 1.0F : 0.0F)));
            }
        }
        return nca::Json::object({{"name", tensor.name}, {"largest_displacement", largest}});
    };
    return nca::Json::object({{"perturbations", source.path},
                              {"channels", Rule::channels},
                              {"matrices", json_list(file.tensors(), matrix_of)},
                              {"metadata", json_of(file.metadata())}});
}

nca::Json describe_network(const ModelFile& file) {
    const nca::image::Network network =
        require(nca::image::network_from(require(nca::parse_safetensors(file.bytes, file.path))));
    nca::Json taps = nca::Json::array();
    for (std::size_t i = 0; i < network.taps().size(); ++i) {
        const int tap = static_cast<int>(i);
        taps.push_back(nca::Json::object({{"name", network.taps()[i]},
                                          {"channels", network.tap_channels(tap)},
                                          {"minimum_side", network.minimum_side(tap)}}));
    }
    return nca::Json::object({{"network", file.path}, {"architecture", network.name()}, {"layers", std::move(taps)}});
}

nca::Json describe_creature(const ModelFile& file) {
    return describe_model(creature_in(file), file.path, "growing");
}
nca::Json describe_any(const ModelFile& file) {
    return describe_model(any_model_in(file), file.path, "custom");
}
nca::Json describe_digits(const ModelFile& file) {
    return describe_model(mnist_model_in(file), file.path, "mnist");
}

/// What a file says beyond its rule: where it comes from, how it is run, and notes that are not ours.
nca::StoredMetadata notes_of(const Model& model) {
    nca::StoredMetadata notes{{"nca.system", "growing"}};
    for (const auto& [key, text] : model.metadata) {
        const bool kept = key == "nca.source" || key == "nca.name" || key == "nca.boundary";
        if (kept || !key.starts_with("nca.")) notes.emplace_back(key, text);
    }
    notes.emplace_back("nca.fire_rate", nca::number_text(model.options.fire_rate));
    return notes;
}

void import_creature(const ModelFile& file, const std::string& to) {
    const Model model = creature_in(file);
    require(nca::save_model(model.rule, to, notes_of(model)));
    nca::Json result = nca::Json::object(
        {{"model", to}, {"source", file.path}, {"system", "growing"}, {"parameters", Rule::parameter_count}});
    constexpr std::string_view prefix = "import.";
    for (const auto& [key, text] : model.metadata) {
        if (key.starts_with(prefix)) result.set(key.substr(prefix.size()), text);
    }
    print_result(result);
}
void import_digits(const ModelFile& file, const std::string& to) {
    require(nca::save_model(mnist_model_in(file).rule, to, {{"nca.system", "mnist"}, {"nca.source", "distill"}}));
    print_result(nca::Json::object(
        {{"model", to}, {"source", file.path}, {"system", "mnist"}, {"parameters", MnistRule::parameter_count}}));
}

/// The name of the file of a model of a collection: the last part of its name.
std::string file_name_of(const std::string& name, const std::string& from) {
    const std::string last = name.substr(name.rfind('/') + 1);
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    };
    if (last.empty() || last.front() == '.' || !std::all_of(last.begin(), last.end(), good)) {
        throw Failure{nca::quote_path(from) + ": the name " + nca::quote(name, 40) + " cannot be that of a file"};
    }
    return last + ".safetensors";
}

/// Writes the models of a collection into a folder.
void import_textures(const ModelFile& file, const std::string& to) {
    const std::vector<TextureModel> models = texture_models_in(file);
    std::vector<std::string> files;
    for (const TextureModel& model : models) {
        files.push_back((std::filesystem::path{to} / file_name_of(model.name, file.path)).string());
        if (std::count(files.begin(), files.end(), files.back()) > 1) {
            throw Failure{nca::quote_path(file.path) + ": two models would become " + nca::quote_path(files.back())};
        }
    }
    std::error_code error;
    std::filesystem::create_directories(to, error);
    if (error) throw Failure{"cannot create the folder " + nca::quote_path(to) + ": " + error.message()};
    for (std::size_t i = 0; i < models.size(); ++i) {
        const nca::StoredMetadata notes{
            {"nca.system", "texture"}, {"nca.source", "distill"}, {"nca.name", models[i].name}};
        std::visit([&](const auto& model) { require(nca::save_model(model.rule, files[i], notes)); }, models[i].model);
    }
    print_result(nca::Json::object({{"source", file.path},
                                    {"system", "texture"},
                                    {"folder", to},
                                    {"count", models.size()},
                                    {"models", json_list(files)}}));
}

template <class R>
std::string header_of(const nca::Model<R>& model, nca::HeaderOptions& options) {
    options.metadata = model.metadata;
    return require(nca::to_header(model.rule, options, model.options));
}

std::string creature_header(const ModelFile& file, nca::HeaderOptions options) {
    return header_of(creature_in(file), options);
}
std::string any_header(const ModelFile& file, nca::HeaderOptions options) {
    return header_of(any_model_in(file), options);
}
std::string texture_header(const ModelFile& file, nca::HeaderOptions options) {
    return std::visit([&](const auto& model) { return header_of(model, options); }, texture_model_in(file).model);
}

std::string published_creature(const ModelFile& file) {
    const Model model = creature_in(file);
    if (model.options.fire_rate != Rule::fire_rate) {
        throw Failure{nca::quote_path(file.path) + " was trained with the fire rate " +
                      nca::number_text(model.options.fire_rate) +
                      ", which the published format cannot tell: its demo runs every model with 0.5"};
    }
    return require(nca::to_quantized_json(model.rule));
}

constexpr SystemFiles systems[]{
    {nca::System::growing, "growing", describe_creature, import_creature, creature_header, published_creature},
    {nca::System::mnist, "mnist", describe_digits, import_digits, nullptr, nullptr},
    {nca::System::texture, "texture", describe_texture, import_textures, texture_header, nullptr},
    {nca::System::perturbations, "perturbations", describe_perturbations, nullptr, nullptr, nullptr},
    {nca::System::network, "network", describe_network, nullptr, nullptr, nullptr},
    {nca::System::unknown, "custom", describe_any, nullptr, any_header, nullptr}}; // a rule that its file describes

struct InfoOptions {
    std::string path{};
};

void info(const InfoOptions& options) {
    const ModelFile file = open_model_file(options.path);
    print_result(system_of(file).describe(file));
}

struct ImportOptions {
    std::string from{};
    std::string to{};
    std::string only{};
    std::string perception_order{};
};

const std::vector<std::string> perception_orders{"filter-major", "channel-major"}; // as nca::growing::PerceptionOrder

void import_any(const ImportOptions& options) {
    ModelFile file = open_model_file(options.from);
    const nca::FileKind kind = nca::identify(file.bytes);
    if (!options.only.empty()) {
        if (kind.format != nca::FileFormat::collection) {
            throw Failure{"--only: " + nca::quote_path(options.from) + " is not a collection of models"};
        }
        file.entry = options.only;
    }
    const SystemFiles& system = system_of(file);
    const bool growing = system.system == nca::System::growing;
    if (!options.perception_order.empty()) {
        if (!growing || kind.is_json()) {
            throw Failure{"--perception-order: " + nca::quote_path(options.from) + " is not a port of a growing model"};
        }
        file.port.order = options.perception_order == perception_orders[0]
                              ? nca::growing::PerceptionOrder::filter_major
                              : nca::growing::PerceptionOrder::channel_major;
    }
    const bool tensors = kind.format == nca::FileFormat::safetensors;
    if (tensors && require(nca::parse_safetensors(file.bytes, file.path)).find_metadata("nca.format") != nullptr) {
        throw Failure{nca::quote_path(options.from) + " is a model of nca already: there is nothing to import"};
    }
    if (system.import == nullptr || (tensors && !growing)) {
        throw Failure{nca::quote_path(options.from) +
                      ": expected a published JSON model, or a port of a growing model"};
    }
    system.import(file, options.to);
}

} // namespace

const SystemFiles& system_of(const ModelFile& file) {
    const auto row_of = [](nca::System system) -> const SystemFiles& {
        return *std::ranges::find(systems, system, &SystemFiles::system);
    };
    const nca::FileKind kind = kind_of(file);
    if (has_own_rule(file)) return row_of(nca::System::unknown);
    if (kind.system != nca::System::unknown) return row_of(kind.system);
    // The reader of creatures says which tensor or key of a rule in our format is wrong.
    if (kind.reason.empty()) return row_of(nca::System::growing);
    throw Failure{nca::quote_path(file.path) + ": " + kind.reason};
}

void add_info(const Command& program) {
    const auto [command, options] =
        program.add_command("info", "Describe a file of models, of a feature network or of perturbations", info);
    command
        .add("MODEL", options.path,
             "A .safetensors model, a port's .pt model, a published .json model, or a published collection of models, "
             "of any system or of a rule of its own; or the weights of a feature network, or matrices that perturb "
             "states")
        .required();
}

void add_import(const Command& program) {
    const auto [command, options] = program.add_command(
        "import", "Convert a model published with one of the articles, or by a port to PyTorch, to safetensors",
        import_any);
    command
        .add("PUBLISHED", options.from,
             "A model of an article's demo: growing (for instance ex3_lizard.json) or MNIST (model.json); or a "
             "collection of textures (models.json); or a growing model of a port, .pt, .pth or .safetensors")
        .required();
    command.add("OUT", options.to, "The file to write, .safetensors; for a collection a folder").required();
    command.add("--only", options.only, "NAME  One model of a collection");
    command.add(
        "--perception-order", options.perception_order,
        "How the first layer of a port counts what a cell perceives: filter by filter, as concatenated filters, "
        "or channel by channel, as a depth-wise convolution (default: as the file tells, or else as it grows)",
        perception_orders);
}

} // namespace program
