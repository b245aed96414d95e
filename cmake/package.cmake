# Packages for the distribution that they are built on: `cpack -G DEB` in a build for the prefix /usr. The program, the library, what is
# needed to build against it, and the GPU's library are one package each.
set(release 1)
set(version ${PROJECT_VERSION}-${release})
set(maintainer "the emotrack maintainers <maintainers@emotrack.example>")
set(components program library development)
if(EMOTRACK_CUDA_FOUND)
  list(APPEND components cuda)
endif()
set(program emotrack)
set(library libemotrack${PROJECT_VERSION_MAJOR})
set(development libemotrack-dev)
set(cuda emotrack-cuda)

# What each package says of its licence and its changes. An installation by hand has the program's only.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${PROJECT_BINARY_DIR}/package/changelog.Debian
  "emotrack (${version}) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- ${maintainer}  ${date}\n")
configure_file(${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_BINARY_DIR}/package/changelog COPYONLY)
execute_process(COMMAND gzip -9nkf changelog changelog.Debian WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/package COMMAND_ERROR_IS_FATAL ANY)
foreach(component ${components})
  set(everywhere "")
  if(NOT component STREQUAL "program")
    set(everywhere EXCLUDE_FROM_ALL)
  endif()
  set(documents ${CMAKE_INSTALL_DATADIR}/doc/${${component}})
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${documents} COMPONENT ${component} RENAME copyright ${everywhere})
  install(FILES ${PROJECT_BINARY_DIR}/package/changelog.gz ${PROJECT_BINARY_DIR}/package/changelog.Debian.gz
    DESTINATION ${documents} COMPONENT ${component} ${everywhere})
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${${component}})
  set(CPACK_DEBIAN_${upper}_FILE_NAME DEB-DEFAULT)
endforeach()

set(CPACK_PACKAGE_NAME emotrack)
set(CPACK_PACKAGE_VENDOR "the emotrack maintainers")
set(CPACK_PACKAGE_CONTACT "${maintainer}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${release})
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)

set(about "Sound from a microphone, a pipe or files becomes two numbers a hundred times a\nsecond: valence (unpleasant to pleasant) and arousal (calm to excited).\n\n")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "follows the emotion of sound\n${about}This package holds the program, its models and its manual.")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "follows the emotion of sound (library)\n${about}This package holds the shared library.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
  "follows the emotion of sound (development files)\n${about}This package holds the header and the static library.")
set(CPACK_COMPONENT_CUDA_DESCRIPTION
  "follows the emotion of sound (networks on a GPU)\n${about}This package holds what program and library open to compute\non an NVIDIA GPU.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_CUDA_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS emotrack) # which has the models
file(WRITE ${PROJECT_BINARY_DIR}/package/triggers "activate-noawait ldconfig\n")
file(WRITE ${PROJECT_BINARY_DIR}/package/shlibs "libemotrack ${PROJECT_VERSION_MAJOR} ${library} (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/package/triggers ${PROJECT_BINARY_DIR}/package/shlibs)
# pkg-config asks for these also where the shared library is linked.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${library} (= ${version}), libsoxr-dev, libfftw3-dev, libjansson-dev")
set(CPACK_DEBIAN_CUDA_PACKAGE_DEPENDS "emotrack (= ${version}) | ${library} (= ${version}), libc6, libstdc++6")
set(CPACK_DEBIAN_CUDA_PACKAGE_RECOMMENDS libcublas-13-0)
set(CPACK_DEBIAN_CUDA_PACKAGE_SHLIBDEPS OFF) # cuBLAS does not come from the distribution
include(CPack)
