// SPDX-License-Identifier: Apache-2.0
// Models of textures, of any rule, and the engines of their rules on both lattices.
#include "texture_sheet.hpp"

#include <nca/run/simulation.hpp>
#include <nca/systems/texture/cell_fields.hpp>
#include <nca/systems/texture/published.hpp>

#include <algorithm>
#include <numbers>
#include <type_traits>
#include <variant>

namespace web {

namespace {

struct TextureModel final : Model {
    explicit TextureModel(nca::texture::AnyModel read) : content{std::move(read)} {}
    nca::texture::AnyModel content;
};
const nca::texture::AnyModel& content(const Model& model) {
    return static_cast<const TextureModel&>(model).content;
}

template <class R>
class Sheet final : public TextureSheet {
    using Simulation = nca::Simulation<R, nca::Dynamic, nca::Dynamic>;
    using Shape = typename Simulation::Shape;

public:
    Sheet(R rule, const Options& options, int width, int height, std::uint64_t seed)
        : world_{std::move(rule), Shape{{height, width}}, seed} {
        set_options(options);
        typename Simulation::StateGrid grid{world_.extents()};
        if constexpr (R::layer_count == 1) nca::texture::plant_noise(grid.values(), nca::Philox{seed}.split(3));
        world_.load(grid);
    }

    [[nodiscard]] float rgb_scale() const noexcept override { return static_cast<float>(nca::texture::rgb_scale<R>); }
    [[nodiscard]] std::uint64_t hash() const noexcept override { return world_.hash(); }
    void set_options(const Options& options) override {
        nca::StepOptions<R> step;
        step.fire_rate = options.fire_rate;
        step.step_size = static_cast<float>(options.step_size);
        step.angle = options.degrees * (std::numbers::pi / 180.0);
        step.boundary = static_cast<nca::Boundary>(options.boundary);
        world_.set_options(step);
        const auto alignment = static_cast<nca::texture::Alignment>(options.alignment);
        if (alignment == nca::texture::Alignment::cartesian) return world_.clear_angles();
        static_cast<void>(
            world_.set_angles(nca::texture::alignment_angles(alignment, world_.extents()[0], world_.extents()[1])));
    }
    void set_fire_rates(std::span<const float> rates) override {
        if (rates.empty()) return world_.clear_fire_rates();
        static_cast<void>(world_.set_fire_rates(rates));
    }
    void step() override { world_.step(); }
    void store(std::span<float> state) const override {
        world_.store(nca::GridView<float, R::channels, nca::Dynamic, nca::Dynamic>{state.data(), world_.extents()});
    }
    void load(std::span<const float> state) override {
        world_.load(
            nca::GridView<const float, R::channels, nca::Dynamic, nca::Dynamic>{state.data(), world_.extents()});
    }

private:
    Simulation world_;
};

nca::Result<nca::texture::AnyModel> any_model(std::span<const std::byte> bytes) {
    if (nca::looks_like_json(bytes)) {
        return nca::Error{
            "expected one model, found a collection: nca import COLLECTION.json:NAME makes a file of one"};
    }
    return nca::parse_safetensors(bytes).and_then(
        [](const nca::SafetensorsFile& file) { return nca::texture::model_from(file); });
}

} // namespace

std::shared_ptr<Model> read_texture(std::span<const std::byte> bytes) {
    auto read = any_model(bytes);
    if (!read) {
        fail(read.error().message);
        return nullptr;
    }
    auto model = std::make_shared<TextureModel>(std::move(*read));
    std::visit(
        [&](const auto& found) {
            using R = std::remove_cvref_t<decltype(found.rule)>;
            model->channels = R::channels;
            model->parameters = R::parameter_count;
            model->metadata = found.metadata;
        },
        model->content);
    return model;
}

std::unique_ptr<TextureSheet> make_sheet(const Model& model, const Options& options, int width, int height,
                                         std::uint64_t seed) {
    return std::visit(
        [&](const auto& found) -> std::unique_ptr<TextureSheet> {
            using R = std::remove_cvref_t<decltype(found.rule)>;
            if (options.lattice == 0.0) {
                return std::make_unique<Sheet<R>>(found.rule, options, width, height, seed);
            }
            return std::make_unique<Sheet<nca::texture::Hexagonal<R>>>(nca::texture::on_hexagons(found.rule), options,
                                                                       width, height, seed);
        },
        content(model));
}

Options texture_options(const Model& model) {
    Options options;
    std::visit(
        [&](const auto& found) {
            options.fire_rate = found.options.fire_rate;
            options.boundary = static_cast<double>(found.options.boundary);
        },
        content(model));
    return options;
}

nca::Result<std::string> texture_shader(const Model& model, const nca::shader::Options& options) {
    return std::visit([&](const auto& found) { return nca::shader::to_shader(found.rule, options, found.options); },
                      content(model));
}

bool same_kind(const Model& a, const Model& b) {
    return content(a).index() == content(b).index();
}

} // namespace web
