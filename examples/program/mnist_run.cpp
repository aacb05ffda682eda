// SPDX-License-Identifier: Apache-2.0
#include <nca/core/philox.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/io/safetensors.hpp>

#include "film.hpp"
#include "mnist_mosaic.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <optional>
#include <support/mnist_data.hpp>
#include <support/render.hpp>
#include <system_error>

namespace program {

namespace {

struct MnistRunOptions {
    std::string model;
    std::string digits;
    std::vector<std::string> pictures;
    std::optional<int> fit;
    std::string data;
    long steps = 200;
    std::uint64_t seed = 1;
    std::optional<double> noise;
    double fire_rate = 0.5;
    int threads = 0;
    std::optional<int> scale;
    std::string show = "votes";
    FilmOptions film;
};

constexpr std::size_t most_digits = 1024;
constexpr int sheet_side = 576; ///< of a picture of the mosaic, about
constexpr int longest_film_side = 16383;

/// The indices in a list of numbers and ranges, for instance 7,3 or 0-99.
std::vector<int> parse_digits(const std::string& text) {
    const auto wrong = [&] {
        return Failure{"--digits: expected numbers and ranges such as 3,14,0-9, found '" + text.substr(0, 40) + "'"};
    };
    std::vector<int> indices;
    const char* at = text.data();
    const char* const end = at + text.size();
    const auto number = [&] {
        int value = 0;
        const auto [rest, code] = std::from_chars(at, end, value);
        if (code != std::errc{} || value < 0 || *at == '-') throw wrong();
        at = rest;
        return value;
    };
    while (true) {
        if (at == end) throw wrong();
        const int first = number();
        int last = first;
        if (at != end && *at == '-') {
            ++at;
            if (at == end) throw wrong();
            last = number();
        }
        if (last < first) throw wrong();
        if (static_cast<std::size_t>(last - first) >= most_digits - indices.size()) {
            throw Failure{"--digits: at most " + std::to_string(most_digits) + " digits"};
        }
        for (int index = first; index <= last; ++index) indices.push_back(index);
        if (at == end) return indices;
        if (*at++ != ',') throw wrong();
    }
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
            const auto picture = digits.picture(index);
            constexpr int side = nca::mnist::picture_side;
            // The same random numbers as in an evaluation.
            subjects.push_back({{side, side, {picture.begin(), picture.end()}},
                                nca::Philox{options.seed}.split(1, static_cast<std::uint32_t>(index)),
                                {},
                                index,
                                digits.labels[static_cast<std::size_t>(index)]});
        }
    }
    for (std::size_t i = 0; i < options.pictures.size(); ++i) {
        subjects.push_back({read_drawing(options.pictures[i], options.fit),
                            nca::Philox{options.seed}.split(2, static_cast<std::uint32_t>(i)), options.pictures[i]});
    }
    return subjects;
}

/// What the cells of one picture say.
nca::Json opinion_line(const Subject& subject, const nca::mnist::Opinion& opinion) {
    nca::Json line = nca::Json::object();
    if (subject.label) {
        line.set("index", subject.index).set("label", *subject.label);
    } else {
        line.set("picture", subject.file).set("height", subject.drawing.height).set("width", subject.drawing.width);
    }
    const double share = opinion.share(opinion.majority());
    line.set("cells", opinion.living)
        .set("majority", opinion.majority())
        .set("share", share)
        .set("agreement", share == 1.0);
    if (!subject.label) {
        nca::Json shares = nca::Json::array();
        for (int digit = 0; digit < nca::mnist::classes; ++digit) shares.push_back(opinion.share(digit));
        line.set("shares", std::move(shares));
    }
    return line;
}

/// Pixels per cell.
int scale_of(const MnistRunOptions& options, const Mosaic& mosaic) {
    // Channels stand in two rows of ten.
    const bool channels = options.show == "channels";
    const int longer = std::max(mosaic.width() * (channels ? 10 : 1), mosaic.height() * (channels ? 2 : 1));
    if (channels && longer > longest_film_side) throw Failure{"--show channels: the picture would be too large"};
    if (!options.scale) return std::max((channels ? 2 : 1) * sheet_side / longer, 1);
    const std::int64_t area =
        std::int64_t{mosaic.width()} * mosaic.height() * *options.scale * *options.scale * (channels ? 20 : 1);
    if (longer * *options.scale > longest_film_side || area > std::int64_t{support::max_image_pixels}) {
        throw Failure{"--scale " + std::to_string(*options.scale) + ": the picture would be too large"};
    }
    return *options.scale;
}

