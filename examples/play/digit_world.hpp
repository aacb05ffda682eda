// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_PLAY_DIGIT_WORLD_HPP
#define NCA_EXAMPLES_PLAY_DIGIT_WORLD_HPP

#include <nca/systems/mnist/digits.hpp>

#include "brush.hpp"
#include "cells_world.hpp"

#include <array>
#include <memory>
#include <program/model_file.hpp>

namespace play {

/// Images to put into the world: the first of each digit, in the order of a data set.
class Samples {
public:
    static constexpr int most = 20; ///< of each digit

    explicit Samples(const nca::mnist::Digits& digits);

    /// An image, [28, 28]; indices wrap around. Null if there is none of this digit.
    [[nodiscard]] const float* image(int digit, int index) const noexcept;

private:
    std::array<std::vector<float>, nca::mnist::classes> images_{};
};

/// Cells that agree on the digit that they form: the left button draws, the right one or Shift erases, as in the
/// article's demonstration.
class DigitWorld final : public CellsWorld<program::MnistRule> {
public:
    using Options = CellsOptions<program::MnistRule>;

    /// A world with the first 0 of the samples, or an empty one without samples. `noise`: that of the model's training.
    DigitWorld(std::string name, program::MnistRule rule, Options options, double noise,
               const nca::mnist::Colours& colours, std::shared_ptr<const Samples> samples);

    /// The vote of the majority and its fraction of the living cells come first, then the other digits with votes.
    [[nodiscard]] std::vector<StatusWords> status() const override;
    [[nodiscard]] std::vector<HelpLine> help() const override;

    /// The pen of the article's demonstration: lines two cells wide, ends of radius 3/2.
    [[nodiscard]] double brush() const noexcept override { return 1.5; }
    [[nodiscard]] double brush_step() const noexcept override { return 0.5; }
    /// The eraser is five times as wide as the pen.
    [[nodiscard]] double reach(double radius, bool erasing) const noexcept override;
    [[nodiscard]] bool draws_at_once() const noexcept override { return true; }
    [[nodiscard]] bool uses_digit_keys() const noexcept override { return samples_ != nullptr; }

    /// The cells forget; the last sample comes back, a drawing stays.
    void reset() override;
    void click(const Stroke& touch) override;
    void stroke(const Stroke& stroke) override;
    bool key(char character) override;
    void draw(std::span<std::uint8_t> rgba) const override;

private:
    /// Makes the inked cells on a line adversaries, or those near its end victims again.
    void place_on(const Stroke& stroke);
    /// Makes cells that have lost their ink victims again.
    void forget_dead();
    [[nodiscard]] double noise() const noexcept { return noisy_ ? noise_ : 0.0; }
    void apply_options() override;
    /// Puts the present sample into the middle. Cells with ink in both images keep their states.
    void put_sample();

    double noise_;
    bool noisy_;
    nca::mnist::Colours colours_;
    std::shared_ptr<const Samples> samples_;
    Brush brush_; // no meaning between calls
    std::array<int, nca::mnist::classes> next_{1};
    int digit_ = 0;
    int sample_ = 0;
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_DIGIT_WORLD_HPP
