// SPDX-License-Identifier: Apache-2.0
#include <nca/run.hpp>

int main() { return NCA_VERSION_MAJOR == 0 ? 0 : 1; }
