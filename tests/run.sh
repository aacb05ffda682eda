#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs every test; arguments go to ctest, as in `tests/run.sh -R kernels`. In the environment: NCA_WERROR=ON
# makes warnings errors; NCA_UNITY=ON compiles many sources as one, in half the time, with 4 GB for each compiler; NCA_DATA
# names the folder of the published models (tests that need it are skipped without).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=cmake/packages.sh
source cmake/packages.sh
nca_require base

cmake --preset release -DNCA_BUILD_TESTS=ON -DNCA_WERROR="${NCA_WERROR:-OFF}" -DNCA_UNITY="${NCA_UNITY:-OFF}"
cmake --build --preset release --target nca_tests
exec ctest --preset release --output-on-failure -j2 "$@"
