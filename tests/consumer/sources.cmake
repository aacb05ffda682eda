# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=<repository> -DFOLDER=<folder> -DARCHIVE=<file> -DSTALE=<folder> -P sources.cmake
# Copies what a user needs, and nothing else, into FOLDER, and packs it into ARCHIVE. Removes STALE, which has unpacked
# an earlier one.
file(REMOVE_RECURSE ${FOLDER} ${STALE})
file(COPY ${SOURCE}/CMakeLists.txt ${SOURCE}/LICENSE ${SOURCE}/cmake ${SOURCE}/include DESTINATION ${FOLDER})
cmake_path(GET FOLDER FILENAME name)
execute_process(COMMAND ${CMAKE_COMMAND} -E tar czf ${ARCHIVE} ${name}
    WORKING_DIRECTORY ${FOLDER}/..
    COMMAND_ERROR_IS_FATAL ANY)
