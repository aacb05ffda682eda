// SPDX-License-Identifier: Apache-2.0
#include "digit_world.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace play {

namespace {

using nca::mnist::classes;
using nca::mnist::picture_side;

std::string short_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

/// The thickness of the pen's lines; the discs at their ends reach half a cell further than half of it.
double thickness_of(double radius) {
    return std::max(2.0 * radius - 1.0, 0.5);
}

constexpr double eraser = 5.0;

} // namespace

Samples::Samples(const nca::mnist::Digits& digits) {
    for (int i = 0; i < digits.count; ++i) {
        auto& pictures = pictures_[digits.labels[static_cast<std::size_t>(i)]];
        if (pictures.size() == most * nca::mnist::picture_cells) continue;
        const auto picture = digits.picture(i);
        pictures.insert(pictures.end(), picture.begin(), picture.end());
    }
}

const float* Samples::picture(int digit, int index) const noexcept {
    const auto& pictures = pictures_[static_cast<std::size_t>(digit)];
    if (pictures.empty()) return nullptr;
    const std::size_t count = pictures.size() / nca::mnist::picture_cells;
    return pictures.data() + static_cast<std::size_t>(index) % count * nca::mnist::picture_cells;
}

DigitWorld::DigitWorld(std::string name, Rule rule, const DigitOptions& options, std::shared_ptr<const Samples> samples)
    : name_{std::move(name)}, rule_{std::move(rule)}, options_{options}, samples_{std::move(samples)},
      state_{Simulation::Shape{{options.height, options.width}}}, brush_{options.width, options.height},
      noisy_{options.noise > 0.0} {
    if (!noisy_) options_.noise = Rule::noise;
    reset();
}

