// SPDX-License-Identifier: Apache-2.0
#include "mnist_model.hpp"

#include <nca/systems/mnist/published.hpp>

#include "cell_world_engine.hpp"
#include "model_text.hpp"

#include <limits>

namespace program {

template std::unique_ptr<CellWorld<MnistRule>> make_cell_world(const MnistRule&, const MnistRule*, int, int,
                                                               std::uint64_t, int);

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

void save_mnist_model(const MnistRule& rule, const std::string& path, double noise, nca::StoredMetadata notes) {
    notes.emplace_back("nca.system", "mnist");
    notes.emplace_back("nca.noise", nca::number_text(noise));
    require(nca::save_model(rule, path, notes));
}

nca::Json describe_mnist_model(const ModelFile& file) {
    return describe_model(mnist_model_in(file), file.path, "mnist");
}

nca::Json import_mnist_model(const ModelFile& file, const std::string& to) {
    return save_import(mnist_model_in(file).rule, file.path, to, "mnist");
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

std::vector<nca::mnist::Metrics> evaluate(const MnistRule& rule, const nca::mnist::Digits& digits,
                                          const nca::mnist::Evaluation& evaluation,
                                          const nca::StepOptions<MnistRule>& step, nca::ThreadPool& threads) {
    return nca::mnist::evaluate(rule, digits, evaluation, step, threads);
}

std::vector<nca::adversarial::DigitMetrics> evaluate_attack(const MnistRule& victim, const MnistRule& adversary,
                                                            const nca::mnist::Digits& digits,
                                                            const nca::adversarial::DigitEvaluation& evaluation,
                                                            const nca::StepOptions<MnistRule>& step,
                                                            nca::ThreadPool& threads) {
    return nca::adversarial::evaluate(victim, adversary, digits, evaluation, step, threads);
}

} // namespace program
