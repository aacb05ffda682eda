// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "film.hpp"
#include "mnist_mosaic.hpp"

#include <algorithm>
#include <support/mnist_data.hpp>
#include <support/render.hpp>

namespace program {

namespace {

struct MnistRunOptions {
    std::string model{};
    std::string digits{};
    std::vector<std::string> drawings{};
    std::optional<int> fit{};
    std::string data{};
    long steps = 200;
    std::uint64_t seed = 1;
    std::optional<double> noise{};
    std::optional<double> fire_rate{};
    int threads = 0;
    bool deterministic = false;
    std::optional<int> scale{};
    std::string show = "votes";
    FilmOptions film{};
};

constexpr long most_digits = 1024;

/// The indices in a list of numbers and ranges, for instance 7,3 or 0-99.
std::vector<int> parse_digits(const std::string& text) {
    std::vector<int> indices;
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
        end = text.find(',', begin);
        const auto range = parse_range(text.substr(begin, end - begin), std::numeric_limits<int>::max());
        if (!range) {
            throw Failure{"--digits: expected numbers and ranges such as 3,14,0-9, found '" + text.substr(0, 40) + "'"};
        }
        if (range->last - range->first >= most_digits - static_cast<long>(indices.size())) {
            throw Failure{"--digits: at most " + std::to_string(most_digits) + " digits"};
        }
        for (long index = range->first; index <= range->last; ++index) indices.push_back(static_cast<int>(index));
    }
    return indices;
}

std::vector<Subject> subjects_of(const MnistRunOptions& options) {
    std::vector<Subject> subjects;
    if (!options.digits.empty()) {
        const std::vector<int> indices = parse_digits(options.digits);
        const nca::mnist::Digits digits = require(support::load_digits(options.data, false));
        for (const int index : indices) {
            if (index >= digits.count) {
                throw Failure{"--digits: there is no test digit " + std::to_string(index) + ": expected 0 to " +
                              std::to_string(digits.count - 1)};
            }
            subjects.push_back(test_digit(digits, index, options.seed));
        }
    }
    for (std::size_t i = 0; i < options.drawings.size(); ++i) {
        subjects.push_back({read_drawing(options.drawings[i], options.fit),
                            nca::Philox{options.seed}.split(2, static_cast<std::uint32_t>(i)), options.drawings[i]});
    }
    return subjects;
}

/// The votes of the cells of one subject.
nca::Json votes_line(const Subject& subject, const nca::mnist::Prediction& votes) {
    nca::Json line = nca::Json::object();
    if (subject.label) {
        line.set("index", subject.index).set("label", *subject.label);
    } else {
        line.set("picture", subject.file).set("height", subject.drawing.height).set("width", subject.drawing.width);
    }
    const double fraction = votes.share(votes.majority());
    line.set("cells", votes.living)
        .set("majority", votes.majority())
        .set("share", fraction)
        .set("agreement", fraction == 1.0);
    if (!subject.label) {
        nca::Json::Array fractions;
        for (int digit = 0; digit < nca::mnist::classes; ++digit) fractions.emplace_back(votes.share(digit));
        line.set("shares", std::move(fractions));
    }
    return line;
}

void mnist_run(const MnistRunOptions& options) {
    if (options.digits.empty() && options.drawings.empty()) {
        throw Failure{"--digits or --picture is required (see nca mnist run --help)"};
    }
    const MnistModel model = load_mnist_model(options.model);
    nca::ThreadPool threads{options.threads};
    const nca::StepOptions<MnistRule> step = step_options_of(model, options.fire_rate, options.noise);
    Mosaic mosaic{model.rule, subjects_of(options), step, {threads.concurrency(), options.deterministic}};
    // The channels are drawn in two rows of ten.
    const bool channels = options.show == "channels";
    const int width = mosaic.width() * (channels ? 10 : 1);
    const int height = mosaic.height() * (channels ? 2 : 1);
    if (channels) require_image_size("--show channels", width, height);
    const int scale = scale_of(options.scale, width, height, (channels ? 2 : 1) * film_side);
    Film film{options.film, options.steps, FilmFiles::states};
    nca::Json outputs = film.run(
        [&](long /*step*/) { mosaic.step(threads); },
        [&] {
            return support::enlarge(channels ? mosaic.draw_channels() : mosaic.draw(colours_of(model.metadata)), scale);
        },
        [&] { return mosaic.state(); });
    nca::Json digits = nca::Json::array();
    nca::Json drawings = nca::Json::array();
    for (std::size_t i = 0; i < mosaic.subjects().size(); ++i) {
        const Subject& subject = mosaic.subjects()[i];
        (subject.label ? digits : drawings).push_back(votes_line(subject, mosaic.votes(i)));
    }
    nca::Json result = nca::Json::object({{"model", options.model},
                                          {"height", mosaic.height()},
                                          {"width", mosaic.width()},
                                          {"steps", options.steps},
                                          {"seed", options.seed},
                                          {"noise", step.noise},
                                          {"fire_rate", step.fire_rate}});
    if (!options.digits.empty()) result.set("digits", std::move(digits));
    if (!options.drawings.empty()) result.set("pictures", std::move(drawings));
    print_result(result.set("outputs", std::move(outputs)));
}

} // namespace

void add_mnist_run(const Command& group) {
    const auto [command, options] = group.add_command(
        "run", "Let the cells of digits and drawings vote, and write the coloured mosaic as an image or an animation",
        mnist_run);
    command.add("MODEL", options.model, "A model: ours, or the published graph (.json)").required();
    command.add("--digits", options.digits,
                "I,J,...  Digits of the test set, by index from 0; ranges such as 0-99 as well");
    command.add(
        "--picture", options.drawings,
        "An image that a person drew, of any size (PNG, JPEG, WebP, GIF or BMP); repeatable. Paper is what most "
        "of its border shows: if that is transparent, ink is opacity; else ink is what is darker, or lighter if "
        "there is more of that. The strongest ink counts as 1. The cells recognise digits of about 13 to 25 "
        "cells with strokes 2 to 4 cells wide");
    command.add("--fit", options.fit,
                "Scale drawings so that the longer side of their ink is N cells; 0: one pixel is one cell (default: "
                "20, as in MNIST, for ink of more than 28 pixels, else 0)",
                0, 4096);
    command.add_data(options.data);
    command.add("--steps", options.steps, "Steps to run", 0, 1'000'000'000);
    command.add_seed(options.seed, "fire masks and noise");
    command.add_noise(options.noise, "the model");
    command.add_fire_rate(options.fire_rate);
    command.add_threads(options.threads);
    command.add_deterministic(options.deterministic);
    command.add("--show", options.show, "votes (coloured cells) or channels (all 20 of them side by side)",
                {"votes", "channels"});
    command.add("--scale", options.scale, "Pixels per cell (default: images of at most 576 pixels a side)", 1, 64);
    add_film_options(command, options.film, "[height, width, 20]");
}

} // namespace program
