// SPDX-License-Identifier: Apache-2.0
// The number of calls of operator new in this program so far.
#ifndef NCA_TESTS_ALLOCATION_COUNTING_NEW_HPP
#define NCA_TESTS_ALLOCATION_COUNTING_NEW_HPP

#include <atomic>
#include <cstddef>

extern std::atomic<long> allocations;

#endif // NCA_TESTS_ALLOCATION_COUNTING_NEW_HPP
