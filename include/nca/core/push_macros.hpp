// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.

// The first include of every header: hides other people's macros that are named like identifiers of nca, Eigen or
// xsimd, until <nca/core/pop_macros.hpp>, the last one, restores them. Only the outermost pair does anything. A name
// belongs here if a header in wide use defines it and no standard header does. No include guard: it is included again.

#include <nca/core/config.hpp> // may bring a header of the user

#include <cstddef> // libstdc++ removes min and max with its first header, for good

#ifdef NCA_DETAIL_MACROS_HIDDEN
#pragma push_macro("NCA_DETAIL_MACROS_NESTED")
#define NCA_DETAIL_MACROS_NESTED
#else
#define NCA_DETAIL_MACROS_HIDDEN
#pragma push_macro("A0")
#pragma push_macro("A1")
#pragma push_macro("A2")
#pragma push_macro("B0")
#pragma push_macro("B1")
#pragma push_macro("Bool")
#pragma push_macro("F")
#pragma push_macro("I")
#pragma push_macro("INPUT")
#pragma push_macro("OUTPUT")
#pragma push_macro("Success")
#pragma push_macro("U")
#pragma push_macro("Zero")
#pragma push_macro("abs")
#pragma push_macro("always_inline")
#pragma push_macro("clear")
#pragma push_macro("close")
#pragma push_macro("columns")
#pragma push_macro("complex")
#pragma push_macro("erase")
#pragma push_macro("error")
#pragma push_macro("form")
#pragma push_macro("index")
#pragma push_macro("length")
#pragma push_macro("lines")
#pragma push_macro("max")
#pragma push_macro("min")
#pragma push_macro("move")
#pragma push_macro("noinline")
#pragma push_macro("pixel")
#pragma push_macro("read")
#pragma push_macro("require")
#pragma push_macro("round")
#pragma push_macro("slots")
#pragma push_macro("small")
#pragma push_macro("swap")
#pragma push_macro("unused")
#pragma push_macro("vector")
#pragma push_macro("word")
#pragma push_macro("write")
#undef A0
#undef A1
#undef A2
#undef B0
#undef B1
#undef Bool
#undef F
#undef I
#undef INPUT
#undef OUTPUT
#undef Success
#undef U
#undef Zero
#undef abs
#undef always_inline
#undef clear
#undef close
#undef columns
#undef complex
#undef erase
#undef error
#undef form
#undef index
#undef length
#undef lines
#undef max
#undef min
#undef move
#undef noinline
#undef pixel
#undef read
#undef require
#undef round
#undef slots
#undef small
#undef swap
#undef unused
#undef vector
#undef word
#undef write
#endif
