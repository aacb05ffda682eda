// SPDX-License-Identifier: Apache-2.0
#include "digit_world.hpp"

#include <algorithm>
#include <cmath>
#include <support/mnist_data.hpp>
#include <utility>

namespace play {

namespace {

using nca::mnist::classes;
using nca::mnist::picture_side;

/// The thickness of the pen's lines; the discs at their ends reach half a cell further than half of it.
double thickness_of(double radius) {
    return std::max(2.0 * radius - 1.0, 0.5);
}

constexpr double eraser = 5.0;

} // namespace

Samples::Samples(const nca::mnist::Digits& digits) {
    for (int i = 0; i < digits.count; ++i) {
        auto& images = images_[digits.labels[static_cast<std::size_t>(i)]];
        if (images.size() == most * nca::mnist::picture_cells) continue;
        const auto image = digits.picture(i);
        images.insert(images.end(), image.begin(), image.end());
    }
}

const float* Samples::image(int digit, int index) const noexcept {
    const auto& images = images_[static_cast<std::size_t>(digit)];
    if (images.empty()) return nullptr;
    const std::size_t count = images.size() / nca::mnist::picture_cells;
    return images.data() + static_cast<std::size_t>(index) % count * nca::mnist::picture_cells;
}

namespace {

/// The samples of the keys 0 to 9; null if there are no data. A folder that was named must hold them.
std::shared_ptr<const Samples> load_samples(const std::string& folder) {
    const auto digits = support::load_digits(folder, true);
    if (!digits && !folder.empty()) throw program::Failure{"--data: " + digits.error().message};
    return digits ? std::make_shared<const Samples>(*digits) : nullptr;
}

} // namespace

std::unique_ptr<World> make_digit_world(const program::ModelFile& file, const WorldOptions& options) {
    program::MnistModel model = program::mnist_model_in(file);
    if (options.degrees != 0.0) {
        throw program::Failure{"--rotate: cells whose perception is learned cannot be rotated: " +
                               nca::quote_path(file.path)};
    }
    DigitWorld::Options digits{56, nca::Boundary::zero, options};
    if (has_adversary(options, nca::System::mnist)) {
        digits.adversary =
            std::make_unique<const program::MnistRule>(program::load_mnist_model(options.adversary).rule);
    }
    static const std::shared_ptr<const Samples> samples = load_samples(options.data);
    return std::make_unique<DigitWorld>(program::stem_of(file.path), std::move(model.rule), std::move(digits),
                                        program::noise_of(model), program::colours_of(model), samples);
}

DigitWorld::DigitWorld(std::string name, program::MnistRule rule, Options options, double noise,
                       const nca::mnist::Colours& colours, std::shared_ptr<const Samples> samples)
    : CellsWorld{std::move(name), std::move(rule), std::move(options)}, noise_{noise > 0.0 ? noise
                                                                                           : program::MnistRule::noise},
      noisy_{noise > 0.0}, colours_{colours}, samples_{std::move(samples)}, brush_{width(), height()} {
    rebuild();
    if (samples_ != nullptr) put_sample();
}

std::vector<StatusWords> DigitWorld::status() const {
    const auto state = cells().state();
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
    words.push_back({"fire rate " + short_text(options().fire_rate)});
    words.push_back({noise() == 0.0 ? "no noise" : "noise " + short_text(noise())});
    if (options().boundary == nca::Boundary::torus) words.push_back({"torus"});
    add_adversary_status(words);
    return words;
}

std::vector<HelpLine> DigitWorld::help() const {
    std::vector<HelpLine> lines{{"drag", "draw"}, {"right button, Shift", "erase"}};
    if (samples_ != nullptr) lines.push_back({"0-9", "the next handwritten digit; the cells keep their states"});
    lines.push_back(fire_rate_help);
    lines.push_back({"N", "noise on, off"});
    add_adversary_help(lines);
    return lines;
}

double DigitWorld::reach(double radius, bool erasing) const noexcept {
    return (erasing ? eraser : 1.0) * thickness_of(radius) / 2.0 + 0.5;
}

void DigitWorld::reset() {
    auto state = cells().state();
    rebuild();
    if (samples_ != nullptr) return put_sample();
    for (int cell = 0; cell < width() * height(); ++cell) {
        const auto channels = state.view().cell(cell);
        std::fill(channels.begin() + program::MnistRule::frozen, channels.end(), 0.0F);
    }
    cells().load(state);
}

void DigitWorld::place_on(const Stroke& stroke) {
    const bool adversary = stroke.button == Button::left && !stroke.shift;
    for_each_place(stroke, 0.5, stroke.begins,
                   [&](double x, double y) { place(x, y, adversary, eraser * stroke.radius / 2.0); });
    forget_dead();
}

void DigitWorld::forget_dead() {
    if (!has_adversaries()) return;
    const auto state = cells().state();
    const nca::CellMask adversaries = cells().species().cells(1);
    adversaries.for_each([&](int row, int column) {
        if (!(state(row, column)[0] > nca::mnist::ink)) cells().species().assign(0, row, column);
    });
}

void DigitWorld::put_sample() {
    const float* const image = samples_->image(digit_, sample_);
    if (image == nullptr) return;
    auto state = cells().state();
    const int top = (height() - picture_side) / 2;
    const int left = (width() - picture_side) / 2;
    for (int cell = 0; cell < width() * height(); ++cell) {
        const int y = cell / width() - top;
        const int x = cell % width() - left;
        const bool inside = x >= 0 && x < picture_side && y >= 0 && y < picture_side;
        const float grey = inside ? image[y * picture_side + x] : 0.0F;
        const auto channels = state.view().cell(cell);
        if (!(grey > nca::mnist::ink)) std::fill(channels.begin(), channels.end(), 0.0F);
        channels[0] = grey;
    }
    cells().load(state);
    cells().species().fill(0);
}

void DigitWorld::click(const Stroke& touch) {
    stroke(touch);
}

void DigitWorld::stroke(const Stroke& stroke) {
    if (placing()) return place_on(stroke);
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
    auto state = cells().state();
    brush_.for_each([&](int column, int row, float coverage) {
        const float kept = stroke.shift ? 0.0F : 1.0F - coverage;
        const auto channels = state.view().cell(row * width() + column);
        for (float& value : channels) value *= kept;
        if (!erasing) channels[0] += coverage;
    });
    cells().load(state);
    forget_dead();
}

bool DigitWorld::key(char character) {
    if (character == 'n' || character == 'N') {
        noisy_ = !noisy_;
        apply_options();
        return true;
    }
    if (samples_ == nullptr || character < '0' || character > '9') return CellsWorld::key(character);
    digit_ = character - '0';
    sample_ = next_[static_cast<std::size_t>(digit_)]++;
    next_[static_cast<std::size_t>(digit_)] %= Samples::most;
    put_sample();
    return true;
}

void DigitWorld::draw(std::span<std::uint8_t> rgba) const {
    // Adversaries blink, once in about a second at 60 steps per second.
    draw_cells(rgba, colours_, 0.5 - 0.5 * std::sin(static_cast<double>(steps()) / 12.0));
}

void DigitWorld::apply_options() {
    nca::StepOptions<program::MnistRule> step = cells().options();
    step.fire_rate = options().fire_rate;
    step.noise = noise();
    step.boundary = options().boundary;
    cells().set_options(step);
}

} // namespace play
