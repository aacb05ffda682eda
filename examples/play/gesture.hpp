// SPDX-License-Identifier: Apache-2.0
// From the motions of a mouse to clicks and strokes.
#ifndef NCA_EXAMPLES_PLAY_GESTURE_HPP
#define NCA_EXAMPLES_PLAY_GESTURE_HPP

#include "world.hpp"

#include <cmath>

namespace play {

/// A position in the pixels of the window.
struct Point {
    double x = 0.0;
    double y = 0.0;
};

/// Tells clicks from strokes. The left button begins a stroke only when the pointer has moved by more than a hand that
/// clicks moves it; the right button, and a button that draws, begin one at once. A second button that is pressed
/// meanwhile is ignored.
class Gesture {
public:
    /// How far the pointer moves in a click.
    static constexpr double slack = 4.0;

    [[nodiscard]] bool held() const noexcept { return held_; }
    [[nodiscard]] bool stroking() const noexcept { return held_ && stroking_; }
    /// True until the first part of a stroke has been drawn.
    [[nodiscard]] bool begins() const noexcept { return begins_; }
    [[nodiscard]] Button button() const noexcept { return button_; }
    /// Where the pointer is.
    [[nodiscard]] Point at() const noexcept { return at_; }
    /// How far the stroke has been drawn.
    [[nodiscard]] Point drawn() const noexcept { return drawn_; }

    void press(Point at, Button button, bool at_once = false) noexcept {
        if (held_) return;
        held_ = true;
        stroking_ = at_once || button == Button::right;
        begins_ = true;
        button_ = button;
        at_ = at;
        drawn_ = at;
    }
    void move(Point at) noexcept {
        at_ = at;
        if (held_ && std::hypot(at.x - drawn_.x, at.y - drawn_.y) > slack) stroking_ = true;
    }
    /// The stroke has been drawn up to the pointer.
    void draw() noexcept {
        drawn_ = at_;
        begins_ = false;
    }
    /// True if this ends a click.
    [[nodiscard]] bool release(Point at, Button button) noexcept {
        if (!held_ || button != button_) return false;
        move(at);
        held_ = false;
        return !stroking_;
    }
    void cancel() noexcept { held_ = false; }

private:
    bool held_ = false;
    bool stroking_ = false;
    bool begins_ = false;
    Button button_ = Button::left;
    Point at_{};
    Point drawn_{};
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_GESTURE_HPP
