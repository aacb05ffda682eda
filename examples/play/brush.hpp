// SPDX-License-Identifier: Apache-2.0
// How much of each cell a brush covers.
#ifndef NCA_EXAMPLES_PLAY_BRUSH_HPP
#define NCA_EXAMPLES_PLAY_BRUSH_HPP

#include <cairo.h>
#include <cstdint>
#include <memory>

namespace play {

/// The smooth edges of a brush on a grid, as the canvas of a web browser draws them: in 255 levels. In its coordinates
/// a cell reaches from one whole number to the next.
class Brush {
public:
    /// An empty grid. Allocates.
    Brush(int width, int height);

    /// Covers nothing again.
    void clear();
    /// Covers a line with straight ends.
    void line(double from_x, double from_y, double to_x, double to_y, double thickness);
    /// Covers a disc with an outline, which adds 1/2 to its radius.
    void disc(double x, double y, double radius);

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
    struct Destroy {
        void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
        void operator()(cairo_t* context) const noexcept { cairo_destroy(context); }
    };
    int width_;
    int height_;
    std::unique_ptr<cairo_surface_t, Destroy> surface_;
    std::unique_ptr<cairo_t, Destroy> context_;
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_BRUSH_HPP