std::vector<StatusWords> DigitWorld::status() const {
    const Simulation::StateGrid state = world().state();
    std::array<std::pair<int, int>, classes> votes{}; // count, digit
    for (int k = 0; k < classes; ++k) votes[static_cast<std::size_t>(k)].second = k;
    int living = 0;
    int decided = 0;
    for (int cell = 0; cell < options_.width * options_.height; ++cell) {
        const auto channels = state.view().cell(cell);
        if (!(channels[0] > nca::mnist::ink)) continue;
        ++living;
        const int vote = nca::mnist::vote_of(channels.data());
        if (channels[static_cast<std::size_t>(nca::mnist::first_class + vote)] < options_.undecided) continue;
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
    words.push_back({noise() == 0.0 ? "no noise" : "noise " + short_text(noise())});
    if (options_.boundary == nca::Boundary::torus) words.push_back({"torus"});
    if (has_adversaries()) {
        words.push_back({(placing_ ? "placing adversaries: " : "adversaries: ") +
                             std::to_string(community_->species().cells(1).count()),
                         nca::Colour{255, 0, 0}});
    }
    return words;
}

std::vector<HelpLine> DigitWorld::help() const {
    std::vector<HelpLine> lines{{"drag", "draw"}, {"right button, Shift", "erase"}};
    if (samples_ != nullptr) lines.push_back({"0-9", "the next handwritten digit; the cells keep what they think"});
    lines.push_back({"F  Shift+F", "fire rate up, down"});
    lines.push_back({"N", "noise on, off"});
    if (has_adversaries()) {
        lines.push_back({"A", "the left button places adversaries, the right one takes them away; A again: as before"});
        lines.push_back({"X", "no adversaries any more"});
    }
    return lines;
}

double DigitWorld::reach(double radius, bool erasing) const noexcept {
    return (erasing ? eraser : 1.0) * thickness_of(radius) / 2.0 + 0.5;
}

void DigitWorld::reset() {
    const bool first = !community_;
    if (!first) world().store(state_);
    std::vector<nca::Borrowed<Rule>> rules{nca::borrow(rule_)};
    if (has_adversaries()) rules.push_back(nca::borrow(*options_.adversary));
    community_.emplace(rules, Simulation::Shape{{options_.height, options_.width}}, options_.seed);
    apply_options();
    if (samples_ != nullptr) {
        put_sample();
    } else if (!first) {
        for (int cell = 0; cell < options_.width * options_.height; ++cell) {
            const auto channels = state_.view().cell(cell);
            std::fill(channels.begin() + Rule::frozen, channels.end(), 0.0F);
        }
        world().load(state_);
    }
}

void DigitWorld::clear() {
    world().clear();
    community_->species().fill(0);
}

void DigitWorld::step() {
    if (has_adversaries() && community_->species().cells(1).count() > 0) {
        community_->step();
    } else {
        world().step();
    }
}

void DigitWorld::place(const Stroke& stroke) {
    const int parts = 1 + static_cast<int>(std::min(
                              std::ceil(2.0 * std::hypot(stroke.x - stroke.from_x, stroke.y - stroke.from_y)), 1e4));
    const bool adversary = stroke.button == Button::left && !stroke.shift;
    for (int i = stroke.begins ? 0 : 1; i <= parts; ++i) {
        const double part = static_cast<double>(i) / parts;
        const double x = stroke.from_x + part * (stroke.x - stroke.from_x);
        const double y = stroke.from_y + part * (stroke.y - stroke.from_y);
        // One cell, however wide the pen.
        community_->assign(adversary ? 1 : 0, adversary ? 0.70 : eraser * stroke.radius / 2.0,
                           adversary ? std::round(x) : x, adversary ? std::round(y) : y);
    }
    forget_dead();
}

void DigitWorld::forget_dead() {
    if (!has_adversaries()) return;
    world().store(state_);
    const nca::CellMask adversaries = community_->species().cells(1);
    adversaries.for_each([&](int row, int column) {
        if (!(state_(row, column)[0] > nca::mnist::ink)) community_->species().assign(0, row, column);
    });
}

void DigitWorld::put_sample() {
    const float* const picture = samples_->picture(digit_, sample_);
    if (picture == nullptr) return;
    world().store(state_);
    const int top = (options_.height - picture_side) / 2;
    const int left = (options_.width - picture_side) / 2;
    for (int cell = 0; cell < options_.width * options_.height; ++cell) {
        const int y = cell / options_.width - top;
        const int x = cell % options_.width - left;
        const bool inside = x >= 0 && x < picture_side && y >= 0 && y < picture_side;
        const float grey = inside ? picture[y * picture_side + x] : 0.0F;
        const auto channels = state_.view().cell(cell);
        if (!(grey > nca::mnist::ink)) std::fill(channels.begin(), channels.end(), 0.0F);
        channels[0] = grey;
    }
    world().load(state_);
    community_->species().fill(0);
}

void DigitWorld::click(const Stroke& touch) {
    stroke(touch);
}

void DigitWorld::stroke(const Stroke& stroke) {
    if (placing_) return place(stroke);
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
    world().store(state_);
    brush_.for_each([&](int column, int row, float coverage) {
        const float kept = stroke.shift ? 0.0F : 1.0F - coverage;
        const auto channels = state_.view().cell(row * options_.width + column);
        for (float& value : channels) value *= kept;
        if (!erasing) channels[0] += coverage;
    });
    world().load(state_);
    forget_dead();
}

bool DigitWorld::key(char character) {
    const auto rate = [&](double change) {
        options_.fire_rate = std::clamp(std::round((options_.fire_rate + change) * 10.0) / 10.0, 0.0, 1.0);
    };
    switch (character) {
    case 'f':
        rate(0.1);
        break;
    case 'F':
        rate(-0.1);
        break;
    case 'n':
    case 'N':
        noisy_ = !noisy_;
        break;
    case 'a':
    case 'A':
        if (!has_adversaries()) return false;
        placing_ = !placing_;
        return true;
    case 'x':
    case 'X':
        if (!has_adversaries()) return false;
        community_->species().fill(0);
        return true;
    default:
        if (samples_ == nullptr || character < '0' || character > '9') return false;
        digit_ = character - '0';
        sample_ = next_[static_cast<std::size_t>(digit_)]++;
        next_[static_cast<std::size_t>(digit_)] %= Samples::most;
        put_sample();
        return true;
    }
    apply_options();
    return true;
}

void DigitWorld::draw(std::span<std::uint8_t> rgba) const {
    const bool drawn = world().rgba(rgba, {.background = nca::Colour{255, 255, 255}},
                                    nca::mnist::Colours{.undecided = options_.undecided});
    NCA_ASSERT(drawn, "play::DigitWorld: the picture's memory is too small");
    static_cast<void>(drawn);
    if (!has_adversaries()) return;
    // Adversaries blink, once in about a second at 60 steps per second.
    const double own = 0.5 + 0.5 * std::sin(static_cast<double>(steps()) / 12.0);
    community_->species().cells(1).for_each([&](int row, int column) {
        std::uint8_t* const pixel = rgba.data() + (static_cast<std::ptrdiff_t>(row) * options_.width + column) * 4;
        for (int c = 0; c < 3; ++c) {
            const double red = c == 0 ? 255.0 : 0.0;
            pixel[c] = static_cast<std::uint8_t>(std::lround(own * pixel[c] + (1.0 - own) * red));
        }
    });
}

void DigitWorld::apply_options() {
    nca::StepOptions<Rule> step = world().options();
    step.fire_rate = options_.fire_rate;
    step.noise = noise();
    step.boundary = options_.boundary;
    world().set_options(step);
}

} // namespace play
