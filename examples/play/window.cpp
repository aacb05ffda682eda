// SPDX-License-Identifier: Apache-2.0
#include "window.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace play {

namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw program::Failure{what + ": " + SDL_GetError()};
}

[[noreturn]] void refuse_screen(const std::string& reason) {
    throw program::Failure{"no window can be opened: " + reason +
                           "; without a screen, run it under xvfb-run, or set SDL_VIDEODRIVER=dummy"};
}

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

/// False for a driver whose windows nobody sees, and for Wayland where its library would only print a complaint.
bool may_show_windows(std::string_view driver) {
    if (driver == "wayland")
        return !variable("XDG_RUNTIME_DIR").empty() || variable("WAYLAND_DISPLAY").starts_with('/');
    return driver != "dummy" && driver != "evdev" && driver != "offscreen";
}

} // namespace

Screen::Screen() {
    SDL_SetMainReady();
    const char* const chosen = SDL_GetHint(SDL_HINT_VIDEODRIVER);
    if (chosen != nullptr && *chosen != '\0') {
        if (SDL_Init(SDL_INIT_VIDEO) != 0) refuse_screen(SDL_GetError());
        return;
    }
    // By itself SDL falls back to drivers that show nothing.
    for (int i = 0; i < SDL_GetNumVideoDrivers(); ++i) {
        const char* const driver = SDL_GetVideoDriver(i);
        if (!may_show_windows(driver)) continue;
        SDL_SetHintWithPriority(SDL_HINT_VIDEODRIVER, driver, SDL_HINT_OVERRIDE);
        if (SDL_Init(SDL_INIT_VIDEO) == 0) return;
    }
    refuse_screen("no display was found");
}

SDL_Rect screen_space() {
    SDL_Rect space{0, 0, 1024, 768};
    SDL_GetDisplayUsableBounds(0, &space);
    // Title bar and frame.
    return {space.x, space.y, std::max(64, space.w - 32), std::max(64, space.h - 64)};
}

SDL_Rect fit(int width, int height, const SDL_Rect& space) {
    double scale = std::min(static_cast<double>(space.w) / width, static_cast<double>(space.h) / height);
    if (scale >= 4.0) scale = std::floor(scale);
    const int w = std::max(1, static_cast<int>(std::lround(width * scale)));
    const int h = std::max(1, static_cast<int>(std::lround(height * scale)));
    return {space.x + (space.w - w) / 2, space.y + (space.h - h) / 2, w, h};
}

void Sprite::set(SDL_Renderer* renderer, const support::Image& image) {
    if (texture_ == nullptr || image.width != width_ || image.height != height_) {
        width_ = image.width;
        height_ = image.height;
        texture_.reset(
            SDL_CreateTexture(renderer, SDL_PIXELFORMAT_RGBA32, SDL_TEXTUREACCESS_STREAMING, width_, height_));
        if (texture_ == nullptr) refuse("the window cannot show an image of this size");
        SDL_SetTextureScaleMode(texture_.get(), SDL_ScaleModeNearest);
    }
    if (SDL_UpdateTexture(texture_.get(), nullptr, image.rgba.data(), width_ * 4) != 0)
        refuse("the window cannot draw");
}

void Sprite::draw(SDL_Renderer* renderer, const SDL_Rect& area, std::uint8_t opacity) const {
    SDL_SetTextureBlendMode(texture_.get(), opacity == 255 ? SDL_BLENDMODE_NONE : SDL_BLENDMODE_BLEND);
    SDL_SetTextureAlphaMod(texture_.get(), opacity);
    SDL_RenderCopy(renderer, texture_.get(), nullptr, &area);
}

Window::Window(const std::string& title, int width, int height)
    : window_{SDL_CreateWindow(title.c_str(), SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, width, height,
                               SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI)} {
    if (window_ == nullptr) refuse("no window can be opened");
    SDL_SetWindowMinimumSize(window_.get(), 240, 160);
    // The best renderer available; software if nothing else works.
    renderer_.reset(SDL_CreateRenderer(window_.get(), -1, 0));
    if (renderer_ == nullptr) renderer_.reset(SDL_CreateRenderer(window_.get(), -1, SDL_RENDERER_SOFTWARE));
    if (renderer_ == nullptr) refuse("nothing can be drawn in the window");
}

SDL_Point Window::size() const {
    SDL_Point size{1, 1};
    SDL_GetRendererOutputSize(renderer_.get(), &size.x, &size.y);
    return size;
}

double Window::ratio() const {
    int width = 0;
    SDL_GetWindowSize(window_.get(), &width, nullptr);
    return width > 0 ? static_cast<double>(size().x) / width : 1.0;
}

support::Image Window::read(const SDL_Rect& area) const {
    support::Image image{area.w, area.h};
    if (SDL_RenderReadPixels(renderer_.get(), &area, SDL_PIXELFORMAT_RGBA32, image.rgba.data(), area.w * 4) != 0) {
        refuse("the window cannot be read");
    }
    for (std::size_t i = 3; i < image.rgba.size(); i += 4) image.rgba[i] = 255;
    return image;
}

} // namespace play
