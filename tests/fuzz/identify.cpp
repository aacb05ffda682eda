// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
// Model files of any system, ours and others': a file of which the system is known has no reason why not, a reader
// accepts only files of its system, and what it accepts can be run.
#include <nca/io/safetensors.hpp>
#include <nca/run/simulation.hpp>
#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/identify.hpp>
#include <nca/systems/mnist/published.hpp>
#include <nca/systems/texture/published.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <variant>

namespace {

template <class R>
void run(const nca::Model<R>& model) {
    nca::Simulation<R, 4, 4> world{model.rule};
    world.set_options(model.options);
    world.step();
}

template <class T>
bool accepted(const nca::Result<T>& result) {
    if (!result && result.error().message.find('\n') != std::string::npos) std::abort();
    return result.ok();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span{data, size});
    const nca::FileKind kind = nca::identify(bytes);
    if (kind.reason.find('\n') != std::string::npos) std::abort();
    if (kind.system != nca::System::unknown && !kind.reason.empty()) std::abort();

    const auto growing = nca::growing::parse_model(bytes, "fuzz");
    if (accepted(growing)) run(*growing);
    const auto mnist = nca::mnist::parse_model(bytes, "fuzz");
    if (accepted(mnist)) run(*mnist);
    if (growing.ok() && mnist.ok()) std::abort();
    const auto file = nca::parse_safetensors(bytes, "fuzz");
    if (!file) return 0;
    const auto texture = nca::texture::model_from(*file);
    if (accepted(texture)) std::visit([](const auto& model) { run(model); }, *texture);
    const auto perturbation = nca::adversarial::perturbation_from<nca::growing::Rule<>>(*file, {});
    if (accepted(perturbation) && file->tensors().size() != 1) std::abort();
    return 0;
}
