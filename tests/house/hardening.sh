#!/bin/sh
# No program or library, built or installed, looks for libraries in the current folder or in a relative one; what is installed
# looks nowhere but where the system does, and is built with what hardens it. hardening.sh BUILD
build=$1
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
cmake --install "$build" --prefix "$place" >/dev/null || exit 1
failed=0
fail() {
  echo "$*"
  failed=1
}

is_linked() { # FILE: an ELF program or shared object
  case $(readelf -h "$1" 2>/dev/null | awk '/Type:/ {print $2}') in EXEC | DYN) return 0 ;; esac
  return 1
}

find "$build" "$place" \( -name python -o -name peers -o -name CMakeFiles -o -name Testing \) -prune -o -type f \( -perm -u+x -o -name '*.so*' \) -print >"$place/files"
while read -r file; do
  is_linked "$file" || continue
  paths=$(readelf -d "$file" | sed -n 's/.*(R.*PATH).*\[\(.*\)\].*/\1/p')
  [ -n "$paths" ] || continue
  case $file in "$place"/*) fail "$file: an installed file has the RUNPATH '$paths'" ;; esac
  case ":$paths:" in *::*) fail "$file: an empty element in RUNPATH '$paths' is the current folder" ;; esac
  printf '%s\n' "$paths" | tr : '\n' | grep -v '^$' | grep -qv '^/' && fail "$file: a relative element in RUNPATH '$paths'"
done <"$place/files"

checked=0
for file in "$place"/bin/emotrack $(find "$place" -name 'libemotrack*.so*' -type f); do
  checked=$((checked + 1))
  dynamic=$(readelf -d "$file") segments=$(readelf -lW "$file") symbols=$(readelf -W --dyn-syms "$file")
  case $dynamic in *BIND_NOW* | *"Flags: NOW"*) ;; *) fail "$file: no BIND_NOW" ;; esac
  case $segments in *GNU_RELRO*) ;; *) fail "$file: no RELRO" ;; esac
  echo "$segments" | grep GNU_STACK | grep -q RWE && fail "$file: an executable stack"
  case $(readelf -h "$file") in *"DYN "*) ;; *) fail "$file: not position independent" ;; esac
  case $symbols in *__stack_chk_fail*) ;; *) fail "$file: no stack protector" ;; esac
  case $file in *cuda*) continue ;; esac
  case $symbols in *_chk@*) ;; *) fail "$file: not fortified" ;; esac
done
[ $checked -ge 2 ] || fail "nothing was checked in $place"

# Every function begins with a landing pad where the processor knows them.
if [ "$(uname -m)" = x86_64 ]; then
  objdump -d --no-show-raw-insn "$place/bin/emotrack" | awk '/^[0-9a-f]+ <main>:/ {at = 2} at && at-- {print}' | grep -q endbr64 ||
    fail "emotrack: no -fcf-protection"
fi
exit $failed
