// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_RUN_ANY_MODEL_HPP
#define NCA_RUN_ANY_MODEL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/cell/rule_description.hpp>
#include <nca/core/result.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/any_simulation.hpp>
#include <nca/run/goals.hpp>
#include <nca/run/load_simulation.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/simulation_of.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

/// Models whose rule only their file tells, and the rules that a program has compiled for some of them.
namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// Has an address of its own for every type.
template <class R>
inline constexpr char type_mark = 0;

} // namespace isa_detail

/// A model of any rule, shared by all that hold it: constant, cheap to copy, for use by any number of threads.
class AnyModel {
public:
    /// A model of a rule that is known: of its type, if that is compiled, it runs.
    template <class R>
    [[nodiscard]] static AnyModel of(Model<R> model);

    [[nodiscard]] const RuleDescription& description() const noexcept { return core_->description; }
    [[nodiscard]] const StoredMetadata& metadata() const noexcept { return core_->metadata; }
    /// How the file says that the rule is run.
    [[nodiscard]] const StepOptions<AnyRule>& options() const noexcept { return core_->options; }
    [[nodiscard]] const Goals& goals() const noexcept { return core_->goals; }
    [[nodiscard]] std::span<const float> parameters() const noexcept { return core_->parameters; }

    /// All cells zero, run as the file says. `sizes`: extents, slowest first. Errors: not one positive extent per
    /// dimension of the rule. Allocates.
    [[nodiscard]] NCA_COLD Result<std::unique_ptr<AnySimulation>>
    simulate(std::span<const int> sizes, const SimulationOptions& options = {}) const {
        return simulate_all({*this}, sizes, options);
    }
    /// Several rules on one grid, options and goals those of the first; see Community. Errors: those of simulate();
    /// rules that differ in more than their parameters; none, or more than 256.
    [[nodiscard]] NCA_COLD static Result<std::unique_ptr<AnySimulation>>
    simulate_all(const std::vector<AnyModel>& models, std::span<const int> sizes,
                 const SimulationOptions& options = {}) {
        if (models.empty() || models.size() > 256) return Error{"expected 1 to 256 models for one grid"};
        const Core& first = *models.front().core_;
        const auto dimensions = static_cast<std::size_t>(first.description.dimensions);
        if (sizes.size() != dimensions || std::any_of(sizes.begin(), sizes.end(), [](int size) { return size < 1; })) {
            return Error{"expected a positive extent for each of the " + std::to_string(dimensions) +
                         " dimensions of the rule"};
        }
        for (const AnyModel& model : models) {
            if (model.core_->type != first.type || describe(model.description()) != describe(first.description)) {
                return Error{"the models of one grid have to share a rule but for its parameters"};
            }
        }
        return first.simulate(models, sizes, options);
    }

private:
    struct Core {
        RuleDescription description{};
        StoredMetadata metadata{};
        StepOptions<AnyRule> options{};
        Goals goals{};
        std::span<const float> parameters{};

        const char* type = nullptr; ///< of the rule

        virtual ~Core() = default;
        [[nodiscard]] virtual std::unique_ptr<AnySimulation> simulate(const std::vector<AnyModel>& models,
                                                                      std::span<const int> sizes,
                                                                      const SimulationOptions& options) const = 0;
    };
    template <class R>
    struct CoreOf;

    explicit AnyModel(std::shared_ptr<const Core> core) noexcept : core_{std::move(core)} {}

    std::shared_ptr<const Core> core_;
};

template <class R>
struct AnyModel::CoreOf final : AnyModel::Core {
    explicit CoreOf(Model<R> read) : model{std::make_shared<const Model<R>>(std::move(read))} {
        description = model->rule.architecture().description();
        metadata = model->metadata;
        options = options_as<AnyRule>(model->options);
        goals = model->goals;
        parameters = std::as_const(model->rule).parameters();
        type = &isa_detail::type_mark<R>;
    }

    [[nodiscard]] std::unique_ptr<AnySimulation> simulate(const std::vector<AnyModel>& models,
                                                          std::span<const int> sizes,
                                                          const SimulationOptions& chosen) const override {
        typename isa_detail::SimulationOf<R>::Models all;
        for (const AnyModel& each : models) all.push_back(static_cast<const CoreOf&>(*each.core_).model);
        return std::make_unique<isa_detail::SimulationOf<R>>(std::move(all), sizes, chosen.seed, chosen.reserve);
    }

    std::shared_ptr<const Model<R>> model;
};

template <class R>
AnyModel AnyModel::of(Model<R> model) {
    return AnyModel{std::make_shared<const CoreOf<R>>(std::move(model))};
}

/// The rules whose sizes a program knows at compile time. Models of others run with sizes known at run time:
///
///     nca::RuleRegistry rules;
///     rules.add<Coral>();
///     auto model = rules.read(*nca::read_safetensors("coral.safetensors"));
///     auto world = model->simulate(std::array{96, 96}, {.seed = 7});
///
/// Both give the same bits; a rule of a type is somewhat faster. Reading is thread-safe, adding is not.
class RuleRegistry {
public:
    /// Adds a rule. Models that describe it run as this type from now on, whatever their fire rate and boundary.
    template <class R>
    RuleRegistry& add() {
        static_assert(R::is_static, "nca::RuleRegistry: rules of run-time sizes need not be added");
        std::get<R::rank - 1>(rules_).push_back(&as_type<R>);
        return *this;
    }
    /// A model as the first rule that was added and that it describes, or else as it is.
    template <int Rank>
    [[nodiscard]] NCA_COLD AnyModel make(Model<DynamicRule<Rank>> model) const {
        for (const auto& as : std::get<Rank - 1>(rules_)) {
            if (auto typed = as(model)) return std::move(*typed);
        }
        return AnyModel::of(std::move(model));
    }
    /// The model in a file. Errors: those of model_from(); no `nca.format`.
    template <std::same_as<SafetensorsFile> File> // a template, so that only programs that call it compile the rules
    [[nodiscard]] NCA_COLD Result<AnyModel> read(const File& file) const {
        const std::string* const dimensions = file.find_metadata("nca.dimensions");
        if (dimensions != nullptr && *dimensions == "1") return read_as<1>(file);
        if (dimensions != nullptr && *dimensions == "3") return read_as<3>(file);
        return read_as<2>(file);
    }

private:
    template <int Rank>
    using TypeList = std::vector<std::optional<AnyModel> (*)(const Model<DynamicRule<Rank>>&)>;

    template <class R>
    [[nodiscard]] NCA_COLD static std::optional<AnyModel> as_type(const Model<DynamicRule<R::rank>>& model) {
        const RuleDescription own = ArchitectureOf<R>{}.description();
        RuleDescription found = model.rule.architecture().description();
        found.fire_rate = own.fire_rate;
        found.boundary = own.boundary;
        if (found.noise && own.noise) found.noise = own.noise;
        if (describe(found) != describe(own)) return std::nullopt;
        R rule;
        std::copy(model.rule.parameters().begin(), model.rule.parameters().end(), rule.parameters().begin());
        return AnyModel::of(Model<R>{std::move(rule), model.metadata, options_as<R>(model.options), model.goals});
    }
    template <int Rank>
    [[nodiscard]] NCA_COLD Result<AnyModel> read_as(const SafetensorsFile& file) const {
        auto model = model_from<DynamicRule<Rank>>(file);
        if (!model) return model.error();
        return make<Rank>(std::move(*model));
    }

    std::tuple<TypeList<1>, TypeList<2>, TypeList<3>> rules_{};
};

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_RUN_ANY_MODEL_HPP
