// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_NCA_HPP
#define NCA_NCA_HPP

#include <nca/core/push_macros.hpp>

// The front door for training: running, files, differentiation, training and the systems. Neither the networks of
// nca/image.hpp nor the Eigen views of nca/eigen.hpp.

// IWYU pragma: begin_exports
#include <nca/cell/joined.hpp>
#include <nca/core/thread_pool.hpp>
#include <nca/io/idx.hpp>
#include <nca/io/pytorch_file.hpp>
#include <nca/io/safetensors.hpp>
#include <nca/io/tensorflow_graph.hpp>
#include <nca/run.hpp>
#include <nca/run/any_model.hpp>
#include <nca/run/export_model.hpp>
#include <nca/run/fold.hpp>
#include <nca/run/load_simulation.hpp>
#include <nca/run/model_file.hpp>
#include <nca/run/rule_file.hpp>
#include <nca/systems/adversarial.hpp>
#include <nca/systems/adversarial/published.hpp>
#include <nca/systems/goal_guided.hpp>
#include <nca/systems/growing.hpp>
#include <nca/systems/growing/published.hpp>
#include <nca/systems/identify.hpp>
#include <nca/systems/isotropic.hpp>
#include <nca/systems/mnist.hpp>
#include <nca/systems/mnist/published.hpp>
#include <nca/systems/read_model.hpp>
#include <nca/systems/texture.hpp>
#include <nca/systems/texture/collection.hpp>
#include <nca/systems/texture/published.hpp>
#include <nca/systems/voxel.hpp>
#include <nca/tape/gradient_check.hpp>
#include <nca/tape/losses.hpp>
#include <nca/tape/ops.hpp>
#include <nca/tape/softmax.hpp>
#include <nca/tape/tape.hpp>
#include <nca/train/batch_gradient.hpp>
#include <nca/train/checkpoint.hpp>
#include <nca/train/gradient.hpp>
#include <nca/train/normalised_gradient.hpp>
#include <nca/train/optimiser.hpp>
#include <nca/train/overflow.hpp>
#include <nca/train/perturb.hpp>
#include <nca/train/plain_step.hpp>
#include <nca/train/rollout.hpp>
#include <nca/train/running_mean.hpp>
#include <nca/train/sample_pool.hpp>
#include <nca/train/schedule.hpp>
#include <nca/train/species_rollout.hpp>
#include <nca/train/trainer.hpp>
// IWYU pragma: end_exports

#include <nca/core/pop_macros.hpp>

#endif // NCA_NCA_HPP
