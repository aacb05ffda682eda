// SPDX-License-Identifier: Apache-2.0
// Every header behind those of Xlib, which macros.hpp only imitates.
#include <X11/Xlib.h>
#include <X11/Xutil.h>
// The headers of nca come last.
#include "every_header.hpp"

static_assert(Success == 0 && sizeof(Bool) == sizeof(int));
