# SPDX-License-Identifier: Apache-2.0
# nca::mpi: trainings that several machines share, where there is MPI. Its headers are installed anyway.
if(NOT NCA_MPI)
    set(MPI_CXX_FOUND FALSE)
elseif(NCA_MPI STREQUAL "AUTO" AND (NOT PROJECT_IS_TOP_LEVEL OR CMAKE_CROSSCOMPILING))
    set(MPI_CXX_FOUND FALSE)
else()
    set(MPI_CXX_SKIP_MPICXX ON) # the C++ bindings, which MPI has given up
    find_package(MPI QUIET COMPONENTS CXX)
    if(NOT MPI_CXX_FOUND AND NOT NCA_MPI STREQUAL "AUTO")
        message(FATAL_ERROR "NCA_MPI=${NCA_MPI} needs MPI (Debian: libopenmpi-dev). "
            "Install it, or configure with -DNCA_MPI=OFF.")
    endif()
endif()

if(MPI_CXX_FOUND)
    add_library(nca_mpi INTERFACE)
    add_library(nca::mpi ALIAS nca_mpi)
    target_sources(nca_mpi INTERFACE FILE_SET HEADERS BASE_DIRS include FILES ${mpi_headers})
    target_link_libraries(nca_mpi INTERFACE nca::nca MPI::MPI_CXX)
endif()
