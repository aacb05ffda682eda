// SPDX-License-Identifier: Apache-2.0
#include "parts.hpp"

#include <cinttypes>
#include <cstdio>

int main() { std::printf("%016" PRIx64 " %016" PRIx64 "\n", first_part(), second_part()); }
