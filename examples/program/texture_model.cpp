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

nca::Result<nca::texture::RgbaPixels> decode_png(std::span<const std::byte> bytes) {
    auto image = support::decode_image(bytes, "the picture");
    if (!image) return image.error();
    return nca::texture::RgbaPixels{image->width, image->height, std::move(image->rgba)};
}

} // namespace

bool is_texture_collection(std::span<const std::byte> bytes) {
    return nca::identify(bytes).format == nca::FileFormat::collection;
}

nca::texture::Collection read_texture_collection(std::span<const std::byte> bytes, const std::string& path) {
    auto collection = nca::texture::parse_collection(nca::as_text(bytes), decode_png);
    if (!collection) throw Failure{"'" + path + "': " + collection.error().message};
    return std::move(*collection);
}

std::vector<TextureModel> texture_models(std::span<const std::byte> bytes, const std::string& path,
                                         const std::string& only) {
    std::vector<TextureModel> models;
    if (nca::looks_like_json(bytes)) {
        const nca::texture::Collection collection = read_texture_collection(bytes, path);
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

bool names_one_of_collection(const std::string& path) {
    std::error_code error;
    return path.find(".json:") != std::string::npos && !std::filesystem::exists(path, error);
}

TextureModel one_texture_model(std::span<const std::byte> bytes, const std::string& path, const std::string& only) {
    if (only.empty() && is_texture_collection(bytes)) {
        throw Failure{"'" + path + "' holds " + std::to_string(read_texture_collection(bytes, path).names.size()) +
                      " models: name one as " + path + ":NAME or with --only (nca info lists them)"};
    }
    return std::move(texture_models(bytes, path, only).front());
}

TextureModel load_texture_model(const std::string& path, const std::string& only) {
    if (!only.empty() || !names_one_of_collection(path)) {
        return one_texture_model(require(nca::read_file(path)), path, only);
    }
    const std::size_t colon = path.rfind(".json:") + 5;
    const std::string file = path.substr(0, colon);
    const std::string name = path.substr(colon + 1);
    if (name.empty()) throw Failure{"'" + path + "': the name of a model is missing behind the colon"};
    return one_texture_model(require(nca::read_file(file)), file, name);
}

} // namespace program
