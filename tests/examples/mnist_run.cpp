// SPDX-License-Identifier: Apache-2.0
// `nca mnist run`: test digits, and pictures that a person drew.
#include <nca/systems/mnist/rule.hpp>

#include "mnist_files.hpp"

#include <doctest/doctest.h>
#include <webp/decode.h>

namespace {

using namespace nca::tests;
using nca::Json;
using support::Image;

/// The only picture of a result.
const Json& picture_in(const Json& result) {
    const Json::Array& pictures = list_in(result, "pictures");
    REQUIRE(pictures.size() == 1);
    return pictures.front();
}

Image read_png(const std::string& path) {
    auto image = support::read_image(path);
    REQUIRE(image.ok());
    return *image;
}

void write_png(const std::string& path, const Image& image) {
    REQUIRE(support::write_png(path, image).ok());
}

} // namespace

TEST_CASE("mnist run: ten digits on a sheet have the colours of their labels") {
    const auto files = published();
    if (!files) return;
    const TemporaryFolder folder;
    const std::string png = folder.file("sheet.png");
    const Json result = result_of(
        {"mnist", "run", files->model, "--data", files->data, "--digits", "0-7,8,9", "--scale", "3", "--out", png});
    CHECK(number_in(result, "height") == 3.0 * 28.0);
    CHECK(number_in(result, "width") == 4.0 * 28.0);
    CHECK(number_in(result, "noise") == 0.02);
    const auto digits = support::load_digits(files->data, false);
    REQUIRE(digits.ok());
    const Image sheet = read_png(png);
    CHECK(sheet.width == 4 * 28 * 3);
    CHECK(sheet.height == 3 * 28 * 3);
    const Json::Array& lines = list_in(result, "digits");
    REQUIRE(lines.size() == 10);
    int right = 0;
    int agreements = 0;
    for (int i = 0; i < 10; ++i) {
        const Json& line = lines[static_cast<std::size_t>(i)];
        CHECK(number_in(line, "index") == i);
        CHECK(number_in(line, "label") == digits->labels[static_cast<std::size_t>(i)]);
        const int majority = static_cast<int>(number_in(line, "majority"));
        right += majority == digits->labels[static_cast<std::size_t>(i)] ? 1 : 0;
        REQUIRE(line.find("agreement") != nullptr);
        CHECK(line.find("agreement")->as_bool() == (number_in(line, "share") == 1.0));
        const auto picture = digits->image(i);
        CHECK(number_in(line, "cells") ==
              std::count_if(picture.begin(), picture.end(), [](float g) { return g > nca::mnist::ink; }));
        if (number_in(line, "share") != 1.0) continue;
        ++agreements;
        // Full ink has the colour of the class, no ink is white.
        const nca::Colour colour = nca::mnist::palette[static_cast<std::size_t>(majority)];
        for (int cell = 0; cell < 784; ++cell) {
            const float grey = picture[static_cast<std::size_t>(cell)];
            const std::uint8_t* const pixel =
                sheet.at(3 * (i % 4 * 28 + cell % 28) + 1, 3 * (i / 4 * 28 + cell / 28) + 1);
            const bool expected = pixel[0] == colour.red && pixel[1] == colour.green && pixel[2] == colour.blue;
            if (grey == 1.0F) CHECK(expected);
            if (grey == 0.0F) CHECK(int{pixel[0]} + pixel[1] + pixel[2] == 3 * 255);
        }
    }
    CHECK(right >= 8);
    CHECK(agreements >= 5);
}

TEST_CASE("mnist run: a digit does the same alone, among others, and on any number of threads") {
    const auto files = published();
    if (!files) return;
    const TemporaryFolder folder;
    const auto state = [&](const std::string& digits, const std::string& threads) {
        const std::string path = folder.file("state.safetensors");
        static_cast<void>(result_of({"mnist", "run", files->model, "--data", files->data, "--digits", digits, "--steps",
                                     "20", "--threads", threads, "--out", path}));
        const auto file = nca::read_safetensors(path);
        REQUIRE(file.ok());
        REQUIRE(file->find("state") != nullptr);
        CHECK(file->find("state")->shape.size() == 3);
        return *nca::to_vector<float>(*file->find("state"));
    };
    const std::vector<float> alone = state("5", "2");
    const std::vector<float> pair = state("3,5", "1");
    CHECK(state("3,5", "2") == pair);
    REQUIRE(alone.size() == std::size_t{28} * 28 * 20);
    REQUIRE(pair.size() == 2 * alone.size());
    bool equal = true;
    for (std::size_t row = 0; row < 28; ++row) {
        const auto from = alone.begin() + static_cast<std::ptrdiff_t>(row * 28 * 20);
        equal = equal &&
                std::equal(from, from + 28 * 20, pair.begin() + static_cast<std::ptrdiff_t>((2 * row + 1) * 28 * 20));
    }
    CHECK(equal);
}

