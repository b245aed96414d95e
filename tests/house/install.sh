#!/bin/sh
# An installation in an empty folder, and a program in another folder that finds it by pkg-config, by the static library and by
# find_package.
set -eu
build=$1 cc=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cmake --install "$build" --prefix "$place/emotrack" >/dev/null
for file in share/doc/emotrack/copyright share/doc/emotrack/changelog.gz share/man/man1/emotrack.1.gz share/man/man1/emotrack-live.1.gz; do
  [ -s "$place/emotrack/$file" ] || { echo "$file is not installed"; exit 1; }
done
cat >"$place/program.c" <<'END'
#include <emotrack.h>
#include <stdio.h>
int main(void)
{
    et_model *model = NULL;
    et_error error = {0};
    if (et_model_create(&model, "no such model", &error) == ET_OK) return 1;
    puts(et_version());
    return error.message[0] == '\0';
}
END
cd "$place"
PKG_CONFIG_PATH=$(dirname "$(find "$place" -name emotrack.pc)")
export PKG_CONFIG_PATH
library_dir=$(pkg-config --variable=libdir emotrack)
# shellcheck disable=SC2046
"$cc" program.c $(pkg-config --cflags --libs emotrack) -o by_pkg_config
LD_LIBRARY_PATH=$library_dir ./by_pkg_config
# shellcheck disable=SC2046
"$cc" program.c $(pkg-config --cflags emotrack) "$library_dir/libemotrack.a" \
  $(pkg-config --libs --static emotrack | sed 's/-lemotrack//') -o by_static_library
./by_static_library
cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(other LANGUAGES C)
find_package(emotrack REQUIRED)
add_executable(program program.c)
target_link_libraries(program PRIVATE emotrack::emotrack)
END
cmake -S . -B other -DCMAKE_PREFIX_PATH="$place/emotrack" -DCMAKE_C_COMPILER="$cc" >/dev/null
cmake --build other >/dev/null
other/program
