// SPDX-License-Identifier: Apache-2.0
// Models from elsewhere, written as model files: a function for each system.
#ifndef NCA_EXAMPLES_PROGRAM_SYSTEMS_IMPORT_HPP
#define NCA_EXAMPLES_PROGRAM_SYSTEMS_IMPORT_HPP

#include "model_file.hpp"

#include <string>

namespace program {

// Each writes `to`, a file or a folder, and prints what it wrote.
void import_creature(const ModelFile& file, const std::string& to);
void import_digits(const ModelFile& file, const std::string& to);
void import_textures(const ModelFile& file, const std::string& to);
void import_goal_guided(const ModelFile& file, const std::string& to);
void import_isotropic(const ModelFile& file, const std::string& to);
void import_convolutional(const ModelFile& file, const std::string& to);
void import_voxel(const ModelFile& file, const std::string& to);

} // namespace program

#endif // NCA_EXAMPLES_PROGRAM_SYSTEMS_IMPORT_HPP
