// SPDX-License-Identifier: Apache-2.0
#include <nca/core/philox.hpp>

#include "worlds.hpp"

#include <array>
#include <iterator>
#include <program/texture_world.hpp>

namespace play {

namespace {

using nca::texture::Lattice;

constexpr std::array alignments{"cartesian", "polar", "bipolar"}; ///< in the order of nca::texture::Alignment
constexpr int usual_side = 512;                                   ///< of the image, about, in pixels

/// Living textures of one kind of rule: the left button paints the chosen one into the others, the right one or Shift
/// erases. All share the state: a cell follows the rule of the texture that was painted there.
class TexturePlane final : public World {
public:
    /// A grid of zeros that follows the first model. Preconditions: there is a model; all are of the same rule.
    TexturePlane(std::vector<program::TextureModel> models, const program::TextureOptions& options)
        : models_{std::move(models)}, options_{options}, detail_{std::max(
                                                             1, usual_side / std::max(options.width, options.height))},
          followed_(static_cast<std::size_t>(options.width) * static_cast<std::size_t>(options.height), 0) {
        reset();
    }

    [[nodiscard]] const std::string& name() const noexcept override { return models_[chosen_].name; }
    /// Cells are squares or hexagons of several pixels, so that hexagons can be seen.
    [[nodiscard]] int width() const noexcept override { return options_.width * detail_; }
    [[nodiscard]] int height() const noexcept override { return options_.height * detail_; }
    [[nodiscard]] std::uint64_t steps() const noexcept override { return steps_; }
    [[nodiscard]] std::vector<StatusWords> status() const override {
        std::vector<StatusWords> words{{std::to_string(chosen_ + 1) + " of " + std::to_string(models_.size())},
                                       {options_.lattice == Lattice::square ? "square" : "hexagonal"},
                                       {alignments[static_cast<std::size_t>(options_.alignment)]},
                                       {"rotation " + short_text(options_.degrees) + "\xC2\xB0"},
                                       {"fire rate " + short_text(layers_.front().world->fire_rate())}};
        if (layers_.size() > 1) words.push_back({std::to_string(layers_.size()) + " textures"});
        return words;
    }

    [[nodiscard]] std::vector<HelpLine> help() const override {
        return {{"drag", "paint the texture that the title names"},
                {"right button, Shift", "erase"},
                {"N  Shift+N", "next, previous texture"},
                {"W", "the whole plane follows it"},
                {"L", "cells: squares, hexagons"},
                {"A", "alignment: cartesian, polar, bipolar"},
                rotation_help,
                fire_rate_help};
    }

    [[nodiscard]] double brush() const noexcept override { return 8.0 * detail_; }
    [[nodiscard]] double brush_step() const noexcept override { return detail_; }
    [[nodiscard]] bool draws_at_once() const noexcept override { return true; }

    /// Zeros again; cells keep their textures.
    void reset() override {
        steps_ = 0;
        state_.clear();
        rebuild();
        state_ = layers_.front().world->state();
        load_state();
    }

    void clear() override {
        std::fill(state_.begin(), state_.end(), 0.0F);
        load_state();
    }

    void step() override {
        for (const Layer& layer : layers_) layer.world->step(threads_);
        const auto channels = static_cast<std::size_t>(layers_.front().world->channels());
        for (const Layer& layer : layers_) {
            const std::vector<float> next = layer.world->state();
            for (std::size_t cell = 0; cell < followed_.size(); ++cell) {
                if (followed_[cell] != layer.model) continue;
                std::copy_n(&next[cell * channels], channels, &state_[cell * channels]);
            }
        }
        if (layers_.size() > 1) load_state();
        ++steps_;
    }

    void stroke(const Stroke& stroke) override {
        const bool erasing = stroke.shift || stroke.button == Button::right;
        const double radius = stroke.radius / detail_;
        const auto channels = static_cast<std::size_t>(layers_.front().world->channels());
        bool painted = false;
        const double step = detail_ * std::max(0.5, radius / 3.0);
        for_each_place(stroke, step, false, [&](double x, double y) {
            // A whole number is the middle of a pixel.
            nca::texture::for_each_cell_within(options_.lattice, (x + 0.5) / detail_, (y + 0.5) / detail_, radius,
                                               options_.height, options_.width, [&](int column, int row) {
                                                   const std::size_t cell = index_of(column, row);
                                                   if (erasing) {
                                                       std::fill_n(&state_[cell * channels], channels, 0.0F);
                                                   } else {
                                                       painted = painted || followed_[cell] != chosen_;
                                                       followed_[cell] = chosen_;
                                                   }
                                               });
        });
        if (erasing) load_state();
        if (!painted) return;
        if (std::ranges::find(layers_, chosen_, &Layer::model) != layers_.end()) {
            share_cells();
        } else {
            rebuild();
        }
    }

