#!/bin/sh
# Data flows one way: base < audio, features < model < train, cuda < tools. No room includes one that it may not know.
cd "$1" || exit 1
failed=0
forbid() { # ROOM FORBIDDEN...
  room=$1
  shift
  for other in "$@"; do
    found=$(grep -rn "#include \"$other/" "src/$room" --include='*.c' --include='*.h' --include='*.cu' --include='*.cuh')
    [ -z "$found" ] && continue
    echo "src/$room must not know $other:"
    echo "$found"
    failed=1
  done
}
forbid base audio features model train cuda
forbid audio features model train cuda
forbid features audio model train cuda
forbid model train cuda
printing=$(grep -rnE '(^|[^a-z_])(printf|puts|putchar|perror|exit|abort)\(|stderr|stdout' src --include='*.c' --include='*.cu' |
  grep -vE 'STDOUT_FILENO')
if [ -n "$printing" ]; then
  echo "the library prints nothing and never exits:"
  echo "$printing"
  failed=1
fi
exit $failed
