// SPDX-License-Identifier: Apache-2.0
// What the window shows and plays with. It uses a system through this interface only.
#ifndef NCA_EXAMPLES_PLAY_WORLD_HPP
#define NCA_EXAMPLES_PLAY_WORLD_HPP

#include <nca/run/draw.hpp>
#include <nca/run/goals.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace play {

enum class Button { left, right };

/// What a hand does: the pointer goes from one place to another with a button held; a touch stays where it is. In
/// cells: a whole number is the middle of a cell, x counts columns and y rows downwards. Places may lie outside the
/// world.
struct Stroke {
    double from_x = 0.0;
    double from_y = 0.0;
    double x = 0.0;
    double y = 0.0;
    double radius = 0.0; ///< of the brush
    Button button = Button::left;
    bool begins = false; ///< the button has just been pressed
    bool shift = false;  ///< the Shift key is held
};

/// A few words for the status bar, after a mark in a colour if there is one.
struct StatusWords {
    std::string text;
    std::optional<nca::Colour> mark{};
};

/// A number that the mouse may set.
struct Slider {
    std::string name;
    double value = 0.0;
    double low = -1.0;
    double high = 1.0;

    [[nodiscard]] bool operator==(const Slider&) const = default;
};

/// A line of the help: keys, and what they do.
struct HelpLine {
    std::string keys;
    std::string what;
};

/// A system at work, such as a creature that grows. One thread at a time.
class World {
public:
    virtual ~World() = default;

    /// The name for the title.
    [[nodiscard]] virtual const std::string& name() const noexcept = 0;
    /// The size of the image in cells.
    [[nodiscard]] virtual int width() const noexcept = 0;
    [[nodiscard]] virtual int height() const noexcept = 0;
    /// Steps since the last reset.
    [[nodiscard]] virtual std::uint64_t steps() const noexcept = 0;
    /// What the world shows and how it is set, in a few words each.
    [[nodiscard]] virtual std::vector<StatusWords> status() const = 0;
    /// The keys and mouse actions of this world; those of the window are not among them.
    [[nodiscard]] virtual std::vector<HelpLine> help() const = 0;

    /// The sliders of this world, always in the same order.
    [[nodiscard]] virtual std::vector<Slider> sliders() const { return {}; }
    /// A slider was moved, to a value in its range.
    virtual void slide(std::size_t /*slider*/, double /*value*/) {}

    /// The initial radius of the brush, and by how much a notch of the wheel changes it.
    [[nodiscard]] virtual double brush() const noexcept { return 5.0; }
    [[nodiscard]] virtual double brush_step() const noexcept { return 1.0; }
    /// How far from the pointer a brush of this radius reaches.
    [[nodiscard]] virtual double reach(double radius, bool /*erasing*/) const noexcept { return radius; }
    /// True if the left button draws as soon as it is pressed; without it, a press that does not move is a click.
    [[nodiscard]] virtual bool draws_at_once() const noexcept { return false; }
    /// True if this world uses the keys 0 to 9. Otherwise they choose another model.
    [[nodiscard]] virtual bool uses_digit_keys() const noexcept { return false; }

    /// Back to the start, from which the same trajectory follows.
    virtual void reset() = 0;
    /// Clears all cells.
    virtual void clear() = 0;
    virtual void step() = 0;

    /// The left button was pressed and let go at one place.
    virtual void click(const Stroke& touch) { stroke(touch); }
    /// The pointer moved with a button held, or stays with it held: called again every frame.
    virtual void stroke(const Stroke& stroke) = 0;
    /// From now on the cells are told this goal. Errors: the model has no such goal.
    [[nodiscard]] virtual nca::Result<void> choose_goal(int goal) { return nca::Goals{}.at(goal).error(); }
    /// A character was typed.
    virtual void key(char character) = 0;

    /// The present image, RGBA8, opaque. Precondition: width * height * 4 bytes.
    virtual void draw(std::span<std::uint8_t> rgba) const = 0;

    /// Takes over what another world shows, if both can be one; the other is of no use then.
    [[nodiscard]] virtual bool absorb(World& /*other*/) { return false; }
};

/// The key of a character that means the same with the Shift key.
[[nodiscard]] inline char key_of(char character) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
}
/// The keys F and Shift+F: a fire rate one tenth up or down. False: another key.
[[nodiscard]] inline bool change_fire_rate(char key, double& rate) {
    if (key_of(key) != 'f') return false;
    rate = std::clamp(std::round((rate + (key == 'f' ? 0.1 : -0.1)) * 10.0) / 10.0, 0.0, 1.0);
    return true;
}
/// The keys [ and ]: a rotation by 15 degrees. False: another key.
[[nodiscard]] inline bool rotate(char key, double& degrees) {
    if (key != '[' && key != ']') return false;
    degrees = std::remainder(degrees + (key == '[' ? 15.0 : -15.0), 360.0);
    return true;
}
/// The help of these keys.
inline const HelpLine fire_rate_help{"F  Shift+F", "fire rate up, down"};
inline const HelpLine rotation_help{"[  ]", "rotate what the cells perceive by 15\xC2\xB0"};

/// A number in a format of printf.
[[nodiscard]] inline std::string formatted(const char* format, double value) {
    char text[48];
    std::snprintf(text, sizeof text, format, value);
    return text;
}
/// A number of at most three digits.
[[nodiscard]] inline std::string short_text(double value) {
    return formatted("%.3g", value);
}

/// Calls visit(x, y) along a stroke, at places at most `step` apart; at its beginning only if `with_start`.
template <class Visit>
void for_each_place(const Stroke& stroke, double step, bool with_start, Visit&& visit) {
    constexpr double most = 32768.0;
    const double length = std::hypot(stroke.x - stroke.from_x, stroke.y - stroke.from_y);
    const int count = 1 + static_cast<int>(std::min(std::ceil(length / step), most));
    for (int i = with_start ? 0 : 1; i <= count; ++i) {
        const double part = static_cast<double>(i) / count;
        visit(stroke.from_x + part * (stroke.x - stroke.from_x), stroke.from_y + part * (stroke.y - stroke.from_y));
    }
}

} // namespace play

#endif // NCA_EXAMPLES_PLAY_WORLD_HPP
