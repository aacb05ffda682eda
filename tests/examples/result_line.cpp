// SPDX-License-Identifier: Apache-2.0
// What every command tells on standard output, and the files that it names.
#include "training.hpp"

#include <doctest/doctest.h>
#include <webp/demux.h>

#include <memory>
#include <support/image.hpp>

namespace {

using namespace nca::tests;
using nca::Json;

/// The files that a result names.
std::vector<std::string> outputs_of(const Json& result) {
    const Json* const list = result.find("outputs");
    REQUIRE(list != nullptr);
    REQUIRE(list->as_array() != nullptr);
    std::vector<std::string> files;
    for (const Json& file : *list->as_array()) {
        REQUIRE(file.as_string() != nullptr);
        files.push_back(*file.as_string());
    }
    return files;
}

struct Film {
    int width = 0;
    int height = 0;
    int frames = 0;
};

Film decode_film(const std::string& path) {
    const std::string bytes = read_text(path);
    const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
    const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder{WebPAnimDecoderNew(&data, nullptr),
                                                                               &WebPAnimDecoderDelete};
    INFO(path);
    REQUIRE(decoder != nullptr);
    WebPAnimInfo info;
    REQUIRE(WebPAnimDecoderGetInfo(decoder.get(), &info) != 0);
    std::uint8_t* pixels = nullptr;
    int time = 0;
    Film film{static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height), 0};
    while (WebPAnimDecoderGetNext(decoder.get(), &pixels, &time) != 0) ++film.frames;
    CHECK(film.frames == static_cast<int>(info.frame_count));
    return film;
}

support::Image decode_picture(const std::string& path) {
    auto picture = support::read_image(path);
    INFO(path);
    REQUIRE(picture.ok());
    return *picture;
}

} // namespace

TEST_CASE("result: grow reports model, iterations, loss, seconds and the files that it wrote") {
    const TemporaryFolder folder;
    const std::string out = folder.file("a/new/folder");
    const Json result = train(out, 4);
    CHECK(text_in(result, "model") == model_in(out));
    CHECK(text_in(result, "target") == "lizard");
    CHECK(text_in(result, "experiment") == "regenerating");
    CHECK(number_in(result, "iterations") == 4.0);
    CHECK(number_in(result, "loss") > 0.0);
    CHECK(number_in(result, "seconds") > 0.0);
    REQUIRE(result.find("stopped") != nullptr);
    CHECK(result.find("stopped")->as_bool() == false);
    const std::vector<std::string> files = outputs_of(result);
    CHECK(files.size() == 5);
    for (const std::string& file : files) CHECK(snapshot(out).contains(file));
    CHECK(snapshot(out).size() == 5);
}

TEST_CASE("result: the images of grow can be decoded") {
    const TemporaryFolder folder;
    const std::string out = folder.file("out");
    train(out, 2);
    const support::Image film = decode_picture(out + "/film.png");
    CHECK(film.width > film.height);
    CHECK(decode_picture(out + "/loss.png").width > 400);
    const Film animation = decode_film(out + "/animation.webp");
    CHECK(animation.width == animation.height);
    CHECK(animation.width % 20 == 0);
    CHECK(animation.frames > 1);
}

TEST_CASE("result: run reports what it did, and its files have the sizes of the grid") {
    const TemporaryFolder folder;
    const std::string model = folder.file("model.safetensors");
    write_model(model);
    const std::string state = folder.file("state.safetensors");
    const std::string png = folder.file("picture.PNG");
    const std::string webp = folder.file("film.webp");
    write_state(state, dense_state(24, 36));
    const Json result = result_of({"run", model, "--state", state, "--steps", "10", "--seed", "5", "--fire-rate",
                                   "0.25", "--frame-every", "5", "--out", state, "--out", png, "--out", webp});
    CHECK(text_in(result, "model") == model);
    CHECK(number_in(result, "height") == 24.0);
    CHECK(number_in(result, "width") == 36.0);
    CHECK(number_in(result, "steps") == 10.0);
    CHECK(number_in(result, "seed") == 5.0);
    CHECK(number_in(result, "fire_rate") == 0.25);
    CHECK(outputs_of(result) == std::vector<std::string>{state, png, webp});

    const State last = read_state(state);
    CHECK(last.height == 24);
    CHECK(last.width == 36);
    double largest = 0.0;
    int visible = 0;
    for (std::size_t i = 0; i < last.values.size(); ++i) {
        largest = std::max(largest, static_cast<double>(std::abs(last.values[i])));
        visible += i % 16 == 3 && last.values[i] > 0.1F ? 1 : 0;
    }
    CHECK(number_in(result, "largest") == doctest::Approx(largest));
    CHECK(number_in(result, "visible_cells") == visible);

    const support::Image picture = decode_picture(png);
    CHECK(picture.width % 36 == 0);
    CHECK(picture.height * 36 == picture.width * 24);
    const Film film = decode_film(webp);
    CHECK(film.width == picture.width);
    CHECK(film.height == picture.height);
    CHECK(film.frames == 3);
}

TEST_CASE("result: a state file holds one tensor, as others read it") {
    const TemporaryFolder folder;
    const std::string model = folder.file("model.safetensors");
    const std::string state = folder.file("state.safetensors");
    write_model(model);
    static_cast<void>(result_of({"run", model, "--steps", "1", "--height", "3", "--width", "5", "--out", state}));
    const auto file = nca::read_safetensors(state);
    REQUIRE(file.ok());
    REQUIRE(file->tensors().size() == 1);
    CHECK(file->tensors()[0].name == "state");
    CHECK(file->tensors()[0].dtype == nca::Dtype::f32);
    CHECK(file->tensors()[0].shape == std::vector<std::size_t>{3, 5, 16});
}

TEST_CASE("result: names with spaces, quotes and other alphabets go through") {
    const TemporaryFolder folder;
    const std::string model = folder.file("mod\xC3\xA8le \"un\".safetensors");
    const std::string state = folder.file("a b's \\ \xF0\x9F\xA6\x8E.safetensors");
    write_model(model);
    const Json result = result_of({"run", model, "--steps", "1", "--out", state});
    CHECK(text_in(result, "model") == model);
    CHECK(outputs_of(result) == std::vector<std::string>{state});
    CHECK(read_state(state).height == 72);
}

TEST_CASE("result: every command works without a terminal and with standard input closed") {
    const TemporaryFolder folder;
    const std::string model = folder.file("model.safetensors");
    write_model(model);
    const Streams closed{.close_input = true};
    static_cast<void>(result_of(run_program({"info", model}, closed)));
    static_cast<void>(
        result_of(run_program({"run", model, "--steps", "2", "--out", folder.file("state.safetensors")}, closed)));
    static_cast<void>(
        result_of(run_program({"evaluate", model, "--target", "snail", "--steps", "2", "--seeds", "2"}, closed)));
    static_cast<void>(result_of(run_program(training(folder.file("out"), 2), closed)));
    CHECK(read_state(folder.file("state.safetensors")).height == 72);
}

TEST_CASE("result: a result that cannot be written is a failure") {
    if (!std::filesystem::exists("/dev/full")) {
        MESSAGE("skipped: this system has no /dev/full");
        return;
    }
    const TemporaryFolder folder;
    const std::string model = folder.file("model.safetensors");
    write_model(model);
    const Outcome outcome = run_program({"info", model}, {.output = "/dev/full"});
    CHECK(outcome.status == 2);
    CHECK(is_one_line(outcome.error));
    CHECK(outcome.error.find("standard output") != std::string::npos);
}
