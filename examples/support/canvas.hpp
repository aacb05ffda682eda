// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_CANVAS_HPP
#define NCA_EXAMPLES_SUPPORT_CANVAS_HPP

#include "image.hpp"

#include <cairo.h>
#include <memory>

namespace support {

struct DestroyCairo {
    void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
    void operator()(cairo_t* context) const noexcept { cairo_destroy(context); }
};

/// How a text is anchored to its point: the fraction of its width to the left of the point, and the fraction of
/// its height above it.
struct Anchor {
    double x = 0.5;
    double y = 0.5;
};

/// A white drawing area over Cairo, with text. Coordinates are pixels, y downwards; angles turn clockwise.
class Canvas {
public:
    /// A white area. A size that Cairo refuses (above 32767) or a lack of memory shows in image().
    Canvas(int width, int height);

    /// The Cairo context, for lines and shapes.
    [[nodiscard]] cairo_t* context() noexcept { return context_.get(); }

    /// Sets the colour of what follows; all parts from 0 to 1.
    void colour(double red, double green, double blue, double alpha = 1.0) noexcept {
        cairo_set_source_rgba(context(), red, green, blue, alpha);
    }

    /// The width of a text in pixels; `size` is the font's nominal height.
    [[nodiscard]] double text_width(const std::string& utf8, double size, bool bold = false) noexcept;

    /// Draws a text. Its height is that of capital letters and digits, so that labels in a row share a base line.
    void text(double x, double y, const std::string& utf8, double size, Anchor anchor = {}, bool bold = false,
              double angle = 0.0) noexcept;

    /// What was drawn, or the reason why nothing could be.
    [[nodiscard]] nca::Result<Image> image();

private:
    void select_font(double size, bool bold) noexcept;

    std::unique_ptr<cairo_surface_t, DestroyCairo> surface_;
    std::unique_ptr<cairo_t, DestroyCairo> context_;
};

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_CANVAS_HPP
