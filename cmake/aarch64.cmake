# Toolchain: arm64 from another Debian, tests under qemu. EMOTRACK_SYSROOT holds Debian's arm64 packages, as tests/arm64 unpacks them.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(EMOTRACK_SYSROOT "$ENV{EMOTRACK_SYSROOT}" CACHE PATH "Folder with Debian's arm64 packages, unpacked")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES EMOTRACK_SYSROOT)

set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
find_program(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++) # without it the parts in C++ are left out
set(CMAKE_SYSROOT ${EMOTRACK_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

set(libraries /usr/lib/aarch64-linux-gnu)
set(blas ${libraries}/openblas-pthread) # no alternatives are set up in a folder that was only unpacked
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${EMOTRACK_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${EMOTRACK_SYSROOT}${libraries}/pkgconfig:${EMOTRACK_SYSROOT}${blas}/pkgconfig)
string(APPEND CMAKE_EXE_LINKER_FLAGS_INIT " -Wl,-rpath-link,${EMOTRACK_SYSROOT}${blas}")
string(APPEND CMAKE_SHARED_LINKER_FLAGS_INIT " -Wl,-rpath-link,${EMOTRACK_SYSROOT}${blas}")
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${EMOTRACK_SYSROOT} -E LD_LIBRARY_PATH=${libraries}:${blas})
