// SPDX-License-Identifier: Apache-2.0
#include "texture_model.hpp"

#include <nca/io/file.hpp>
#include <nca/systems/texture/collection.hpp>

#include "model_text.hpp"

#include <algorithm>
#include <filesystem>
#include <support/image.hpp>
#include <system_error>
#include <utility>

namespace program {

namespace {

nca::Result<nca::texture::RgbaPixels> decode_png(std::span<const std::byte> bytes) {
    auto image = support::decode_image(bytes, "the image");
    if (!image) return image.error();
    return nca::texture::RgbaPixels{image->width, image->height, std::move(image->rgba)};
}

bool is_collection(const ModelFile& file) {
    return nca::identify(file.bytes).format == nca::FileFormat::collection;
}

nca::texture::Collection collection_in(const ModelFile& file) {
    auto collection = nca::texture::parse_collection(nca::as_text(file.bytes), decode_png);
    if (!collection) throw Failure{nca::quote_path(file.path) + ": " + collection.error().message};
    return std::move(*collection);
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

} // namespace

std::vector<TextureModel> texture_models_in(const ModelFile& file) {
    std::vector<TextureModel> models;
    if (nca::looks_like_json(file.bytes)) {
        const nca::texture::Collection collection = collection_in(file);
        for (const std::string& name : file.entry.empty() ? collection.names : std::vector<std::string>{file.entry}) {
            models.push_back({name, require(nca::texture::model_from(collection, name, file.path))});
        }
        return models;
    }
    if (!file.entry.empty())
        throw Failure{nca::quote_path(file.path) + " is no collection: there is nothing to choose from"};
    models.push_back({stem_of(file.path),
                      require(nca::texture::model_from(require(nca::parse_safetensors(file.bytes, file.path))))});
    return models;
}

TextureModel texture_model_in(const ModelFile& file) {
    if (file.entry.empty() && is_collection(file)) {
        throw Failure{nca::quote_path(file.path) + " holds " + std::to_string(collection_in(file).names.size()) +
                      " models: name one as " + file.path + ":NAME or with --only (nca info lists them)"};
    }
    return std::move(texture_models_in(file).front());
}

TextureModel load_texture_model(const std::string& path, const std::string& only) {
    ModelFile file = open_model_file(path);
    if (!only.empty()) file.entry = only;
    return texture_model_in(file);
}

nca::Json describe_texture(const ModelFile& file) {
    if (!nca::looks_like_json(file.bytes) || !file.entry.empty()) {
        const TextureModel found = texture_model_in(file);
        return std::visit([&](const auto& model) { return describe_model(model, file.path, "texture"); }, found.model);
    }
    const nca::texture::Collection collection = collection_in(file);
    return nca::Json::object(
        {{"collection", file.path},
         {"system", "texture"},
         {"count", collection.names.size()},
         {"layers", json_list(collection.layers,
                              [](const nca::texture::CollectionLayer& layer) {
                                  return nca::Json::object({{"inputs", layer.inputs}, {"outputs", layer.outputs}});
                              })},
         {"models", json_list(collection.names)}});
}

nca::Json import_textures(const ModelFile& file, const std::string& to) {
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
    return nca::Json::object({{"source", file.path},
                              {"system", "texture"},
                              {"folder", to},
                              {"count", models.size()},
                              {"models", json_list(files)}});
}

std::string texture_header(const ModelFile& file, const nca::HeaderOptions& options) {
    const TextureModel texture = texture_model_in(file);
    return std::visit([&](const auto& model) { return header_of(model, options); }, texture.model);
}

} // namespace program
