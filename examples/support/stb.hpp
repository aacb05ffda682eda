// SPDX-License-Identifier: Apache-2.0
// Part of nca, neural cellular automata in C++ headers.
#ifndef NCA_EXAMPLES_SUPPORT_STB_HPP
#define NCA_EXAMPLES_SUPPORT_STB_HPP

// The stb headers as this library configures them; stb.cpp holds their implementation, private to this library. Few
// formats are read: TGA has no signature, so that any file could pass for an image, and jpeg.cpp explains what is wrong
// with its JPEG decoder.

#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#include <stb/stb_image.h>

#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

#endif // NCA_EXAMPLES_SUPPORT_STB_HPP
