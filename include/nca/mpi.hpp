// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_MPI_HPP
#define NCA_MPI_HPP

#include <nca/core/push_macros.hpp>

#include <nca/mpi/communicator.hpp> // IWYU pragma: export
#include <nca/mpi/samples.hpp>      // IWYU pragma: export
#include <nca/mpi/world.hpp>        // IWYU pragma: export

#include <nca/core/pop_macros.hpp>

#endif // NCA_MPI_HPP
