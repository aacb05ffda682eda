// SPDX-License-Identifier: Apache-2.0
#include "layout.hpp"

int main() { return layout() == baseline_layout() ? 0 : 1; }
