// SPDX-License-Identifier: Apache-2.0
#include "canvas.hpp"

#include <cstring>
#include <fontconfig/fontconfig.h>
#include <string>

namespace support {
namespace {

// Cairo and fontconfig keep the fonts that they have used until the process ends, in structures that store pointers as
// offsets: the leak sanitizer takes them for lost. This lets go of them.
struct FontCache {
    ~FontCache() {
        cairo_debug_reset_static_data();
        FcFini();
    }
};

} // namespace

Canvas::Canvas(int width, int height)
    : surface_{cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)}, context_{cairo_create(surface_.get())} {
    cairo_set_source_rgb(context(), 1.0, 1.0, 1.0);
    cairo_paint(context());
    colour(0.0, 0.0, 0.0);
}

void Canvas::select_font(double size, bool bold) noexcept {
    static const FontCache cleared_at_exit;
    // Any distribution that has Cairo has DejaVu, or a font that fontconfig takes for it.
    cairo_select_font_face(context(), "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(context(), size);
}

double Canvas::text_width(const std::string& utf8, double size, bool bold) noexcept {
    select_font(size, bold);
    cairo_text_extents_t extents{};
    cairo_text_extents(context(), utf8.c_str(), &extents);
    return extents.x_advance;
}

void Canvas::text(double x, double y, const std::string& utf8, double size, Anchor anchor, bool bold,
                  double angle) noexcept {
    const double width = text_width(utf8, size, bold);
    cairo_text_extents_t capital{};
    cairo_text_extents(context(), "0", &capital);
    cairo_save(context());
    cairo_translate(context(), x, y);
    cairo_rotate(context(), angle);
    cairo_move_to(context(), -anchor.x * width, (1.0 - anchor.y) * capital.height);
    cairo_show_text(context(), utf8.c_str());
    cairo_new_path(context());
    cairo_restore(context());
}

nca::Result<Image> Canvas::image() {
    cairo_surface_flush(surface_.get());
    if (const cairo_status_t status = cairo_status(context()); status != CAIRO_STATUS_SUCCESS) {
        return nca::Error{std::string{"cannot draw: "} + cairo_status_to_string(status)};
    }
    Image image{cairo_image_surface_get_width(surface_.get()), cairo_image_surface_get_height(surface_.get())};
    const unsigned char* data = cairo_image_surface_get_data(surface_.get());
    const int stride = cairo_image_surface_get_stride(surface_.get());
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x) {
            // One 32-bit number per pixel in the machine's byte order: blue in the low byte.
            std::uint32_t bgr = 0;
            std::memcpy(&bgr, data + y * stride + x * 4, sizeof bgr);
            std::uint8_t* rgba = image.at(x, y);
            for (unsigned c = 0; c < 3; ++c) rgba[c] = static_cast<std::uint8_t>(bgr >> (16U - 8U * c));
            rgba[3] = 255;
        }
    return image;
}

} // namespace support
