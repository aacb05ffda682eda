// SPDX-License-Identifier: Apache-2.0
// nca texture run, nca texture graft
#include <nca/systems/texture/graft.hpp>

#include "command.hpp"
#include "film.hpp"
#include "texture_world.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace program {

namespace {

struct TextureRunOptions {
    std::string model{};
    std::string other{}; ///< of a graft
    std::string only{};
    std::optional<int> height{};
    std::optional<int> width{};
    std::string lattice = "square";
    std::string alignment = "cartesian";
    std::string show = "colours";
    std::string mask = "disc";
    std::string state{};
    std::string speeds{};
    std::optional<long> late_border{};
    long steps = 1000;
    TextureOptions texture{}; ///< what numbers and flags set
    int threads = 0;
    std::optional<int> scale{};
    FilmOptions film{};
};

// In the order of their enumerators.
const std::vector<std::string> lattices{"square", "hex"};
const std::vector<std::string> alignments{"cartesian", "polar", "bipolar"};
const std::vector<std::string> shows{"colours", "channels", "components"};

constexpr int usual_side = 128;

/// The two fire rates of --speeds.
std::optional<std::array<double, 2>> parse_speeds(const std::string& text) {
    if (text.empty()) return std::nullopt;
    std::array<double, 2> rates{};
    const std::size_t comma = text.find(',');
    if (comma == std::string::npos || !parse_number(text.substr(0, comma), 0.0, 1.0, rates[0]) ||
        !parse_number(text.substr(comma + 1), 0.0, 1.0, rates[1])) {
        throw Failure{"--speeds: expected two fire rates from 0 to 1 such as 0.15,0.5, found '" + text.substr(0, 40) +
                      "'"};
    }
    return rates;
}

/// The state of a graft: that of `first`, blended with that of `second` by its weight in each cell.
std::vector<float> blended(const TextureWorld& first, const TextureWorld& second, const std::vector<float>& weights) {
    std::vector<float> state = first.state();
    const std::vector<float> other = second.state();
    const auto channels = static_cast<std::size_t>(first.channels());
    for (std::size_t i = 0; i < state.size(); ++i) state[i] += (other[i] - state[i]) * weights[i / channels];
    return state;
}

/// Runs a texture, or a graft of two.
void texture_run(const TextureRunOptions& options) {
    const bool graft = !options.other.empty();
    const bool disc = options.mask == "disc";
    const auto speeds = parse_speeds(options.speeds);
    if (speeds && options.late_border) throw Failure{"--speeds and --late-border exclude each other"};
    const TextureModel model = load_texture_model(options.model, options.only);

    TextureOptions texture = options.texture;
    State start;
    if (options.state.empty()) {
        texture.height = options.height.value_or(graft && disc ? 2 * usual_side : usual_side);
        texture.width = options.width.value_or(graft ? (disc ? 2 : 4) * usual_side : usual_side);
    } else {
        start = read_state(options.state, 0, {options.height, options.width});
        texture.height = start.height();
        texture.width = start.width();
    }
    require_grid(texture.height, texture.width);
    nca::ThreadPool threads{options.threads};
    texture.lattice = choice<nca::texture::Lattice>(lattices, options.lattice);
    texture.alignment = choice<nca::texture::Alignment>(alignments, options.alignment);
    texture.concurrency = threads.concurrency();
    const Show show = choice<Show>(shows, options.show);
    // The channels are tiles, of which four lie in a row.
    const int tiles = show == Show::channels ? 4 : 1;
    const int scale = scale_of(options.scale, texture.width * tiles, texture.height * tiles, 512);

    TextureModel second;
    if (graft) {
        second = load_texture_model(options.other);
        if (second.model.index() != model.model.index()) {
            throw Failure{nca::quote(model.name) + " and " + nca::quote(second.name) +
                          " are models of different rules: they cannot share a grid"};
        }
    }
    const std::unique_ptr<TextureWorld> world = make_texture_world(model, texture);
    std::unique_ptr<TextureWorld> other;
    std::vector<float> weights;
    if (graft) {
        texture.seed = nca::Philox{texture.seed}.split(1).key();
        other = make_texture_world(second, texture);
        other->load(world->state());
        weights = disc ? nca::texture::disc_mask(texture.height, texture.width)
                       : nca::texture::strip_mask(texture.height, texture.width);
    }
    if (!options.state.empty()) {
        if (start.channels != world->channels()) {
            throw Failure{nca::quote_path(options.state) + ": tensor 'state': expected " +
                          std::to_string(world->channels()) + " channels, found " + std::to_string(start.channels)};
        }
        world->load(start.values);
    }
    if (speeds) {
        world->set_fire_rates(nca::texture::two_speeds(texture.height, texture.width, (*speeds)[0], (*speeds)[1]));
    }
    if (options.late_border) {
        world->set_fire_rates(nca::texture::inner_square(texture.height, texture.width, world->fire_rate()));
    }

    Film film{options.film, options.steps, FilmFiles::states};
    nca::Json outputs = film.run(
        [&](long step) {
            if (options.late_border && step == *options.late_border + 1) world->set_fire_rates({});
            world->step(threads);
            if (!graft) return;
            other->step(threads);
            const std::vector<float> state = blended(*world, *other, weights);
            world->load(state);
            other->load(state);
        },
        [&] { return texture_image(*world, texture, show, scale); },
        [&] {
            return State{{texture.height, texture.width}, world->channels(), world->state()};
        });
    nca::Json result = nca::Json::object({{"model", options.model}});
    if (graft) result.set("other", options.other).set("mask", options.mask);
    result.set("name", model.name)
        .set("height", texture.height)
        .set("width", texture.width)
        .set("lattice", options.lattice)
        .set("alignment", options.alignment)
        .set("steps", options.steps)
        .set("seed", options.texture.seed)
        .set("fire_rate", world->fire_rate())
        .set("eight_bit", options.texture.eight_bit)
        .set("largest", largest_of(world->state()))
        .set("outputs", std::move(outputs));
    print_result(result);
}

/// The options of both commands.
void add_common(const Command& command, TextureRunOptions& options, const std::string& usual) {
    command.add("--height", options.height, "Rows of the grid (default: " + usual + ")", 1, max_side);
    command.add("--width", options.width, "Columns of the grid (default: " + usual + ")", 1, max_side);
    command.add("--lattice", options.lattice, "square, or hex: every cell has six neighbours; no retraining is needed",
                lattices);
    command.add("--rotate", options.texture.degrees,
                "Rotation of the cells' perception, counter-clockwise, in degrees (the article's demo turns clockwise)",
                -1e6, 1e6);
    command.add("--alignment", options.alignment,
                "The orientation of the cells: cartesian (all the same), polar (away from the centre) or bipolar "
                "(along the field lines of two poles)",
                alignments);
    command.add("--steps", options.steps, "Steps to run", 0, 1'000'000'000);
    command.add_seed(options.texture.seed, "the random fire masks");
    command.add("--fire-rate", options.texture.fire_rate,
                "Fraction of the cells that update in a step (default: that of the rule)", 0.0, 1.0);
    command.add(
        "--quantised", options.texture.eight_bit,
        "Round every value of a step to 8 bits, as the article's demo does, with the same states on every processor; "
        "for models trained with limits");
    command.add_threads(options.threads);
    command.add("--show", options.show,
                "colours, channels (hidden ones as tiles of grey) or components (the first three principal components "
                "of the hidden channels as red, green and blue)",
                shows);
    command.add("--scale", options.scale, "Pixels per cell (default: images of at most 512 pixels a side)", 1, 64);
    add_film_options(command, options.film, "[height, width, channels]");
}

} // namespace

void add_texture_run(const Command& group) {
    const auto [command, options] = group.add_command(
        "run", "Run a texture and write its state, an image or an animation; on a torus, from zeros", texture_run);
    command.add("MODEL", options.model, "A .safetensors model, or one of a published collection: COLLECTION.json:NAME")
        .required();
    command.add("--only", options.only, "NAME  The model of a collection, if MODEL names the whole file");
    add_common(command, options, std::to_string(usual_side));
    command.add("--state", options.state,
                "Start from the tensor 'state' [height, width, channels] of this .safetensors file");
    command.add("--speeds", options.speeds,
                "A,B  Fire rates of the left and of the right half: time passes at two speeds");
    command.add("--late-border", options.late_border,
                "STEP  Only a square in the middle, half as high and wide, is updated until this step; all cells then",
                1, 1'000'000'000);
}

void add_texture_graft(const Command& group) {
    const auto [command, options] = group.add_command(
        "graft", "Run two textures on one grid, one passing into the other; models with a common ancestor fit together",
        texture_run);
    options.steps = 4800;
    command.add("MODEL", options.model, "A model, as of nca texture run").required();
    command.add("OTHER", options.other, "The model that takes over in the disc or in the middle of the strip")
        .required();
    add_common(command, options, "256 x 256 for a disc, 128 x 512 for a strip");
    command.add("--mask", options.mask, "disc or strip", {"disc", "strip"});
}

} // namespace program
