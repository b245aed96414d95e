#!/bin/sh
# A library beside the program that is not its own: text, and one of another version. foreign_library.sh TEST_BACKEND OTHER_BACKEND
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cp "$1" "$folder/test"
echo "no library" > "$folder/libemotrack_cuda.so"
"$folder/test" "or use --device cpu" || exit 1
cp "$2" "$folder/libemotrack_cuda.so"
"$folder/test" "belongs to another version of emotrack; install both together"
