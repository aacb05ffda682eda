// SPDX-License-Identifier: Apache-2.0
// The program `play`: a window in which creatures grow, are damaged and regenerate, digits are drawn, and living
// textures are painted.
#include <nca/io/file.hpp>
#include <nca/systems/growing/published.hpp>

#include "creature_world.hpp"
#include "digit_world.hpp"
#include "player.hpp"
#include "texture_plane.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <program/mnist_model.hpp>
#include <support/mnist_data.hpp>

namespace {

struct Options {
    std::vector<std::string> models;
    std::optional<int> height;
    std::optional<int> width;
    std::uint64_t seed = 1;
    std::optional<double> fire_rate;
    double degrees = 0.0;
    std::string boundary;
    std::string adversary;
    std::vector<std::string> perturbations;
    std::string data;
    play::Settings settings;
    std::string script;
    std::vector<std::string> events;
};

constexpr int longest_side = 2048;

std::vector<play::Event> events_of(const Options& options) {
    std::vector<play::Event> events;
    if (!options.script.empty()) {
        const auto bytes = program::require(nca::read_file(options.script));
        program::require(play::parse_script(nca::as_text(bytes), support::in_quotes(options.script), events));
    }
    for (const std::string& text : options.events) {
        nca::Result<play::Event> event = play::parse_event(text);
        if (!event) throw program::Failure{"--do: " + event.error().message};
        events.push_back(std::move(event).value());
    }
    std::stable_sort(events.begin(), events.end(),
                     [](const play::Event& a, const play::Event& b) { return a.time < b.time; });
    return events;
}

void require_picture(const std::string& path) {
    if (program::ending_of(path) != ".png") {
        throw program::Failure{support::in_quotes(path) + ": expected a name that ends in .png"};
    }
    program::require_writable(path);
}

/// Applies the options that creatures and digits have.
template <class WorldOptions>
WorldOptions world_options(const Options& options) {
    WorldOptions world;
    world.height = options.height.value_or(world.height);
    world.width = options.width.value_or(world.width);
    world.seed = options.seed;
    world.fire_rate = options.fire_rate.value_or(world.fire_rate);
    if (!options.boundary.empty()) {
        world.boundary = options.boundary == "torus" ? nca::Boundary::torus : nca::Boundary::zero;
    }
    return world;
}

/// The worlds of the models. The samples of the digits are read for the first model that classifies digits.
class Worlds {
public:
    explicit Worlds(const Options& options) : options_{options} {}

    /// A world per model, in their order; textures of one kind of rule share one, at the place of the first.
    [[nodiscard]] std::vector<std::unique_ptr<play::World>> make(const std::vector<std::string>& paths) {
        std::vector<std::unique_ptr<play::World>> worlds;
        for (const std::string& path : paths) {
            std::string name = path;
            const auto bytes = read(path, name);
            const nca::System system = bytes.empty() ? nca::System::texture : nca::identify(bytes).system;
            if (system == nca::System::texture) {
                for (program::TextureModel& model : textures_in(bytes, path)) {
                    auto& group = textures_[model.model.index()];
                    if (group.models.empty()) {
                        group.place = worlds.size();
                        worlds.emplace_back();
                    }
                    group.models.push_back(std::move(model));
                }
            } else if (system == nca::System::mnist) {
                worlds.push_back(make_digits(std::move(name), path, bytes));
            } else {
                worlds.push_back(make_creature(std::move(name), path, bytes));
            }
        }
        for (auto& [kind, group] : textures_) worlds[group.place] = make_textures(std::move(group.models));
        return worlds;
    }

private:
    struct Textures {
        std::size_t place = 0;
        std::vector<program::TextureModel> models{};
    };

    /// The bytes of a file, and its name without folder and ending; no bytes if this is no file, but a model of one.
    static std::vector<std::byte> read(const std::string& path, std::string& name) {
        if (program::names_one_of_collection(path)) return {};
        name = std::filesystem::path{path}.stem().string();
        return program::require(nca::read_file(path));
    }
    static std::vector<program::TextureModel> textures_in(std::span<const std::byte> bytes, const std::string& path) {
        if (!bytes.empty()) return program::texture_models(bytes, path);
        std::vector<program::TextureModel> models;
        models.push_back(program::load_texture_model(path));
        return models;
    }

    std::unique_ptr<play::World> make_creature(std::string name, const std::string& path,
                                               std::span<const std::byte> bytes) {
        auto creature = world_options<play::CreatureOptions>(options_);
        creature.degrees = options_.degrees;
        program::Model model = program::require(nca::growing::parse_model<program::Rule>(bytes, path));
        if (!options_.adversary.empty() && adversary_system() == nca::System::growing) {
            creature.adversary = program::load_adversary(options_.adversary, model.rule);
        }
        for (const std::string& text : options_.perturbations) {
            creature.perturbations.push_back(program::load_perturbation(text));
        }
        return std::make_unique<play::CreatureWorld>(std::move(name), std::move(model.rule), creature);
    }

    std::unique_ptr<play::World> make_textures(std::vector<program::TextureModel> models) {
        if (options_.boundary == "zero") {
            throw program::Failure{"--boundary zero: textures live on a torus: " + support::in_quotes(models[0].name)};
        }
        program::TextureOptions texture;
        texture.height = options_.height.value_or(texture.height);
        texture.width = options_.width.value_or(texture.width);
        texture.seed = options_.seed;
        texture.fire_rate = options_.fire_rate;
        texture.degrees = options_.degrees;
        return std::make_unique<play::TexturePlane>(std::move(models), texture);
    }

