// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_IO_DETAIL_TEXT_HPP
#define NCA_IO_DETAIL_TEXT_HPP

#include <nca/core/text.hpp>

// The former names of <nca/core/text.hpp>.
namespace nca::detail::io {

using nca::about_file;
using nca::append_escaped;
using nca::quote;
using nca::quote_path;
using nca::shape_text;
using nca::utf8_sequence;

} // namespace nca::detail::io

#endif // NCA_IO_DETAIL_TEXT_HPP
