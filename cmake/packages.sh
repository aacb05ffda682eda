# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the scripts that build: looks for what the build needs, and installs it where apt can.

# One line each: the group, what to look for, and the Debian package that has it. `base` is what the presets need,
# `quickstart` what the one of this name needs, `ci` what .ci/run needs besides; `web` examples/web/build.sh, `site`
# docs/site.sh, `ports` the compilers and emulators of tests/portability, `browser` the tests of the page.
nca_requirements() {
    cat <<'END'
quickstart command:cmake         cmake
quickstart command:ninja         ninja-build
quickstart command:pkg-config    pkg-config
quickstart header:xsimd/xsimd.hpp libxsimd-dev
quickstart header:Eigen/Core     libeigen3-dev
quickstart header:CLI/CLI.hpp    libcli11-dev
quickstart header:stb/stb_image.h libstb-dev
quickstart header:webp/mux.h     libwebp-dev
quickstart header:ft2build.h     libfreetype-dev
quickstart header:harfbuzz/hb-ft.h libharfbuzz-dev
quickstart header:cairo/cairo.h  libcairo2-dev
quickstart header:zlib.h         zlib1g-dev
quickstart header:turbojpeg.h    libturbojpeg0-dev
base command:cmake               cmake
base command:ninja               ninja-build
base command:pkg-config          pkg-config
base header:xsimd/xsimd.hpp      libxsimd-dev
base header:Eigen/Core           libeigen3-dev
base header:doctest/doctest.h    doctest-dev
base header:benchmark/benchmark.h libbenchmark-dev
base header:CLI/CLI.hpp          libcli11-dev
base header:stb/stb_image.h      libstb-dev
base header:webp/mux.h           libwebp-dev
base header:ft2build.h           libfreetype-dev
base header:harfbuzz/hb-ft.h     libharfbuzz-dev
base header:cairo/cairo.h        libcairo2-dev
base header:zlib.h               zlib1g-dev
base header:turbojpeg.h          libturbojpeg0-dev
base header:SDL2/SDL.h           libsdl2-dev
base command:mpicxx              libopenmpi-dev
base command:mpirun              openmpi-bin
base command:xvfb-run            xvfb
base command:xauth               xauth
base font:NotoColorEmoji.ttf     fonts-noto-color-emoji
ci   command:clang++             clang
ci   clang:-fsanitize=address    libclang-rt-dev
ci   command:python3             python3
ci   command:ip                  iproute2
ci   header:EGL/egl.h            libegl-dev
ci   header:GLES3/gl3.h          libgles-dev
ci   file:/usr/share/glvnd/egl_vendor.d/50_mesa.json libegl-mesa0
ci   file:/usr/share/drirc.d/00-mesa-defaults.conf libgl1-mesa-dri
ci   icd:lvp_icd              mesa-vulkan-drivers
ci   command:glslangValidator glslang-tools
ci   python:ensurepip         python3-venv
web  command:cmake               cmake
web  command:ninja               ninja-build
web  command:em++                emscripten
web  command:node                nodejs
web  header:xsimd/xsimd.hpp      libxsimd-dev
web  header:Eigen/Core           libeigen3-dev
site command:doxygen             doxygen
site command:python3             python3
site python:ensurepip            python3-venv
ports command:aarch64-linux-gnu-g++ g++-aarch64-linux-gnu
ports command:s390x-linux-gnu-g++ g++-s390x-linux-gnu
ports command:i686-linux-gnu-g++ g++-i686-linux-gnu
ports command:x86_64-w64-mingw32-g++-posix g++-mingw-w64-x86-64-posix
ports command:qemu-aarch64      qemu-user
ports file:/usr/lib/wine/wine64  wine64
ports command:em++              emscripten
ports command:node              nodejs
ports command:clang++           clang
ports clang:-stdlib=libc++      libc++-dev
ports clang:-stdlib=libc++      libc++abi-dev
ports command:pip3              python3-pip
browser command:tsc              node-typescript
browser command:chromium         chromium
browser command:chromedriver     chromium-driver
browser system-python:selenium   python3-selenium
END
}