TEST_CASE("mnist run: an animation has the size of the sheet") {
    const auto files = published();
    if (!files) return;
    const TemporaryFolder folder;
    const std::string film = folder.file("film.webp");
    const Json result = result_of({"mnist", "run", files->model, "--data", files->data, "--digits", "3", "--steps", "6",
                                   "--scale", "2", "--out", film});
    CHECK(list_in(result, "outputs").size() == 1);
    const std::string bytes = read_text(film);
    WebPBitstreamFeatures features;
    REQUIRE(WebPGetFeatures(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), &features) ==
            VP8_STATUS_OK);
    CHECK(features.width == 56);
    CHECK(features.height == 56);
    CHECK(features.has_animation == 1);
}

TEST_CASE("mnist run: drawings are scaled to the digits that the cells know, on any paper") {
    const auto files = published();
    if (!files) return;
    const TemporaryFolder folder;
    const auto digits = support::load_digits(files->data, false);
    REQUIRE(digits.ok());
    int right = 0;
    for (int i = 0; i < 10; ++i) {
        Json first;
        for (const Paper paper : {Paper::white, Paper::black, Paper::transparent}) {
            const std::string file = folder.file("drawing.png");
            write_png(file, picture_of(digits->image(i), 2, 60, 80, paper));
            const Json result = result_of({"mnist", "run", files->model, "--picture", file});
            const Json& picture = picture_in(result);
            CHECK(text_in(picture, "picture") == file);
            // The ink of MNIST digits fits 20 x 20, of which 40 are made here and 20 again.
            CHECK(number_in(picture, "height") == doctest::Approx(40.0).epsilon(0.06));
            CHECK(number_in(picture, "width") == doctest::Approx(30.0).epsilon(0.06));
            if (paper == Paper::white) {
                first = picture;
                right += number_in(picture, "majority") == digits->labels[static_cast<std::size_t>(i)] ? 1 : 0;
            }
            CHECK(picture == first);
        }
        double sum = 0.0;
        for (const Json& share : list_in(first, "shares")) sum += *share.as_number();
        CHECK(sum == doctest::Approx(1.0));
    }
    CHECK(right >= 8);
}

TEST_CASE("mnist run: what is drawn in few pixels stays as it is, and --fit changes that") {
    const auto files = published();
    if (!files) return;
    const TemporaryFolder folder;
    const auto digits = support::load_digits(files->data, false);
    REQUIRE(digits.ok());
    const std::string file = folder.file("drawing.png");
    const auto run = [&](const Arguments& more) {
        Arguments arguments{"mnist", "run", files->model, "--steps", "1", "--picture", file};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return picture_in(result_of(arguments));
    };
    const auto picture = digits->image(0);
    const auto cells = std::count_if(picture.begin(), picture.end(), [](float g) { return g > nca::mnist::ink; });
    write_png(file, picture_of(picture, 1, 41, 33, Paper::white));
    const Json small = run({});
    CHECK(number_in(small, "height") == 33.0);
    CHECK(number_in(small, "width") == 41.0);
    CHECK(number_in(small, "cells") == cells);
    CHECK(number_in(run({"--fit", "10"}), "height") == doctest::Approx(16.5).epsilon(0.1));
    CHECK(number_in(run({"--fit", "40"}), "cells") > 3 * number_in(small, "cells"));
    write_png(file, picture_of(picture, 4, 120, 130, Paper::black));
    CHECK(number_in(run({"--fit", "0"}), "cells") == 16 * cells);
    CHECK(number_in(run({"--fit", "0"}), "height") == 130.0);
    CHECK(number_in(run({}), "height") == doctest::Approx(130.0 / 4.0).epsilon(0.06));
}

TEST_CASE("mnist run: drawings and digits share a sheet") {
    const auto files = published();
    if (!files) return;
    const TemporaryFolder folder;
    const std::string file = folder.file("drawing.png");
    Image stroke{50, 40, {250, 240, 230, 255}};
    for (int y = 10; y < 30; ++y) {
        for (int x = 20; x < 23; ++x) std::fill_n(stroke.at(x, y), 3, std::uint8_t{20});
    }
    write_png(file, stroke);
    const std::string png = folder.file("sheet.png");
    const Json result = result_of({"mnist", "run", files->model, "--data", files->data, "--digits", "2", "--picture",
                                   file, "--picture", file, "--scale", "1", "--out", png});
    CHECK(list_in(result, "digits").size() == 1);
    CHECK(list_in(result, "pictures").size() == 2);
    const Image sheet = read_png(png);
    CHECK(sheet.width == 2 * 50);
    CHECK(sheet.height == 2 * 40);
    // The digit in the middle of its tile: paper on all sides.
    CHECK(int{sheet.at(5, 20)[0]} == 255);
}
