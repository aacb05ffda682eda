// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_SIMULATION_OF_HPP
#define NCA_RUN_SIMULATION_OF_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/rule_description.hpp>
#include <nca/core/executor.hpp>
#include <nca/core/extents.hpp>
#include <nca/core/grid.hpp>
#include <nca/core/result.hpp>
#include <nca/run/any_simulation.hpp>
#include <nca/run/community.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace nca::inline NCA_ABI::inline NCA_ISA::isa_detail {

template <class R, int... Axis>
Community<R, (Axis >= 0 ? Dynamic : 0)...> dynamic_community(std::integer_sequence<int, Axis...>);

/// The simulation of rules of a type.
template <class R>
class SimulationOf final : public AnySimulation {
    static constexpr auto rank = static_cast<std::size_t>(R::rank);
    using Group = decltype(dynamic_community<R>(std::make_integer_sequence<int, R::rank>{}));
    using World = typename Group::World;

public:
    using Models = std::vector<std::shared_ptr<const Model<R>>>;

    /// Preconditions: at least one model, all of one architecture; one positive extent per dimension. Allocates.
    SimulationOf(Models models, std::span<const int> sizes, std::uint64_t seed, const Reserve& reserve)
        : models_{std::move(models)}, description_{models_.front()->rule.architecture().description()},
          group_{borrowed(models_), shape_of(sizes), seed, reserve} {
        world().set_options(models_.front()->options);
    }

    [[nodiscard]] const RuleDescription& description() const noexcept override { return description_; }
    [[nodiscard]] std::span<const int> sizes() const noexcept override { return world().extents().sizes(); }
    [[nodiscard]] std::uint64_t steps() const noexcept override { return world().steps(); }

    [[nodiscard]] StepOptions<AnyRule> options() const noexcept override {
        return options_as<AnyRule>(world().options());
    }
    void set_options(const StepOptions<AnyRule>& options) noexcept override {
        world().set_options(options_as<R>(options));
    }
    [[nodiscard]] Result<void> set_inputs(std::span<const float> inputs) override { return world().set_inputs(inputs); }
    void clear_inputs() noexcept override { world().clear_inputs(); }
    [[nodiscard]] Result<void> set_angles(std::span<const float> angles) override { return world().set_angles(angles); }
    void clear_angles() noexcept override { world().clear_angles(); }
    [[nodiscard]] Result<void> set_fire_rates(std::span<const float> rates) override {
        return world().set_fire_rates(rates);
    }
    void clear_fire_rates() noexcept override { world().clear_fire_rates(); }

    [[nodiscard]] SpeciesMap& species() noexcept override { return group_.species(); }
    [[nodiscard]] const SpeciesMap& species() const noexcept override { return group_.species(); }

    using AnySimulation::step;
    void step(ExecutorRef executor) override {
        if (models_.size() > 1) return group_.step(executor);
        world().step(executor);
    }

    void plant([[maybe_unused]] std::span<const int> at) override {
        if constexpr (R::may_have_life) {
            on_coordinates(at, [&](auto... coordinates) { world().plant(coordinates...); });
        } else {
            NCA_ASSERT(false, "nca::AnySimulation: only rules with an alive mask have a seed");
        }
    }
    void erase(double radius, std::span<const double> at) override {
        on_coordinates(at, [&](auto... coordinates) { world().erase(radius, coordinates...); });
    }
    void paint(double radius, std::span<const float> values, std::span<const double> at) override {
        NCA_ASSERT(values.size() == static_cast<std::size_t>(channels()), "nca::AnySimulation: one value per channel");
        typename World::Cell cell{};
        if constexpr (R::channels == Dynamic) cell.resize(values.size());
        std::copy(values.begin(), values.end(), cell.begin());
        on_coordinates(at, [&](auto... coordinates) { world().paint(radius, cell, coordinates...); });
    }
    void assign(int species, double radius, std::span<const double> at) override {
        const auto& extents = world().extents().sizes();
        for (int row = 0; row < world().extents().rows(); ++row) {
            for (int column = 0; column < world().extents().columns(); ++column) {
                double square = (column - at[0]) * (column - at[0]);
                int rest = row;
                for (std::size_t axis = 1; axis < rank; ++axis) {
                    const int size = extents[rank - 1 - axis];
                    square += (rest % size - at[axis]) * (rest % size - at[axis]);
                    rest /= size;
                }
                if (square < radius * radius) group_.species().assign(species, row, column);
            }
        }
    }
    void clear() noexcept override { world().clear(); }

