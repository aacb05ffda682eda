// SPDX-License-Identifier: Apache-2.0
// The headers of nca, one of a model and the C interface, behind all of macros.hpp.
#include "macros.hpp"

#include "c_api/nca.h"
#include "every_header.hpp"
#include "models/growing/lizard.hpp"

#define NCA_TESTS_TEXT_OF(...) #__VA_ARGS__
#define NCA_TESTS_TEXT(...) NCA_TESTS_TEXT_OF(__VA_ARGS__)
#define NCA_TESTS_KEPT(macro) static_assert(std::string_view{NCA_TESTS_TEXT(macro)} == "..", #macro);
#include "kept.hpp"
