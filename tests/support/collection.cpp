// SPDX-License-Identifier: Apache-2.0
// The published collection of textures, whose pictures the support library decodes, as rules of run-time sizes.
#include <nca/io/file.hpp>
#include <nca/systems/texture/published.hpp>

#include <doctest/doctest.h>

#include <common/data.hpp>
#include <common/twin_states.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <support/image.hpp>
#include <utility>

TEST_CASE("all published textures have the same state bits as rules of run-time sizes, with floats and 8 bits") {
    const auto path = nca::tests::data_file("textures/published_models.json");
    if (!path) return;
    const auto bytes = nca::read_file(path->string());
    REQUIRE(bytes.ok());
    const auto decode = [](std::span<const std::byte> picture) -> nca::Result<nca::texture::RgbaPixels> {
        auto image = support::decode_image(picture, "the image");
        if (!image) return image.error();
        return nca::texture::RgbaPixels{image->width, image->height, std::move(image->rgba)};
    };
    const auto collection = nca::texture::parse_collection(nca::as_text(*bytes), decode);
    REQUIRE_MESSAGE(collection.ok(), (collection.ok() ? "" : collection.error().message));
    CHECK(collection->names.size() == 66);
    for (const std::string& name : collection->names) {
        CAPTURE(name);
        const auto model = nca::texture::model_from(*collection, name);
        REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
        nca::tests::check_state_bits(model->rule);
        nca::tests::check_state_bits(model->rule, {.eight_bit = true});
    }
}