    std::unique_ptr<play::World> make_digits(std::string name, const std::string& path,
                                             std::span<const std::byte> bytes) {
        program::MnistModel model = program::parse_mnist_model(bytes, path);
        if (options_.degrees != 0.0) {
            throw program::Failure{"--rotate: cells whose perception is learned cannot be rotated: " +
                                   support::in_quotes(path)};
        }
        auto digit = world_options<play::DigitOptions>(options_);
        digit.noise = program::noise_of(model);
        digit.undecided = program::undecided_of(model);
        if (!options_.adversary.empty() && adversary_system() == nca::System::mnist) {
            digit.adversary = program::load_mnist_model(options_.adversary).rule;
        }
        return std::make_unique<play::DigitWorld>(std::move(name), std::move(model.rule), digit, samples());
    }

    /// The worlds in which the adversary can live.
    [[nodiscard]] nca::System adversary_system() const {
        const nca::System system = nca::identify(program::require(nca::read_file(options_.adversary))).system;
        if (system == nca::System::growing || system == nca::System::mnist) return system;
        throw program::Failure{"--adversary " + support::in_quotes(options_.adversary) +
                               ": expected a model of creatures or of digits"};
    }

    /// Null if there are no data; a folder that was named must hold them.
    std::shared_ptr<const play::Samples> samples() {
        if (samples_looked_for_) return samples_;
        samples_looked_for_ = true;
        const auto digits = support::load_digits(options_.data, true);
        if (digits) samples_ = std::make_shared<const play::Samples>(*digits);
        if (!digits && !options_.data.empty()) throw program::Failure{"--data: " + digits.error().message};
        return samples_;
    }

    const Options& options_;
    std::map<std::size_t, Textures> textures_;
    bool samples_looked_for_ = false;
    std::shared_ptr<const play::Samples> samples_;
};

void run(Options& options) {
    std::vector<play::Event> events = events_of(options);
    if (!options.settings.screenshot.empty()) require_picture(options.settings.screenshot);
    for (const play::Event& event : events) {
        using play::Action;
        if (event.action == Action::screenshot || event.action == Action::window || event.action == Action::picture) {
            require_picture(event.word);
        }
    }
    play::Player player{options.settings, Worlds{options}.make(options.models), std::move(events)};
    player.run();
    nca::Json status = nca::Json::array();
    for (const play::StatusWords& words : player.world().status()) status.push_back(words.text);
    program::print_result(nca::Json::object({{"model", player.world().name()},
                                             {"frames", player.frames()},
                                             {"steps", player.world().steps()},
                                             {"speed", player.speed()},
                                             {"paused", player.paused()},
                                             {"status", std::move(status)}}));
}

void add_options(CLI::App& app, Options& options) {
    using program::finite_number;
    using program::whole_number;
    app.add_option("MODEL", options.models,
                   "A .safetensors model or a published .json model, of creatures, digits or textures; a published "
                   "collection of textures, or one of its models as COLLECTION.json:NAME; one or more")
        ->required();
    app.add_option("--height", options.height, "Rows of the grid (default: 96; for digits 56, for textures 128)")
        ->transform(whole_number(1, longest_side));
    app.add_option("--width", options.width, "Columns of the grid (default: 96; for digits 56, for textures 128)")
        ->transform(whole_number(1, longest_side));
    app.add_option("--scale", options.settings.scale,
                   "Side of a cell in the new window, in pixels (default: as the screen has space)")
        ->transform(whole_number(1, 64));
    app.add_option("--seed", options.seed, "Seed of the random fire masks")
        ->capture_default_str()
        ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
    app.add_option("--fire-rate", options.fire_rate,
                   "Share of the cells that update in a step (default: that of the model's rule)")
        ->check(finite_number(0.0, 1.0));
    app.add_option("--rotate", options.degrees, "Rotation of the cells' perception, counter-clockwise, in degrees")
        ->capture_default_str()
        ->check(finite_number(-1e6, 1e6));
    app.add_option("--boundary", options.boundary,
                   "What lies beyond the border: torus or zero (default: torus; for digits zero)")
        ->check(CLI::IsMember({"torus", "zero"}));
    app.add_option("--adversary", options.adversary,
                   "A model whose cells may be placed among those of the models of its system (key A)");
    app.add_option(
           "--perturb", options.perturbations,
           "FILE:K or FILE:NAME:K  Perturb the states of creatures by this matrix with the coefficient K, which "
           "a slider below the picture changes; repeatable")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--speed", options.settings.speed, "Steps per second; 60 frames per second are shown")
        ->capture_default_str()
        ->check(finite_number(0.1, 1e6));
    app.add_option("--brush", options.settings.brush,
                   "Radius of the brush, in cells (default: 5; for digits 1.5, for textures 8 cells)")
        ->check(finite_number(0.5, 1000.0));
    app.add_option("--data", options.data,
                   "Folder of the MNIST files, for the keys 0 to 9 in a world of digits (else the variable NCA_MNIST; "
                   "without the files such a world begins empty)");
    app.add_option("--frames", options.settings.frames, "End after this many frames")
        ->transform(whole_number(1, 1000000000));
    app.add_option("--screenshot", options.settings.screenshot, "PNG file for the picture at the end");
    app.add_option("--script", options.script, "File of events, one per line; docs/play.md lists them");
    app.add_option("--do", options.events, "An event, such as '60 erase 48 48 12'; repeatable")
        ->take_all()
        ->allow_extra_args(false);
    app.footer("In the window, H shows the keys.");
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "A window to play with creatures (click to plant, drag to erase, watch them grow back), digits (draw one) and\n"
        "living textures (paint one into another).",
        "play"};
    Options options;
    add_options(app, options);
    app.callback([&] { run(options); });
    return program::parse_and_run(app, argc, argv);
}
