// SPDX-License-Identifier: Apache-2.0
// How much of each cell a brush covers.
#ifndef NCA_EXAMPLES_PLAY_BRUSH_HPP
#define NCA_EXAMPLES_PLAY_BRUSH_HPP

#include <cstdint>
#include <numbers>
#include <program/program.hpp>
#include <support/canvas.hpp>

namespace play {

/// The smooth edges of a brush on a grid, as the canvas of a web browser draws them: in 255 levels. In its coordinates
/// a cell reaches from one whole number to the next.
class Brush {
public:
    /// An empty grid. Allocates.
    Brush(int width, int height)
        : width_{width}, height_{height}, surface_{cairo_image_surface_create(CAIRO_FORMAT_A8, width, height)},
          context_{cairo_create(surface_.get())} {
        if (cairo_status(context_.get()) != CAIRO_STATUS_SUCCESS) {
            throw program::Failure{"a grid of this size cannot be drawn on"};
        }
    }

    /// Covers nothing again.
    void clear() {
        cairo_set_operator(context_.get(), CAIRO_OPERATOR_CLEAR);
        cairo_paint(context_.get());
        cairo_set_operator(context_.get(), CAIRO_OPERATOR_OVER);
    }
    /// Covers a line with straight ends.
    void line(double from_x, double from_y, double to_x, double to_y, double thickness) {
        cairo_set_line_width(context_.get(), thickness);
        cairo_move_to(context_.get(), from_x, from_y);
        cairo_line_to(context_.get(), to_x, to_y);
        cairo_stroke(context_.get());
    }
    /// Covers a disc with an outline, which adds 1/2 to its radius.
    void disc(double x, double y, double radius) {
        cairo_arc(context_.get(), x, y, radius, 0.0, 2.0 * std::numbers::pi);
        cairo_fill_preserve(context_.get());
        cairo_set_line_width(context_.get(), 1.0);
        cairo_stroke(context_.get());
    }

    /// Calls visit(x, y, coverage) for every cell that is touched; the coverage is above 0 and at most 1.
    template <class Visit>
    void for_each(Visit&& visit) const {
        cairo_surface_flush(surface_.get());
        const unsigned char* const bytes = cairo_image_surface_get_data(surface_.get());
        const int stride = cairo_image_surface_get_stride(surface_.get());
        for (int y = 0; y < height_; ++y) {
            for (int x = 0; x < width_; ++x) {
                const std::uint8_t level = bytes[y * stride + x];
                if (level > 0) visit(x, y, static_cast<float>(level) / 255.0F);
            }
        }
    }

private:
    int width_;
    int height_;
    std::unique_ptr<cairo_surface_t, support::DestroyCairo> surface_;
    std::unique_ptr<cairo_t, support::DestroyCairo> context_;
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_BRUSH_HPP
