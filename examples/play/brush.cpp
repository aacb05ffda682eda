// SPDX-License-Identifier: Apache-2.0
#include "brush.hpp"

#include <program/program.hpp>

namespace play {

Brush::Brush(int width, int height)
    : width_{width}, height_{height}, surface_{cairo_image_surface_create(CAIRO_FORMAT_A8, width, height)},
      context_{cairo_create(surface_.get())} {
    if (cairo_status(context_.get()) != CAIRO_STATUS_SUCCESS) {
        throw program::Failure{"a grid of this size cannot be drawn on"};
    }
}

void Brush::clear() {
    cairo_set_operator(context_.get(), CAIRO_OPERATOR_CLEAR);
    cairo_paint(context_.get());
    cairo_set_operator(context_.get(), CAIRO_OPERATOR_OVER);
}

void Brush::line(double from_x, double from_y, double to_x, double to_y, double thickness) {
    cairo_set_line_width(context_.get(), thickness);
    cairo_move_to(context_.get(), from_x, from_y);
    cairo_line_to(context_.get(), to_x, to_y);
    cairo_stroke(context_.get());
}

void Brush::disc(double x, double y, double radius) {
    cairo_arc(context_.get(), x, y, radius, 0.0, 2.0 * 3.14159265358979323846);
    cairo_fill_preserve(context_.get());
    cairo_set_line_width(context_.get(), 1.0);
    cairo_stroke(context_.get());
}

} // namespace play
