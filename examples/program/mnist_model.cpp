// SPDX-License-Identifier: Apache-2.0
#include "mnist_model.hpp"

#include <nca/io/file.hpp>

#include "program.hpp"

#include <charconv>
#include <limits>
#include <string_view>
#include <system_error>

namespace program {

namespace {

const std::string* find(const nca::StoredMetadata& metadata, std::string_view key) {
    for (const auto& [name, value] : metadata) {
        if (name == key) return &value;
    }
    return nullptr;
}

} // namespace

MnistModel load_mnist_model(const std::string& path) {
    return parse_mnist_model(require(nca::read_file(path)), path);
}

MnistModel parse_mnist_model(std::span<const std::byte> bytes, const std::string& path) {
    if (nca::identify(bytes).system == nca::System::growing) {
        throw Failure{"'" + path +
                      "' is a model of the growing system: the commands of nca mnist need a model of nca "
                      "mnist train or the published one"};
    }
    return require(nca::mnist::parse_model(bytes, path));
}

double noise_of(const MnistModel& model) {
    const std::string* const text = find(model.metadata, "nca.noise");
    if (text == nullptr) return nca::mnist::Rule<>::noise;
    double noise = 0.0;
    const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), noise);
    if (code == std::errc{} && end == text->data() + text->size() && noise >= 0.0 && noise <= 10.0) return noise;
    throw Failure{"the model's metadata: expected nca.noise to be a number from 0 to 10, found '" +
                  text->substr(0, 40) + "'"};
}

float undecided_of(const MnistModel& model) {
    const std::string* const loss = find(model.metadata, "training.loss");
    return loss != nullptr && *loss == "ce" ? -std::numeric_limits<float>::infinity() : nca::mnist::Colours{}.undecided;
}

} // namespace program
