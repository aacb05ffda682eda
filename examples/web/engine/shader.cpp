// SPDX-License-Identifier: Apache-2.0
// Models as the texts of shaders.
#include <nca/shader/export_shader.hpp>

#include "texture_sheet.hpp"

namespace web {

namespace {

template <class R>
nca::Result<std::string> shader_of(const Model& model, const nca::shader::Options& options) {
    const nca::Model<R>& content = static_cast<const RuleModel<R>&>(model).content;
    return nca::shader::to_shader(content.rule, options, content.options);
}

nca::Result<std::string> shader_of(const Model& model, const nca::shader::Options& options) {
    switch (model.system) {
    case nca::System::mnist:
        return shader_of<DigitRule>(model, options);
    case nca::System::texture:
        return texture_shader(model, options);
    case nca::System::perturbations:
        return nca::Error{"matrices are no rule, and a shader is the step of one"};
    default:
        return shader_of<CreatureRule>(model, options);
    }
}

} // namespace

} // namespace web

/// Gives the text. The language is an nca::shader::Language.
NCA_WEB_FUNCTION(bool, nca_model_shader)(const web::ModelPointer* model, int language, bool int8) {
    nca::shader::Options options;
    options.language = static_cast<nca::shader::Language>(language);
    options.int8 = int8;
    options.comment = "Made by nca; docs/shaders.md says how it is bound.";
    const auto text = web::shader_of(**model, options);
    if (!text) return web::fail(text.error().message);
    web::give(*text);
    return true;
}
