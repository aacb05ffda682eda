// SPDX-License-Identifier: Apache-2.0
#include "mnist_mosaic.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace program {

Mosaic::Mosaic(const MnistRule& rule, const std::vector<Subject>& subjects, const nca::StepOptions<MnistRule>& step,
               int concurrency) {
    for (const Subject& subject : subjects) {
        tile_height_ = std::max(tile_height_, subject.drawing.height);
        tile_width_ = std::max(tile_width_, subject.drawing.width);
    }
    const int count = static_cast<int>(subjects.size());
    columns_ = static_cast<int>(std::ceil(std::sqrt(count)));
    rows_ = (count + columns_ - 1) / columns_;
    if (static_cast<long>(rows_) * tile_height_ > max_side || static_cast<long>(columns_) * tile_width_ > max_side ||
        static_cast<long>(height()) * width() > max_cells) {
        throw Failure{"together the pictures have too many cells: at most " + std::to_string(max_cells) + ", and " +
                      std::to_string(max_side) + " a side"};
    }
    for (const Subject& subject : subjects) {
        const Drawing& drawing = subject.drawing;
        World& world =
            worlds_.emplace_back(nca::borrow(rule), World::Shape{{drawing.height, drawing.width}}, subject.random.key(),
                                 nca::Reserve{.concurrency = count == 1 ? concurrency : 1});
        world.set_options(step);
        World::StateGrid state{world.extents()};
        for (int cell = 0; cell < state.extents().cells(); ++cell) {
            state.view().cell(cell)[0] = drawing.grey[static_cast<std::size_t>(cell)];
        }
        world.load(state);
    }
}

void Mosaic::step(nca::ThreadPool& threads) {
    if (worlds_.size() == 1) return worlds_.front().step(threads);
    threads.run(static_cast<int>(worlds_.size()), [&](int i) { worlds_[static_cast<std::size_t>(i)].step(); });
}

nca::mnist::Opinion Mosaic::opinion(std::size_t world) const {
    const World::StateGrid state = worlds_[world].state();
    return nca::mnist::opinion_of(state.values());
}

support::Image Mosaic::draw(float undecided) const {
    support::Image image{width(), height(), {255, 255, 255, 255}};
    const std::size_t stride = static_cast<std::size_t>(image.width) * 4;
    for (std::size_t i = 0; i < worlds_.size(); ++i) {
        const auto [top, left] = place(i);
        const std::size_t first = static_cast<std::size_t>(top) * stride + static_cast<std::size_t>(left) * 4;
        const bool drawn = worlds_[i].rgba(std::span{image.rgba}.subspan(first),
                                           {.stride = stride, .background = nca::Colour{255, 255, 255}},
                                           nca::mnist::Colours{.undecided = undecided});
        NCA_ASSERT(drawn, "program::Mosaic: a world lies on the sheet");
        static_cast<void>(drawn);
    }
    return image;
}

support::Image Mosaic::draw_channels() const {
    constexpr int across = 10;
    const std::vector<float> sheet = state();
    support::Image image{across * width(), 2 * height(), {255, 255, 255, 255}};
    for (int y = 0; y < height(); ++y) {
        for (int x = 0; x < width(); ++x) {
            const float* const cell = sheet.data() + (static_cast<std::size_t>(y) * static_cast<std::size_t>(width()) +
                                                      static_cast<std::size_t>(x)) *
                                                         static_cast<std::size_t>(MnistRule::channels);
            for (int c = 0; c < MnistRule::channels; ++c) {
                const double level = std::atan(static_cast<double>(cell[c])) * 2.0 / 3.14159265358979323846;
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

std::vector<float> Mosaic::state() const {
    constexpr auto channels = static_cast<std::size_t>(MnistRule::channels);
    const auto across = static_cast<std::size_t>(width());
    std::vector<float> sheet(static_cast<std::size_t>(height()) * across * channels);
    for (std::size_t i = 0; i < worlds_.size(); ++i) {
        const World::StateGrid world = worlds_[i].state();
        const auto [top, left] = place(i);
        const std::size_t row = static_cast<std::size_t>(world.extents()[1]) * channels;
        for (int y = 0; y < world.extents()[0]; ++y) {
            const std::size_t at = static_cast<std::size_t>(top + y) * across + static_cast<std::size_t>(left);
            std::copy_n(world.values().data() + static_cast<std::size_t>(y) * row, row, sheet.data() + at * channels);
        }
    }
    return sheet;
}

Mosaic::Place Mosaic::place(std::size_t world) const {
    const int row = static_cast<int>(world) / columns_;
    const int column = static_cast<int>(world) % columns_;
    return {row * tile_height_ + (tile_height_ - worlds_[world].extents()[0]) / 2,
            column * tile_width_ + (tile_width_ - worlds_[world].extents()[1]) / 2};
}

} // namespace program
