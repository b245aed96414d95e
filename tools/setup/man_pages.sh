#!/bin/sh
# man_pages.sh PROGRAM FOLDER: the man page of the program and of each of its commands.
set -eu
program=$1 folder=$2
mkdir -p "$folder"
for command in $("$program" --help=words); do
  "$program" "$command" --help=man >"$folder/emotrack-$command.1"
done
"$program" --help=man >"$folder/emotrack.1"
