# SPDX-License-Identifier: Apache-2.0
# Target nca_single_headers: writes a single header for each front door into single/ in the build folder.
# NCA_TEST_SINGLE_HEADER: compiles all that follows against them.
find_package(Python3 COMPONENTS Interpreter QUIET)
if(NOT Python3_FOUND)
    if(NCA_TEST_SINGLE_HEADER)
        message(FATAL_ERROR "NCA_TEST_SINGLE_HEADER needs Python 3.")
    endif()
    message(STATUS "nca: no Python 3, so there is no target nca_single_headers")
    return()
endif()

set(single ${PROJECT_BINARY_DIR}/single)
set(command ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/single_header.py ${single})
add_custom_target(nca_single_headers
    COMMAND ${command}
    BYPRODUCTS ${single}/nca_run.hpp ${single}/nca_image.hpp ${single}/nca_shader.hpp ${single}/nca.hpp ${single}/nca_eigen.hpp
    COMMENT "Single headers in ${single}"
    VERBATIM)

# Every header of the library that is part of a single header is one line that includes it, and stands on the include
# path before include/. Written when CMake runs, hence again whenever a header changes.
if(NCA_TEST_SINGLE_HEADER)
    set(forward ${PROJECT_BINARY_DIR}/single_forward)
    execute_process(COMMAND ${command} --forward ${forward} COMMAND_ERROR_IS_FATAL ANY)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers} ${CMAKE_CURRENT_LIST_DIR}/single_header.py)
    include_directories(BEFORE ${forward} ${single})
endif()
