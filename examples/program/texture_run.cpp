// SPDX-License-Identifier: Apache-2.0
#include <nca/io/safetensors.hpp>
#include <nca/systems/texture/graft.hpp>

#include "outputs.hpp"
#include "texture_program.hpp"
#include "texture_world.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>

namespace program {

namespace {

using nca::texture::Alignment;
using nca::texture::Lattice;

struct TextureRunOptions {
    std::string model;
    std::string other; ///< of a graft
    std::string only;
    std::optional<int> height;
    std::optional<int> width;
    std::string lattice = "square";
    std::string alignment = "cartesian";
    std::string show = "colours";
    std::string mask = "disc";
    std::string state;
    std::string speeds;
    long late_border = 0;
    long steps = 1000;
    std::uint64_t seed = 1;
    std::optional<double> fire_rate;
    double degrees = 0.0;
    bool eight_bit = false;
    int threads = 0;
    std::optional<int> scale;
    long frame_every = 0;
    std::vector<std::string> outputs;
};

const std::map<std::string, Lattice> lattices{{"square", Lattice::square}, {"hex", Lattice::hexagonal}};
const std::map<std::string, Alignment> alignments{
    {"cartesian", Alignment::cartesian}, {"polar", Alignment::polar}, {"bipolar", Alignment::bipolar}};
const std::map<std::string, Show> shows{
    {"colours", Show::colours}, {"channels", Show::channels}, {"components", Show::components}};

constexpr int usual_side = 128;
constexpr int longest_film_side = 16383;

/// The tensor `state` of a file. Its size becomes that of the grid.
std::vector<float> read_state(const TextureRunOptions& options, TextureOptions& texture) {
    const nca::SafetensorsFile file = require(nca::read_safetensors(options.state));
    const nca::StoredTensor* const tensor = file.find("state");
    if (tensor == nullptr) throw Failure{"'" + options.state + "': there is no tensor 'state'"};
    const auto& shape = tensor->shape;
    if (shape.size() != 3 || shape[0] == 0 || shape[1] == 0 || shape[0] > max_side || shape[1] > max_side ||
        shape[0] * shape[1] > max_cells) {
        throw Failure{"'" + options.state + "': tensor 'state': expected shape [height, width, channels] of at most " +
                      std::to_string(max_cells) + " cells"};
    }
    texture.height = static_cast<int>(shape[0]);
    texture.width = static_cast<int>(shape[1]);
    if (options.height.value_or(texture.height) != texture.height ||
        options.width.value_or(texture.width) != texture.width) {
        throw Failure{"'" + options.state + "': the state has " + std::to_string(texture.height) + " x " +
                      std::to_string(texture.width) + " cells, which is not what --height and --width say"};
    }
    return require(file.to_finite_floats("state", {shape[0], shape[1], shape[2]}));
}

/// The two fire rates of --speeds.
std::optional<std::array<double, 2>> parse_speeds(const std::string& text) {
    if (text.empty()) return std::nullopt;
    std::array<double, 2> rates{};
    const std::size_t comma = text.find(',');
    bool good = comma != std::string::npos;
    for (std::size_t i = 0; good && i < 2; ++i) {
        std::string part = i == 0 ? text.substr(0, comma) : text.substr(comma + 1);
        good = !part.empty() && finite_number(0.0, 1.0)(part).empty();
        if (good) rates[i] = std::stod(part);
    }
    if (!good) {
        throw Failure{"--speeds: expected two fire rates from 0 to 1 such as 0.15,0.5, found '" + text.substr(0, 40) +
                      "'"};
    }
    return rates;
}

/// Pixels per cell.
int scale_of(const TextureRunOptions& options, const TextureOptions& texture, Show show) {
    if (!options.scale) return usual_scale(texture, show);
    const int tiles = show == Show::channels ? 4 : 1;
    const std::int64_t longer = std::int64_t{std::max(texture.width, texture.height)} * *options.scale * tiles;
    const std::int64_t area =
        std::int64_t{texture.width} * texture.height * *options.scale * *options.scale * tiles * tiles;
    if (longer > longest_film_side || area > std::int64_t{support::max_image_pixels}) {
        throw Failure{"--scale " + std::to_string(*options.scale) + ": the picture would be too large"};
    }
    return *options.scale;
}

/// The largest magnitude; NaN if there is one.
float largest_of(std::span<const float> state) {
    float largest = 0.0F;
    for (const float v : state) {
        if (std::isnan(v)) return v;
        largest = std::max(largest, std::abs(v));
    }
    return largest;
}

void run(const TextureRunOptions& options) {
    const bool graft = !options.other.empty();
    OutputFiles outputs{options.outputs};
    const auto speeds = parse_speeds(options.speeds);
    if (speeds && options.late_border > 0) throw Failure{"--speeds and --late-border exclude each other"};
    const TextureModel model = load_texture_model(options.model, options.only);

    TextureOptions texture;
    std::vector<float> start;
    if (options.state.empty()) {
        texture.height = options.height.value_or(graft && options.mask == "disc" ? 2 * usual_side : usual_side);
        texture.width = options.width.value_or(graft ? (options.mask == "disc" ? 2 : 4) * usual_side : usual_side);
    } else {
        start = read_state(options, texture);
    }
    if (std::int64_t{texture.height} * texture.width > max_cells) {
        throw Failure{"a grid of " + std::to_string(texture.height) + " x " + std::to_string(texture.width) +
                      " cells is too large: --height times --width must be at most " + std::to_string(max_cells)};
    }
    nca::ThreadPool threads{options.threads};
    texture.seed = options.seed;
    texture.lattice = lattices.at(options.lattice);
    texture.alignment = alignments.at(options.alignment);
    texture.degrees = options.degrees;
    texture.fire_rate = options.fire_rate;
    texture.eight_bit = options.eight_bit;
    texture.concurrency = threads.concurrency();
    const Show show = shows.at(options.show);
    const int scale = scale_of(options, texture, show);

    const auto world =
        graft ? make_graft(model, load_texture_model(options.other), texture) : make_texture_world(model, texture);
    if (!options.state.empty()) {
        const auto cells = static_cast<std::size_t>(texture.height) * static_cast<std::size_t>(texture.width);
        if (start.size() != cells * static_cast<std::size_t>(world->channels())) {
            throw Failure{"'" + options.state + "': tensor 'state': expected " + std::to_string(world->channels()) +
                          " channels, found " + std::to_string(start.size() / cells)};
        }
        world->load(start);
    }
    if (graft) {
        const auto shares = options.mask == "disc" ? nca::texture::disc_mask(texture.height, texture.width)
                                                   : nca::texture::strip_mask(texture.height, texture.width);
        std::copy(shares.begin(), shares.end(), world->shares().begin());
    }
    if (speeds) {
        world->set_fire_rates(nca::texture::two_speeds(texture.height, texture.width, (*speeds)[0], (*speeds)[1]));
    }
    if (options.late_border > 0) {
        world->set_fire_rates(nca::texture::inner_square(texture.height, texture.width, world->fire_rate()));
    }

    const auto picture = [&] { return texture_picture(*world, texture, show, scale); };
    const long every = OutputFiles::frame_every(options.frame_every, options.steps);
    if (outputs.has_film()) outputs.show(picture());
    for (long i = 1; i <= options.steps; ++i) {
        if (options.late_border > 0 && i == options.late_border + 1) world->set_fire_rates({});
        world->step(threads);
        if (outputs.has_film() && (i % every == 0 || i == options.steps)) outputs.show(picture());
    }

    const std::vector<float> state = world->state();
    nca::Json names = outputs.write({static_cast<std::size_t>(texture.height), static_cast<std::size_t>(texture.width),
                                     static_cast<std::size_t>(world->channels()), state},
                                    picture);
    nca::Json result = nca::Json::object({{"model", options.model}});
    if (graft) result.set("other", options.other).set("mask", options.mask);
    result.set("name", model.name)
        .set("height", texture.height)
        .set("width", texture.width)
        .set("lattice", options.lattice)
        .set("alignment", options.alignment)
        .set("steps", options.steps)
        .set("seed", options.seed)
        .set("fire_rate", world->fire_rate())
        .set("eight_bit", options.eight_bit)
        .set("largest", largest_of(state))
        .set("outputs", std::move(names));
    print_result(result);
}

template <class Value>
std::vector<std::string> names_of(const std::map<std::string, Value>& values) {
    std::vector<std::string> names;
    for (const auto& [name, value] : values) names.push_back(name);
    return names;
}

/// The options that both commands take.
void add_common(CLI::App& command, const std::shared_ptr<TextureRunOptions>& options, const std::string& usual) {
    command.add_option("--height", options->height, "Rows of the grid (default: " + usual + ")")
        ->transform(whole_number(1, max_side));
    command.add_option("--width", options->width, "Columns of the grid (default: " + usual + ")")
        ->transform(whole_number(1, max_side));
    command
        .add_option("--lattice", options->lattice,
                    "square, or hex: every cell has six neighbours; the models need no training anew")
        ->capture_default_str()
        ->check(CLI::IsMember(names_of(lattices)));
    command
        .add_option("--rotate", options->degrees,
                    "Rotation of the cells' perception, counter-clockwise, in degrees (the article's demo turns "
                    "clockwise)")
        ->capture_default_str()
        ->check(finite_number(-1e6, 1e6));
    command
        .add_option("--alignment", options->alignment,
                    "Which way cells look: cartesian (all the same), polar (away from the centre) or bipolar (along "
                    "the field lines of two poles)")
        ->capture_default_str()
        ->check(CLI::IsMember(names_of(alignments)));
    command.add_option("--steps", options->steps, "Steps to run")
        ->capture_default_str()
        ->transform(whole_number(0, 1'000'000'000));
    command.add_option("--seed", options->seed, "Seed of the random fire masks")
        ->capture_default_str()
        ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
    command
        .add_option("--fire-rate", options->fire_rate,
                    "Share of the cells that update in a step (default: that of the rule)")
        ->check(finite_number(0.0, 1.0));
    command.add_flag("--quantised", options->eight_bit,
                     "Round every number of a step to 8 bits, as the article's demo does; for models trained with "
                     "limits");
    add_threads(command, options->threads);
    command
        .add_option("--show", options->show,
                    "colours, channels (hidden ones as tiles of grey) or components (the first three principal "
                    "components of the hidden channels as red, green and blue)")
        ->capture_default_str()
        ->check(CLI::IsMember(names_of(shows)));
    command.add_option("--scale", options->scale, "Pixels per cell (default: pictures of at most 512 pixels a side)")
        ->transform(whole_number(1, 64));
    add_outputs(command, options->outputs, options->frame_every,
                ".png (the last state), .webp (a film) or .safetensors (tensor 'state', float32, [height, width, "
                "channels])");
}

} // namespace

void add_texture_run(CLI::App& group) {
    const auto options = std::make_shared<TextureRunOptions>();
    CLI::App* const command =
        group.add_subcommand("run", "Run a texture and write the state, a picture or a film; on a torus, from zeros");
    command
        ->add_option("MODEL", options->model,
                     "A .safetensors model, or one of a published collection: COLLECTION.json:NAME")
        ->required();
    command->add_option("--only", options->only, "NAME  The model of a collection, if MODEL names the whole file");
    add_common(*command, options, std::to_string(usual_side));
    command->add_option("--state", options->state,
                        "Start from the tensor 'state' [height, width, channels] of this .safetensors file");
    command->add_option("--speeds", options->speeds,
                        "A,B  Fire rates of the left and of the right half: time goes at two speeds");
    command
        ->add_option("--late-border", options->late_border,
                     "STEP  Only a square in the middle lives at first, half as high and wide; the rest from then on")
        ->transform(whole_number(1, 1'000'000'000));
    command->callback([options] { run(*options); });
}

void add_texture_graft(CLI::App& group) {
    const auto options = std::make_shared<TextureRunOptions>();
    options->steps = 4800;
    CLI::App* const command = group.add_subcommand(
        "graft",
        "Run two textures on one grid, one passing into the other; models with a common ancestor fit together");
    command->add_option("MODEL", options->model, "A model, as of nca texture run")->required();
    command->add_option("OTHER", options->other, "The model that takes over in the disc or in the middle of the strip")
        ->required();
    add_common(*command, options, "256 x 256 for a disc, 128 x 512 for a strip");
    command->add_option("--mask", options->mask, "disc or strip")
        ->capture_default_str()
        ->check(CLI::IsMember(std::vector<std::string>{"disc", "strip"}));
    command->callback([options] { run(*options); });
}

} // namespace program
