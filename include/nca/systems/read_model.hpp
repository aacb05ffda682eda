// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_READ_MODEL_HPP
#define NCA_SYSTEMS_READ_MODEL_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/rule.hpp>
#include <nca/core/result.hpp>
#include <nca/io/file.hpp>
#include <nca/io/pytorch_file.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/any_model.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/convolution_model.hpp>
#include <nca/systems/goal_guided/model_file.hpp>
#include <nca/systems/goal_guided/published.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/identify.hpp>
#include <nca/systems/isotropic/published.hpp>
#include <nca/systems/mnist/published.hpp>
#include <nca/systems/published_options.hpp>
#include <nca/systems/texture/published.hpp>
#include <nca/systems/voxel/published.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// Models of every system and every format that the library knows.
namespace nca::inline NCA_ABI::inline NCA_ISA {

namespace isa_detail {

/// A model that was not read from a file of ours.
template <class R>
[[nodiscard]] NCA_COLD Model<R> published_model(R rule, std::string system, Goals goals = {}) {
    const StepOptions<R> options = step_options_of<R>(rule.architecture());
    return {std::move(rule), {{"nca.system", std::move(system)}}, options, std::move(goals)};
}
template <class R>
[[nodiscard]] NCA_COLD Result<AnyModel> with_run_time_sizes(Result<Model<R>> model, const RuleRegistry& rules) {
    if (!model) return model.error();
    auto rule = DynamicRule<R::rank>::from(model->rule);
    if (!rule) return rule.error();
    using Dynamic = DynamicRule<R::rank>;
    return rules.make<R::rank>(
        {std::move(*rule), std::move(model->metadata), options_as<Dynamic>(model->options), std::move(model->goals)});
}
template <class Registry>
[[nodiscard]] NCA_COLD Result<AnyModel> read_convolutions(std::span<const StoredTensor> tensors, const Registry& rules,
                                                          const ConvolutionOptions& options) {
    const auto found = find_convolutions(tensors);
    if (!found) return found.error();
    const auto make = [&]<int Rank>(std::integral_constant<int, Rank> /*rank*/) -> Result<AnyModel> {
        auto model = model_from<Rank>(*found, options);
        return model ? rules.template make<Rank>(std::move(*model)) : Result<AnyModel>{model.error()};
    };
    return found->dimensions == 1   ? make(std::integral_constant<int, 1>{})
           : found->dimensions == 2 ? make(std::integral_constant<int, 2>{})
                                    : make(std::integral_constant<int, 3>{});
}
template <class Registry>
[[nodiscard]] NCA_COLD Result<AnyModel> read_tensors(std::span<const StoredTensor> tensors, System system,
                                                     const Registry& rules, const PublishedOptions& options) {
    if (system == System::voxel) {
        auto rule = voxel::find_model(tensors, options.classes);
        return rule ? rules.template make<3>(published_model(std::move(*rule), "voxel"))
                    : Result<AnyModel>{rule.error()};
    }
    if (system == System::goal_guided) {
        auto model = goal_guided::find_model(tensors);
        if (!model) return model.error();
        return rules.template make<2>(
            published_model(std::move(model->rule), "goal_guided", goal_guided::goals_of(model->encoder)));
    }
    if (system == System::convolutional) return read_convolutions(tensors, rules, options.convolutions);
    const auto layers = isotropic::find_layers(tensors, options.isotropic.variant);
    if (!layers) return layers.error();
    auto rule = isotropic::find_rule(*layers, options.isotropic);
    return rule ? rules.template make<2>(published_model(std::move(*rule), "isotropic"))
                : Result<AnyModel>{rule.error()};
}

} // namespace isa_detail

/// The model in the bytes of a file of any system: a model file, one that an article published, or a port's. `path` is
/// named in every message. Errors: what in the file is wrong, or what it is instead; a collection of textures, which
/// holds many. Allocates.
template <std::same_as<RuleRegistry> Registry = RuleRegistry> // a template: only programs that call it compile it
[[nodiscard]] NCA_COLD Result<AnyModel> read_any_model(std::span<const std::byte> bytes, const std::string& path,
                                                       const Registry& rules = {},
                                                       const PublishedOptions& options = {}) {
    FileKind kind = identify(bytes);
    if (options.isotropic.variant && !kind.is_json() && kind.format != FileFormat::unknown) {
        kind = {System::isotropic, kind.format};
    }
    if (kind.format == FileFormat::safetensors) {
        const auto file = parse_safetensors(bytes, path);
        if (!file) return file.error();
        if (file->find_metadata("nca.format") != nullptr) return rules.read(*file);
    }
    if (!kind.reason.empty()) return about_file(path, Error{kind.reason});
    switch (kind.system) {
    case System::growing:
        return isa_detail::with_run_time_sizes(growing::parse_model<growing::Rule<>>(bytes, path, options.port), rules);
    case System::mnist:
        return isa_detail::with_run_time_sizes(mnist::parse_model(bytes, path), rules);
    case System::texture: {
        if (kind.format == FileFormat::collection) {
            return about_file(path, Error{"a collection of textures holds many models: nca import writes them"});
        }
        auto model = texture::model_from(*parse_safetensors(bytes, path));
        if (!model) return model.error();
        return std::visit(
            [&]<class R>(Model<R>& read) {
                return isa_detail::with_run_time_sizes(Result<Model<R>>{std::move(read)}, rules);
            },
            *model);
    }
    case System::isotropic:
        if (kind.format == FileFormat::arrays_json) {
            const auto layers = isotropic::parse_demo(as_text(bytes));
            if (!layers) return about_file(path, layers.error());
            auto rule = isotropic::find_rule(*layers, options.isotropic);
            if (!rule) return about_file(path, rule.error());
            return rules.template make<2>(isa_detail::published_model(std::move(*rule), "isotropic"));
        }
        [[fallthrough]];
    case System::goal_guided:
    case System::convolutional:
    case System::voxel: {
        auto model = [&]() -> Result<AnyModel> {
            if (kind.format == FileFormat::pytorch) {
                const auto file = parse_pytorch(bytes, path);
                if (!file) return file.error();
                return isa_detail::read_tensors(file->tensors(), kind.system, rules, options);
            }
            const auto file = parse_safetensors(bytes, path);
            return isa_detail::read_tensors(file->tensors(), kind.system, rules, options);
        }();
        return model ? model : Result<AnyModel>{about_file(path, model.error())};
    }
    case System::network:
    case System::perturbations:
        return about_file(path, Error{"expected a model, found " + std::string{noun_of(kind.system)}});
    case System::unknown:
        break;
    }
    return rules.read(*parse_safetensors(bytes, path));
}

} // namespace nca::inline NCA_ABI::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_READ_MODEL_HPP
