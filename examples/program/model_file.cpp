// SPDX-License-Identifier: Apache-2.0
#include "model_file.hpp"

#include <nca/io/file.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/texture/rule.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace program {

namespace {

/// True if the metadata of a file describe one of these rules.
template <class... Rules>
bool is_described(const nca::SafetensorsFile& file) {
    return (nca::detail::check_metadata(file, nca::describe<Rules>()).ok() || ...);
}

} // namespace

ModelFile open_model_file(const std::string& path) {
    std::error_code error;
    const std::size_t colon = path.rfind(".json:");
    if (colon == std::string::npos || std::filesystem::exists(path, error)) {
        return {path, {}, require(nca::read_file(path)), {}, {}};
    }
    ModelFile file{path.substr(0, colon + 5), path.substr(colon + 6), {}, {}, {}};
    if (file.entry.empty()) throw Failure{nca::quote_path(path) + ": the name of a model is missing behind the colon"};
    file.bytes = require(nca::read_file(file.path));
    return file;
}

nca::FileKind kind_of(const ModelFile& model) {
    if (!model.entry.empty()) return {nca::System::texture, nca::FileFormat::collection};
    nca::FileKind kind = nca::identify(model.bytes);
    if (model.published.isotropic.variant && !kind.is_json()) kind = {nca::System::isotropic, kind.format};
    return kind;
}

const std::string* find_metadata(const nca::StoredMetadata& metadata, std::string_view key) {
    const auto found =
        std::find_if(metadata.begin(), metadata.end(), [&](const auto& entry) { return entry.first == key; });
    return found == metadata.end() ? nullptr : &found->second;
}

int metadata_number(const nca::StoredMetadata& metadata, std::string_view key, int otherwise, int least, int most) {
    const std::string* const text = find_metadata(metadata, key);
    double number = 0.0;
    if (text == nullptr || !parse_number(*text, static_cast<double>(least), static_cast<double>(most), number) ||
        number != std::floor(number))
        return otherwise;
    return static_cast<int>(number);
}

Model load_creature(const std::string& path) {
    return creature_in(open_model_file(path));
}

Model creature_in(const ModelFile& file) {
    return require(nca::growing::parse_model<Rule>(file.bytes, file.path, file.published.port));
}

bool has_own_rule(const ModelFile& model) {
    if (nca::looks_like_json(model.bytes)) return false;
    const auto file = nca::parse_safetensors(model.bytes);
    if (!file || file->find_metadata("nca.format") == nullptr) return false;
    return !is_described<Rule, MnistRule, nca::texture::Rule<>, nca::texture::PyTorchRule<>, nca::texture::MicroRule<4>,
                         nca::texture::MicroRule<6>, nca::texture::MicroRule<8>, nca::texture::MicroRule<12>>(*file);
}

bool votes_for_digits(const nca::StoredMetadata& metadata, int channels) {
    const std::string* const system = find_metadata(metadata, "nca.system");
    return system != nullptr && *system == "mnist" && channels == MnistRule::channels;
}
MnistModel load_mnist_model(const std::string& path) {
    return mnist_model_in(open_model_file(path));
}

MnistModel mnist_model_in(const ModelFile& file) {
    return require(nca::mnist::parse_model(file.bytes, file.path));
}

nca::TextPairs mnist_notes(double noise) {
    return {{"nca.system", "mnist"}, {"nca.noise", nca::number_text(noise)}};
}

nca::StepOptions<MnistRule> step_options_of(const MnistModel& model, std::optional<double> fire_rate,
                                            std::optional<double> noise) {
    nca::StepOptions<MnistRule> options = model.options;
    options.fire_rate = fire_rate.value_or(options.fire_rate);
    options.noise = noise.value_or(options.noise);
    return options;
}

} // namespace program
