# SPDX-License-Identifier: Apache-2.0
# cmake -DFORWARD=<program> -DBACKWARD=<program> -P compare.cmake
# The programs have the same two parts, linked in either order. Each part computes something else, whatever the order.
foreach(order FORWARD BACKWARD)
    execute_process(COMMAND ${${order}} OUTPUT_VARIABLE ${order}_output COMMAND_ERROR_IS_FATAL ANY)
endforeach()
string(REGEX MATCH "^([0-9a-f]+) ([0-9a-f]+)" whole "${FORWARD_output}")
if(CMAKE_MATCH_1 STREQUAL CMAKE_MATCH_2)
    message(FATAL_ERROR "both parts compute the same: ${FORWARD_output}")
endif()
if(NOT FORWARD_output STREQUAL BACKWARD_output)
    message(FATAL_ERROR "the order of linking decides:\n${FORWARD_output}${BACKWARD_output}")
endif()
