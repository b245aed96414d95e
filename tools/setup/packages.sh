# Sourced by tools/demo and tests/run: installs what is missing on a Debian machine, naming it first.
build_packages="build-essential cmake ninja-build pkg-config portaudio19-dev libsndfile1-dev libmpg123-dev libfftw3-dev libsoxr-dev \
libopenblas-dev liblapacke-dev libjansson-dev libcivetweb-dev libcairo2-dev vamp-plugin-sdk librtmidi-dev libpulse-dev libavformat-dev libavcodec-dev libavutil-dev libtag1-dev"
test_packages="libcmocka-dev libasound2-plugins alsa-utils pulseaudio pulseaudio-utils python3 python3-venv strace clang libclang-rt-14-dev lintian chromium fonts-dejavu-core puredata-core supercollider-language vamp-examples jackd2 ffmpeg"

install_missing() {
  missing=""
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  echo "Installing Debian packages:$missing" >&2
  as_root=""
  [ "$(id -u)" -eq 0 ] || as_root="sudo"
  $as_root apt-get update -qq >&2
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}
