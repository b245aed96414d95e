#!/bin/sh
# The Python package: a wheel from this build's files, installed into an environment of its own, and its tests there.
# Usage: wheel.sh SOURCE BUILD
source=$1
build=$2
tools=$build/python/tools
fail() {
  echo "FAILED: $*"
  exit 1
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
python3 -m venv --help > /dev/null 2>&1 || { echo "skipped: python3 has no venv"; exit 77; }
pip="-m pip --disable-pip-version-check --quiet"
index="--retries 1 --timeout 10"
# shellcheck disable=SC2086
if ! "$tools/bin/python" -c 'import scikit_build_core' 2> /dev/null; then
  { python3 -m venv "$tools" && "$tools/bin/python" $pip install $index "scikit-build-core>=0.10"; } > "$work/log" 2>&1 || {
    echo "skipped: no package index from which to install scikit-build-core: $(tail -1 "$work/log")"
    exit 77
  }
fi
# shellcheck disable=SC2086
{ python3 -m venv "$work/fresh" && "$work/fresh/bin/python" $pip install $index numpy pytest; } > "$work/log" 2>&1 || {
  echo "skipped: no package index from which to install numpy and pytest: $(tail -1 "$work/log")"
  exit 77
}
PATH=$tools/bin:$PATH
# shellcheck disable=SC2086
"$tools/bin/python" $pip wheel --no-deps --no-build-isolation -C "cmake.define.EMOTRACK_BUILT=$build" -C "build-dir=$work/build" \
  -w "$work" "$source" || fail "no wheel"
wheel=$(echo "$work"/emotrack-*-py3-none-linux_*.whl)
[ -f "$wheel" ] || fail "the wheel is not one for every Python 3: $(ls "$work")"
"$tools/bin/python" -m zipfile -l "$wheel" | grep -q ffmpeg && fail "the wheel holds FFmpeg's library, which is a package of its own"
# shellcheck disable=SC2086
"$work/fresh/bin/python" $pip install --no-index "$wheel" || fail "the wheel cannot be installed beside NumPy alone"
cd "$work" || exit 1
env -u EMOTRACK_MODEL "$work/fresh/bin/python" -m pytest -q -p no:cacheprovider "$source/python/tests" || fail "tests of the package"
