// SPDX-License-Identifier: Apache-2.0
#include "player.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <thread>

namespace play {

namespace {

constexpr double frames_per_second = 60.0;
// Of the 16.7 ms of a frame; the rest is for drawing and the system.
constexpr std::chrono::milliseconds step_budget{11};

std::vector<HelpLine> help_lines(const World& world, std::size_t worlds) {
    std::vector<HelpLine> lines = world.help();
    const std::vector<HelpLine> common{{"wheel", "size of the brush"},
                                       {"space", "pause"},
                                       {".", "one step"},
                                       {"+  -", "faster, slower"},
                                       {"R", "reset"},
                                       {"C", "clear"},
                                       {"S", "screenshot"}};
    lines.insert(lines.end(), common.begin(), common.end());
    if (worlds > 1) lines.push_back({world.uses_digit_keys() ? "Tab" : "1-9  Tab", "another model"});
    lines.push_back({"H", "this help"});
    lines.push_back({"Q  Esc", "quit"});
    return lines;
}

} // namespace

Player::Player(const Settings& settings, std::vector<std::unique_ptr<World>> worlds, std::vector<Event> events)
    : settings_{settings}, worlds_{std::move(worlds)}, events_{std::move(events)} {
    for (const auto& world : worlds_) brushes_.push_back(settings_.brush.value_or(world->brush()));
    const int below = bar_height + slider_height * static_cast<int>(world().sliders().size());
    const SDL_Rect space = screen_space();
    const int room =
        std::min(std::min(768, space.w) / world().width(), std::min(768, space.h - below) / world().height());
    const int scale = settings_.scale.value_or(std::max(1, room));
    window_ = std::make_unique<Window>("play: " + world().name(), std::max(480, world().width() * scale),
                                       std::max(240, world().height() * scale) + below);
    SDL_StartTextInput();
    start_measuring();
}

void Player::run() {
    const auto period =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1.0 / frames_per_second));
    auto next_frame = Clock::now() + period;
    for (;;) {
        perform_events();
        handle_input();
        if (finished_) break;
        draw_stroke();
        advance();
        draw(true, help_shown_);
        SDL_RenderPresent(window_->renderer());
        if (++frames_ == settings_.frames) break;
        // A late frame does not rush those that follow.
        next_frame = std::max(next_frame, Clock::now() - period);
        std::this_thread::sleep_until(next_frame);
        next_frame += period;
    }
    if (!settings_.screenshot.empty()) program::require(save_view(settings_.screenshot));
}

void Player::advance() {
    if (paused_) {
        ++time_;
    } else {
        due_steps_ += settings_.speed / frames_per_second;
        long steps = static_cast<long>(due_steps_);
        // An event comes after exactly as many steps as it says.
        if (next_event_ < events_.size()) steps = std::min(steps, events_[next_event_].time - time_);
        if (steps > 0) {
            const auto end = Clock::now() + step_budget;
            long done = 0;
            do {
                world().step();
                ++done;
            } while (done < steps && Clock::now() < end);
            time_ += done;
            rate_steps_ += done;
        }
        // Steps that did not fit are dropped.
        due_steps_ -= std::floor(due_steps_);
    }
    const std::chrono::duration<double> elapsed = Clock::now() - rate_since_;
    if (elapsed.count() < 0.5) return;
    const double rate = static_cast<double>(rate_steps_) / elapsed.count();
    start_measuring();
    rate_ = rate;
}

void Player::start_measuring() {
    rate_ = -1.0;
    rate_steps_ = 0;
    rate_since_ = Clock::now();
}

SDL_Rect Player::view() const {
    return fit(world().width(), world().height(), {0, 0, window_->size().x, std::max(1, panel().y)});
}

SDL_Rect Player::panel() const {
    const SDL_Point size = window_->size();
    const int bar = static_cast<int>(std::lround(bar_height * window_->ratio()));
    const int height =
        static_cast<int>(std::lround(slider_height * window_->ratio() * static_cast<double>(world().sliders().size())));
    return {0, size.y - bar - height, size.x, height};
}

