#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the site and tests it: the types of the JavaScript package, the package under node, the page in headless Chromium. Installs what is
# missing. With NCA_PROGRAM, a native nca, trajectories of the page are compared with its. Screenshots go to
# build/site-tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=../../cmake/packages.sh
source cmake/packages.sh
nca_require browser

examples/web/build.sh "$@"
tsc --noEmit --strict --target es2022 --module es2022 --moduleResolution node tests/web/types.ts
node --test tests/web/*.test.mjs
# The interpreter of the system: python3-selenium is installed there.
/usr/bin/python3 -m unittest discover -s tests/web/browser
