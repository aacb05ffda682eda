// SPDX-License-Identifier: Apache-2.0
#include "texture_plane.hpp"

#include <nca/core/philox.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace play {

namespace {

using nca::texture::Alignment;
using nca::texture::Lattice;

constexpr int picture_side = 512;

} // namespace

TexturePlane::TexturePlane(std::vector<program::TextureModel> models, const program::TextureOptions& options)
    : models_{std::move(models)}, options_{options}, detail_{std::max(1, picture_side /
                                                                             std::max(options.width, options.height))},
      followed_(static_cast<std::size_t>(options.width) * static_cast<std::size_t>(options.height), 0) {
    rebuild();
    state_ = layers_.front().world->state();
}

std::vector<StatusWords> TexturePlane::status() const {
    const char* const alignment = options_.alignment == Alignment::polar     ? "polar"
                                  : options_.alignment == Alignment::bipolar ? "bipolar"
                                                                             : "cartesian";
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, "rotation %.3g\xC2\xB0", options_.degrees);
    char rate[64];
    std::snprintf(rate, sizeof rate, "fire rate %.3g", layers_.front().world->fire_rate());
    std::vector<StatusWords> words{{std::to_string(chosen_ + 1) + " of " + std::to_string(models_.size())},
                                   {options_.lattice == Lattice::square ? "square" : "hexagonal"},
                                   {alignment},
                                   {numbers},
                                   {rate}};
    if (layers_.size() > 1) words.push_back({std::to_string(layers_.size()) + " textures"});
    return words;
}

std::vector<HelpLine> TexturePlane::help() const {
    return {{"drag", "paint the texture that the title names"},
            {"right button, Shift", "erase"},
            {"N  Shift+N", "next, previous texture"},
            {"W", "the whole plane follows it"},
            {"L", "cells: squares, hexagons"},
            {"A", "alignment: cartesian, polar, bipolar"},
            {"[  ]", "rotate what the cells perceive by 15\xC2\xB0"},
            {"F  Shift+F", "fire rate up, down"}};
}

void TexturePlane::rebuild() {
    std::vector<std::size_t> used;
    for (const std::size_t model : followed_) {
        if (std::find(used.begin(), used.end(), model) == used.end()) used.push_back(model);
    }
    layers_.clear();
    for (const std::size_t model : used) {
        // The random numbers of every texture, and of every beginning, are its own.
        program::TextureOptions options = options_;
        options.seed = nca::Philox{options_.seed}
                           .split(static_cast<std::uint32_t>(model), static_cast<std::uint32_t>(steps_))
                           .key();
        layers_.push_back({model, program::make_texture_world(models_[model], options)});
    }
    share_cells();
    if (!state_.empty()) load_state();
    cell_of_.clear();
    for (int y = 0; y < height(); ++y) {
        for (int x = 0; x < width(); ++x) {
            const auto cell = nca::texture::on_torus(
                nca::texture::cell_at(options_.lattice, (x + 0.5) / detail_, (y + 0.5) / detail_), options_.height,
                options_.width);
            cell_of_.push_back(static_cast<std::size_t>(cell.row) * static_cast<std::size_t>(options_.width) +
                               static_cast<std::size_t>(cell.column));
        }
    }
}

void TexturePlane::share_cells() {
    for (const Layer& layer : layers_) {
        if (layers_.size() == 1) {
            layer.world->set_fire_rates({});
            continue;
        }
        const auto rate = static_cast<float>(layer.world->fire_rate());
        std::vector<float> rates;
        for (const std::size_t model : followed_) rates.push_back(model == layer.model ? rate : 0.0F);
        layer.world->set_fire_rates(rates);
    }
}

void TexturePlane::load_state() {
    for (const Layer& layer : layers_) layer.world->load(state_);
}

void TexturePlane::reset() {
    steps_ = 0;
    state_.clear();
    rebuild();
    state_ = layers_.front().world->state();
    load_state();
}

void TexturePlane::clear() {
    std::fill(state_.begin(), state_.end(), 0.0F);
    load_state();
}

