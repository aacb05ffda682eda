// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_EXAMPLES_PLAY_DIGIT_WORLD_HPP
#define NCA_EXAMPLES_PLAY_DIGIT_WORLD_HPP

#include <nca/run/community.hpp>
#include <nca/systems/mnist/rule.hpp>
#include <nca/systems/mnist/digits.hpp>

#include "brush.hpp"
#include "world.hpp"

#include <array>
#include <memory>
#include <optional>
#include <program/program.hpp>

namespace play {

/// Pictures to put into the world: of each digit the first ones, in the order of a data set.
class Samples {
public:
    static constexpr int most = 20; ///< of each digit

    explicit Samples(const nca::mnist::Digits& digits);

    /// A picture, [28][28]; indices go round. Null if there is none of this digit.
    [[nodiscard]] const float* picture(int digit, int index) const noexcept;

private:
    std::array<std::vector<float>, nca::mnist::classes> pictures_{};
};

/// How a world of digits begins.
struct DigitOptions {
    int height = 56;
    int width = 56;
    std::uint64_t seed = 1;
    double fire_rate = 0.5;
    double noise = nca::mnist::Rule<>::noise; ///< that of the model's training
    nca::Boundary boundary = nca::Boundary::zero;
    float undecided = 0.01F;                       ///< see nca::mnist::Colours
    std::optional<nca::mnist::Rule<>> adversary{}; ///< a rule that single cells may follow
};

/// Cells that agree on the digit that they form: the left button draws, the right one or Shift erases, as in the
/// article's demonstration.
class DigitWorld final : public World {
public:
    /// A world with the first 0 of the samples, or an empty one without samples.
    DigitWorld(std::string name, nca::mnist::Rule<> rule, const DigitOptions& options,
               std::shared_ptr<const Samples> samples);

    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] int width() const noexcept override { return options_.width; }
    [[nodiscard]] int height() const noexcept override { return options_.height; }
    [[nodiscard]] std::uint64_t steps() const noexcept override { return community_->world().steps(); }
    /// What the majority says and its share of the living cells come first, then the other digits with votes.
    [[nodiscard]] std::vector<StatusWords> status() const override;
    [[nodiscard]] std::vector<HelpLine> help() const override;

    /// The pen of the article's demonstration: lines two cells wide, ends of radius 3/2.
    [[nodiscard]] double brush() const noexcept override { return 1.5; }
    [[nodiscard]] double brush_step() const noexcept override { return 0.5; }
    /// The eraser is five times as wide as the pen.
    [[nodiscard]] double reach(double radius, bool erasing) const noexcept override;
    [[nodiscard]] bool draws_at_once() const noexcept override { return true; }
    [[nodiscard]] bool uses_digit_keys() const noexcept override { return samples_ != nullptr; }

    /// The cells forget; the sample that was put in last comes back, a drawing stays.
    void reset() override;
    void clear() override;
    void step() override;
    void click(const Stroke& touch) override;
    void stroke(const Stroke& stroke) override;
    bool key(char character) override;
    void draw(std::span<std::uint8_t> rgba) const override;

private:
    using Rule = nca::mnist::Rule<>;
    using Simulation = nca::Simulation<Rule, nca::Dynamic, nca::Dynamic>;
    using Community = nca::Community<Rule, nca::Dynamic, nca::Dynamic>;

    [[nodiscard]] Simulation& world() noexcept { return community_->world(); }
    [[nodiscard]] const Simulation& world() const noexcept { return community_->world(); }
    [[nodiscard]] bool has_adversaries() const noexcept { return options_.adversary.has_value(); }
    /// Makes the inked cells on a line adversaries, or those near its end victims again.
    void place(const Stroke& stroke);
    /// Cells that have lost their ink are no adversaries any more.
    void forget_dead();
    [[nodiscard]] double noise() const noexcept { return noisy_ ? options_.noise : 0.0; }
    void apply_options();
    /// Puts the present sample into the middle. Cells with ink in both pictures keep what they hold.
    void put_sample();

    std::string name_;
    Rule rule_;
    DigitOptions options_;
    std::shared_ptr<const Samples> samples_;
    std::optional<Community> community_; // it borrows the rules
    Simulation::StateGrid state_;        // no meaning between calls
    Brush brush_;                        // no meaning between calls
    bool noisy_;
    bool placing_ = false; // adversaries, not ink
    std::array<int, nca::mnist::classes> next_{1};
    int digit_ = 0;
    int sample_ = 0;
};

} // namespace play

#endif // NCA_EXAMPLES_PLAY_DIGIT_WORLD_HPP
