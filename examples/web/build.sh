#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the site, build/site: the page, the JavaScript package that it uses (also in build/web/package), models, and the
# documentation. Installs what is missing. Any static server shows it:
#
#     examples/web/build.sh [--no-docs]
#     python3 -m http.server --directory build/site
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

docs=1
case "${1:-}" in
'') ;;
--no-docs) docs=0 ;;
*)
    echo "usage: examples/web/build.sh [--no-docs]" >&2
    exit 2
    ;;
esac

# shellcheck source=cmake/packages.sh
source cmake/packages.sh
nca_require web

# The headers alone: those of the host's C library must not be found.
headers=build/web/include
mkdir -p "$headers"
for name in xsimd Eigen unsupported; do
    for folder in /usr/include /usr/include/eigen3 /usr/local/include /usr/local/include/eigen3; do
        [ ! -d "$folder/$name" ] || ln -sfn "$folder/$name" "$headers/$name"
    done
done

# Debian's Emscripten looks for its tools only there.
export NODE_PATH="${NODE_PATH:-/usr/share/nodejs}"
emcmake cmake -S examples/web -B build/web -G Ninja -DCMAKE_BUILD_TYPE=Release -DNCA_WEB_HEADERS="$PWD/$headers" \
    >build/web/configure.log || {
    cat build/web/configure.log >&2
    exit 1
}
cmake --build build/web

package=build/web/package
rm -rf "$package"
mkdir -p "$package"
cp examples/web/package/* build/web/nca.wasm build/web/nca_threads.* "$package"

site=build/site
rm -rf "$site.new"
mkdir -p "$site.new"
cp examples/web/page/* "$package"/* "$site.new"
for folder in growing mnist textures adversarial; do
    mkdir -p "$site.new/models/$folder"
    cp examples/models/"$folder"/*.safetensors "$site.new/models/$folder"
done
# The documentation takes longer than all else: that of the last build stays until it is built again.
if [ -d "$site/docs" ]; then mv "$site/docs" "$site.new/docs"; fi
rm -rf "$site"
mv "$site.new" "$site"
if [ "$docs" -eq 1 ]; then docs/site.sh; fi
echo "$site: $(du -sh --exclude=docs "$site" | cut -f 1) without the documentation"
