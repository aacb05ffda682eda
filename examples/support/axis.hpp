// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_SUPPORT_AXIS_HPP
#define NCA_EXAMPLES_SUPPORT_AXIS_HPP

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
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
    Axis(double low, double high, bool logarithmic, double margin)
        : low_{logarithmic ? std::log10(low) : low}, high_{logarithmic ? std::log10(high) : high}, logarithmic_{
                                                                                                       logarithmic} {
        const double extent = std::max({std::abs(low_), std::abs(high_), 1e-300});
        if (high_ - low_ < 1e-9 * extent || high_ - low_ < 1e-300) {
            const double half = logarithmic ? 0.5 : std::max(0.1 * extent, 1e-12);
            low_ -= half;
            high_ += half;
        }
        const double space = margin * (high_ - low_);
        low_ -= space;
        high_ += space;
        if (logarithmic && high_ - low_ >= 0.7) {
            add_logarithmic_ticks();
        } else if (logarithmic) {
            add_linear_ticks(std::pow(10.0, low_), std::pow(10.0, high_));
        } else {
            add_linear_ticks(low_, high_);
        }
    }

    /// Where a value lies: 0 at the low end, 1 at the high end.
    [[nodiscard]] double position(double value) const noexcept {
        return ((logarithmic_ ? std::log10(value) : value) - low_) / (high_ - low_);
    }

    [[nodiscard]] const std::vector<Tick>& ticks() const noexcept { return ticks_; }

private:
    static std::string with_minus(std::string text) {
        if (!text.empty() && text[0] == '-') text.replace(0, 1, "\xE2\x88\x92"); // U+2212
        return text;
    }

    static std::string number(double value, int decimals) {
        std::array<char, 64> text{};
        const bool plain = std::abs(value) < 1e7 && decimals <= 6;
        std::snprintf(text.data(), text.size(), plain ? "%.*f" : "%.*g", plain ? decimals : 4, value);
        return with_minus(text.data());
    }

    // 1, 2 or 5 times a power of ten, so that the range holds four to eleven steps.
    static double nice_step(double range) {
        const double power = std::pow(10.0, std::floor(std::log10(range / 4.0)));
        for (const double factor : {5.0, 2.0})
            if (range / (factor * power) >= 4.0) return factor * power;
        return power;
    }

    void add_linear_ticks(double low, double high) {
        const double step = nice_step(high - low);
        const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
        // Counted in whole steps: a sum of steps would drift. The tolerance keeps the ends of the range.
        const double first = std::ceil(low / step - 1e-6);
        for (int i = 0; i < 32 && (first + i) * step <= high + 1e-6 * step; ++i) {
            const double value = first + i == 0.0 ? 0.0 : (first + i) * step; // no "-0"
            ticks_.push_back({value, number(value, decimals), ""});
        }
    }

    void add_logarithmic_ticks() {
        // Long axes name every second or third decade, short ones also the 2s and 5s.
        const double decades = high_ - low_;
        const int every = std::max(1, static_cast<int>(std::ceil(decades / 8.0)));
        for (int power = static_cast<int>(std::floor(low_)); power <= static_cast<int>(std::ceil(high_)); ++power)
            for (int digit = 1; digit <= 9; ++digit) {
                const double value = digit * std::pow(10.0, power);
                if (position(value) < 0.0 || position(value) > 1.0 || (every > 1 && digit > 1)) continue;
                Tick tick{value, "", ""};
                const bool named = digit == 1 ? power % every == 0 : decades < 2.0 && (digit == 2 || digit == 5);
                if (named) {
                    tick.text = digit == 1 ? "10" : std::to_string(digit) + "\xC2\xB7" + "10"; // U+00B7
                    tick.exponent = with_minus(std::to_string(power));
                }
                ticks_.push_back(tick);
            }
    }

    double low_; // of the value, or of its decimal logarithm
    double high_;
    bool logarithmic_;
    std::vector<Tick> ticks_;
};

} // namespace support

#endif // NCA_EXAMPLES_SUPPORT_AXIS_HPP
