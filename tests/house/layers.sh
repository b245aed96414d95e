#!/bin/sh
# Data flows one way; no room includes one that stands below it. The library is base, audio, features, model, track; the rest
# trains and evaluates. src/cuda knows the layers of src/model and of the ear,
# src/ffmpeg the decoders of src/audio.
cd "$1" || exit 1
order="base audio features model track data train evaluate recipe cuda ffmpeg"
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
for room in $order; do
  below=$(echo "$order" | sed "s/.*\b$room\b//")
  # shellcheck disable=SC2086
  forbid "$room" $below
done
forbid model audio
forbid cuda audio track data train evaluate recipe
forbid ffmpeg features model track data train evaluate recipe cuda
for folder in src tools; do
  unknown=$(find "$folder" -mindepth 1 -maxdepth 1 -type d | sed "s|$folder/||" |
    grep -vxE 'base|audio|features|model|track|data|train|evaluate|recipe|cuda|ffmpeg|cli|batch|formats|live|plot|tags|vamp|completion|setup')
  [ -z "$unknown" ] || { echo "no such room: $folder/$unknown"; failed=1; }
done
printing=$(grep -rnE '(^|[^a-z_])(printf|puts|putchar|perror|exit|abort)\(|stderr|stdout' src --include='*.c' --include='*.cu' |
  grep -vE 'STDOUT_FILENO|silence_stderr|restore_stderr')
if [ -n "$printing" ]; then
  echo "the library prints nothing and never exits:"
  echo "$printing"
  failed=1
fi
exit $failed
