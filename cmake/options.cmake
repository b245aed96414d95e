# Flags of our own code. `emotrack_flags` is linked by every target of the project and never exported.
add_library(emotrack_flags INTERFACE)
target_compile_features(emotrack_flags INTERFACE c_std_17 cxx_std_17)
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS ON) # POSIX: fsync, mkdir, clock_gettime
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_C_FLAGS_RELEASE "-O3 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1 -DNDEBUG")
target_include_directories(emotrack_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(emotrack_flags INTERFACE _GNU_SOURCE EMOTRACK_VERSION="${PROJECT_VERSION}")
target_compile_options(emotrack_flags INTERFACE
  -Wall -Wextra -Werror -Wshadow $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes> $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
  -Wpointer-arith -Wvla
  # The reference's jitter hangs on the last bit and one binary must give the same bits on every processor: no contraction.
  -ffp-contract=off -fno-math-errno -fno-trapping-math)
if(EMOTRACK_SANITIZE)
  # What the sanitizers put in makes gcc see variables that may be read before they are written, and null destinations of text.
  target_compile_options(emotrack_flags INTERFACE -fsanitize=${EMOTRACK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    -Wno-maybe-uninitialized -Wno-format-truncation)
  target_link_options(emotrack_flags INTERFACE -fsanitize=${EMOTRACK_SANITIZE})
  target_compile_definitions(emotrack_flags INTERFACE EMOTRACK_NO_CLONES)
endif()
if(EMOTRACK_FUZZ)
  target_compile_options(emotrack_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(emotrack_flags INTERFACE -fsanitize=address,undefined)
  target_compile_definitions(emotrack_flags INTERFACE EMOTRACK_NO_CLONES)
endif()
