// SPDX-License-Identifier: Apache-2.0
// What creatures and digits have in common: cells of one rule, among which adversaries may live.
#ifndef NCA_EXAMPLES_WEB_CELLS_WORLD_HPP
#define NCA_EXAMPLES_WEB_CELLS_WORLD_HPP

#include <nca/run/community.hpp>
#include <nca/systems/adversarial/metrics.hpp>

#include "engine.hpp"

#include <algorithm>
#include <numbers>
#include <type_traits>

namespace web {

template <class R>
class CellsWorld : public World {
public:
    using Community = nca::Community<R, nca::Dynamic, nca::Dynamic>;
    using Grid = nca::Grid<float, R::channels, nca::Dynamic, nca::Dynamic>;
    using Shape = nca::Extents<nca::Dynamic, nca::Dynamic>;

    CellsWorld(ModelPointer model, int width, int height, std::uint64_t seed)
        : World{std::move(model), width, height, seed} {
        const nca::StepOptions<R>& trained = content(*model_).options;
        options_.fire_rate = trained.fire_rate;
        options_.step_size = static_cast<double>(trained.step_size);
        options_.degrees = trained.angle * (180.0 / std::numbers::pi);
        options_.boundary = static_cast<double>(trained.boundary);
        options_.noise = trained.noise;
        rebuild();
    }

    [[nodiscard]] double steps() const noexcept override { return static_cast<double>(cells().steps()); }
    [[nodiscard]] int living_cells() const override { return living().count(); }
    [[nodiscard]] std::uint64_t hash() const override { return cells().hash(); }

    bool set_options(const Options& options) override {
        options_ = options;
        nca::StepOptions<R> step = content(*model_).options;
        step.fire_rate = options.fire_rate;
        step.step_size = static_cast<float>(options.step_size);
        step.angle = options.degrees * (std::numbers::pi / 180.0);
        step.boundary = static_cast<nca::Boundary>(options.boundary);
        step.noise = options.noise;
        cells().set_options(step);
        return true;
    }
    void clear() override {
        cells().clear();
        community_->species().fill(0);
    }
    void reset() override { rebuild(); }
    void store(std::span<float> state) const override {
        cells().store(nca::GridView<float, R::channels, nca::Dynamic, nca::Dynamic>{state.data(), shape()});
    }
    void load(std::span<const float> state) override {
        cells().load(nca::GridView<const float, R::channels, nca::Dynamic, nca::Dynamic>{state.data(), shape()});
    }

    bool set_adversary(const ModelPointer& model) override {
        if (model != nullptr && model->system != model_->system) {
            return fail("an adversary is a model of the same system as the world");
        }
        adversary_ = model;
        const auto snapshot = cells().snapshot();
        rebuild();
        static_cast<void>(cells().restore(snapshot));
        return true;
    }
    bool assign(double x, double y, double radius, bool adversary) override {
        if (adversary_ == nullptr) return fail("this world has no adversary: set one first");
        community_->assign(adversary ? 1 : 0, radius, x, y);
        return true;
    }
    bool scatter(double fraction, std::uint64_t seed) override {
        if (adversary_ == nullptr) return fail("this world has no adversary: set one first");
        // The stream of nca run --adversary.
        constexpr std::uint32_t adversary_stream = 0xAD7E75A1U;
        community_->species() = nca::adversarial::draw_adversaries(
            nca::FireMask(nca::Philox{seed}.split(adversary_stream), 0, fraction), living());
        return true;
    }
    [[nodiscard]] int adversaries() const override {
        return adversary_ == nullptr ? 0 : community_->species().cells(1).count();
    }

protected:
    [[nodiscard]] static const nca::Model<R>& content(const Model& model) {
        return static_cast<const RuleModel<R>&>(model).content;
    }
    [[nodiscard]] Shape shape() const { return Shape{{height_, width_}}; }
    [[nodiscard]] auto& cells() noexcept { return community_->world(); }
    [[nodiscard]] const auto& cells() const noexcept { return std::as_const(*community_).world(); }
    [[nodiscard]] Community& community() noexcept { return *community_; }
    /// Creatures are alive where alpha, digits where ink is above 0.1.
    [[nodiscard]] nca::CellMask living() const {
        constexpr std::size_t channel = R::has_life ? nca::growing::alpha_channel : 0;
        nca::CellMask mask{height_, width_};
        const Grid state = cells().state();
        for (int row = 0; row < height_; ++row) {
            for (int column = 0; column < width_; ++column) {
                if (state(row, column)[channel] > nca::mnist::ink) mask.set(row, column);
            }
        }
        return mask;
    }

    void step_cells() {
        if (adversaries() > 0) {
            community_->step();
        } else {
            cells().step();
        }
    }
    /// Adversaries that are visible are three quarters red: half leaves them brown among the teal cells of an 8.
    template <class Colours>
    void draw_cells(std::span<std::uint8_t> rgba, const Colours& colours) const {
        static_cast<void>(cells().rgba(rgba, {.background = nca::Colour{255, 255, 255}}, colours));
        if (adversary_ == nullptr) return;
        const nca::CellMask alive = living();
        community_->species().cells(1).for_each([&](int row, int column) {
            if (!alive.test(row, column)) return;
            std::uint8_t* const pixel = &rgba[4 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(width_) +
                                                   static_cast<std::size_t>(column))];
            pixel[0] = static_cast<std::uint8_t>((pixel[0] + 3 * 255) / 4);
            pixel[1] = static_cast<std::uint8_t>(pixel[1] / 4);
            pixel[2] = static_cast<std::uint8_t>(pixel[2] / 4);
        });
    }

private:
    void rebuild() {
        std::vector<nca::Borrowed<R>> rules{nca::borrow(content(*model_).rule)};
        if (adversary_ != nullptr) rules.push_back(nca::borrow(content(*adversary_).rule));
        community_ = std::make_unique<Community>(rules, shape(), seed_);
        set_options(options_);
    }

    ModelPointer adversary_{};
    std::unique_ptr<Community> community_{}; // it borrows the rules
};

} // namespace web

#endif // NCA_EXAMPLES_WEB_CELLS_WORLD_HPP
