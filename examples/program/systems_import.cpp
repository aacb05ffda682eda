// SPDX-License-Identifier: Apache-2.0
// nca import: models from elsewhere, of any system, as model files.
#include "systems_import.hpp"

#include <nca/run/model_file.hpp>
#include <nca/systems/goal_guided/model_file.hpp>
#include <nca/systems/growing/published.hpp>

#include "any_world.hpp"
#include "command.hpp"
#include "creature.hpp"
#include "goal_model.hpp"
#include "systems.hpp"
#include "texture_model.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace program {

namespace {

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

/// Adds the notes of how a file was read.
void add_import_notes(nca::Json& result, const nca::StoredMetadata& metadata) {
    constexpr std::string_view prefix = "import.";
    for (const auto& [key, text] : metadata) {
        if (key.starts_with(prefix)) result.set(key.substr(prefix.size()), text);
    }
}

/// Prints what became of a file.
void report(const ModelFile& file, const std::string& to, const nca::AnyModel& model) {
    const nca::RuleDescription& rule = model.description();
    nca::Json result = nca::Json::object({{"model", to},
                                          {"source", file.path},
                                          {"system", system_of(file).name},
                                          {"dimensions", rule.dimensions},
                                          {"channels", rule.channels},
                                          {"parameters", parameter_count(model)}});
    if (rule.inputs > 0) result.set("goals", model.goals().count());
    if (system_of(file).system == nca::System::voxel) result.set("classes", rule.life_channel);
    add_import_notes(result, model.metadata());
    print_result(result);
}

/// Writes a model of a rule that was found by the shapes of its tensors.
void import_any_rule(const ModelFile& file, const std::string& to) {
    const nca::AnyModel model = any_model_in(file);
    nca::StoredMetadata notes = model.metadata();
    if (!file.notes.empty() && static_cast<std::ptrdiff_t>(file.notes.size()) != model.description().dimensions) {
        throw Failure{"--grid: expected " + std::to_string(model.description().dimensions) +
                      " sides, as many as the rule has dimensions, found " + std::to_string(file.notes.size())};
    }
    notes.insert(notes.end(), file.notes.begin(), file.notes.end());
    notes.emplace_back("nca.fire_rate", nca::number_text(model.options().fire_rate));
    with_rule(model, [&](const auto& rule) { require(nca::save_model(rule, to, notes)); });
    report(file, to, model);
}

struct ImportOptions {
    std::string from{};
    std::string to{};
    std::string only{};
    std::string perception_order{};
    int classes = 0;
    std::vector<long> grid{};
    std::string lattice{};
    bool notebook = false;
    std::string variant{};
    std::string activation{};
    bool no_life = false;
};

const std::vector<std::string> variants = [] {
    std::vector<std::string> names;
    for (const nca::isotropic::Variant variant : nca::isotropic::variants) names.emplace_back(name_of(variant));
    return names;
}();
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
    file.published.isotropic = {options.lattice == "square" ? nca::Lattice::square : nca::Lattice::hexagonal,
                                options.notebook, nca::isotropic::variant_named(options.variant)};
    const SystemFiles& system = system_of(file);
    const bool growing = system.system == nca::System::growing;
    const auto only_for = [&](bool given, const char* option, bool fits, const char* what) {
        if (given && !fits)
            throw Failure{std::string{option} + ": " + nca::quote_path(options.from) + " is not " + what};
    };
    only_for(!options.perception_order.empty(), "--perception-order", growing && !kind.is_json(),
             "a port of a growing model");
    only_for(options.classes > 0, "--classes", system.system == nca::System::voxel, "a model of blocks");
    const bool isotropic = system.system == nca::System::isotropic;
    const bool convolutional = system.system == nca::System::convolutional;
    only_for(!options.grid.empty(), "--grid", isotropic || convolutional || system.system == nca::System::voxel,
             "a model of blocks, an isotropic one or one of learned convolutions");
    constexpr std::array sides{"training.width", "training.height", "training.depth"};
    if (options.grid.size() > sides.size()) throw Failure{"--grid: expected at most three sides"};
    for (std::size_t axis = 0; axis < options.grid.size(); ++axis) {
        file.notes.emplace_back(sides[axis], std::to_string(options.grid[options.grid.size() - 1 - axis]));
    }
    only_for(!options.lattice.empty(), "--lattice", isotropic, "an isotropic model");
    only_for(options.notebook, "--notebook", isotropic, "an isotropic model");
    only_for(!options.variant.empty(), "--variant", isotropic && !kind.is_json(), "a file of tensors");
    only_for(!options.activation.empty(), "--activation-after-perception", convolutional,
             "a model of learned convolutions");
    only_for(options.no_life, "--no-life", convolutional, "a model of learned convolutions");
    if (!options.activation.empty()) {
        file.published.convolutions.activation_after_perception = options.activation == "yes";
    }
    file.published.convolutions.life = !options.no_life;
    if (!options.perception_order.empty()) {
        file.published.port.order = options.perception_order == perception_orders[0]
                                        ? nca::growing::PerceptionOrder::filter_major
                                        : nca::growing::PerceptionOrder::channel_major;
    }
    file.published.classes = options.classes;
    const bool tensors = kind.format == nca::FileFormat::safetensors;
    if (tensors && require(nca::parse_safetensors(file.bytes, file.path)).find_metadata("nca.format") != nullptr) {
        throw Failure{nca::quote_path(options.from) + " is a model of nca already: there is nothing to import"};
    }
    const bool of_tensors = growing || isotropic || convolutional || system.system == nca::System::goal_guided ||
                            system.system == nca::System::voxel;
    if (system.import == nullptr || (tensors && !of_tensors)) {
        throw Failure{nca::quote_path(options.from) +
                      ": expected a published JSON model, or tensors of a model that grows, is guided by goals, is "
                      "isotropic, of blocks or of learned convolutions"};
    }
    system.import(file, options.to);
}

} // namespace

