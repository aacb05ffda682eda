// SPDX-License-Identifier: Apache-2.0
#include "voxel_model.hpp"

#include <nca/io/pytorch_file.hpp>
#include <nca/systems/voxel/metrics.hpp>
#include <nca/systems/voxel/published.hpp>

#include "model_file.hpp"
#include "program.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <support/block_colours.hpp>
#include <support/vox.hpp>

namespace program {

namespace {

constexpr std::int64_t max_voxels = 1 << 18; // of a grid, whose rollouts take gigabytes
const std::string air = "AIR";

std::string colour_name(const support::Rgba8& colour) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string name = "#";
    for (std::size_t c = 0; c < 3; ++c) {
        name += digits[colour[c] / 16U];
        name += digits[colour[c] % 16U];
    }
    return name;
}

/// Numbers the colours of a model as classes: by their names, or by those of a trained model.
support::BlockTarget blocks_of(const support::VoxModel& model, const std::string& path,
                               std::span<const std::string> classes) {
    support::BlockTarget target{support::cropped(model.grid), {classes.begin(), classes.end()}};
    std::map<std::string, std::uint8_t> class_of;
    for (const std::uint8_t cell : target.grid.cells) {
        if (cell != 0) class_of.emplace(colour_name(model.colours[cell]), std::uint8_t{0});
    }
    if (class_of.empty()) throw Failure{nca::quote_path(path) + " holds no voxel"};
    if (classes.empty()) {
        target.classes = {air};
        for (const auto& entry : class_of) target.classes.push_back(entry.first);
    }
    for (auto& [name, number] : class_of) {
        const auto found = std::find(target.classes.begin(), target.classes.end(), name);
        if (found == target.classes.end()) {
            throw Failure{nca::quote_path(path) + " holds the colour " + name + ", which is none of the " +
                          std::to_string(target.classes.size()) + " classes"};
        }
        number = static_cast<std::uint8_t>(found - target.classes.begin());
    }
    for (std::uint8_t& cell : target.grid.cells) {
        if (cell != 0) cell = class_of.at(colour_name(model.colours[cell]));
    }
    return target;
}

support::ClassGrid on_grid(const support::ClassGrid& blocks, const std::vector<long>& grid) {
    if (grid.empty()) return support::padded_to_cube(blocks);
    if (grid.size() != 3) throw Failure{"--grid: expected depth, height and width, separated by commas"};
    auto padded =
        support::padded(blocks, {static_cast<int>(grid[0]), static_cast<int>(grid[1]), static_cast<int>(grid[2])});
    if (!padded) throw Failure{"--grid: " + padded.error().message};
    return std::move(*padded);
}

VoxelModel our_model(const nca::SafetensorsFile& file, const std::string& path) {
    auto model = require(nca::model_from<nca::voxel::AnyRule>(file));
    VoxelModel found{std::move(model.rule)};
    found.classes = class_names(model.metadata);
    if (found.classes.empty() || !found.rule.architecture().has_life()) {
        throw Failure{nca::quote_path(path) + " is no model of blocks: its metadata name no classes"};
    }
    const auto count = static_cast<std::size_t>(found.rule.architecture().life_channel());
    if (found.classes.size() != count || found.classes.front() != air || count < 2) {
        throw Failure{nca::quote_path(path) + ": nca.classes: expected " + std::to_string(count) +
                      " names of blocks, AIR first"};
    }
    for (const std::string_view key : {"training.depth", "training.height", "training.width"}) {
        const int side = metadata_number(model.metadata, key, 0, 1, support::max_structure_side);
        if (side > 0) found.grid.push_back(side);
    }
    if (found.grid.size() != 3) found.grid.clear();
    return found;
}

} // namespace

support::BlockTarget load_blocks(const std::string& path, std::span<const std::string> classes,
                                 const std::vector<long>& grid) {
    const std::string extension = extension_of(path);
    if (extension != ".nbt" && extension != ".vox") {
        throw Failure{nca::quote_path(path) + ": expected a Minecraft structure, .nbt, or a MagicaVoxel model, .vox"};
    }
    support::BlockTarget target =
        extension == ".vox"
            ? blocks_of(require(support::read_vox(path)), path, classes)
            : require(support::make_block_target(require(support::read_structure(path)), path, classes));
    for (const std::string& name : target.classes) {
        if (name.find(',') == std::string::npos) continue;
        throw Failure{nca::quote_path(path) + ": the name of a block has a comma: " + nca::quote(name, 40)};
    }
    target.grid = on_grid(target.grid, grid);
    if (target.grid.extents.cells() > max_voxels) {
        throw Failure{nca::quote_path(path) + ": a grid of " + std::to_string(target.grid.depth()) + " x " +
                      std::to_string(target.grid.height()) + " x " + std::to_string(target.grid.width()) +
                      " cells is too large; at most " + std::to_string(max_voxels) + " cells are possible"};
    }
    return target;
}

void add_block_grid(const Command& command, std::vector<long>& grid) {
    command.add("--grid", grid,
                "DEPTH,HEIGHT,WIDTH  Cells around the structure, which stands on the floor in the middle (default: a "
                "cube whose side is the longest one rounded up to a multiple of ten)",
                1, support::max_vox_side);
}

nca::voxel::Target target_of(const support::BlockTarget& blocks) {
    return {blocks.grid.extents.sizes(), static_cast<int>(blocks.classes.size()),
            std::vector<std::int32_t>(blocks.grid.cells.begin(), blocks.grid.cells.end())};
}

VoxelModel load_voxel_model(const std::string& path) {
    const ModelFile file = open_model_file(path);
    if (nca::looks_like_pytorch(file.bytes)) {
        const auto tensors = require(nca::parse_pytorch(file.bytes, path));
        auto rule = nca::voxel::find_model(tensors.tensors());
        if (!rule) throw Failure{nca::quote_path(path) + ": " + rule.error().message};
        return {std::move(*rule)};
    }
    const auto tensors = require(nca::parse_safetensors(file.bytes, path));
    if (tensors.find_metadata("nca.format") != nullptr) return our_model(tensors, path);
    auto rule = nca::voxel::find_model(tensors.tensors());
    if (!rule) throw Failure{nca::quote_path(path) + ": " + rule.error().message};
    return {std::move(*rule)};
}

nca::TextPairs voxel_notes(const support::BlockTarget& target, const std::string& name) {
    std::string classes;
    for (const std::string& block : target.classes) classes += (classes.empty() ? "" : ",") + block;
    return {{"nca.system", "voxel"},
            {"nca.classes", classes},
            {"training.target", name},
            {"training.depth", std::to_string(target.grid.depth())},
            {"training.height", std::to_string(target.grid.height())},
            {"training.width", std::to_string(target.grid.width())}};
}

} // namespace program
