# The two libraries that others link. Both hold what the public header's functions reach and nothing else (no capture, no
# trainer), and show no name but et_*.
file(STRINGS ${PROJECT_SOURCE_DIR}/include/emotrack.h declarations REGEX "^ET_API")
set(keep "")
foreach(line ${declarations})
  if(line MATCHES "(et_[a-z0-9_]+)\\(")
    list(APPEND keep -u ${CMAKE_MATCH_1})
  endif()
endforeach()
list(JOIN keep "," keep_by_linker)

add_library(emotrack_shared SHARED ${PROJECT_SOURCE_DIR}/include/emotrack.h)
target_link_libraries(emotrack_shared PRIVATE emotrack_internal)
target_link_options(emotrack_shared PRIVATE "LINKER:${keep_by_linker}" "LINKER:--as-needed" "LINKER:--no-undefined"
  # gcc gives functions with clones for several processors default visibility, whatever the flags say
  "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map")
set_target_properties(emotrack_shared PROPERTIES
  OUTPUT_NAME emotrack VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE C EXPORT_NAME shared)
target_include_directories(emotrack_shared INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

set(static_library ${CMAKE_CURRENT_BINARY_DIR}/libemotrack.a)
add_custom_command(OUTPUT ${static_library}
  COMMAND ${CMAKE_LINKER} -r ${keep} -o emotrack.o $<TARGET_FILE:emotrack_internal>
  COMMAND ${CMAKE_OBJCOPY} --strip-debug --wildcard "--keep-global-symbol=et_*" emotrack.o
  COMMAND ${CMAKE_COMMAND} -E rm -f ${static_library}
  COMMAND ${CMAKE_AR} rcs ${static_library} emotrack.o
  DEPENDS emotrack_internal WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} VERBATIM)
add_custom_target(emotrack_static ALL DEPENDS ${static_library})

install(FILES ${PROJECT_SOURCE_DIR}/include/emotrack.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(FILES ${static_library} DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(TARGETS emotrack_shared EXPORT emotrack
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)
install(EXPORT emotrack NAMESPACE emotrack:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/emotrack FILE emotrack-targets.cmake
  COMPONENT development)

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/emotrack)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/emotrack-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/emotrack-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/emotrack-config-version.cmake COMPATIBILITY SameMajorVersion)
# The pkg-config file finds its prefix from where it lies, so that an installation can be moved.
file(RELATIVE_PATH path_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" path_to_prefix ${path_to_prefix})
configure_file(${PROJECT_SOURCE_DIR}/cmake/emotrack.pc.in ${CMAKE_CURRENT_BINARY_DIR}/emotrack.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/emotrack-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/emotrack-config-version.cmake
  DESTINATION ${package_dir} COMPONENT development)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/emotrack.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/emotrack/models
  COMPONENT program FILES_MATCHING PATTERN "*.safetensors" PATTERN "*.md")
