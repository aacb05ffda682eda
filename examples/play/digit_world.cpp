// SPDX-License-Identifier: Apache-2.0
#include <nca/systems/mnist/digits.hpp>

#include "brush.hpp"
#include "cells_world.hpp"

#include <array>
#include <cstdlib>
#include <program/model_file.hpp>
#include <support/mnist_data.hpp>

namespace play {

namespace {

using nca::mnist::classes;
using nca::mnist::image_side;
using program::MnistRule;

/// Pictures to put into the world: the first of each digit, in the order of a data set.
using Samples = std::array<std::vector<std::array<float, nca::mnist::image_cells>>, classes>;
constexpr int most_samples = 20; ///< of each digit

/// The samples of the keys 0 to 9; null if there are no data. A folder that was named must hold them.
std::shared_ptr<const Samples> load_samples(const std::string& folder) {
    const auto digits = support::load_digits(folder, true);
    if (!digits && !folder.empty()) throw program::Failure{"--data: " + digits.error().message};
    const char* const variable = std::getenv("NCA_MNIST");
    if (!digits && variable != nullptr && *variable != '\0') {
        throw program::Failure{"NCA_MNIST: " + digits.error().message};
    }
    if (!digits) return nullptr;
    auto samples = std::make_shared<Samples>();
    for (int i = 0; i < digits->count; ++i) {
        auto& pictures = (*samples)[digits->labels[static_cast<std::size_t>(i)]];
        if (pictures.size() == most_samples) continue;
        const auto picture = digits->image(i);
        std::copy(picture.begin(), picture.end(), pictures.emplace_back().begin());
    }
    return samples;
}

/// The thickness of the pen's lines; the discs at their ends reach half a cell further than half of it.
double thickness_of(double radius) {
    return std::max(2.0 * radius - 1.0, 0.5);
}

constexpr double eraser = 5.0;

/// Cells that agree on the digit that they form: the left button draws, the right one or Shift erases, as in the
/// article's demonstration.
class DigitWorld final : public CellsWorld<MnistRule> {
public:
    /// A world with the first 0 of the samples, or an empty one without samples.
    DigitWorld(std::string name, const program::MnistModel& model, std::optional<MnistRule> adversary,
               const WorldOptions& chosen, std::shared_ptr<const Samples> samples)
        : CellsWorld{std::move(name), model, std::move(adversary), chosen, 56, nca::Boundary::zero},
          colours_{program::colours_of(model.metadata)}, samples_{std::move(samples)}, brush_{width(), height()} {
        if (options_.noise > 0.0) noise_ = options_.noise;
        rebuild();
        if (samples_ != nullptr) put_sample();
    }

    /// The vote of the majority and its fraction of the living cells come first, then the other digits with votes.
    [[nodiscard]] std::vector<StatusWords> status() const override {
        const auto state = cells_->state();
        std::array<std::pair<int, int>, classes> votes{}; // count, digit
        for (int k = 0; k < classes; ++k) votes[static_cast<std::size_t>(k)].second = k;
        int living = 0;
        int decided = 0;
        for (int cell = 0; cell < width() * height(); ++cell) {
            const auto channels = state.view().cell(cell);
            if (!(channels[0] > nca::mnist::ink)) continue;
            ++living;
            const int vote = nca::mnist::vote_of(channels.data());
            if (channels[static_cast<std::size_t>(nca::mnist::first_class + vote)] < colours_.undecided) continue;
            ++decided;
            ++votes[static_cast<std::size_t>(vote)].first;
        }
        std::vector<StatusWords> words;
        if (living == 0) {
            words.push_back({"draw a digit"});
        } else if (decided == 0) {
            words.push_back({"undecided"});
        } else {
            std::stable_sort(votes.begin(), votes.end(), [](auto a, auto b) { return a.first > b.first; });
            for (const auto& [count, digit] : votes) {
                if (count == 0) break;
                words.push_back({(words.empty() ? "says " : "") + std::to_string(digit) + " (" +
                                     std::to_string((100 * count + living / 2) / living) + "%)",
                                 nca::mnist::palette[static_cast<std::size_t>(digit)]});
            }
        }
        words.push_back({std::to_string(living) + " cells"});
        words.push_back({"fire rate " + short_text(options_.fire_rate)});
        words.push_back({options_.noise == 0.0 ? "no noise" : "noise " + short_text(options_.noise)});
        if (options_.boundary == nca::Boundary::torus) words.push_back({"torus"});
        add_adversary_status(words);
        return words;
    }

    [[nodiscard]] std::vector<HelpLine> help() const override {
        std::vector<HelpLine> lines{{"drag", "draw"}, {"right button, Shift", "erase"}};
        if (samples_ != nullptr) lines.push_back({"0-9", "the next handwritten digit; the cells keep their states"});
        lines.push_back(fire_rate_help);
        lines.push_back({"N", "noise on, off"});
        add_adversary_help(lines);
        return lines;
    }

    /// The pen of the article's demonstration: lines two cells wide, ends of radius 3/2.
    [[nodiscard]] double brush() const noexcept override { return 1.5; }
    [[nodiscard]] double brush_step() const noexcept override { return 0.5; }
    /// The eraser is five times as wide as the pen.
    [[nodiscard]] double reach(double radius, bool erasing) const noexcept override {
        return (erasing ? eraser : 1.0) * thickness_of(radius) / 2.0 + 0.5;
    }
    [[nodiscard]] bool draws_at_once() const noexcept override { return true; }
    [[nodiscard]] bool uses_digit_keys() const noexcept override { return samples_ != nullptr; }

