#!/bin/sh
# Tests of what the package does with a package that it does not need itself, in the interpreter that may have it.
# Usage: extra.sh SOURCE BUILD TEST.py; $EMOTRACK_PYTHON is the interpreter, else python3
source=$1
build=$2
python=${EMOTRACK_PYTHON:-python3}
"$python" -c 'import pytest, numpy' 2> /dev/null || { echo "skipped: $python has no pytest, or no NumPy"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --component python --prefix "$work/package" > "$work/log" || { cat "$work/log"; exit 1; }
cp -r "$source/python/emotrack" "$source/python/beetsplug" "$work/package/"
cd "$work" || exit 1
OMP_NUM_THREADS=1 PYTHONPATH=$work/package PYTHONDONTWRITEBYTECODE=1 env -u EMOTRACK_MODEL EMOTRACK_SOURCE="$source" \
  "$python" -m pytest -q -rs -p no:cacheprovider "$source/python/tests/$3"
code=$?
[ $code -ne 5 ] || exit 77 # no test was run: pytest has said why
exit $code
