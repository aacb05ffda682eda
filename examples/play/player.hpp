// SPDX-License-Identifier: Apache-2.0
// The loop of the window: events, steps, images. It uses worlds only through their interface.
#ifndef NCA_EXAMPLES_PLAY_PLAYER_HPP
#define NCA_EXAMPLES_PLAY_PLAYER_HPP

#include "overlay.hpp"
#include "script.hpp"
#include "window.hpp"

#include <chrono>

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

struct Settings {
    double speed = 60.0;           ///< steps per second
    std::optional<double> brush{}; ///< radius in cells; default: that of each world
    std::optional<int> scale{};    ///< initial pixels per cell; default: as large as the screen allows
    std::optional<long> frames{};  ///< after which the program ends; default: when the user ends it
    std::string screenshot{};
};

/// One window in which worlds are played with, one of them at a time.
class Player {
public:
    /// Opens the window. Preconditions: there is a world; the events are in the order of their times.
    Player(const Settings& settings, std::vector<std::unique_ptr<World>> worlds, std::vector<Event> events);

    /// Runs until the user, the script or the number of frames ends it.
    void run();

    /// The world that is shown.
    [[nodiscard]] World& world() const noexcept { return *worlds_[current_]; }
    [[nodiscard]] long frames() const noexcept { return frames_; }
    [[nodiscard]] bool paused() const noexcept { return paused_; }
    [[nodiscard]] double speed() const noexcept { return settings_.speed; }

private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] SDL_Rect view() const;
    /// Where the sliders are; of no height if there are none.
    [[nodiscard]] SDL_Rect panel() const;
    [[nodiscard]] Stroke in_cells(Point from, Point to, Button button) const;

    void perform_events();
    void perform(const Event& event);
    void push(const Event& event);
    void handle_input();
    void handle(const SDL_Event& event);
    void handle_character(char character);
    void choose(std::size_t index);
    void change_speed(int direction);
    void draw_stroke();
    void let_go();
    void move_slider(double x);
    [[nodiscard]] bool shift() const;
    void advance();
    void start_measuring();

    void draw(bool with_pointer, bool with_help);
    void draw_bar();
    void draw_sliders();
    void draw_pointer(const SDL_Rect& area);
    /// Draws the world, one pixel per cell.
    const support::Image& picture();
    [[nodiscard]] nca::Result<void> save_view(const std::string& path);
    void save_next_screenshot();
    void notify(const std::string& message);

    Settings settings_;
    std::vector<std::unique_ptr<World>> worlds_;
    std::vector<Event> events_;
    std::size_t next_event_ = 0;
    std::size_t current_ = 0;
    std::vector<double> brushes_; // of the worlds

    Screen screen_;
    std::unique_ptr<Window> window_;
    Sprite image_;
    Sprite bar_;
    Sprite sliders_;
    std::vector<Slider> sliders_drawn_;
    Sprite help_;
    support::Image picture_;

    Gesture gesture_;
    std::optional<std::size_t> sliding_{}; // the slider that the mouse holds
    bool pointer_inside_ = false;
    bool held_key_ = false;
    bool scripted_shift_ = false;
    bool paused_ = false;
    bool help_shown_ = false;
    bool finished_ = false;
    long frames_ = 0;
    long time_ = 0;
    double due_steps_ = 0.0;

    Clock::time_point rate_since_{};
    long rate_steps_ = 0;
    double rate_ = -1.0; // steps per second; negative: not known yet
    Clock::time_point bar_drawn_{};
    std::string notice_;
    Clock::time_point notice_until_{};
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_PLAYER_HPP