# The C++ compiler that CMake will choose; fails if there is none.
nca_compiler() {
    local candidate
    for candidate in "${CXX:-}" c++ g++ clang++; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

# nca_missing GROUP...: what the machine lacks of these groups, as lines of the kind of thing and its package.
nca_missing() {
    local compiler group probe package
    compiler=$(nca_compiler) || [ "$*" = site ] || printf 'command g++\n'
    while read -r group probe package; do
        [[ " $* " == *" $group "* ]] || continue
        case $probe in
        command:*) command -v "${probe#command:}" >/dev/null 2>&1 ;;
        header:*)
            # Eigen's and FreeType's headers lie in folders of their own.
            [ -n "$compiler" ] && printf '#include <%s>\n' "${probe#header:}" |
                "$compiler" -x c++ -std=c++20 -E -I/usr/include/eigen3 -I/usr/include/freetype2 - >/dev/null 2>&1
            ;;
        clang:*) printf '#include <vector>\nint main() {}\n' | clang++ "${probe#clang:}" -x c++ -o /dev/null - >/dev/null 2>&1 ;;
        python:*) python3 -c "import ${probe#python:}" 2>/dev/null ;;
        system-python:*) /usr/bin/python3 -c "import ${probe#system-python:}" 2>/dev/null ;;
        file:*) [ -e "${probe#file:}" ] ;;
        icd:*) [ -n "$(find /usr/share/vulkan/icd.d -name "${probe#icd:}*.json" -print -quit 2>/dev/null)" ] ;;
        font:*) [ -n "$(find /usr/share/fonts /usr/local/share/fonts -name "${probe#font:}" -print -quit 2>/dev/null)" ] ;;
        esac || printf '%s %s\n' "${probe%%:*}" "$package"
    done < <(nca_requirements)
}

# nca_install PACKAGE...: installs them with apt, or says how and exits with status 2.
nca_install() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            printf 'Packages are missing, and there is no sudo to install them. As root:\n  apt-get install %s\n' "$*" >&2
            exit 2
        fi
        apt=(sudo "${apt[@]}")
    fi
    echo "Installing $*"
    "${apt[@]}" update
    if ! "${apt[@]}" install --yes --no-install-recommends "$@"; then
        echo "apt-get could not install $*" >&2
        exit 2
    fi
}

# nca_require GROUP...: makes sure that the packages of these groups are there, or explains what is missing and exits
# with status 2. A machine that has all of them is not touched, and no package list is downloaded.
nca_require() {
    local kind package packages=() commands=()
    while read -r kind package; do
        packages+=("$package")
        [ "$kind" != command ] || commands+=("$package")
    done < <(nca_missing "$@")
    if [ ${#packages[@]} -gt 0 ]; then
        if command -v apt-get >/dev/null 2>&1; then
            nca_install "${packages[@]}"
        else
            {
                echo "Not found; the names are those of Debian's packages:"
                printf '  %s\n' "${packages[@]}"
            } >&2
            # Libraries may lie where only CMake finds them, and it says what it misses. Without tools there is no CMake.
            [ ${#commands[@]} -eq 0 ] || exit 2
        fi
    fi

    [ "$*" != site ] || return 0 # Neither a compiler nor CMake.
    local version needed=3.25
    version=$(cmake --version | sed -n '1s/.* //p')
    if [ "$(printf '%s\n' "$needed" "$version" | sort -V | head -n 1)" != "$needed" ]; then
        echo "CMake $needed or newer is needed, this is $version: see https://cmake.org/download" >&2
        exit 2
    fi
    # Ninja starts more compilers than there are cores unless told otherwise; each may need a gigabyte.
    export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc 2>/dev/null || echo 2)}"
}