    void key(char character) override {
        if (character == 'n' || character == 'N') {
            chosen_ = (chosen_ + (character == 'n' ? 1 : models_.size() - 1)) % models_.size();
            return;
        }
        double rate = layers_.front().world->fire_rate();
        if (change_fire_rate(character, rate)) {
            options_.fire_rate = rate;
        } else if (key_of(character) == 'w') {
            std::fill(followed_.begin(), followed_.end(), chosen_);
        } else if (key_of(character) == 'l') {
            options_.lattice = options_.lattice == Lattice::square ? Lattice::hexagonal : Lattice::square;
        } else if (key_of(character) == 'a') {
            const std::size_t next = (static_cast<std::size_t>(options_.alignment) + 1) % alignments.size();
            options_.alignment = static_cast<nca::texture::Alignment>(next);
        } else if (!rotate(character, options_.degrees)) {
            return;
        }
        rebuild();
    }

    /// Planes of one kind of rule become one.
    [[nodiscard]] bool absorb(World& other) override {
        auto* const plane = dynamic_cast<TexturePlane*>(&other);
        if (plane == nullptr || plane->models_[0].model.index() != models_[0].model.index()) return false;
        std::move(plane->models_.begin(), plane->models_.end(), std::back_inserter(models_));
        return true;
    }

    void draw(std::span<std::uint8_t> rgba) const override {
        NCA_ASSERT(rgba.size() >= 4 * cell_of_.size(), "play::TexturePlane: too little memory for the image");
        const auto channels = static_cast<std::size_t>(layers_.front().world->channels());
        const auto scale = static_cast<float>(layers_.front().world->rgb_scale());
        for (std::size_t at = 0; at < cell_of_.size(); ++at) {
            const float* const cell = state_.data() + cell_of_[at] * channels;
            for (std::size_t c = 0; c < 3; ++c) rgba[4 * at + c] = nca::detail::to_byte(scale * cell[c] + 0.5F);
            rgba[4 * at + 3] = 255;
        }
    }

private:
    /// A texture in the cells that follow it.
    struct Layer {
        std::size_t model = 0;
        std::unique_ptr<program::TextureWorld> world{};
    };

    [[nodiscard]] std::size_t index_of(int column, int row) const noexcept {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(options_.width) +
               static_cast<std::size_t>(column);
    }
    /// Makes new worlds, with the present options, for the textures that cells follow.
    void rebuild() {
        std::vector<std::size_t> used;
        for (const std::size_t model : followed_) {
            if (std::find(used.begin(), used.end(), model) == used.end()) used.push_back(model);
        }
        layers_.clear();
        for (const std::size_t model : used) {
            // Each texture, and each start, has its own random numbers.
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
                cell_of_.push_back(index_of(cell.column, cell.row));
            }
        }
    }

    /// Tells each layer which cells follow it.
    void share_cells() {
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

    void load_state() {
        for (const Layer& layer : layers_) layer.world->load(state_);
    }

    std::vector<program::TextureModel> models_;
    program::TextureOptions options_;
    int detail_;
    nca::ThreadPool threads_{1};
    std::vector<Layer> layers_{};
    std::vector<std::size_t> followed_{}; ///< the model of every cell
    std::vector<float> state_{};          ///< [height, width, channels]
    std::vector<std::size_t> cell_of_{};  ///< the cell that each pixel shows
    std::size_t chosen_ = 0;
    std::uint64_t steps_ = 0;
};

} // namespace

std::unique_ptr<World> make_texture_plane(const program::ModelFile& file, const WorldOptions& options) {
    std::vector<program::TextureModel> models = program::texture_models_in(file);
    if (options.boundary == "zero") {
        throw program::Failure{"--boundary zero: textures live on a torus: " + nca::quote_path(models[0].name)};
    }
    program::TextureOptions texture;
    texture.height = options.height.value_or(texture.height);
    texture.width = options.width.value_or(texture.width);
    texture.seed = options.seed;
    texture.fire_rate = options.fire_rate;
    texture.degrees = options.degrees;
    return std::make_unique<TexturePlane>(std::move(models), texture);
}

} // namespace play
