# SPDX-License-Identifier: Apache-2.0
# cmake -DBUILD=<build tree> -DTARGET=<target> -DCONFIG=<config> -DMESSAGE=<text> -P expect_compile_error.cmake
# Succeeds if the target does not build and the compiler's output contains the text.
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target ${TARGET} --config "${CONFIG}"
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
if(result EQUAL 0)
    message(FATAL_ERROR "${TARGET} compiles, but must be refused with: ${MESSAGE}")
endif()
string(FIND "${output}" "${MESSAGE}" position)
if(position EQUAL -1)
    message(FATAL_ERROR "${TARGET} is refused, but not with: ${MESSAGE}\n${output}")
endif()
