// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_SYSTEMS_PUBLISHED_OPTIONS_HPP
#define NCA_SYSTEMS_PUBLISHED_OPTIONS_HPP

#include <nca/core/push_macros.hpp>

#include <nca/systems/convolution_model.hpp>
#include <nca/systems/growing/port_perception.hpp>
#include <nca/systems/isotropic/rule.hpp>

namespace nca::inline NCA_ABI {

/// What model files from elsewhere do not tell of their rules.
struct PublishedOptions {
    growing::PortOptions port{};
    isotropic::PublishedRule isotropic{};
    ConvolutionOptions convolutions{};
    int classes = 0; ///< of blocks, air included; 0: as published models of Growing 3D Artefacts have them
};

} // namespace nca::inline NCA_ABI

#include <nca/core/pop_macros.hpp>

#endif // NCA_SYSTEMS_PUBLISHED_OPTIONS_HPP
