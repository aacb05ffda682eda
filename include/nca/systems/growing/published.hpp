// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_GROWING_PUBLISHED_HPP
#define NCA_SYSTEMS_GROWING_PUBLISHED_HPP

#include <nca/core/push_macros.hpp>

#include <nca/core/config.hpp>
#include <nca/io/file.hpp>
#include <nca/io/pytorch_file.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/run/model_file.hpp>
#include <nca/systems/growing/ported.hpp>
#include <nca/systems/growing/rule.hpp>
#include <nca/systems/identify.hpp>

#include <cstddef>
#include <span>
#include <string>

/// Growing models as others published them: the articles in JSON, ports in PyTorch's files.
namespace nca::inline NCA_ABI::growing::inline NCA_ISA {

/// The model in the bytes of a file: our safetensors, the articles' 8-bit JSON or graph, or a port, as a PyTorch file
/// or in safetensors. `file_name` is named in every message. Errors: a message saying what in the file is wrong, or
/// what it is instead.
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> parse_model(std::span<const std::byte> bytes, const std::string& file_name = {},
                                           const PortOptions& options = {}) {
    const FileKind kind = identify(bytes);
    if (const auto fits = check_system(kind, System::growing, file_name); !fits) return fits.error();
    if (kind.format == FileFormat::pytorch) {
        const auto file = parse_pytorch(bytes, file_name);
        return file ? model_from_port<R>(file->tensors(), file_name, options) : file.error();
    }
    if (kind.format != FileFormat::safetensors) return nca::parse_model<R>(bytes, file_name);
    const auto file = parse_safetensors(bytes, file_name);
    if (!file) return file.error();
    if (is_port(*file, options)) return model_from_port<R>(*file, options);
    if (const auto agrees = check_order(*file, options); !agrees) return agrees.error();
    return model_from<R>(*file);
}

/// Reads a model from a file; see parse_model(). Errors: those of read_file() and parse_model().
template <class R = Rule<>>
[[nodiscard]] Result<Model<R>> load_model(const std::string& path, const PortOptions& options = {}) {
    return read_file(path).and_then([&](const auto& bytes) { return parse_model<R>(bytes, path, options); });
}

} // namespace nca::inline NCA_ABI::growing::inline NCA_ISA

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_GROWING_PUBLISHED_HPP
