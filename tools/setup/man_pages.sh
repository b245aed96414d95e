#!/bin/sh
# man_pages.sh PROGRAM FOLDER: the man page of the program and of each of its commands, compressed, the same bytes each time.
set -eu
program=$1 folder=$2
mkdir -p "$folder"
for command in $("$program" --help=words); do
  "$program" "$command" --help=man | gzip -9n >"$folder/emotrack-$command.1.gz"
done
"$program" --help=man | gzip -9n >"$folder/emotrack.1.gz"
