// SPDX-License-Identifier: Apache-2.0
// Scripted events, for demonstrations and tests.
#ifndef NCA_EXAMPLES_PLAY_SCRIPT_HPP
#define NCA_EXAMPLES_PLAY_SCRIPT_HPP

#include <nca/core/result.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace play {

enum class Action {
    plant,      ///< x, y in cells: a click
    erase,      ///< x, y, radius in cells: a touch with the right button
    mouse_down, ///< x, y in the window's pixels, and the button; "shift": the left one with the Shift key
    mouse_move, ///< x, y in the window's pixels
    mouse_up,   ///< x, y in the window's pixels, and the button
    wheel,      ///< notches, upwards
    goal,       ///< the goal that the cells are told
    key,        ///< a character, or the name of a key
    screenshot, ///< the file for the view, as the window shows it
    window,     ///< the file for the whole window
    picture,    ///< the file for the world, one pixel per cell
    quit
};

/// An action and its time: the number of steps done before it. While the world is paused, frames count as steps.
struct Event {
    long time = 0;
    Action action = Action::quit;
    std::array<double, 3> numbers{};
    std::string word{}; ///< the button, the key or the file
};

/// The event of a line such as `60 erase 48 48 12`. Errors: what is wrong with the line.
[[nodiscard]] nca::Result<Event> parse_event(std::string_view line);

/// Appends the events of a script: one per line; empty lines, and lines that begin with #, are ignored. Errors: a
/// message that begins with `name` and the line number.
[[nodiscard]] nca::Result<void> parse_script(std::string_view text, const std::string& name,
                                             std::vector<Event>& events);

} // namespace play

#endif // NCA_EXAMPLES_PLAY_SCRIPT_HPP
