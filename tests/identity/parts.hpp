// SPDX-License-Identifier: Apache-2.0
#ifndef NCA_TESTS_IDENTITY_PARTS_HPP
#define NCA_TESTS_IDENTITY_PARTS_HPP

#include <cstdint>

std::uint64_t first_part();
std::uint64_t second_part();

#endif // NCA_TESTS_IDENTITY_PARTS_HPP
