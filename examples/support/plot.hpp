// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_PLOT_HPP
#define NCA_EXAMPLES_SUPPORT_PLOT_HPP

#include "image.hpp"

namespace support {

/// How the values of a series are drawn. Points are translucent, so that thousands show their density.
enum class Mark { line, points };

/// One named curve of a plot. Values that are not finite (on a logarithmic axis: not positive) are left out and
/// interrupt a line.
struct Series {
    std::string name; ///< shown in the legend; without a name, not in the legend
    std::vector<double> x;
    std::vector<double> y; ///< as many as x
    Mark mark = Mark::line;
};

/// A diagram of curves over common axes.
struct Plot {
    std::string title;
    std::string x_label;
    std::string y_label;
    bool logarithmic = false; ///< the y axis
    int width = 1200;
    int height = 720;
    std::vector<Series> series;
};

/// The drawing of a plot. Errors: no value to show, a series whose x and y differ in number, an impossible size.
[[nodiscard]] nca::Result<Image> draw_plot(const Plot& plot);

/// Draws a plot into a PNG file, which appears as a whole: on failure the path is left as it was.
[[nodiscard]] nca::Result<void> write_plot(const std::filesystem::path& path, const Plot& plot);

/// The plot of a training run: the loss of each iteration as a point on a logarithmic axis, as the article shows it,
/// and its running geometric mean as a line. Losses of which some are negative, or none positive, as where something is
/// maximised, have a linear axis and an arithmetic mean. losses[i] belongs to iteration first_iteration + i.
[[nodiscard]] Plot loss_plot(std::string title, std::span<const float> losses, long first_iteration = 0);

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_PLOT_HPP
