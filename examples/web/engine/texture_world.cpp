// SPDX-License-Identifier: Apache-2.0
// A plane of textures on squares or hexagons: every cell follows one of several models of one kind of rule.
#include <nca/systems/texture/cell_fields.hpp>

#include "texture_sheet.hpp"

#include <algorithm>

namespace web {

namespace {

using nca::texture::Lattice;

constexpr int hexagon_pixels = 3; ///< per cell, across

class TextureWorld final : public World {
public:
    TextureWorld(const ModelPointer& model, int width, int height, std::uint64_t seed)
        : World{model, width, height, seed} {
        options_ = texture_options(*model_);
        reset();
    }

    [[nodiscard]] int image_width() const noexcept override { return width_ * detail(); }
    [[nodiscard]] int image_height() const noexcept override {
        const double rows = height_ * (lattice() == Lattice::square ? 1.0 : nca::texture::hex_row_height);
        return std::max(1, static_cast<int>(std::lround(rows * detail())));
    }
    [[nodiscard]] double steps() const noexcept override { return steps_; }
    [[nodiscard]] int living_cells() const override { return width_ * height_; }
    [[nodiscard]] std::uint64_t hash() const override { return layers_.front().sheet->hash(); }

    bool set_options(const Options& options) override {
        const bool rebuilt = options.lattice != options_.lattice;
        options_ = options;
        if (rebuilt) {
            rebuild();
        } else {
            for (const Layer& layer : layers_) layer.sheet->set_options(options_);
            share_cells();
        }
        return true;
    }
    void step() override {
        for (const Layer& layer : layers_) layer.sheet->step();
        steps_ += 1.0;
        if (layers_.size() == 1) return;
        for (std::size_t l = 0; l < layers_.size(); ++l) {
            layers_[l].sheet->store(other_);
            for (std::size_t cell = 0; cell < followed_.size(); ++cell) {
                if (followed_[cell] == l) copy_cell(other_, cell);
            }
        }
        load_state();
    }
    void clear() override {
        std::fill(state_.begin(), state_.end(), 0.0F);
        follow_first();
        load_state();
    }
    void reset() override {
        steps_ = 0.0;
        state_.resize(cells() * static_cast<std::size_t>(model_->channels));
        other_.resize(state_.size());
        layers_.clear();
        layers_.push_back({model_, make_sheet(*model_, options_, width_, height_, seed_)});
        followed_.assign(cells(), 0);
        layers_.front().sheet->store(state_);
        map_pixels();
    }
    void store(std::span<float> state) const override { layers_.front().sheet->store(state); }
    void load(std::span<const float> state) override {
        std::copy(state.begin(), state.end(), state_.begin());
        load_state();
    }
    void draw(std::span<std::uint8_t> rgba) const override {
        layers_.front().sheet->store(other_);
        const auto channels = static_cast<std::size_t>(model_->channels);
        const float scale = layers_.front().sheet->rgb_scale();
        for (std::size_t pixel = 0; pixel < cell_of_.size(); ++pixel) {
            const float* const cell = other_.data() + cell_of_[pixel] * channels;
            for (std::size_t c = 0; c < 3; ++c) {
                rgba[4 * pixel + c] =
                    static_cast<std::uint8_t>(std::clamp(scale * cell[c] + 0.5F, 0.0F, 1.0F) * 255.0F + 0.5F);
            }
            rgba[4 * pixel + 3] = 255;
        }
    }
    void erase(double x, double y, double radius) override {
        layers_.front().sheet->store(state_);
        const auto channels = static_cast<std::size_t>(model_->channels);
        for_each_cell(x, y, radius, [&](std::size_t cell) { std::fill_n(&state_[cell * channels], channels, 0.0F); });
        load_state();
    }
    bool graft(const ModelPointer& model, double x, double y, double radius) override {
        if (!fits(*model)) return false;
        const std::size_t layer = layer_of(model);
        for_each_cell(x, y, radius, [&](std::size_t cell) { followed_[cell] = layer; });
        share_cells();
        return true;
    }
    bool follow(const ModelPointer& model) override {
        if (!fits(*model)) return false;
        layers_.front().sheet->store(state_);
        model_ = model;
        rebuild();
        return true;
    }

private:
    /// The cells that follow a model.
    struct Layer {
        ModelPointer model;
        std::unique_ptr<TextureSheet> sheet;
    };