    void load(std::span<const float> state) override {
        on_view<const float>(state.data(), [&](const auto& view) { return world().load(view); });
    }
    void store(std::span<float> state) const override {
        on_view<float>(state.data(), [&](const auto& view) { return world().store(view); });
    }

    [[nodiscard]] int living_cells() const noexcept override { return world().living_cells(); }
    void bounds(std::span<int> first, std::span<int> size) const noexcept override {
        const Bounds<R::rank> box = world().bounds();
        std::copy(box.first.begin(), box.first.end(), first.begin());
        std::copy(box.size.begin(), box.size.end(), size.begin());
    }
    [[nodiscard]] std::uint64_t hash() const noexcept override { return world().hash(); }

    [[nodiscard]] bool rgba(std::span<std::uint8_t> pixels, const PixelFormat& format) const override {
        return world().rgba(pixels, format);
    }
    [[nodiscard]] bool rgba(std::span<std::uint8_t> pixels, const PixelFormat& format,
                            const CellColours& colours) const override {
        return world().rgba(pixels, format, colours);
    }

    [[nodiscard]] AnySnapshot snapshot() const override {
        Snapshot<R> taken = world().snapshot();
        AnySnapshot any;
        any.sizes.assign(taken.sizes.begin(), taken.sizes.end());
        any.cells = std::move(taken.cells);
        any.options = options_as<AnyRule>(taken.options);
        any.random = taken.random;
        any.steps = taken.steps;
        if (models_.size() < 2) return any;
        for_each_cell(
            [&](int row, int column) { any.species.push_back(static_cast<std::uint8_t>(species().at(row, column))); });
        return any;
    }
    [[nodiscard]] bool restore(const AnySnapshot& any) override {
        const auto count = models_.size();
        if (!std::equal(any.sizes.begin(), any.sizes.end(), sizes().begin(), sizes().end())) return false;
        if (any.species.size() != (count < 2 ? 0 : static_cast<std::size_t>(cells()))) return false;
        if (std::any_of(any.species.begin(), any.species.end(),
                        [&](std::uint8_t species) { return species >= count; })) {
            return false;
        }
        Snapshot<R> snapshot;
        std::copy(any.sizes.begin(), any.sizes.end(), snapshot.sizes.begin());
        snapshot.cells = any.cells;
        snapshot.options = options_as<R>(any.options);
        snapshot.random = any.random;
        snapshot.steps = any.steps;
        if (!world().restore(snapshot)) return false;
        auto next = any.species.begin();
        if (count > 1) for_each_cell([&](int row, int column) { species().assign(*next++, row, column); });
        return true;
    }

private:
    [[nodiscard]] static typename World::Shape shape_of(std::span<const int> sizes) {
        NCA_ASSERT(sizes.size() == rank, "nca::AnySimulation: one extent per dimension of the rule");
        std::array<int, rank> extents{};
        std::copy(sizes.begin(), sizes.end(), extents.begin());
        return typename World::Shape{extents};
    }
    [[nodiscard]] static std::vector<Borrowed<R>> borrowed(const Models& models) {
        std::vector<Borrowed<R>> rules;
        for (const auto& model : models) rules.push_back(borrow(model->rule));
        return rules;
    }
    [[nodiscard]] World& world() noexcept { return group_.world(); }
    [[nodiscard]] const World& world() const noexcept { return group_.world(); }

    /// Calls visit(x, y, z).
    template <class T, class Visit>
    static void on_coordinates(std::span<const T> at, Visit&& visit) {
        NCA_ASSERT(at.size() == rank, "nca::AnySimulation: one coordinate per dimension");
        std::array<T, rank> coordinates{};
        std::copy(at.begin(), at.end(), coordinates.begin());
        std::apply(visit, coordinates);
    }
    template <class T, class Visit>
    void on_view(T* values, Visit&& visit) const {
        [[maybe_unused]] const bool done = [&]<int... Axis>(std::integer_sequence<int, Axis...>) {
            return visit(GridView<T, R::channels, (Axis >= 0 ? Dynamic : 0)...>{values, world().extents(), channels()});
        }
        (std::make_integer_sequence<int, R::rank>{});
        NCA_ASSERT(done, "nca::AnySimulation: a state of the extents of the grid");
    }
    template <class Visit>
    void for_each_cell(Visit&& visit) const {
        for (int row = 0; row < world().extents().rows(); ++row) {
            for (int column = 0; column < world().extents().columns(); ++column) visit(row, column);
        }
    }

    Models models_;
    RuleDescription description_;
    Group group_;
};

} // namespace nca::inline NCA_ABI::inline NCA_ISA::isa_detail

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_SIMULATION_OF_HPP
