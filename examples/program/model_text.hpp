// SPDX-License-Identifier: Apache-2.0
// What the commands info, import and export do with a model of any rule.
#ifndef NCA_EXAMPLES_PROGRAM_MODEL_TEXT_HPP
#define NCA_EXAMPLES_PROGRAM_MODEL_TEXT_HPP

#include <nca/run/export_model.hpp>
#include <nca/run/model_file.hpp>

#include "film.hpp"
#include "program.hpp"

#include <string>

namespace program {

[[nodiscard]] inline nca::Json json_of(const nca::StoredMetadata& metadata) {
    nca::Json object = nca::Json::object();
    for (const auto& [key, value] : metadata) object.set(key, value);
    return object;
}

/// The result line of `nca info`.
template <class R>
[[nodiscard]] nca::Json describe_model(const nca::Model<R>& model, const std::string& path, const std::string& system) {
    return nca::Json::object(
        {{"model", path},
         {"system", system},
         {"channels", R::channels},
         {"layers", json_list(R::layers,
                              [](const nca::LayerLayout& layer) {
                                  return nca::Json::object({{"inputs", layer.inputs}, {"outputs", layer.outputs}});
                              })},
         {"parameters", R::parameter_count},
         {"largest_weight", largest_of(model.rule.parameters())},
         {"metadata", json_of(model.metadata)}});
}

/// Writes a published rule as safetensors and returns the result line of `nca import`.
template <class R>
[[nodiscard]] nca::Json save_import(const R& rule, const std::string& from, const std::string& to,
                                    const std::string& system) {
    require(nca::save_model(rule, to, {{"nca.system", system}, {"nca.source", "distill"}}));
    return nca::Json::object({{"model", to}, {"source", from}, {"system", system}, {"parameters", R::parameter_count}});
}

/// The C++ header of a model, with its metadata.
template <class R>
[[nodiscard]] std::string header_of(const nca::Model<R>& model, nca::HeaderOptions options) {
    options.metadata = model.metadata;
    return require(nca::to_header(model.rule, options));
}

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_MODEL_TEXT_HPP