void TexturePlane::step() {
    for (const Layer& layer : layers_) layer.world->step(threads_);
    const auto channels = static_cast<std::size_t>(layers_.front().world->channels());
    for (const Layer& layer : layers_) {
        const std::vector<float> next = layer.world->state();
        for (std::size_t cell = 0; cell < followed_.size(); ++cell) {
            if (followed_[cell] != layer.model) continue;
            std::copy_n(next.begin() + static_cast<std::ptrdiff_t>(cell * channels), channels,
                        state_.begin() + static_cast<std::ptrdiff_t>(cell * channels));
        }
    }
    if (layers_.size() > 1) load_state();
    ++steps_;
}

void TexturePlane::stroke(const Stroke& stroke) {
    const bool erasing = stroke.shift || stroke.button == Button::right;
    const double radius = stroke.radius / detail_;
    const double length = std::hypot(stroke.x - stroke.from_x, stroke.y - stroke.from_y) / detail_;
    const int discs = 1 + static_cast<int>(std::min(std::ceil(length / std::max(0.5, radius / 3.0)), 4096.0));
    const auto channels = static_cast<std::size_t>(layers_.front().world->channels());
    bool painted = false;
    for (int i = 1; i <= discs; ++i) {
        const double part = static_cast<double>(i) / discs;
        // A whole number is the middle of a picture element.
        const double x = (stroke.from_x + part * (stroke.x - stroke.from_x) + 0.5) / detail_;
        const double y = (stroke.from_y + part * (stroke.y - stroke.from_y) + 0.5) / detail_;
        nca::texture::for_each_cell_within(
            options_.lattice, x, y, radius, options_.height, options_.width, [&](int column, int row) {
                const std::size_t cell = static_cast<std::size_t>(row) * static_cast<std::size_t>(options_.width) +
                                         static_cast<std::size_t>(column);
                if (erasing) {
                    std::fill_n(state_.begin() + static_cast<std::ptrdiff_t>(cell * channels), channels, 0.0F);
                } else {
                    painted = painted || followed_[cell] != chosen_;
                    followed_[cell] = chosen_;
                }
            });
    }
    if (erasing) load_state();
    if (!painted) return;
    const bool works =
        std::any_of(layers_.begin(), layers_.end(), [this](const Layer& layer) { return layer.model == chosen_; });
    if (works) {
        share_cells();
    } else {
        rebuild();
    }
}

bool TexturePlane::key(char character) {
    const auto rate = [&](double change) {
        const double present = layers_.front().world->fire_rate();
        options_.fire_rate = std::clamp(std::round((present + change) * 10.0) / 10.0, 0.0, 1.0);
    };
    switch (character) {
    case 'n':
        chosen_ = (chosen_ + 1) % models_.size();
        return true;
    case 'N':
        chosen_ = (chosen_ + models_.size() - 1) % models_.size();
        return true;
    case 'w':
    case 'W':
        std::fill(followed_.begin(), followed_.end(), chosen_);
        break;
    case 'l':
    case 'L':
        options_.lattice = options_.lattice == Lattice::square ? Lattice::hexagonal : Lattice::square;
        break;
    case 'a':
    case 'A':
        options_.alignment = options_.alignment == Alignment::cartesian ? Alignment::polar
                             : options_.alignment == Alignment::polar   ? Alignment::bipolar
                                                                        : Alignment::cartesian;
        break;
    case '[':
        options_.degrees = std::remainder(options_.degrees + 15.0, 360.0);
        break;
    case ']':
        options_.degrees = std::remainder(options_.degrees - 15.0, 360.0);
        break;
    case 'f':
        rate(0.1);
        break;
    case 'F':
        rate(-0.1);
        break;
    default:
        return false;
    }
    rebuild();
    return true;
}

void TexturePlane::draw(std::span<std::uint8_t> rgba) const {
    NCA_ASSERT(rgba.size() >= 4 * cell_of_.size(), "play::TexturePlane: the picture's memory is too small");
    const auto channels = static_cast<std::size_t>(layers_.front().world->channels());
    const auto scale = static_cast<float>(layers_.front().world->rgb_scale());
    for (std::size_t at = 0; at < cell_of_.size(); ++at) {
        const float* const cell = state_.data() + cell_of_[at] * channels;
        for (std::size_t c = 0; c < 3; ++c) rgba[4 * at + c] = nca::detail::to_byte(scale * cell[c] + 0.5F);
        rgba[4 * at + 3] = 255;
    }
}

} // namespace play
