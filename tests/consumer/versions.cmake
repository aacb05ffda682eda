# SPDX-License-Identifier: Apache-2.0
# cmake -DNCA=<sources> -DWORK=<folder> -DPREFIX=<installed package> -DCXX=<compiler> -P versions.cmake
# A project that has nca already is told once if another version is not used, wherever that comes from, and nothing if
# it is the same.
cmake_policy(VERSION 3.25)
file(REMOVE_RECURSE ${WORK})
file(COPY ${NCA}/ DESTINATION ${WORK}/other)
set(header ${WORK}/other/include/nca/core/config.hpp)
file(READ ${header} text)
string(REGEX REPLACE "(#define NCA_VERSION_PATCH) [0-9]+" "\\1 987" text "${text}")
file(WRITE ${header} "${text}")

foreach(second "add_subdirectory(${NCA} second)" "find_package(nca REQUIRED)")
    file(WRITE ${WORK}/CMakeLists.txt "cmake_minimum_required(VERSION 3.25)\nproject(my_project LANGUAGES CXX)\n"
        "add_subdirectory(other)\nadd_subdirectory(other again)\n${second}\n"
        "get_target_property(version nca::run NCA_VERSION)\n"
        "message(STATUS \"uses \${version}\")\n")
    file(REMOVE_RECURSE ${WORK}/build)
    execute_process(COMMAND ${CMAKE_COMMAND} -S ${WORK} -B ${WORK}/build -DCMAKE_PREFIX_PATH=${PREFIX}
            -DCMAKE_CXX_COMPILER=${CXX} -DFETCHCONTENT_FULLY_DISCONNECTED=ON
        OUTPUT_VARIABLE output
        ERROR_VARIABLE output
        COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX REPLACE "[ \n]+" " " output "${output}")
    string(REGEX MATCHALL "nca: version [0-9.]+ is already" told "${output}")
    list(LENGTH told count)
    if(NOT count EQUAL 1
            OR NOT output MATCHES "[.]987 is already part of this project, so version [0-9.]+ in [^ ]+ is not used"
            OR NOT output MATCHES "uses [0-9.]+[.]987")
        message(FATAL_ERROR "${second} must tell, once, that its version is not used:\n${output}")
    endif()
endforeach()
