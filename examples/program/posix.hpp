// SPDX-License-Identifier: Apache-2.0
// NCA_PROGRAM_POSIX: 1 where signals, locks and file descriptors are those of POSIX, whose headers are included then.
#ifndef NCA_EXAMPLES_PROGRAM_POSIX_HPP
#define NCA_EXAMPLES_PROGRAM_POSIX_HPP

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#define NCA_PROGRAM_POSIX 1
#else
#define NCA_PROGRAM_POSIX 0
#endif

#endif // NCA_EXAMPLES_PROGRAM_POSIX_HPP
