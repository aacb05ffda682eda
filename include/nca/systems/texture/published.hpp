// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_TEXTURE_PUBLISHED_HPP
#define NCA_SYSTEMS_TEXTURE_PUBLISHED_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/text.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/model_metadata.hpp>
#include <nca/systems/texture/collection.hpp>
#include <nca/systems/texture/rule.hpp>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

/// Models of textures of any of the rules: ours, and those that others published.
namespace nca::inline NCA_ABI::texture::inline NCA_ISA {

/// A model of one of the rules.
using AnyModel = std::variant<Model<Rule<>>, Model<PyTorchRule<>>, Model<MicroRule<4>>, Model<MicroRule<6>>,
                              Model<MicroRule<8>>, Model<MicroRule<12>>>;

/// A model of a published collection. Errors: no such model, other layers or ranges than those of Rule.
template <std::same_as<Collection> C> // a template, so that only programs that call it compile it
[[nodiscard]] Result<Model<Rule<>>> model_from(const C& collection, std::string_view name,
                                               const std::string& file_name = {}) {
    const auto index = collection.find(name);
    if (!index) {
        return about_file(file_name, Error{"there is no model " + quote(name)});
    }
    for (std::size_t l = 0; l < collection.layers.size(); ++l) {
        const bool last = l + 1 == collection.layers.size();
        const auto& range = collection.layers[l].range;
        const double scale = (last ? 2.0 : 1.0) * Rule<>::clamp_limit;
        const double zero = last ? 127.0 / 255.0 : 0.0;
        if (std::abs(range[0] - scale) <= 1e-6 && std::abs(range[1] - zero) <= 1e-6) continue;
        return about_file(file_name, Error{"layer " + std::to_string(l + 1) + ": key 'quant_scale_zero': expected " +
                                           number_text(scale) + " and " + number_text(zero) + ", found " +
                                           number_text(range[0]) + " and " + number_text(range[1])});
    }
    auto rule = rule_from<Rule<>>(collection.model(*index), file_name);
    if (!rule) return rule.error();
    return Model<Rule<>>{std::move(*rule), {{"nca.source", "distill"}, {"nca.name", std::string{name}}}};
}

namespace isa_detail {

/// True if the metadata has this number under a key, or lacks the key.
[[nodiscard]] inline bool has_number(const SafetensorsFile& file, std::string_view key, double wanted) {
    const std::string* const text = file.find_metadata(key);
    if (text == nullptr) return true;
    double number = 0.0;
    return nca::detail::io::read_number(*text, number) && number == wanted;
}

/// A model as a rule R. Decoded files state what they were made for in keys of their own.
template <class R>
[[nodiscard]] Result<AnyModel> model_as(const SafetensorsFile& file, double divisor) {
    const auto wrong = [&](std::string_view key, double wanted) {
        return about_file(file.file_name(), Error{"expected " + std::string{key} + " to be " + number_text(wanted) +
                                                  ", found " + quote(*file.find_metadata(key), 40)});
    };
    if (!has_number(file, "kernel_divisor", divisor)) return wrong("kernel_divisor", divisor);
    if (!has_number(file, "clamp", R::clamp_limit)) return wrong("clamp", R::clamp_limit);
    if (!has_number(file, "rgb_scale", rgb_scale<R>)) return wrong("rgb_scale", rgb_scale<R>);
    // Models without limits were trained without biases of the last layer.
    auto model = nca::model_from<R>(file, R::has_clamp          ? ""
                                          : R::layer_count == 1 ? "update.bias"
                                                                : "hidden_to_update.bias");
    if (!model) return model.error();
    return AnyModel{std::move(*model)};
}

} // namespace isa_detail

/// A model of any texture rule, from the safetensors of this library or decoded ones: those of the article and of its
/// notebooks (whose metadata have `kernel_divisor`, `clamp` and `rgb_scale`), and of muNCA (update.weight and
/// update.bias). Errors: a message saying what in the file is wrong.
template <std::same_as<SafetensorsFile> File> // a template, so that only programs that call it compile six rules
[[nodiscard]] Result<AnyModel> model_from(const File& file) {
    if (const StoredTensor* const update = file.find("update.weight")) {
        const std::size_t count = update->shape.empty() ? 0 : update->shape[0];
        const std::string* const filters = file.find_metadata("filters");
        if (filters != nullptr && count == 12 && *filters != "LLLLXXXXYYYY") {
            return about_file(file.file_name(),
                              Error{"expected filters to be 'LLLLXXXXYYYY', found " + quote(*filters, 40)});
        }
        if (count == 4) return isa_detail::model_as<MicroRule<4>>(file, 1.0);
        if (count == 6) return isa_detail::model_as<MicroRule<6>>(file, 1.0);
        if (count == 8) return isa_detail::model_as<MicroRule<8>>(file, 1.0);
        return isa_detail::model_as<MicroRule<12>>(file, 1.0);
    }
    const std::string* const perception = file.find_metadata("nca.perception");
    const bool undivided = perception != nullptr ? perception->find("8*") != std::string::npos
                                                 : file.find_metadata("kernel_divisor") != nullptr &&
                                                       isa_detail::has_number(file, "kernel_divisor", 1.0);
    if (undivided) return isa_detail::model_as<PyTorchRule<>>(file, 1.0);
    return isa_detail::model_as<Rule<>>(file, 8.0);
}

} // namespace nca::inline NCA_ABI::texture::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_TEXTURE_PUBLISHED_HPP
