#!/usr/bin/env bash
# Breaks one line of a kernel at a time and shows that the tests notice: each mutant must fail.
# broken_kernels.sh SOURCE CXX TEST_LIBRARIES...: the repository, a C++ compiler, and what test_networks is linked from.
set -u
source=$1 cxx=$2 room=$(mktemp -d)
shift 2
trap 'rm -rf "$room"' EXIT
here=$source/tests/cuda_on_host
failures=0

# run_with FILE 's/before/after/': the test with this kernel changed so. 0: it passed; 1: it did not; 2: it could not be made.
run_with() {
  sed -E "$2" "$source/src/cuda/$1" >"$room/mutant.cu"
  "$cxx" -x c++ -std=c++17 -O1 -w -I"$here/include" -I"$here" -I"$source/src" -I"$source/include" \
    -c "$room/mutant.cu" -o "$room/mutant.o" || return 2
  # The mutant stands before the library, so that its layer is the one that is linked.
  "$cxx" -o "$room/test" "$room/mutant.o" "${link[@]}" || return 2
  timeout 120 "$room/test" >"$room/log" 2>&1 || return 1
}

# mutant FILE WHAT 's/before/after/': one substitution by sed, which must change something and must be noticed.
mutant() {
  sed -E "$3" "$source/src/cuda/$1" >"$room/mutant.cu"
  if cmp -s "$source/src/cuda/$1" "$room/mutant.cu"; then
    echo "FAIL $1: nothing to break for: $2"; failures=$((failures + 1)); return
  fi
  run_with "$1" "$3"
  case $? in
  1) echo "ok   $1: noticed: $2" ;;
  0) echo "FAIL $1: not noticed: $2"; failures=$((failures + 1)) ;;
  *) echo "FAIL $1: does not compile: $2"; failures=$((failures + 1)) ;;
  esac
}
link=("$@")

run_with layers/lstm.cu '' || { echo "FAIL the unbroken kernel fails"; cat "$room/log"; exit 1; }
mutant layers/lstm.cu "state read before all units have written it (forward, no meeting at the end of a step)" \
  '/for \(int s = 0; s < a.steps; s\+\+\)/,/^}/ s/^        __syncthreads\(\);$//'
mutant layers/lstm.cu "derivatives read before all gates have written them (backward)" \
  '/for \(int s = a.steps - 1; s >= 0; s--\)/,/^}/ s/^        __syncthreads\(\);$//'
mutant layers/lstm.cu "backward direction runs forward" 's/a\.steps - 1 - s;/s;/'
mutant layers/lstm.cu "one step too many" 's/s < a\.steps; s\+\+/s <= a.steps; s++/'
mutant layers/conv.cu "inputs used before they are loaded" 's/^        __syncthreads\(\);$//'
mutant layers/conv.cu "weights used before they are loaded" 's/^            __syncthreads\(\);$//'
mutant layers/conv.cu "padding one position off" 's/tile \* POSITIONS - a\.front/tile * POSITIONS - a.front + 1/'
mutant layers/conv.cu "weights not turned round on the way back" 's/a\.turned = true/a.turned = false/'
mutant layers/norm.cu "mean over one number too few" 's/\(float\)a\.width/(float)(a.width - 1)/'
mutant layers/attend.cu "keys' derivatives before all rows are there" 's/^    __syncthreads\(\);$//'
mutant layers/pool.cu "window one position off" 's/int p = first < 0/int p = first + 1 < 0/'
mutant layers/dropout.cu "another number dropped" 's/dropout_hash\(key \+/dropout_hash(key + 1 +/'
mutant layers/join.cu "add instead of write" 's/\*at = add \?/*at = !add ?/; s/give\(d_map \+ j, add_map/give(d_map + j, !add_map/'
exit $((failures > 0))
