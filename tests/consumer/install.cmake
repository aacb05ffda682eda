# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=<repository> -DBUILD=<build folder> -DCONFIG=<configuration> -DPREFIX=<folder> -P install.cmake
# Installs, checks what is there, and moves it to PREFIX: the package must not know where it was installed.
set(staging ${PREFIX}.staging)
file(REMOVE_RECURSE ${PREFIX} ${staging})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIG} --prefix ${staging}
    OUTPUT_QUIET
    COMMAND_ERROR_IS_FATAL ANY)

file(GLOB_RECURSE expected RELATIVE ${SOURCE} ${SOURCE}/include/nca/*.hpp)
list(APPEND expected
    share/cmake/nca/ncaConfig.cmake
    share/cmake/nca/ncaConfigVersion.cmake
    share/cmake/nca/ncaRunTargets.cmake
    share/cmake/nca/ncaTargets.cmake
    share/cmake/nca/ncaXsimd.cmake
    share/pkgconfig/nca-run.pc
    share/pkgconfig/nca.pc)
file(GLOB_RECURSE installed RELATIVE ${staging} ${staging}/*)
set(missing ${expected})
list(REMOVE_ITEM missing ${installed})
list(REMOVE_ITEM installed ${expected})
if(missing OR installed)
    message(FATAL_ERROR "Not installed: ${missing}\nInstalled, but no part of the library: ${installed}")
endif()

file(GLOB_RECURSE files ${staging}/share/*)
foreach(path IN LISTS files)
    file(READ ${path} text)
    foreach(folder ${SOURCE} ${BUILD} ${staging})
        string(FIND "${text}" ${folder} position)
        if(NOT position EQUAL -1)
            message(FATAL_ERROR "${path} names ${folder}")
        endif()
    endforeach()
endforeach()
file(RENAME ${staging} ${PREFIX})
