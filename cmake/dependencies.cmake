# SPDX-License-Identifier: Apache-2.0
# What the headers include: the host project's target if it has one, else the system's package, else a pinned archive.
include(FetchContent)

# nca_dependency(<package> TARGET <target> MINIMUM <version> URL <archive> SHA256 <hash> INCLUDE <folder in the archive>)
#
# No version is passed to find_package: both packages call each new major version incompatible, while nca supports a
# range of them. Found targets are made global, because a project that adds nca as a subdirectory links to them from
# its own scope.
function(nca_dependency package)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TARGET;MINIMUM;URL;SHA256;INCLUDE" "")
    if(TARGET ${arg_TARGET})
        return()
    endif()

    # SOURCE_SUBDIR names a folder that does not exist, so that the archive's own CMake code, with its options and
    # install rules, does not become part of this project: only its headers are wanted.
    FetchContent_Declare(${package}
        URL ${arg_URL}
        URL_HASH SHA256=${arg_SHA256}
        DOWNLOAD_EXTRACT_TIMESTAMP FALSE
        SOURCE_SUBDIR headers-only
        FIND_PACKAGE_ARGS CONFIG GLOBAL QUIET)
    FetchContent_MakeAvailable(${package})

    string(TOLOWER ${package} populated)
    if(DEFINED ${populated}_SOURCE_DIR)
        message(STATUS "nca: ${package} comes from ${arg_URL}")
        add_library(${arg_TARGET} INTERFACE IMPORTED GLOBAL)
        target_include_directories(${arg_TARGET} INTERFACE "${${populated}_SOURCE_DIR}/${arg_INCLUDE}")
    elseif(${package}_VERSION VERSION_LESS arg_MINIMUM)
        message(FATAL_ERROR "nca needs ${package} ${arg_MINIMUM} or newer, but ${${package}_DIR} is version "
            "${${package}_VERSION}. Configure with -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON to download a newer one.")
    endif()
endfunction()

nca_dependency(xsimd
    TARGET xsimd
    MINIMUM 8.1
    URL https://github.com/xtensor-stack/xsimd/archive/refs/tags/13.2.0.tar.gz
    SHA256 edd8cd3d548c185adc70321c53c36df41abe64c1fe2c67bc6d93c3ecda82447a
    INCLUDE include)
include(${CMAKE_CURRENT_LIST_DIR}/ncaXsimd.cmake)
if(NCA_RUN_ONLY)
    return()
endif()

nca_dependency(Eigen3
    TARGET Eigen3::Eigen
    MINIMUM 3.4
    URL https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.gz
    SHA256 8586084f71f9bde545ee7fa6d00288b264a2b7ac3607b974e54d13e7162c1c72
    INCLUDE .)

if(NOT TARGET Threads::Threads)
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads REQUIRED GLOBAL)
endif()
