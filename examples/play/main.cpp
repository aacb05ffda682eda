// SPDX-License-Identifier: Apache-2.0
// The program `play`: a window in which creatures grow, are damaged and regenerate.
#include <nca/io/file.hpp>

#include "creature_world.hpp"
#include "player.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>

namespace {

struct Options {
    std::vector<std::string> models;
    play::CreatureOptions creature;
    std::string boundary = "torus";
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

void run(Options& options) {
    std::vector<play::Event> events = events_of(options);
    if (!options.settings.screenshot.empty()) require_picture(options.settings.screenshot);
    for (const play::Event& event : events) {
        using play::Action;
        if (event.action == Action::screenshot || event.action == Action::window || event.action == Action::picture) {
            require_picture(event.word);
        }
    }
    options.creature.boundary = options.boundary == "torus" ? nca::Boundary::torus : nca::Boundary::zero;
    std::vector<std::unique_ptr<play::World>> worlds;
    for (const std::string& path : options.models) {
        program::Model model = program::require(nca::load_model<program::Rule>(path));
        worlds.push_back(std::make_unique<play::CreatureWorld>(std::filesystem::path{path}.stem().string(),
                                                               std::move(model.rule), options.creature));
    }
    play::Player player{options.settings, std::move(worlds), std::move(events)};
    player.run();
    nca::Json status = nca::Json::array();
    for (const std::string& words : player.world().status()) status.push_back(words);
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
    app.add_option("MODEL", options.models, "A .safetensors model or a published .json model; one or more")->required();
    app.add_option("--height", options.creature.height, "Rows of the grid")
        ->capture_default_str()
        ->transform(whole_number(1, longest_side));
    app.add_option("--width", options.creature.width, "Columns of the grid")
        ->capture_default_str()
        ->transform(whole_number(1, longest_side));
    app.add_option("--scale", options.settings.scale,
                   "Side of a cell in the new window, in pixels (default: as the screen has space)")
        ->transform(whole_number(1, 64));
    app.add_option("--seed", options.creature.seed, "Seed of the random fire masks")
        ->capture_default_str()
        ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()));
    app.add_option("--fire-rate", options.creature.fire_rate, "Share of the cells that update in a step")
        ->capture_default_str()
        ->check(finite_number(0.0, 1.0));
    app.add_option("--rotate", options.creature.degrees,
                   "Rotation of the cells' perception, counter-clockwise, in degrees")
        ->capture_default_str()
        ->check(finite_number(-1e6, 1e6));
    app.add_option("--boundary", options.boundary, "What lies beyond the border: torus or zero")
        ->capture_default_str()
        ->check(CLI::IsMember({"torus", "zero"}));
    app.add_option("--speed", options.settings.speed, "Steps per second; 60 frames per second are shown")
        ->capture_default_str()
        ->check(finite_number(0.1, 1e6));
    app.add_option("--brush", options.settings.brush, "Radius of what a drag erases, in cells")
        ->capture_default_str()
        ->check(finite_number(0.5, 1000.0));
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
    CLI::App app{"A window to play with creatures: click to plant, drag to erase, and watch them grow back.", "play"};
    Options options;
    add_options(app, options);
    app.callback([&] { run(options); });
    return program::parse_and_run(app, argc, argv);
}
