#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs every test; arguments go to ctest, as in `tests/run.sh -R kernels`. NCA_WERROR=ON in the environment
# makes warnings errors; NCA_DATA names the folder of the published models (tests that need it are skipped without).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=cmake/packages.sh
source cmake/packages.sh
nca_require base

cmake --preset release -DNCA_BUILD_TESTS=ON -DNCA_WERROR="${NCA_WERROR:-OFF}"
cmake --build --preset release --target nca_tests
exec ctest --preset release --output-on-failure -j2 "$@"
