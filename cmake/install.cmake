# SPDX-License-Identifier: MIT
# Component `library`: gridring::ring, gridring::source and gridring::extract with what they need, for find_package(gridring);
# the target gridring_library builds it. A module or package added to a component without being installed or found here
# fails when CMake generates.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/gridring)
add_custom_target(gridring_library)
foreach(component ${gridring_components})
  foreach(module ${gridring_${component}_modules})
    add_dependencies(gridring_library gridring_${module})
    set_target_properties(gridring_${module} PROPERTIES EXPORT_NAME ${module})
    install(TARGETS gridring_${module} EXPORT gridring_${component}
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
      INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(DIRECTORY include/gridring/${module} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gridring COMPONENT library)
  endforeach()
  install(EXPORT gridring_${component} NAMESPACE gridring:: FILE gridring_${component}_targets.cmake
    DESTINATION ${package} COMPONENT library)
  list(JOIN gridring_${component}_packages "\n" packages)
  set(component_file ${PROJECT_BINARY_DIR}/gridring_${component}.cmake)
  file(WRITE ${component_file} "${packages}\ninclude(\${CMAKE_CURRENT_LIST_DIR}/gridring_${component}_targets.cmake)\n")
  install(FILES ${component_file} DESTINATION ${package} COMPONENT library)
endforeach()

configure_package_config_file(cmake/gridringConfig.cmake.in ${PROJECT_BINARY_DIR}/gridringConfig.cmake
  INSTALL_DESTINATION ${package})
# While the version is 0.x, a minor one may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gridringConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gridringConfig.cmake ${PROJECT_BINARY_DIR}/gridringConfigVersion.cmake
  DESTINATION ${package} COMPONENT library)

if(TARGET gridring)
  install(TARGETS gridring COMPONENT program)
endif()
