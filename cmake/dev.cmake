# SPDX-License-Identifier: Apache-2.0
# The flags of our own programs. They stand on targets that are neither exported nor linked by nca::nca, so that no
# consumer inherits them.

# nca_warnings: every warning that the project keeps itself clean of.
add_library(nca_warnings INTERFACE)
if(MSVC)
    target_compile_options(nca_warnings INTERFACE /W4 $<$<BOOL:${NCA_WERROR}>:/WX>)
else()
    target_compile_options(nca_warnings INTERFACE
        -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion -Wold-style-cast
        $<$<BOOL:${NCA_WERROR}>:-Werror>)
endif()

# nca_dev: the warnings, and this machine's instruction set. Tests, examples and benches link to it.
add_library(nca_dev INTERFACE)
target_link_libraries(nca_dev INTERFACE nca_warnings)
if(NCA_NATIVE)
    include(CheckCXXCompilerFlag)
    check_cxx_compiler_flag(-march=native NCA_HAS_MARCH_NATIVE)
    if(NCA_HAS_MARCH_NATIVE)
        target_compile_options(nca_dev INTERFACE -march=native)
    else()
        message(STATUS "nca: this compiler does not know -march=native, so our programs use its default "
            "instruction set and will be slower; add a flag for your processor through CMAKE_CXX_FLAGS")
    endif()
endif()
