// SPDX-License-Identifier: Apache-2.0
// Flags that change numbers are in the name of the namespace. Compiled with -ffast-math.
#include <nca/core/config.hpp>

#include <string_view>

#define NCA_TEST_TEXT_OF(name) #name
#define NCA_TEST_TEXT(name) NCA_TEST_TEXT_OF(name)

static_assert(std::string_view{NCA_TEST_TEXT(NCA_ABI)}.find("_fast_math") != std::string_view::npos);
static_assert(std::string_view{NCA_TEST_TEXT(NCA_ABI)}.find("_finite_math") != std::string_view::npos);