void mnist_run(const MnistRunOptions& options) {
    Film film{options.film, options.steps, true};
    if (options.digits.empty() && options.pictures.empty()) {
        throw Failure{"--digits or --picture is required (see nca mnist run --help)"};
    }
    const MnistModel model = load_mnist_model(options.model);
    const std::vector<Subject> subjects = subjects_of(options);
    nca::ThreadPool threads{options.threads};
    nca::StepOptions<MnistRule> step;
    step.fire_rate = options.fire_rate;
    step.noise = options.noise.value_or(noise_of(model));
    Mosaic mosaic{model.rule, subjects, step, threads.concurrency()};
    const int scale = scale_of(options, mosaic);
    film.require_writable();
    const auto picture = [&] {
        return support::enlarge(options.show == "channels" ? mosaic.draw_channels() : mosaic.draw(undecided_of(model)),
                                scale);
    };
    film.show(0, picture);
    for (long i = 1; i <= options.steps; ++i) {
        mosaic.step(threads);
        film.show(i, picture);
    }

    nca::Json outputs = film.write(picture, [&](const std::string& path) {
        const std::vector<float> state = mosaic.state();
        nca::SafetensorsWriter writer;
        writer.add("state",
                   {static_cast<std::size_t>(mosaic.height()), static_cast<std::size_t>(mosaic.width()),
                    static_cast<std::size_t>(MnistRule::channels)},
                   std::span<const float>(state));
        require(nca::write_safetensors(path, writer));
    });
    nca::Json digits = nca::Json::array();
    nca::Json pictures = nca::Json::array();
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        (subjects[i].label ? digits : pictures).push_back(opinion_line(subjects[i], mosaic.opinion(i)));
    }
    nca::Json result = nca::Json::object({{"model", options.model},
                                          {"height", mosaic.height()},
                                          {"width", mosaic.width()},
                                          {"steps", options.steps},
                                          {"seed", options.seed},
                                          {"noise", step.noise},
                                          {"fire_rate", options.fire_rate}});
    if (!options.digits.empty()) result.set("digits", std::move(digits));
    if (!options.pictures.empty()) result.set("pictures", std::move(pictures));
    print_result(result.set("outputs", std::move(outputs)));
}

} // namespace

void add_mnist_run(CLI::App& group) {
    const auto options = std::make_shared<MnistRunOptions>();
    CLI::App* const command = group.add_subcommand(
        "run", "Let the cells of digits and drawings vote, and write the coloured mosaic as a picture or a film");
    command->add_option("MODEL", options->model, "A model: ours, or the published graph (.json)")->required();
    command->add_option("--digits", options->digits,
                        "I,J,...  Digits of the test set, by index from 0; ranges such as 0-99 as well");
    command
        ->add_option("--picture", options->pictures,
                     "A picture that a person drew, of any size (PNG, JPEG or BMP); repeatable. Paper is what most of "
                     "its border shows: if that is transparent, ink is opacity; else ink is what is darker, or lighter "
                     "if there is more of that. The strongest ink counts as 1. The cells know digits of about 13 to 25 "
                     "cells with strokes 2 to 4 cells wide")
        ->take_all()
        ->allow_extra_args(false);
    command
        ->add_option("--fit", options->fit,
                     "Scale pictures so that the longer side of their ink is N cells; 0: one pixel is one cell "
                     "(default: 20, as in MNIST, for ink of more than 28 pixels, else 0)")
        ->transform(whole_number(0, 4096));
    command->add_option("--data", options->data, "Folder of the four MNIST files (else the variable NCA_MNIST)");
    command->add_option("--steps", options->steps, "Steps to run")
        ->capture_default_str()
        ->transform(whole_number(0, 1'000'000'000));
    command->add_option("--seed", options->seed, "Seed of fire masks and noise")
        ->capture_default_str()
        ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
    command
        ->add_option("--noise", options->noise,
                     "Standard deviation of the noise on every update; without it that of the model's training")
        ->check(finite_number(0.0, 10.0));
    command->add_option("--fire-rate", options->fire_rate, "Share of the cells that update in a step")
        ->capture_default_str()
        ->check(finite_number(0.0, 1.0));
    add_threads(*command, options->threads);
    command->add_option("--show", options->show, "votes (coloured cells) or channels (all 20 of them side by side)")
        ->capture_default_str()
        ->check(CLI::IsMember(std::vector<std::string>{"votes", "channels"}));
    command->add_option("--scale", options->scale, "Pixels per cell (default: pictures of at most 576 pixels a side)")
        ->transform(whole_number(1, 64));
    add_film_options(*command, options->film, "tensor 'state', float32, [height, width, 20]");
    command->callback([options] { mnist_run(*options); });
}

} // namespace program
