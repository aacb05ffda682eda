// SPDX-License-Identifier: Apache-2.0
// What comes from the mouse, the keyboard and the script. A script's mouse and keys go through SDL's queue.
#include "player.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>

namespace play {

namespace {

constexpr std::array<double, 15> speeds{1.0,   2.0,   5.0,    10.0,   20.0,   30.0,    60.0,    120.0,
                                        240.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0, 100000.0};

} // namespace

void Player::perform_events() {
    while (!finished_ && next_event_ < events_.size() && events_[next_event_].time <= time_) {
        perform(events_[next_event_++]);
        // What follows finds its effect.
        handle_input();
        draw_stroke();
    }
}

void Player::perform(const Event& event) {
    const auto [x, y, radius] = event.numbers;
    switch (event.action) {
    case Action::plant:
        world().click({x, y, x, y, brushes_[current_], Button::left, true, false});
        break;
    case Action::erase:
        world().stroke({x, y, x, y, radius, Button::right, true, false});
        break;
    case Action::goal:
        if (const auto chosen = world().choose_goal(static_cast<int>(event.numbers[0])); !chosen) {
            throw program::Failure{"goal: " + nca::quote_path(world().name()) + ": " + chosen.error().message};
        }
        break;
    case Action::mouse_down:
    case Action::mouse_move:
    case Action::mouse_up:
    case Action::wheel:
    case Action::key:
        push(event);
        break;
    case Action::screenshot:
        program::require(save_view(event.word));
        break;
    case Action::window: {
        bar_drawn_ = {};
        draw(false, help_shown_);
        const SDL_Point size = window_->size();
        program::require(support::write_png(event.word, window_->read({0, 0, size.x, size.y})));
        break;
    }
    case Action::picture:
        program::require(support::write_png(event.word, picture()));
        break;
    case Action::quit:
        finished_ = true;
        break;
    }
}

void Player::push(const Event& event) {
    const Action action = event.action;
    const std::string& word = event.word;
    const int x = static_cast<int>(std::lround(event.numbers[0]));
    const int y = static_cast<int>(std::lround(event.numbers[1]));
    SDL_Event sent{};
    if (action == Action::wheel) {
        sent.type = SDL_MOUSEWHEEL;
        sent.wheel.windowID = window_->id();
        sent.wheel.y = x;
    } else if (action == Action::mouse_move) {
        sent.type = SDL_MOUSEMOTION;
        sent.motion.windowID = window_->id();
        sent.motion.x = x;
        sent.motion.y = y;
    } else if (action == Action::mouse_down || action == Action::mouse_up) {
        if (action == Action::mouse_down) scripted_shift_ = word == "shift";
        sent.type = action == Action::mouse_down ? SDL_MOUSEBUTTONDOWN : SDL_MOUSEBUTTONUP;
        sent.button.windowID = window_->id();
        sent.button.button = word == "right" ? SDL_BUTTON_RIGHT : SDL_BUTTON_LEFT;
        sent.button.x = x;
        sent.button.y = y;
    } else if (word.size() == 1 || word == "space") {
        sent.type = SDL_TEXTINPUT;
        sent.text.windowID = window_->id();
        sent.text.text[0] = word == "space" ? ' ' : word.front();
    } else {
        sent.type = SDL_KEYDOWN;
        sent.key.windowID = window_->id();
        sent.key.keysym.sym = SDL_GetKeyFromName(word.c_str());
    }
    SDL_PushEvent(&sent);
}

void Player::handle_input() {
    SDL_Event event;
    while (SDL_PollEvent(&event) != 0) handle(event);
}

void Player::handle(const SDL_Event& event) {
    const double ratio = window_->ratio();
    const auto point = [&](int x, int y) { return Point{x * ratio, y * ratio}; };
    switch (event.type) {
    case SDL_QUIT:
        finished_ = true;
        break;
    case SDL_WINDOWEVENT:
        if (event.window.event == SDL_WINDOWEVENT_FOCUS_LOST) let_go();
        if (event.window.event == SDL_WINDOWEVENT_LEAVE) pointer_inside_ = false;
        break;
    case SDL_MOUSEMOTION:
        pointer_inside_ = true;
        if (sliding_) {
            move_slider(event.motion.x * ratio);
            break;
        }
        gesture_.move(point(event.motion.x, event.motion.y));
        // Several motions may come in one frame: each is drawn, so that bends stay round.
        draw_stroke();
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP: {
        if (event.button.button != SDL_BUTTON_LEFT && event.button.button != SDL_BUTTON_RIGHT) break;
        const Button button = event.button.button == SDL_BUTTON_LEFT ? Button::left : Button::right;
        const Point at = point(event.button.x, event.button.y);
        const SDL_Point place{static_cast<int>(at.x), static_cast<int>(at.y)};
        const SDL_Rect area = view();
        const SDL_Rect sliders = panel();
        if (event.type == SDL_MOUSEBUTTONDOWN && SDL_PointInRect(&place, &sliders) == SDL_TRUE) {
            if (gesture_.held) break;
            const auto count = static_cast<int>(world().sliders().size());
            sliding_ = static_cast<std::size_t>((place.y - sliders.y) * count / sliders.h);
            move_slider(at.x);
        } else if (event.type == SDL_MOUSEBUTTONUP && sliding_) {
            sliding_.reset();
        } else if (event.type == SDL_MOUSEBUTTONDOWN) {
            if (SDL_PointInRect(&place, &area) == SDL_TRUE) gesture_.press(at, button, world().draws_at_once());
        } else {
            gesture_.move(at);
            // A stroke may begin and end between two frames.
            draw_stroke();
            if (gesture_.release(at, button)) world().click(in_cells(gesture_.drawn, gesture_.drawn, button));
            scripted_shift_ = false;
        }
        break;
    }
    case SDL_MOUSEWHEEL: {
        const int up = event.wheel.direction == SDL_MOUSEWHEEL_FLIPPED ? -event.wheel.y : event.wheel.y;
        const double largest = std::max(world().width(), world().height()) / 2.0;
        double& brush = brushes_[current_];
        brush = std::clamp(brush + up * world().brush_step(), 1.0, std::max(1.0, largest));
        break;
    }
    case SDL_KEYDOWN:
        held_key_ = event.key.repeat != 0;
        if (event.key.keysym.sym == SDLK_ESCAPE) finished_ = true;
        if (event.key.keysym.sym == SDLK_TAB && !held_key_) choose((current_ + 1) % worlds_.size());
        break;
    case SDL_TEXTINPUT:
        // Text, not keys, so that [ and + are where the user's keyboard has them. One character is one command.
        if (std::strlen(event.text.text) == 1) handle_character(event.text.text[0]);
        break;
    default:
        break;
    }
}

void Player::handle_character(char character) {
    // Only what goes up and down repeats while its key is held.
    const bool command = std::isalnum(static_cast<unsigned char>(character)) != 0 || character == ' ';
    if (held_key_ && command) return;
    bar_drawn_ = {};
    const bool digit = character >= '0' && character <= '9';
    // 0 chooses none: its index is larger than any.
    if (digit && !world().uses_digit_keys()) return choose(static_cast<std::size_t>(character - '1'));
    switch (key_of(character)) {
    case ' ':
        paused_ = !paused_;
        start_measuring();
        break;
    case '.':
        paused_ = true;
        world().step();
        break;
    case '+':
    case '=':
        change_speed(1);
        break;
    case '-':
        change_speed(-1);
        break;
    case 'r':
        world().reset();
        break;
    case 'c':
        world().clear();
        break;
    case 's':
        save_next_screenshot();
        break;
    case 'h':
    case '?':
        help_shown_ = !help_shown_;
        break;
    case 'q':
        finished_ = true;
        break;
    default:
        world().key(character);
    }
}

void Player::choose(std::size_t index) {
    if (index >= worlds_.size()) return;
    let_go();
    current_ = index;
    bar_drawn_ = {};
}

void Player::let_go() {
    gesture_.held = false;
    sliding_.reset();
}

void Player::move_slider(double x) {
    const std::vector<Slider> sliders = world().sliders();
    world().slide(*sliding_, slider_value(sliders[*sliding_], x, panel().w, window_->ratio()));
    bar_drawn_ = {};
}

void Player::change_speed(int direction) {
    if (direction > 0) {
        const auto* const next = std::upper_bound(speeds.begin(), speeds.end(), settings_.speed);
        if (next != speeds.end()) settings_.speed = *next;
    } else {
        const auto* const same = std::lower_bound(speeds.begin(), speeds.end(), settings_.speed);
        if (same != speeds.begin()) settings_.speed = *(same - 1);
    }
    due_steps_ = 0.0;
    notify(formatted("speed: %g steps/s", settings_.speed));
}

Stroke Player::in_cells(Point from, Point to, Button button) const {
    const SDL_Rect area = view();
    const double cell = static_cast<double>(area.w) / world().width();
    const auto x = [&](double at) { return (at - area.x) / cell - 0.5; };
    const auto y = [&](double at) { return (at - area.y) / cell - 0.5; };
    return {x(from.x), y(from.y), x(to.x), y(to.y), brushes_[current_], button, gesture_.begins, shift()};
}

bool Player::shift() const {
    return scripted_shift_ || (SDL_GetModState() & KMOD_SHIFT) != 0;
}

void Player::draw_stroke() {
    if (!gesture_.stroking()) return;
    world().stroke(in_cells(gesture_.drawn, gesture_.at, gesture_.button));
    gesture_.draw();
}

} // namespace play
