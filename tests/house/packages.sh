#!/bin/sh
# The Debian packages: each holds what it should, says whose it is, and lintian, where it is installed, has no error.
# packages.sh BUILD CPACK
build=$1 cpack=$2
command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null || { echo "skipped: no dpkg"; exit 77; }
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
"$cpack" -G DEB --config "$build/CPackConfig.cmake" -B "$place" >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }
failed=0
fail() {
  echo "$*"
  failed=1
}

holds() { # PACKAGE PATTERN...: files that the package must have, beside its licence and its changes
  package=$1
  shift
  file=$(find "$place" -maxdepth 1 -name "${package}_*.deb")
  [ -f "$file" ] || { fail "no package $package"; return; }
  names=$(dpkg-deb -c "$file" | awk '{print $6}')
  for pattern in "/usr/share/doc/$package/copyright" "/usr/share/doc/$package/changelog.gz" "$@"; do
    printf '%s\n' "$names" | sed 's/^\.//' | grep -q -e "$pattern" || fail "$package: no $pattern"
  done
  [ "$(dpkg-deb -f "$file" Description | wc -l)" -gt 2 ] || fail "$package: no description"
}
holds emotrack '/usr/bin/emotrack$' '/man1/emotrack.1.gz$' '/models/music.safetensors$' '/completions/emotrack$'
holds libemotrack0 '/libemotrack.so.0$'
holds libemotrack-dev '/emotrack.h$' '/libemotrack.a$' '/libemotrack.so$' '/emotrack.pc$' '/emotrack-config.cmake$'
if [ -f "$build/src/cuda/libemotrack_cuda.so" ]; then holds emotrack-cuda '/emotrack/libemotrack_cuda.so$'; fi
if [ -f "$build/src/ffmpeg/libemotrack_ffmpeg.so" ]; then
  holds emotrack-ffmpeg '/emotrack/libemotrack_ffmpeg.so$'
  dpkg-deb -f "$place"/emotrack-ffmpeg_*.deb Depends | grep -q libavformat || fail "emotrack-ffmpeg: does not depend on libavformat"
fi
if [ -f "$build/tools/vamp/vamp-emotrack.so" ]; then
  holds vamp-emotrack '^/usr/lib/vamp/vamp-emotrack.so$' '^/usr/lib/vamp/vamp-emotrack.cat$'
  for needed in libemotrack0 libvamp-sdk; do
    dpkg-deb -f "$place"/vamp-emotrack_*.deb Depends | grep -q "$needed" || fail "vamp-emotrack: does not depend on $needed"
  done
fi
dpkg-deb -f "$place"/emotrack_*.deb Depends | grep -q libav && fail "emotrack: depends on FFmpeg's libraries"
dpkg-deb -f "$place"/emotrack_*.deb Depends | grep -q libsndfile1 || fail "emotrack: does not depend on libsndfile"

if command -v lintian >/dev/null; then
  lintian --allow-root --tag-display-limit 0 --fail-on error "$place"/*.deb || failed=1
fi
exit $failed
