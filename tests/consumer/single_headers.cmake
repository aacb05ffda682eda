# SPDX-License-Identifier: Apache-2.0
# cmake -DPYTHON=<python> -DSCRIPT=<single_header.py> -DFOLDER=<folder> -P single_headers.cmake
# Writes the single headers, twice: the same headers must give the same bytes.
foreach(run 1 2)
    file(REMOVE_RECURSE ${FOLDER}/${run})
    set(ENV{PYTHONHASHSEED} ${run})
    execute_process(COMMAND ${PYTHON} ${SCRIPT} ${FOLDER}/${run} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
foreach(header nca_run.hpp nca_image.hpp nca_shader.hpp nca.hpp nca_eigen.hpp)
    execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${FOLDER}/1/${header} ${FOLDER}/2/${header}
       COMMAND_ERROR_IS_FATAL ANY)
    file(READ ${FOLDER}/1/${header} head LIMIT 400)
    if(NOT head MATCHES "^// nca [0-9]+[.][0-9]+[.][0-9]+,.*Apache-2.0")
        message(FATAL_ERROR "${header} does not begin with version and licence")
    endif()
endforeach()
