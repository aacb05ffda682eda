// SPDX-License-Identifier: Apache-2.0
#include "texture_target.hpp"

#include <nca/image/load.hpp>
#include <nca/image/random_filters.hpp>

#include "program.hpp"

#include <cstddef>
#include <support/image.hpp>
#include <support/resample.hpp>
#include <utility>

namespace program {

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

} // namespace program
