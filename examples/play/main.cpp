// SPDX-License-Identifier: Apache-2.0
// The program `play`: a window in which creatures grow, are damaged and regenerate, digits are drawn, living textures
// are painted, and models of any other rule run.
#include <nca/io/file.hpp>

#include "player.hpp"
#include "worlds.hpp"

#include <algorithm>

namespace {

struct Options {
    std::vector<std::string> models{};
    play::WorldOptions worlds{};
    play::Settings settings{};
    std::string script{};
    std::vector<std::string> events{};
};

constexpr int longest_side = 2048;

std::vector<play::Event> events_of(const Options& options) {
    std::vector<play::Event> events;
    if (!options.script.empty()) {
        const auto bytes = program::require(nca::read_file(options.script));
        program::require(play::parse_script(nca::as_text(bytes), nca::quote_path(options.script), events));
    }
    for (const std::string& text : options.events) {
        nca::Result<play::Event> event = play::parse_event(text);
        if (!event) throw program::Failure{"--do: " + event.error().message};
        events.push_back(std::move(event).value());
    }
    std::ranges::stable_sort(events, {}, &play::Event::time);
    return events;
}

void require_image_file(const std::string& path) {
    if (program::extension_of(path) != ".png") {
        throw program::Failure{nca::quote_path(path) + ": expected the file extension .png"};
    }
    program::require_writable(path);
}

void run(const Options& options) {
    std::vector<play::Event> events = events_of(options);
    if (!options.settings.screenshot.empty()) require_image_file(options.settings.screenshot);
    for (const play::Event& event : events) {
        using play::Action;
        if (event.action == Action::screenshot || event.action == Action::window || event.action == Action::picture) {
            require_image_file(event.word);
        }
    }
    play::Player player{options.settings, play::make_worlds(options.models, options.worlds), std::move(events)};
    player.run();
    nca::Json status =
        program::json_list(player.world().status(), [](const play::StatusWords& words) { return words.text; });
    program::print_result(nca::Json::object({{"model", player.world().name()},
                                             {"frames", player.frames()},
                                             {"steps", player.world().steps()},
                                             {"speed", player.speed()},
                                             {"paused", player.paused()},
                                             {"status", std::move(status)}}));
}

void add_options(const program::Command& command, Options& options) {
    play::WorldOptions& worlds = options.worlds;
    command
        .add("MODEL", options.models,
             "A .safetensors, .pt or published .json model of any rule, in one to three dimensions; a published "
             "collection "
             "of textures, or one of its models as COLLECTION.json:NAME; one or more")
        .required();
    command.add("--depth", worlds.depth, "Layers of the grid in three dimensions (default: as in training, else 32)", 1,
                longest_side);
    command.add(
        "--height", worlds.height,
        "Rows of the grid (default: 96; for digits 56, for textures 128; for other rules as in training, else 72, "
        "in three dimensions 32)",
        1, longest_side);
    command.add("--width", worlds.width, "Columns of the grid (default: likewise)", 1, longest_side);
    command.add("--scale", options.settings.scale,
                "Side of a cell in the new window, in pixels (default: as large as the screen allows)", 1, 64);
    command.add_seed(worlds.seed, "the random fire masks");
    command.add("--fire-rate", worlds.fire_rate,
                "Fraction of the cells that update in a step (default: that of the model's rule)", 0.0, 1.0);
    command.add("--rotate", worlds.degrees, "Rotation of the cells' perception, counter-clockwise, in degrees", -1e6,
                1e6);
    command.add("--boundary", worlds.boundary,
                "What lies beyond the border: torus or zero (default: torus; for digits zero; for other rules as the "
                "model says)",
                {"torus", "zero"});
    command.add("--goal", worlds.goal, "The goal that cells are told at first, for models with goals (default: 0)", 0,
                static_cast<int>(nca::max_goals));
    command.add("--adversary", worlds.adversary,
                "A model whose cells may be placed among those of the models of its system (key A)");
    command.add("--perturb", worlds.perturbations,
                "FILE:K or FILE:NAME:K  Perturb the states of creatures by this matrix with the coefficient K, which a "
                "slider below the image changes; repeatable");
    command.add("--speed", options.settings.speed, "Steps per second; 60 frames per second are shown", 0.1, 1e6);
    command.add("--brush", options.settings.brush,
                "Radius of the brush, in cells (default: 5; for digits 1.5, for textures 8 cells)", 0.5, 1000.0);
    command.add("--data", worlds.data,
                "Folder of the MNIST files, for the keys 0 to 9 in a world of digits (default: the variable NCA_MNIST; "
                "without the files such a world starts empty)");
    command.add("--frames", options.settings.frames, "End after this many frames", 1, 1000000000);
    command.add("--screenshot", options.settings.screenshot, "PNG file for the last image");
    command.add("--script", options.script, "File of events, one per line; docs/play.md lists them");
    command.add("--do", options.events, "An event, such as '60 erase 48 48 12'; repeatable");
}

} // namespace

int main(int argc, char** argv) {
    program::Application app{
        "play",
        "A window to play with creatures (click to plant, drag to erase, watch them grow back), digits (draw one),\n"
        "living textures (paint one into another), and models of any other rule."};
    Options options;
    add_options(app.command(), options);
    app.set_footer("In the window, H shows the keys.");
    app.set_body([&] { run(options); });
    return app.run(argc, argv);
}
