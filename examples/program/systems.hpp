// SPDX-License-Identifier: Apache-2.0
// The systems that the program knows: each one row of the table in systems.cpp.
#ifndef NCA_EXAMPLES_PROGRAM_SYSTEMS_HPP
#define NCA_EXAMPLES_PROGRAM_SYSTEMS_HPP

#include <nca/run/header_text.hpp>

#include "model_file.hpp"

#include <span>
#include <string>
#include <string_view>

namespace program {

/// What the program does for one kind of file. A null function: not possible.
struct System {
    nca::System kind;
    std::string_view name; ///< in messages
    /// Declares its commands.
    void (*add_commands)(const Command& program);
    /// The result line of `nca info`.
    nca::Json (*describe)(const ModelFile& file);
    /// `nca import`: writes what was published as safetensors to a path and returns the result line.
    nca::Json (*import)(const ModelFile& file, const std::string& to);
    /// `nca export`: the texts of a C++ header and of a file as published.
    std::string (*to_header)(const ModelFile& file, const nca::HeaderOptions& options);
    std::string (*to_distill)(const ModelFile& file);
};

[[nodiscard]] std::span<const System> systems();
/// The system of a file; that of creatures, whose reader tells what is wrong, for a file of no known kind.
[[nodiscard]] const System& system_of(const ModelFile& file);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_SYSTEMS_HPP
