// SPDX-License-Identifier: Apache-2.0
// The window, over SDL. An error of SDL ends the program with its message.
#ifndef NCA_EXAMPLES_PLAY_WINDOW_HPP
#define NCA_EXAMPLES_PLAY_WINDOW_HPP

#include <SDL.h>
#include <cstdint>
#include <memory>
#include <program/program.hpp>
#include <support/image.hpp>

namespace play {

struct DestroySdl {
    void operator()(SDL_Window* window) const noexcept { SDL_DestroyWindow(window); }
    void operator()(SDL_Renderer* renderer) const noexcept { SDL_DestroyRenderer(renderer); }
    void operator()(SDL_Texture* texture) const noexcept { SDL_DestroyTexture(texture); }
};

/// An image that the renderer keeps from frame to frame.
class Sprite {
public:
    [[nodiscard]] int width() const noexcept { return width_; }
    [[nodiscard]] int height() const noexcept { return height_; }
    /// Copies an image.
    void set(SDL_Renderer* renderer, const support::Image& image);
    /// Draws it into an area, each pixel a rectangle.
    void draw(SDL_Renderer* renderer, const SDL_Rect& area, std::uint8_t opacity = 255) const;

private:
    std::unique_ptr<SDL_Texture, DestroySdl> texture_;
    int width_ = 0;
    int height_ = 0;
};

/// A window that can be resized, and its renderer. One per program.
class Window {
public:
    Window(const std::string& title, int width, int height);

    [[nodiscard]] SDL_Renderer* renderer() const noexcept { return renderer_.get(); }
    [[nodiscard]] std::uint32_t id() const noexcept { return SDL_GetWindowID(window_.get()); }
    void set_title(const std::string& title) { SDL_SetWindowTitle(window_.get(), title.c_str()); }

    /// The size in pixels.
    [[nodiscard]] SDL_Point size() const;
    /// Pixels per unit of SDL's sizes and mouse positions; above 1 on screens of high resolution.
    [[nodiscard]] double ratio() const;

    /// What was drawn since the last present(). Allocates.
    [[nodiscard]] support::Image read(const SDL_Rect& area) const;

private:
    std::unique_ptr<SDL_Window, DestroySdl> window_;
    std::unique_ptr<SDL_Renderer, DestroySdl> renderer_;
};

/// The largest area of the proportions width : height within `space`, in its middle. Cells of four pixels or more get
/// a whole number of them, so that all are of one size.
[[nodiscard]] SDL_Rect fit(int width, int height, const SDL_Rect& space);

/// The space for a new window on the screen.
[[nodiscard]] SDL_Rect screen_space();

/// Makes SDL ready. A screen has to be there.
class Screen {
public:
    Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    ~Screen() { SDL_Quit(); }
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_WINDOW_HPP
