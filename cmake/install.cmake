# SPDX-License-Identifier: MIT
# Component `library`: gridring::ring with what it needs, for find_package(gridring). Its targets are enough to install it.
# A module or package added to the library without being installed or found here fails when CMake generates.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/gridring)
foreach(module ${gridring_library_modules})
  set_target_properties(gridring_${module} PROPERTIES EXPORT_NAME ${module})
  install(TARGETS gridring_${module} EXPORT gridringTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(DIRECTORY include/gridring/${module} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gridring COMPONENT library)
endforeach()
install(EXPORT gridringTargets NAMESPACE gridring:: DESTINATION ${package} COMPONENT library)

configure_package_config_file(cmake/gridringConfig.cmake.in ${PROJECT_BINARY_DIR}/gridringConfig.cmake
  INSTALL_DESTINATION ${package})
# While the version is 0.x, a minor one may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gridringConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gridringConfig.cmake ${PROJECT_BINARY_DIR}/gridringConfigVersion.cmake
  DESTINATION ${package} COMPONENT library)

if(TARGET gridring)
  install(TARGETS gridring COMPONENT program)
endif()
