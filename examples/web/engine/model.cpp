// SPDX-License-Identifier: Apache-2.0
// Models of every system, from the bytes of a file.
#include "model.hpp"

#include <nca/io/json.hpp>
#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/mnist/published.hpp>

#include <cstring>

namespace web {

const std::string* find_metadata(const Model& model, std::string_view key) {
    for (const auto& [name, text] : model.metadata) {
        if (name == key) return &text;
    }
    return nullptr;
}

namespace {

template <class R>
std::shared_ptr<Model> model_of(nca::Result<nca::Model<R>> read) {
    if (!read) {
        fail(read.error().message);
        return nullptr;
    }
    auto model = std::make_shared<RuleModel<R>>(std::move(*read));
    model->channels = R::channels;
    model->parameters = R::parameter_count;
    model->metadata = model->content.metadata;
    return model;
}

std::shared_ptr<Model> read_matrices(std::span<const std::byte> bytes) {
    const auto file = nca::parse_safetensors(bytes);
    if (!file) {
        fail(file.error().message);
        return nullptr;
    }
    auto model = std::make_shared<MatrixModel>();
    for (const nca::StoredTensor& tensor : file->tensors()) {
        auto matrix = nca::adversarial::perturbation_from<CreatureRule>(*file, tensor.name);
        if (!matrix) {
            fail(matrix.error().message);
            return nullptr;
        }
        model->matrices.emplace_back(tensor.name, std::move(*matrix));
    }
    model->channels = CreatureRule::channels;
    model->parameters =
        static_cast<int>(model->matrices.size()) * CreatureRule::channels * (CreatureRule::channels + 1) / 2;
    model->metadata = file->metadata();
    return model;
}

std::shared_ptr<Model> read(nca::System system, std::span<const std::byte> bytes) {
    if (system == nca::System::mnist) return model_of(nca::mnist::parse_model<DigitRule>(bytes));
    if (system == nca::System::texture) return read_texture(bytes);
    if (system == nca::System::perturbations) return read_matrices(bytes);
    return model_of(nca::growing::parse_model<CreatureRule>(bytes));
}

int side_of(const Model& model, std::string_view key) {
    const std::string* const text = find_metadata(model, key);
    const long value = text == nullptr ? 0 : std::strtol(text->c_str(), nullptr, 10);
    return value > 0 && value <= 4096 ? static_cast<int>(value) : 0;
}

} // namespace

} // namespace web

NCA_WEB_FUNCTION(web::ModelPointer*, nca_model_create)(const std::byte* bytes, std::size_t size) {
    const std::span<const std::byte> file{bytes, size};
    const nca::FileKind kind = nca::identify(file);
    if (kind.system == nca::System::network) {
        web::fail(std::string{"expected a model, found "}.append(nca::noun_of(kind.system)));
        return nullptr;
    }
    if (!kind.reason.empty()) {
        web::fail(kind.reason);
        return nullptr;
    }
    std::shared_ptr<web::Model> model = web::read(kind.system, file);
    if (model == nullptr) return nullptr;
    // The reader of creatures also takes files of no known system that fit.
    model->system = kind.system == nca::System::unknown ? nca::System::growing : kind.system;
    model->width = web::side_of(*model, "training.width");
    model->height = web::side_of(*model, "training.height");
    return new web::ModelPointer{std::move(model)};
}
NCA_WEB_FUNCTION(void, nca_model_release)(web::ModelPointer* model) {
    delete model;
}
/// Gives what is known of a model, as JSON.
NCA_WEB_FUNCTION(void, nca_model_describe)(const web::ModelPointer* pointer) {
    const web::Model& model = **pointer;
    nca::Json metadata = nca::Json::object();
    for (const auto& [key, value] : model.metadata) metadata.set(key, value);
    nca::Json matrices = nca::Json::array();
    if (model.system == nca::System::perturbations) {
        nca::Json::Array names;
        for (const auto& [name, matrix] : static_cast<const web::MatrixModel&>(model).matrices) {
            names.emplace_back(name);
        }
        matrices = nca::Json{std::move(names)};
    }
    const char* const system = model.system == nca::System::mnist           ? "mnist"
                               : model.system == nca::System::texture       ? "texture"
                               : model.system == nca::System::perturbations ? "perturbations"
                                                                            : "growing";
    web::give(nca::Json::object({{"system", system},
                                 {"channels", model.channels},
                                 {"parameters", model.parameters},
                                 {"width", model.width},
                                 {"height", model.height},
                                 {"matrices", std::move(matrices)},
                                 {"metadata", std::move(metadata)}})
                  .dump());
}
