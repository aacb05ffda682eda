// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_EXAMPLES_SUPPORT_AXIS_HPP
#define NCA_EXAMPLES_SUPPORT_AXIS_HPP

#include <string>
#include <vector>

namespace support {

/// A mark on an axis. Its label is `text` with `exponent` raised behind it; a mark without text is a minor one.
struct Tick {
    double value = 0.0;
    std::string text;
    std::string exponent;
};

/// One direction of a plot: the range of its values, linear or logarithmic, and its ticks.
class Axis {
public:
    /// An axis from `low` to `high`, both shown; `margin` is the fraction of the length left free on either side. An
    /// empty range is widened. Preconditions: finite, low <= high; low > 0 if logarithmic.
    Axis(double low, double high, bool logarithmic, double margin);

    /// Where a value lies: 0 at the low end, 1 at the high end.
    [[nodiscard]] double position(double value) const noexcept;

    [[nodiscard]] const std::vector<Tick>& ticks() const noexcept { return ticks_; }

private:
    void add_linear_ticks();
    void add_logarithmic_ticks();
    [[nodiscard]] double low_value() const noexcept;
    [[nodiscard]] double high_value() const noexcept;

    double low_; // of the value, or of its decimal logarithm
    double high_;
    bool logarithmic_;
    std::vector<Tick> ticks_;
};

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_AXIS_HPP
