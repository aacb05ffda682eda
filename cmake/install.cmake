# SPDX-License-Identifier: Apache-2.0
# Headers, CMake package and pkg-config files. Everything is text and independent of the architecture, hence share/.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(nca_package_dir ${CMAKE_INSTALL_DATADIR}/cmake/nca)

# Two export sets, so that find_package(nca COMPONENTS run) asks for neither Eigen nor threads.
install(TARGETS nca_run EXPORT ncaRunTargets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS nca EXPORT ncaTargets FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES include/nca/mpi.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/nca)
install(DIRECTORY include/nca/mpi DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/nca)
install(EXPORT ncaRunTargets NAMESPACE nca:: DESTINATION ${nca_package_dir})
install(EXPORT ncaTargets NAMESPACE nca:: DESTINATION ${nca_package_dir})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ncaConfig.cmake.in ${PROJECT_BINARY_DIR}/ncaConfig.cmake
    INSTALL_DESTINATION ${nca_package_dir}
    NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ncaConfigVersion.cmake
    COMPATIBILITY SameMinorVersion
    ARCH_INDEPENDENT)
install(FILES
    ${PROJECT_BINARY_DIR}/ncaConfig.cmake
    ${PROJECT_BINARY_DIR}/ncaConfigVersion.cmake
    ${CMAKE_CURRENT_LIST_DIR}/ncaXsimd.cmake
    DESTINATION ${nca_package_dir})

foreach(package nca nca-run)
    configure_file(${CMAKE_CURRENT_LIST_DIR}/${package}.pc.in ${PROJECT_BINARY_DIR}/${package}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${package}.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
endforeach()
