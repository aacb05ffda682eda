// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IMAGE_HPP
#define NCA_IMAGE_HPP

#include <nca/core/push_macros.hpp>

// The front door of feature networks: VGG, SqueezeNet, InceptionV1 and random filters, and losses on their features.

// IWYU pragma: begin_exports
#include <nca/image/gram.hpp>
#include <nca/image/load.hpp>
#include <nca/image/network.hpp>
#include <nca/image/passes.hpp>
#include <nca/image/random_filters.hpp>
#include <nca/image/sliced_transport.hpp>
#include <nca/image/workspace.hpp>
#include <nca/systems/texture/patch_loss.hpp>
#include <nca/systems/texture/style_loss.hpp>
// IWYU pragma: end_exports

#include <nca/core/pop_macros.hpp>

#endif // NCA_IMAGE_HPP
