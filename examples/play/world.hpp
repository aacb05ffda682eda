// SPDX-License-Identifier: Apache-2.0
// What the window shows and plays with. The window knows nothing else about a system.
#ifndef NCA_EXAMPLES_PLAY_WORLD_HPP
#define NCA_EXAMPLES_PLAY_WORLD_HPP

#include <nca/run/draw.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
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

/// A few words for the bar, where a mark in a colour may stand in front of them.
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
    World() = default;
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    virtual ~World() = default;

    /// What the title says.
    [[nodiscard]] virtual const std::string& name() const noexcept = 0;
    /// The picture's size in cells.
    [[nodiscard]] virtual int width() const noexcept = 0;
    [[nodiscard]] virtual int height() const noexcept = 0;
    /// Steps since the last reset.
    [[nodiscard]] virtual std::uint64_t steps() const noexcept = 0;
    /// What the world shows and how it is set, in a few words each.
    [[nodiscard]] virtual std::vector<StatusWords> status() const = 0;
    /// The keys and mouse actions of this world; those of the window are not among them.
    [[nodiscard]] virtual std::vector<HelpLine> help() const = 0;

    /// The sliders of this world, in an order that stays.
    [[nodiscard]] virtual std::vector<Slider> sliders() const { return {}; }
    /// A slider was moved, to a value in its range.
    virtual void slide(std::size_t /*slider*/, double /*value*/) {}

    /// The radius of the brush in the beginning, and by how much a notch of the wheel changes it.
    [[nodiscard]] virtual double brush() const noexcept { return 5.0; }
    [[nodiscard]] virtual double brush_step() const noexcept { return 1.0; }
    /// How far from the pointer a brush of this radius reaches.
    [[nodiscard]] virtual double reach(double radius, bool /*erasing*/) const noexcept { return radius; }
    /// True if the left button draws as soon as it is pressed; without it, a press that does not move is a click.
    [[nodiscard]] virtual bool draws_at_once() const noexcept { return false; }
    /// True if the keys 0 to 9 mean something here. Else they choose another model.
    [[nodiscard]] virtual bool uses_digit_keys() const noexcept { return false; }

    /// The beginning again: the same film.
    virtual void reset() = 0;
    /// Nothing lives any more.
    virtual void clear() = 0;
    virtual void step() = 0;
    /// At most `steps` whole steps, and none that begins after the budget is used, except the first. Returns how many.
    int advance(int steps, std::chrono::nanoseconds budget) {
        using Clock = std::chrono::steady_clock;
        const auto end = Clock::now() + budget;
        int done = 0;
        while (done < steps && (done == 0 || Clock::now() < end)) {
            step();
            ++done;
        }
        return done;
    }

    /// The left button was pressed and let go at one place.
    virtual void click(const Stroke& touch) = 0;
    /// The pointer moved with a button held, or stays with it held: called again every frame.
    virtual void stroke(const Stroke& stroke) = 0;
    /// A character was typed. False: it means nothing here.
    virtual bool key(char character) = 0;

    /// The present picture, RGBA8, opaque. Precondition: width * height * 4 bytes.
    virtual void draw(std::span<std::uint8_t> rgba) const = 0;
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_WORLD_HPP
