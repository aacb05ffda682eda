// SPDX-License-Identifier: Apache-2.0
#include "script.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <support/image.hpp>
#include <system_error>

namespace play {

namespace {

enum class Word { none, optional_button, optional_press, required };

struct Form {
    std::string_view name;
    Action action;
    std::size_t numbers;
    Word word;
    std::string_view usage;
};

constexpr std::array<Form, 12> forms{
    {{"plant", Action::plant, 2, Word::none, "plant X Y"},
     {"erase", Action::erase, 3, Word::none, "erase X Y RADIUS"},
     {"mouse_down", Action::mouse_down, 2, Word::optional_press, "mouse_down X Y [left|right|shift]"},
     {"mouse_move", Action::mouse_move, 2, Word::none, "mouse_move X Y"},
     {"mouse_up", Action::mouse_up, 2, Word::optional_button, "mouse_up X Y [left|right]"},
     {"wheel", Action::wheel, 1, Word::none, "wheel NOTCHES"},
     {"goal", Action::goal, 1, Word::none, "goal K"},
     {"key", Action::key, 0, Word::required, "key KEY"},
     {"screenshot", Action::screenshot, 0, Word::required, "screenshot FILE"},
     {"window", Action::window, 0, Word::required, "window FILE"},
     {"picture", Action::picture, 0, Word::required, "picture FILE"},
     {"quit", Action::quit, 0, Word::none, "quit"}}};

constexpr std::string_view blanks = " \t\r";
constexpr double largest_number = 1e6;

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Takes the next word off a text.
std::string_view take_word(std::string_view& text) {
    text = trimmed(text);
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text = trimmed(text.substr(word.size()));
    return word;
}

template <class Number>
bool read_number(std::string_view word, Number& number) {
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), number);
    return code == std::errc{} && end == word.data() + word.size();
}

} // namespace

nca::Result<Event> parse_event(std::string_view line) {
    Event event;
    std::string_view rest = line;
    const std::string_view time = take_word(rest);
    if (!read_number(time, event.time) || event.time < 0) {
        return nca::Error{"expected a time in steps, a whole number from 0 on, found " + nca::quote(time)};
    }
    const std::string_view name = take_word(rest);
    const auto* const form = std::ranges::find(forms, name, &Form::name);
    if (form == forms.end()) {
        std::string names;
        for (const Form& known : forms) names += (names.empty() ? "" : ", ") + std::string{known.name};
        return nca::Error{"there is no action " + nca::quote(name) + "; expected one of: " + names};
    }
    event.action = form->action;
    const auto wrong = [&] {
        return nca::Error{"expected TIME " + std::string{form->usage} + ", found " + nca::quote(trimmed(line))};
    };
    for (std::size_t i = 0; i < form->numbers; ++i) {
        double& number = event.numbers[i];
        if (!read_number(take_word(rest), number) || !(std::abs(number) <= largest_number)) return wrong();
    }
    // A file name may contain spaces.
    event.word = std::string{rest};
    if (form->word == Word::required && rest.empty()) return wrong();
    if (form->word == Word::none && !rest.empty()) return wrong();
    const bool button = rest.empty() || rest == "left" || rest == "right";
    if (form->word == Word::optional_button && !button) return wrong();
    if (form->word == Word::optional_press && !button && rest != "shift") return wrong();
    if (event.action == Action::erase && event.numbers[2] <= 0.0) return wrong();
    const double first = event.numbers[0];
    if (event.action == Action::goal && (first < 0.0 || first != std::floor(first))) return wrong();
    return event;
}

nca::Result<void> parse_script(std::string_view text, const std::string& name, std::vector<Event>& events) {
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t length = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, length));
        text.remove_prefix(std::min(length + 1, text.size()));
        if (line.empty() || line.front() == '#') continue;
        nca::Result<Event> event = parse_event(line);
        if (!event) return nca::Error{name + ": line " + std::to_string(number) + ": " + event.error().message};
        events.push_back(std::move(event).value());
    }
    return {};
}

} // namespace play
