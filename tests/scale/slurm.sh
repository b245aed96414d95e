#!/bin/sh
# Usage: slurm.sh EMOTRACK SOUND WRITE_MODEL
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
here=$(dirname "$0")
"$here/with_slurm" "$work" python3 "$here/test_cluster.py" "$@" slurm