void Player::draw(bool with_pointer, bool with_help) {
    SDL_Renderer* const renderer = window_->renderer();
    SDL_SetRenderDrawColor(renderer, 214, 218, 223, 255);
    SDL_RenderClear(renderer);
    image_.set(renderer, picture());
    const SDL_Rect area = view();
    image_.draw(renderer, area);
    if (with_pointer) draw_pointer(area);
    if (with_help) {
        help_.set(renderer, help_panel(window_->ratio(), world().name(), help_lines(world(), worlds_.size())));
        // A window that is too small shows it smaller.
        const SDL_Point size = window_->size();
        SDL_Rect space = fit(help_.width(), help_.height(), {0, 0, size.x, size.y});
        if (space.w > help_.width()) {
            space = {(size.x - help_.width()) / 2, (area.y + area.h / 2) - help_.height() / 2, help_.width(),
                     help_.height()};
        }
        help_.draw(renderer, space, 235);
    }
    draw_sliders();
    draw_bar();
}

const support::Image& Player::picture() {
    if (picture_.width != world().width() || picture_.height != world().height()) {
        picture_ = {world().width(), world().height()};
    }
    world().draw(picture_.rgba);
    return picture_;
}

void Player::draw_sliders() {
    const SDL_Rect area = panel();
    if (area.h == 0) return;
    std::vector<Slider> sliders = world().sliders();
    if (sliders_.width() != area.w || sliders != sliders_drawn_) {
        sliders_.set(window_->renderer(), slider_panel(area.w, window_->ratio(), sliders));
        sliders_drawn_ = std::move(sliders);
    }
    sliders_.draw(window_->renderer(), area);
}

void Player::draw_bar() {
    const SDL_Point size = window_->size();
    const auto now = Clock::now();
    if (bar_.width() != size.x || now - bar_drawn_ > std::chrono::milliseconds{100}) {
        std::vector<StatusWords> words{{world().name()}};
        // Unknown in the first moments.
        const std::string rate = paused_       ? "paused"
                                 : rate_ < 0.0 ? ""
                                               : formatted(rate_ < 10.0 ? "%.3g" : "%.0f", rate_) + " steps/s";
        if (!rate.empty()) words.push_back({rate});
        words.push_back({"step " + std::to_string(world().steps())});
        for (StatusWords& more : world().status()) words.push_back(std::move(more));
        const std::string right = now < notice_until_ ? notice_ : "H: help";
        bar_.set(window_->renderer(), status_bar(size.x, window_->ratio(), words, right));
        window_->set_title("play: " + world().name() + (rate.empty() ? "" : " - " + rate));
        bar_drawn_ = now;
    }
    bar_.draw(window_->renderer(), {0, size.y - bar_.height(), bar_.width(), bar_.height()});
}

void Player::draw_pointer(const SDL_Rect& area) {
    const Point at = gesture_.at;
    const SDL_Point place{static_cast<int>(at.x), static_cast<int>(at.y)};
    if (!pointer_inside_ || SDL_PointInRect(&place, &area) == SDL_FALSE) return;
    SDL_Renderer* const renderer = window_->renderer();
    const bool erasing = shift() || (gesture_.held && gesture_.button == Button::right);
    const double radius = world().reach(brushes_[current_], erasing) * area.w / world().width();
    std::array<SDL_FPoint, 65> ring{};
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const double angle = 2.0 * std::numbers::pi * static_cast<double>(i) / (ring.size() - 1.0);
        ring[i] = {static_cast<float>(at.x + radius * std::cos(angle)),
                   static_cast<float>(at.y + radius * std::sin(angle))};
    }
    SDL_RenderSetClipRect(renderer, &area);
    SDL_SetRenderDrawBlendMode(renderer, SDL_BLENDMODE_BLEND);
    SDL_SetRenderDrawColor(renderer, 60, 90, 130, gesture_.stroking() ? 230 : 120);
    SDL_RenderDrawLinesF(renderer, ring.data(), static_cast<int>(ring.size()));
    SDL_SetRenderDrawBlendMode(renderer, SDL_BLENDMODE_NONE);
    SDL_RenderSetClipRect(renderer, nullptr);
}

nca::Result<void> Player::save_view(const std::string& path) {
    draw(false, false);
    return support::write_png(path, window_->read(view()));
}

void Player::save_next_screenshot() {
    int index = 1;
    const auto name = [&] { return "screenshot-" + std::to_string(index) + ".png"; };
    std::error_code ignored;
    while (std::filesystem::exists(name(), ignored)) ++index;
    const auto written = save_view(name());
    notify(written ? "wrote " + name() : written.error().message);
}

void Player::notify(const std::string& message) {
    notice_ = message;
    notice_until_ = Clock::now() + std::chrono::seconds{3};
}

} // namespace play
