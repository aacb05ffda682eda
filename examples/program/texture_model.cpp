// SPDX-License-Identifier: Apache-2.0
#include "texture_model.hpp"

#include <nca/image/load.hpp>
#include <nca/image/random_filters.hpp>

#include <support/image.hpp>
#include <support/resample.hpp>
#include <utility>

namespace program {

nca::texture::Collection collection_in(const ModelFile& file) {
    const auto decode_png = [](std::span<const std::byte> bytes) -> nca::Result<nca::texture::RgbaPixels> {
        auto image = support::decode_image(bytes, "the image");
        if (!image) return image.error();
        return nca::texture::RgbaPixels{image->width, image->height, std::move(image->rgba)};
    };
    auto collection = nca::texture::parse_collection(nca::as_text(file.bytes), decode_png);
    if (!collection) throw Failure{nca::quote_path(file.path) + ": " + collection.error().message};
    return std::move(*collection);
}

std::vector<TextureModel> texture_models_in(const ModelFile& file) {
    std::vector<TextureModel> models;
    if (nca::looks_like_json(file.bytes)) {
        const nca::texture::Collection collection = collection_in(file);
        for (const std::string& name : file.entry.empty() ? collection.names : std::vector<std::string>{file.entry}) {
            models.push_back({name, require(nca::texture::model_from(collection, name, file.path))});
        }
        return models;
    }
    require(nca::check_system(kind_of(file), nca::System::texture, file.path));
    if (!file.entry.empty())
        throw Failure{nca::quote_path(file.path) + " is no collection: there is nothing to choose from"};
    models.push_back({stem_of(file.path),
                      require(nca::texture::model_from(require(nca::parse_safetensors(file.bytes, file.path))))});
    return models;
}

TextureModel texture_model_in(const ModelFile& file) {
    if (file.entry.empty() && nca::identify(file.bytes).format == nca::FileFormat::collection) {
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

nca::texture::Image load_target_picture(const std::string& path, int size) {
    const support::Image image = support::shrink_to_fit(require(support::read_image(path)), size);
    nca::texture::Image picture{nca::Extents<nca::Dynamic, nca::Dynamic>{{image.height, image.width}}};
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const std::uint8_t* const pixel = image.at(x, y);
            const float alpha = static_cast<float>(pixel[3]) / 255.0F;
            for (std::size_t c = 0; c < 3; ++c) {
                picture(y, x)[c] = alpha * (static_cast<float>(pixel[c]) / 255.0F) + (1.0F - alpha);
            }
        }
    }
    return picture;
}

nca::image::Network load_features(const std::string& features) {
    if (features == "random") return nca::image::random_filters();
    return require(nca::image::load_network(features));
}

nca::texture::LevelWeights level_weights_for(const nca::image::Network& network) {
    if (network.name() == "VGG16" || network.name() == "VGG19") return nca::texture::LevelWeights::published;
    return network.name() == "random filters" ? nca::texture::LevelWeights::by_area
                                              : nca::texture::LevelWeights::balanced;
}

} // namespace program