    /// The cells forget; the last sample comes back, a drawing stays.
    void reset() override {
        auto state = cells_->state();
        rebuild();
        if (samples_ != nullptr) return put_sample();
        for (int cell = 0; cell < width() * height(); ++cell) {
            const auto channels = state.view().cell(cell);
            std::fill(channels.begin() + MnistRule::frozen, channels.end(), 0.0F);
        }
        cells_->load(state);
    }

    void stroke(const Stroke& stroke) override {
        if (placing_) return place_on(stroke);
        // As in the article's demonstration, lines go from corner to corner of cells, the left upper ones.
        const double from_x = std::floor(stroke.from_x + 0.5);
        const double from_y = std::floor(stroke.from_y + 0.5);
        const double x = std::floor(stroke.x + 0.5);
        const double y = std::floor(stroke.y + 0.5);
        const bool moved = x != from_x || y != from_y;
        if (!moved && !stroke.begins) return;
        const bool erasing = stroke.shift || stroke.button == Button::right;
        const double thickness = (erasing ? eraser : 1.0) * thickness_of(stroke.radius);
        brush_.clear();
        if (stroke.begins) brush_.disc(from_x, from_y, thickness / 2.0);
        if (moved) {
            brush_.line(from_x, from_y, x, y, thickness);
            brush_.disc(x, y, thickness / 2.0);
        }
        auto state = cells_->state();
        brush_.for_each([&](int column, int row, float coverage) {
            const float kept = stroke.shift ? 0.0F : 1.0F - coverage;
            const auto channels = state.view().cell(row * width() + column);
            for (float& value : channels) value *= kept;
            if (!erasing) channels[0] += coverage;
        });
        cells_->load(state);
        forget_dead();
    }

    void key(char character) override {
        if (key_of(character) == 'n') {
            options_.noise = options_.noise == 0.0 ? noise_ : 0.0;
            cells_->set_options(options_);
        } else if (uses_digit_keys() && character >= '0' && character <= '9') {
            digit_ = character - '0';
            sample_ = next_[static_cast<std::size_t>(digit_)]++;
            next_[static_cast<std::size_t>(digit_)] %= most_samples;
            put_sample();
        } else {
            CellsWorld::key(character);
        }
    }

    void draw(std::span<std::uint8_t> rgba) const override {
        // Adversaries blink, once in about a second at 60 steps per second.
        draw_cells(rgba, colours_, 0.5 - 0.5 * std::sin(static_cast<double>(steps()) / 12.0));
    }

private:
    /// Makes the inked cells on a line adversaries, or those near its end victims again.
    void place_on(const Stroke& stroke) {
        const bool adversary = stroke.button == Button::left && !stroke.shift;
        for_each_place(stroke, 0.5, stroke.begins,
                       [&](double x, double y) { place(x, y, adversary, eraser * stroke.radius / 2.0); });
        forget_dead();
    }

    /// Makes cells that have lost their ink victims again.
    void forget_dead() {
        if (!adversary_) return;
        const auto state = cells_->state();
        const nca::CellMask adversaries = cells_->species().cells(1);
        adversaries.for_each([&](int row, int column) {
            if (!(state(row, column)[0] > nca::mnist::ink)) cells_->species().assign(0, row, column);
        });
    }

    /// Puts the present sample into the middle. Cells with ink in both images keep their states.
    void put_sample() {
        const auto& pictures = (*samples_)[static_cast<std::size_t>(digit_)];
        if (pictures.empty()) return;
        const float* const image = pictures[static_cast<std::size_t>(sample_) % pictures.size()].data();
        auto state = cells_->state();
        const int top = (height() - image_side) / 2;
        const int left = (width() - image_side) / 2;
        for (int cell = 0; cell < width() * height(); ++cell) {
            const int y = cell / width() - top;
            const int x = cell % width() - left;
            const bool inside = x >= 0 && x < image_side && y >= 0 && y < image_side;
            const float grey = inside ? image[y * image_side + x] : 0.0F;
            const auto channels = state.view().cell(cell);
            if (!(grey > nca::mnist::ink)) std::fill(channels.begin(), channels.end(), 0.0F);
            channels[0] = grey;
        }
        cells_->load(state);
        cells_->species().fill(0);
    }

    double noise_ = MnistRule::noise; // where it is on
    nca::mnist::Colours colours_;
    std::shared_ptr<const Samples> samples_;
    Brush brush_; // no meaning between calls
    std::array<int, classes> next_{1};
    int digit_ = 0;
    int sample_ = 0;
};

} // namespace

std::unique_ptr<World> make_digit_world(const program::ModelFile& file, const WorldOptions& options) {
    program::MnistModel model = program::mnist_model_in(file);
    if (options.degrees != 0.0) {
        throw program::Failure{"--rotate: cells whose perception is learned cannot be rotated: " +
                               nca::quote_path(file.path)};
    }
    std::optional<MnistRule> adversary;
    if (has_adversary(options, nca::System::mnist)) {
        adversary = program::load_mnist_model(options.adversary).rule;
    }
    static const std::shared_ptr<const Samples> samples = load_samples(options.data);
    return std::make_unique<DigitWorld>(program::stem_of(file.path), model, std::move(adversary), options, samples);
}

} // namespace play
