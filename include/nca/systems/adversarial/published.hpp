// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_ADVERSARIAL_PUBLISHED_HPP
#define NCA_SYSTEMS_ADVERSARIAL_PUBLISHED_HPP

#include <nca/core/push_macros.hpp>

#include <nca/cell/perturbation.hpp>
#include <nca/core/config.hpp>
#include <nca/core/result.hpp>
#include <nca/core/text.hpp>
#include <nca/io/safetensors.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Perturbations in files: symmetric matrices A [channels, channels], float32, each under its name.
namespace nca::inline NCA_ABI::adversarial::inline NCA_ISA {

/// The names of the tensors of a file: "tail, leg, red".
[[nodiscard]] inline std::string tensor_names(const SafetensorsFile& file) {
    std::string names;
    for (const StoredTensor& tensor : file.tensors()) {
        if (!names.empty()) names += ", ";
        append_escaped(names, tensor.name);
    }
    return names.empty() ? "none" : names;
}

/// A perturbation in a file; without a name the only one. Errors: no matrix of that name (the message lists those that
/// there are), several matrices and no name, another shape, a value that is not finite, a matrix that is not symmetric.
template <class R>
[[nodiscard]] Result<Perturbation<R>> perturbation_from(const SafetensorsFile& file, std::string_view name) {
    const auto wrong = [&](const std::string& what) { return about_file(file.file_name(), Error{what}); };
    if (name.empty()) {
        if (file.tensors().size() != 1) {
            return wrong("expected one matrix, found " + tensor_names(file) + ": say which, as FILE:NAME:K");
        }
        name = file.tensors().front().name;
    }
    if (file.find(name) == nullptr) {
        return wrong("there is no matrix " + quote(name) + "; there are: " + tensor_names(file));
    }
    constexpr auto channels = static_cast<std::size_t>(R::channels);
    const auto values = file.to_finite_floats(name, {channels, channels});
    if (!values) return values.error();
    Perturbation<R> perturbation;
    for (std::size_t i = 0; i < channels; ++i) {
        for (std::size_t j = i; j < channels; ++j) {
            const float value = (*values)[i * channels + j];
            if (value != (*values)[j * channels + i]) {
                return wrong("matrix " + quote(name) + " is not symmetric: entries (" + std::to_string(i) + ", " +
                             std::to_string(j) + ") and (" + std::to_string(j) + ", " + std::to_string(i) + ") differ");
            }
            perturbation(static_cast<int>(i), static_cast<int>(j)) = static_cast<typename R::Value>(value);
        }
    }
    return perturbation;
}

/// Writes a perturbation as one tensor, [channels, channels]. Whole or not at all. Errors: the file cannot be written.
template <class R>
[[nodiscard]] Result<void> save_perturbation(const Perturbation<R>& perturbation, const std::string& name,
                                             const std::string& path, const StoredMetadata& notes = {}) {
    SafetensorsWriter writer;
    for (const auto& [key, value] : notes) writer.set_metadata(key, value);
    constexpr auto channels = static_cast<std::size_t>(R::channels);
    std::vector<float> values;
    for (int i = 0; i < R::channels; ++i) {
        for (int j = 0; j < R::channels; ++j) values.push_back(static_cast<float>(perturbation(i, j)));
    }
    writer.add(name, {channels, channels}, std::span<const float>(values));
    return write_safetensors(path, writer);
}

} // namespace nca::inline NCA_ABI::adversarial::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_ADVERSARIAL_PUBLISHED_HPP