    [[nodiscard]] Lattice lattice() const noexcept {
        return options_.lattice == 0.0 ? Lattice::square : Lattice::hexagonal;
    }
    [[nodiscard]] int detail() const noexcept { return lattice() == Lattice::square ? 1 : hexagon_pixels; }
    [[nodiscard]] std::size_t cells() const noexcept {
        return static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
    }
    bool fits(const Model& model) const {
        if (model.system == nca::System::texture && same_kind(*model_, model)) return true;
        return fail("expected a texture of the same kind of rule");
    }
    [[nodiscard]] std::uint64_t seed_of(std::size_t layer) const {
        return layer == 0 ? seed_ : nca::Philox{seed_}.split(static_cast<std::uint32_t>(layer)).key();
    }
    std::size_t layer_of(const ModelPointer& model) {
        const auto found =
            std::find_if(layers_.begin(), layers_.end(), [&](const Layer& layer) { return layer.model == model; });
        if (found != layers_.end()) return static_cast<std::size_t>(found - layers_.begin());
        layers_.front().sheet->store(state_);
        layers_.push_back({model, make_sheet(*model, options_, width_, height_, seed_of(layers_.size()))});
        layers_.back().sheet->load(state_);
        return layers_.size() - 1;
    }
    /// One layer, the first model's, with the present state.
    void follow_first() {
        layers_.resize(1);
        std::fill(followed_.begin(), followed_.end(), 0);
        share_cells();
    }
    /// New sheets for the present options: of every layer, or of the first model where that is another one now.
    void rebuild() {
        layers_.front().sheet->store(state_);
        if (layers_.front().model != model_) {
            layers_.clear();
            layers_.push_back({model_, nullptr});
            std::fill(followed_.begin(), followed_.end(), 0);
        }
        for (std::size_t l = 0; l < layers_.size(); ++l) {
            // Each start has its own random numbers.
            const auto now = static_cast<std::uint32_t>(steps_);
            const std::uint64_t seed = now == 0 ? seed_of(l) : nca::Philox{seed_of(l)}.split(1, now).key();
            layers_[l].sheet = make_sheet(*layers_[l].model, options_, width_, height_, seed);
        }
        share_cells();
        load_state();
        map_pixels();
    }
    void share_cells() {
        std::vector<float> rates(layers_.size() > 1 ? followed_.size() : 0);
        for (std::size_t l = 0; l < layers_.size(); ++l) {
            for (std::size_t cell = 0; cell < rates.size(); ++cell) {
                rates[cell] = followed_[cell] == l ? static_cast<float>(options_.fire_rate) : 0.0F;
            }
            layers_[l].sheet->set_fire_rates(rates);
        }
    }
    void load_state() {
        for (const Layer& layer : layers_) layer.sheet->load(state_);
    }
    void copy_cell(const std::vector<float>& from, std::size_t cell) {
        const auto channels = static_cast<std::size_t>(model_->channels);
        std::copy_n(&from[cell * channels], channels, &state_[cell * channels]);
    }
    template <class Visit>
    void for_each_cell(double x, double y, double radius, Visit&& visit) {
        nca::texture::for_each_cell_within(lattice(), x + 0.5, y + 0.5, radius, height_, width_,
                                           [&](int column, int row) { visit(index_of(column, row)); });
    }
    [[nodiscard]] std::size_t index_of(int column, int row) const noexcept {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(column);
    }
    void map_pixels() {
        cell_of_.clear();
        for (int y = 0; y < image_height(); ++y) {
            for (int x = 0; x < image_width(); ++x) {
                const auto cell = nca::texture::on_torus(
                    nca::texture::cell_at(lattice(), (x + 0.5) / detail(), (y + 0.5) / detail()), height_, width_);
                cell_of_.push_back(index_of(cell.column, cell.row));
            }
        }
    }

    std::vector<Layer> layers_{};
    std::vector<std::size_t> followed_{}; ///< the layer of every cell
    std::vector<float> state_{};          ///< [height, width, channels]; up to date only within a function
    mutable std::vector<float> other_{};  ///< no meaning between calls
    std::vector<std::size_t> cell_of_{};  ///< the cell that each pixel shows
    double steps_ = 0.0;
};

} // namespace

std::unique_ptr<World> make_texture_world(const ModelPointer& model, int width, int height, std::uint64_t seed) {
    return std::make_unique<TextureWorld>(model, width, height, seed);
}

} // namespace web
