// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SHADER_HPP
#define NCA_SHADER_HPP

#include <nca/core/push_macros.hpp>

// Umbrella header for rules as the texts of shaders.

#include <nca/shader/export_shader.hpp> // IWYU pragma: export

#include <nca/core/pop_macros.hpp>

#endif // NCA_SHADER_HPP
