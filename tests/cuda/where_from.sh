#!/bin/sh
# Where the GPU's library is looked for: never in the current folder, however the program or the library was started; always in
# an installation; not where others may write it. where_from.sh EMOTRACK LIBRARY_USER LIBEMOTRACK TRAP OTHER_BACKEND WRITE_MODEL
emotrack=$1 user=$2 library=$3 trap_library=$4 other=$5 write_model=$6
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/here/emotrack" "$folder/bin" "$folder/lib"
cp "$emotrack" "$folder/bin/emotrack"
cp "$library" "$folder/lib/$(basename "$library")"
ln -s "$(basename "$library")" "$folder/lib/libemotrack.so.0"
"$write_model" "$folder/model.safetensors" || exit 1
export TRAP_TRACE="$folder/sprung"
failed=0
fail() {
  echo "$*"
  failed=1
}

cd "$folder/here" || exit 1
for place in . emotrack ../lib ../lib/emotrack src/cuda; do
  mkdir -p "$place" && cp "$trap_library" "$place/libemotrack_cuda.so"
done
rm "../lib/libemotrack_cuda.so" "../lib/emotrack/libemotrack_cuda.so"
PATH="$folder/bin:$PATH" emotrack devices >/dev/null 2>&1
(cd "$folder/bin" && PATH=":$PATH" emotrack devices >/dev/null 2>&1)
[ ! -e "$TRAP_TRACE" ] || fail "emotrack, found through PATH, opened a library of the current folder"
rm -f "$TRAP_TRACE"
cp "$folder/lib/"libemotrack.so* .
for path in . :; do
  LD_LIBRARY_PATH=$path "$user" "$folder/model.safetensors" >/dev/null || fail "a program with libemotrack.so from '$path' failed"
done
[ ! -e "$TRAP_TRACE" ] || fail "libemotrack.so, loaded from a relative path, opened a library of the current folder"
rm -f "$TRAP_TRACE"

says() { # WORDS: what emotrack, found through PATH, says of the installed library
  said=$(cd / && PATH="$folder/bin:$PATH" emotrack devices 2>&1)
  case $said in *"$1"*) ;; *) fail "'$1' was expected, not: $said" ;; esac
}
says "is not installed"
mkdir -p "$folder/lib/emotrack" && cp "$other" "$folder/bin/libemotrack_cuda.so"
says "belongs to another version of emotrack"
chmod 777 "$folder/bin/libemotrack_cuda.so"
says "is not opened"
chmod 755 "$folder/bin/libemotrack_cuda.so"
chmod 777 "$folder/bin"
says "is not opened"
exit $failed
