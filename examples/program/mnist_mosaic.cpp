// SPDX-License-Identifier: Apache-2.0
#include "mnist_mosaic.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <support/render.hpp>

namespace program {

namespace {

constexpr nca::Colour white{255, 255, 255};
constexpr nca::Colour wrong_background{255, 204, 201};

} // namespace

Subject test_digit(const nca::mnist::Digits& digits, int index, std::uint64_t seed) {
    constexpr int side = nca::mnist::image_side;
    const auto grey = digits.image(index);
    return {{side, side, {grey.begin(), grey.end()}},
            nca::adversarial::digit_random(seed, index),
            {},
            index,
            digits.labels[static_cast<std::size_t>(index)]};
}

Mosaic::Mosaic(const MnistRule& rule, std::vector<Subject> subjects, const nca::StepOptions<MnistRule>& step,
               const CellWorldOptions& options, const DigitAttack& attack)
    : subjects_{std::move(subjects)}, attack_{attack} {
    for (const Subject& subject : subjects_) {
        tile_height_ = std::max(tile_height_, subject.drawing.height);
        tile_width_ = std::max(tile_width_, subject.drawing.width);
    }
    const int count = static_cast<int>(subjects_.size());
    columns_ = static_cast<int>(std::ceil(std::sqrt(count)));
    rows_ = (count + columns_ - 1) / columns_;
    if (static_cast<long>(rows_) * tile_height_ > max_side || static_cast<long>(columns_) * tile_width_ > max_side ||
        static_cast<long>(height()) * width() > max_cells) {
        throw Failure{"together the drawings have too many cells: at most " + std::to_string(max_cells) + ", and " +
                      std::to_string(max_side) + " a side"};
    }
    for (const Subject& subject : subjects_) {
        const Drawing& drawing = subject.drawing;
        CellWorld<MnistRule>& world = *worlds_.emplace_back(
            make_cell_world(rule, attack_.adversary, drawing.height, drawing.width, subject.random.key(),
                            {count == 1 ? options.concurrency : 1, options.deterministic}));
        world.set_options(step);
        auto state = world.state();
        for (int cell = 0; cell < state.extents().cells(); ++cell) {
            state.view().cell(cell)[0] = drawing.grey[static_cast<std::size_t>(cell)];
        }
        world.load(state);
        if (attack_.adversary == nullptr) continue;
        injected_.push_back(
            nca::adversarial::adversaries_in(drawing.grey, subject.random, attack_.evaluation.fraction));
    }
}

void Mosaic::step(nca::ThreadPool& threads) {
    if (worlds_.size() == 1) return step_world(0, &threads);
    threads.run(static_cast<int>(worlds_.size()), [&](int i) { step_world(static_cast<std::size_t>(i), nullptr); });
}

void Mosaic::step_world(std::size_t index, nca::ThreadPool* threads) {
    CellWorld<MnistRule>& world = *worlds_[index];
    const bool attacked = attack_.adversary != nullptr;
    if (attacked && world.steps() == attack_.evaluation.inject_at) world.species() = injected_[index];
    if (attacked && world.steps() == attack_.evaluation.remove_at) world.species().fill(0);
    world.step(attacked, threads);
}

nca::mnist::Prediction Mosaic::votes(std::size_t world) const {
    const auto state = worlds_[world]->state();
    return nca::mnist::prediction_of(state.values());
}

support::Image Mosaic::draw(const nca::mnist::Colours& colours) const {
    support::Image image{width(), height(), {255, 255, 255, 255}};
    const std::size_t stride = static_cast<std::size_t>(image.width) * 4;
    for (std::size_t i = 0; i < worlds_.size(); ++i) {
        const auto [top, left] = place(i);
        const std::span<std::uint8_t> tile =
            std::span{image.rgba}.subspan(static_cast<std::size_t>(top) * stride + static_cast<std::size_t>(left) * 4);
        const bool attacked = attack_.adversary != nullptr;
        const bool wrong = attacked && votes(i).share(subjects_[i].label.value_or(0)) < 0.5;
        worlds_[i]->draw(tile, stride, colours, wrong ? wrong_background : white);
        if (attacked) support::tint_red(tile, image.width, worlds_[i]->species().cells(1), 1.0);
    }
    return image;
}

support::Image Mosaic::draw_channels() const {
    constexpr int across = 10;
    const State sheet = state();
    const float* value = sheet.values.data();
    support::Image image{across * width(), 2 * height(), {255, 255, 255, 255}};
    for (int y = 0; y < height(); ++y) {
        for (int x = 0; x < width(); ++x) {
            for (int c = 0; c < MnistRule::channels; ++c) {
                const double level = std::atan(static_cast<double>(*value++)) * 2.0 / 3.14159265358979323846;
                const auto faint = static_cast<std::uint8_t>(std::lround(255.0 * (1.0 - std::abs(level))));
                std::uint8_t* const pixel = image.at(c % across * width() + x, c / across * height() + y);
                pixel[0] = level < 0.0 ? faint : 255;
                pixel[1] = faint;
                pixel[2] = level > 0.0 ? faint : 255;
            }
        }
    }
    return image;
}

State Mosaic::state() const {
    constexpr auto channels = static_cast<std::size_t>(MnistRule::channels);
    const auto across = static_cast<std::size_t>(width());
    State sheet{{height(), width()}, MnistRule::channels, {}};
    sheet.values.resize(static_cast<std::size_t>(height()) * across * channels);
    for (std::size_t i = 0; i < worlds_.size(); ++i) {
        const auto world = worlds_[i]->state();
        const auto [top, left] = place(i);
        const std::size_t row = static_cast<std::size_t>(world.extents()[1]) * channels;
        for (int y = 0; y < world.extents()[0]; ++y) {
            const std::size_t at = static_cast<std::size_t>(top + y) * across + static_cast<std::size_t>(left);
            std::copy_n(world.values().data() + static_cast<std::size_t>(y) * row, row,
                        sheet.values.data() + at * channels);
        }
    }
    return sheet;
}

std::pair<int, int> Mosaic::place(std::size_t world) const {
    const int row = static_cast<int>(world) / columns_;
    const int column = static_cast<int>(world) % columns_;
    return {row * tile_height_ + (tile_height_ - worlds_[world]->height()) / 2,
            column * tile_width_ + (tile_width_ - worlds_[world]->width()) / 2};
}

} // namespace program