void import_creature(const ModelFile& file, const std::string& to) {
    const Model model = creature_in(file);
    require(nca::save_model(model.rule, to, notes_of(model)));
    nca::Json result = nca::Json::object(
        {{"model", to}, {"source", file.path}, {"system", "growing"}, {"parameters", Rule::parameter_count}});
    add_import_notes(result, model.metadata);
    print_result(result);
}
void import_digits(const ModelFile& file, const std::string& to) {
    require(nca::save_model(mnist_model_in(file).rule, to, {{"nca.system", "mnist"}, {"nca.source", "distill"}}));
    print_result(nca::Json::object(
        {{"model", to}, {"source", file.path}, {"system", "mnist"}, {"parameters", MnistRule::parameter_count}}));
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

void import_isotropic(const ModelFile& file, const std::string& to) {
    import_any_rule(file, to);
}
void import_voxel(const ModelFile& file, const std::string& to) {
    import_any_rule(file, to);
}
void import_convolutional(const ModelFile& file, const std::string& to) {
    import_any_rule(file, to);
}
void import_goal_guided(const ModelFile& file, const std::string& to) {
    require(nca::goal_guided::save_model(goal_model_in(file).model, to));
    report(file, to, any_model_in(file));
}

void add_import(const Command& program) {
    const auto [command, options] = program.add_command(
        "import", "Convert a model published with one of the articles, or by a port to PyTorch, to safetensors",
        import_any);
    command
        .add(
            "PUBLISHED", options.from,
            "A model of an article's demo: growing (for instance ex3_lizard.json), MNIST (model.json) or isotropic "
            "(cadata.json); a collection of textures (models.json); or a growing model of a port, a model of goals or "
            "of "
            "blocks, or one of learned 3x3 convolutions and dense layers, .pt, .pth or .safetensors, of which only the "
            "tensors are read")
        .required();
    command.add("OUT", options.to, "The file to write, .safetensors; for a collection a folder").required();
    command.add("--only", options.only, "NAME  One model of a collection");
    command.add("--classes", options.classes,
                "The number of classes of blocks, air included (default: as in the published models, which have ten "
                "hidden channels, or twelve if their layers have more than 32 values)",
                2, 256);
    command.add("--grid", options.grid,
                "DEPTH,HEIGHT,WIDTH  The grid that the model was trained on, HEIGHT,WIDTH in two dimensions, which nca "
                "run then takes; models of blocks often grow well on no other",
                1, max_side);
    command.add("--lattice", options.lattice,
                "Of an isotropic model: hexagonal, as in the demo, or square (default: "
                "hexagonal)",
                {"hexagonal", "square"});
    command.add("--notebook", options.notebook,
                "Of an isotropic model: the rule of the training notebooks, in which all dead cells become zero and no "
                "value is limited, not that of the demo");
    command.add("--variant", options.variant,
                "What a rule that was trained by the notebooks of isotropic automata perceives; its file does not tell",
                variants);
    command.add(
        "--activation-after-perception", options.activation,
        "Of learned convolutions: whether a ReLU follows them (default: as the places of an nn.Sequential tell; "
        "or else no behind depth-wise, concatenated or perceive... convolutions, yes behind others)",
        {"yes", "no"});
    command.add("--no-life", options.no_life,
                "Of learned convolutions: all cells live, instead of those next to a cell whose channel 3 exceeds 0.1");
    command.add(
        "--perception-order", options.perception_order,
        "How the first layer of a port counts what a cell perceives: filter by filter, as concatenated filters, "
        "or channel by channel, as a depth-wise convolution (default: as the file tells, or else as it grows)",
        perception_orders);
}

} // namespace program
