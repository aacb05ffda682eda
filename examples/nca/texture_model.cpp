// SPDX-License-Identifier: Apache-2.0
#include "texture_model.hpp"

#include <nca/io/file.hpp>

#include "program.hpp"

#include <filesystem>
#include <support/image.hpp>
#include <system_error>
#include <utility>

namespace program {

namespace {

nca::Result<nca::RgbaPixels> decode_png(std::span<const std::byte> bytes) {
    auto image = support::decode_image(bytes, "the picture");
    if (!image) return image.error();
    return nca::RgbaPixels{image->width, image->height, std::move(image->rgba)};
}

} // namespace

bool is_texture_collection(std::span<const std::byte> bytes) {
    if (!nca::looks_like_json(bytes)) return false;
    const auto json = nca::parse_json(nca::as_text(bytes));
    return json && nca::is_texture_collection(*json);
}

nca::TextureCollection read_texture_collection(std::span<const std::byte> bytes, const std::string& path) {
    auto collection = nca::parse_texture_collection(nca::as_text(bytes), decode_png);
    if (!collection) throw Failure{"'" + path + "': " + collection.error().message};
    return std::move(*collection);
}

std::vector<TextureModel> texture_models(std::span<const std::byte> bytes, const std::string& path,
                                         const std::string& only) {
    std::vector<TextureModel> models;
    if (nca::looks_like_json(bytes)) {
        const nca::TextureCollection collection = read_texture_collection(bytes, path);
        for (const std::string& name : only.empty() ? collection.names : std::vector<std::string>{only}) {
            models.push_back({name, require(nca::texture::model_from(collection, name, path))});
        }
        return models;
    }
    if (!only.empty()) throw Failure{"'" + path + "' is no collection: there is nothing to choose from"};
    models.push_back({std::filesystem::path{path}.stem().string(),
                      require(nca::texture::model_from(require(nca::parse_safetensors(bytes, path))))});
    return models;
}

TextureModel load_texture_model(const std::string& path, const std::string& only) {
    std::string file = path;
    std::string name = only;
    const std::size_t colon = path.rfind(':');
    std::error_code error;
    if (only.empty() && colon != std::string::npos && !std::filesystem::exists(path, error)) {
        file = path.substr(0, colon);
        name = path.substr(colon + 1);
        if (name.empty()) throw Failure{"'" + path + "': the name of a model is missing behind the colon"};
    }
    const auto bytes = require(nca::read_file(file));
    if (name.empty() && is_texture_collection(bytes)) {
        throw Failure{"'" + file + "' holds " + std::to_string(read_texture_collection(bytes, file).names.size()) +
                      " models: name one as " + file + ":NAME or with --only (nca info lists them)"};
    }
    return std::move(texture_models(bytes, file, name).front());
}

} // namespace program
