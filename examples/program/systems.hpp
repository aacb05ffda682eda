// SPDX-License-Identifier: Apache-2.0
// What the program does with the files of each system: one row of a table.
#ifndef NCA_EXAMPLES_PROGRAM_SYSTEMS_HPP
#define NCA_EXAMPLES_PROGRAM_SYSTEMS_HPP

#include <nca/io/json.hpp>
#include <nca/run/export_model.hpp>

#include "model_file.hpp"

#include <string>

namespace program {

/// A null pointer: there is no such conversion. A file of no known kind is described and converted by the first row,
/// which tells what is wrong with it; a model of ours of any other rule is in the row of nca::System::unknown.
struct SystemFiles {
    nca::System system;
    const char* name;
    nca::Json (*describe)(const ModelFile& file);
    void (*import)(const ModelFile& published, const std::string& to);
    std::string (*to_header)(const ModelFile& file, nca::HeaderOptions options);
    std::string (*to_published)(const ModelFile& file);
};

[[nodiscard]] const SystemFiles& system_of(const ModelFile& file);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_SYSTEMS_HPP
