// SPDX-License-Identifier: Apache-2.0
// From the motions of a mouse to clicks and strokes.
#ifndef NCA_EXAMPLES_PLAY_GESTURE_HPP
#define NCA_EXAMPLES_PLAY_GESTURE_HPP

#include "world.hpp"

namespace play {

/// A position in the pixels of the window.
struct Point {
    double x = 0.0;
    double y = 0.0;
};

/// Tells clicks from strokes. The left button begins a stroke only when the pointer has moved by more than a hand that
/// clicks moves it; the right button, and a button that draws, begin one at once. A second button that is pressed
/// meanwhile is ignored.
struct Gesture {
    /// How far the pointer moves in a click.
    static constexpr double slack = 4.0;

    bool held = false;
    bool moved = false;  ///< too far for a click
    bool begins = false; ///< until the first part of a stroke has been drawn
    Button button = Button::left;
    Point at{};    ///< where the pointer is
    Point drawn{}; ///< how far the stroke has been drawn

    [[nodiscard]] bool stroking() const noexcept { return held && moved; }

    void press(Point where, Button pressed, bool at_once) noexcept {
        if (!held) *this = {true, at_once || pressed == Button::right, true, pressed, where, where};
    }
    void move(Point where) noexcept {
        at = where;
        if (held && std::hypot(at.x - drawn.x, at.y - drawn.y) > slack) moved = true;
    }
    /// The stroke has been drawn up to the pointer.
    void draw() noexcept {
        drawn = at;
        begins = false;
    }
    /// True if this ends a click.
    [[nodiscard]] bool release(Point where, Button released) noexcept {
        if (!held || released != button) return false;
        move(where);
        held = false;
        return !moved;
    }
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_GESTURE_HPP
