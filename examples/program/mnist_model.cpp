// SPDX-License-Identifier: Apache-2.0
#include "mnist_model.hpp"

#include <nca/systems/mnist/published.hpp>

#include <limits>

namespace program {

MnistModel load_mnist_model(const std::string& path) {
    return mnist_model_in(open_model_file(path));
}

MnistModel mnist_model_in(const ModelFile& file) {
    if (kind_of(file) == nca::System::growing) {
        throw Failure{nca::quote_path(file.path) +
                      " is a model of the growing system: the commands of nca mnist need a model of nca "
                      "mnist train or the published one"};
    }
    return require(nca::mnist::parse_model(file.bytes, file.path));
}

nca::TextPairs mnist_notes(double noise) {
    return {{"nca.system", "mnist"}, {"nca.noise", nca::number_text(noise)}};
}

double noise_of(const MnistModel& model) {
    const std::string* const text = find_metadata(model.metadata, "nca.noise");
    double noise = MnistRule::noise;
    if (text != nullptr && !parse_number(*text, 0.0, 10.0, noise)) {
        throw Failure{"the model's metadata: expected nca.noise to be a number from 0 to 10, found '" +
                      text->substr(0, 40) + "'"};
    }
    return noise;
}

nca::mnist::Colours colours_of(const MnistModel& model) {
    nca::mnist::Colours colours;
    const std::string* const loss = find_metadata(model.metadata, "training.loss");
    if (loss != nullptr && *loss == "ce") colours.undecided = -std::numeric_limits<float>::infinity();
    return colours;
}

} // namespace program
