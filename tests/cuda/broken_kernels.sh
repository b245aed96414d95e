#!/usr/bin/env bash
# Breaks one line of a kernel, or of the code that drives kernels, at a time and shows that the tests notice: each mutant must fail.
# broken_kernels.sh SOURCE CXX NETWORKS TRAINING EAR LIBRARIES...: the repository, a C++ compiler, the objects of the tests of networks,
# of training and of the ear (each list in one word, by semicolons), and what they are linked from.
set -u
source=$1 cxx=$2 room=$(mktemp -d)
IFS=';' read -ra networks <<<"$3"
IFS=';' read -ra training <<<"$4"
IFS=';' read -ra hearing <<<"$5"
shift 5
libraries=("$@")
trap 'rm -rf "$room"' EXIT
here=$source/tests/cuda_on_host
failures=0

# run_with FILE 's/before/after/': the test with this kernel changed so. 0: it passed; 1: it did not; 2: it could not be made.
run_with() {
  local language=c++ standard=c++17
  [ "${1##*.}" = c ] && language=c standard=c17
  sed -E "$2" "$source/src/cuda/$1" >"$room/mutant"
  "$cxx" -x $language -std=$standard -O1 -w -I"$here/include" -I"$here" -I"$source/src" -I"$source/include" \
    -c "$room/mutant" -o "$room/mutant.o" || return 2
  # The mutant stands before the library, so that its layer is the one that is linked.
  "$cxx" -o "$room/test" "$room/mutant.o" "${test[@]}" "${libraries[@]}" || return 2
  timeout 120 "$room/test" >"$room/log" 2>&1 || return 1
}

# mutant FILE WHAT 's/before/after/': one substitution by sed, which must change something and must be noticed.
mutant() {
  sed -E "$3" "$source/src/cuda/$1" >"$room/mutant"
  if cmp -s "$source/src/cuda/$1" "$room/mutant"; then
    echo "FAIL $1: nothing to break for: $2"; failures=$((failures + 1)); return
  fi
  run_with "$1" "$3"
  case $? in
  1) echo "ok   $1: noticed: $2" ;;
  0) echo "FAIL $1: not noticed: $2"; failures=$((failures + 1)) ;;
  *) echo "FAIL $1: does not compile: $2"; failures=$((failures + 1)) ;;
  esac
}

test=("${networks[@]}")
run_with layers/lstm.cu '' || { echo "FAIL the unbroken kernel fails"; cat "$room/log"; exit 1; }
mutant layers/lstm.cu "state read before all units have written it (forward, no meeting at the end of a step)" \
  '/for \(int s = 0; s < a.steps; s\+\+\)/,/^}/ s/^        __syncthreads\(\);$//'
mutant layers/lstm.cu "derivatives read before all gates have written them (backward)" \
  '/for \(int s = a.steps - 1; s >= 0; s--\)/,/^}/ s/^        __syncthreads\(\);$//'
mutant layers/lstm.cu "backward direction runs forward" 's/a\.steps - 1 - s;/s;/'
mutant layers/lstm.cu "one step too many" 's/s < a\.steps; s\+\+/s <= a.steps; s++/'
mutant layers/conv.cu "inputs used before they are loaded" 's/^        __syncthreads\(\);$//'
mutant layers/conv.cu "weights used before they are loaded" 's/^            __syncthreads\(\);$//'
mutant layers/conv.cu "padding one position off" 's/tile \* POSITIONS - a\.before/tile * POSITIONS - a.before + 1/'
mutant layers/conv.cu "weights not turned round on the way back" 's/a\.turned = true/a.turned = false/'
mutant layers/norm.cu "mean over one number too few" 's/\(float\)a\.width/(float)(a.width - 1)/'
mutant layers/attend.cu "keys' derivatives before all rows are there" 's/^    __syncthreads\(\);$//'
mutant layers/pool.cu "window one position off" 's/int p = first < 0/int p = first + 1 < 0/'
mutant layers/dropout.cu "another number dropped" 's/dropout_hash\(key \+/dropout_hash(key + 1 +/'
mutant layers/join.cu "add instead of write" 's/\*at = add \?/*at = !add ?/; s/give\(d_map \+ j, add_map/give(d_map + j, !add_map/'

test=("${training[@]}")
run_with adam.cu '' || { echo "FAIL the unbroken kernel fails"; cat "$room/log"; exit 1; }
mutant adam.cu "a piece begins one parameter later" 's/int i = piece\.begin \+ \(int\)threadIdx\.x; i/int i = piece.begin + 1 + (int)threadIdx.x; i/'
mutant adam.cu "the next piece's place" 's/w\.piece\[blockIdx\.x\]/w.piece[(blockIdx.x + 1) % gridDim.x]/'
mutant adam.cu "clipping's factor used before it is there" 's/^    __syncthreads\(\);$//'
mutant adam.cu "the norm of another tensor" 's/w\.tensor_square\[piece\.tensor\]/w.tensor_square[0]/'
mutant adam.cu "decay where there is none" 's/piece\.decays \? w\.l2 : 0/w.l2/; s/piece\.decays \? n\.shrink : 1/n.shrink/'
mutant adam.cu "a tensor's last piece is not summed" 's/i < w\.tensor_begin\[blockIdx\.x \+ 1\]/i < w.tensor_begin[blockIdx.x + 1] - 1/'
mutant loss.cu "half MSE's derivative divided by the targets too" 's/\(e \/ w\.windows\)/(e \/ w.windows \/ w.targets)/'
mutant loss.cu "label of another target" 's/w\.label\[i \* w\.targets \+ t\] - mean_y/w.label[i * w.targets] - mean_y/'
mutant cuts.cu "a use too many" 's/u < use_begin\[f \+ 1\]/u <= use_begin[f + 1]/'
mutant step_input.c "a buffer filled before the device has taken what it holds" 's/return cudaEventSynchronize.*$/return 0;/'
mutant step_graphs.c "a graph for a shape that it was not recorded for" 's/if \(!same_shape.*$//'
mutant optimiser.c "steps not counted" 's/\(double\)\+\+o->steps/(double)(o->steps + 1)/'

test=("${hearing[@]}")
run_with ear_steps.cu '' || { echo "FAIL the unbroken kernel fails"; cat "$room/log"; exit 1; }
mutant ear_steps.cu "frames before the sound are heard" 's/t >= out\.rows - w\.known\[stream\]/t >= 0/'
mutant ear_steps.cu "a window one frame off" 's/>= EAR_WINDOW - w\.known/> EAR_WINDOW - w.known/'
mutant ear_steps.cu "the norm before ReLU" 's/fmaxf\(convolved \+ n\.bias\[filter\], 0\) \* n\.scale\[filter\]/fmaxf((convolved + n.bias[filter]) * n.scale[filter], 0)/'
mutant ear_steps.cu "places beyond a warp are left out" 's/p < a\.places; p \+= WARP/p < WARP; p += WARP/'
mutant ear_steps.cu "another filter's column" 's/\(size_t\)\(a\.first \+ filter\)/(size_t)(a.first + (filter + 1) % a.filters)/'
mutant ear_steps.cu "what is given lies three frames beside" 's/\(s\.given\.rows - s\.out\.rows \+ t\)/t/'
mutant ear_steps.cu "still filters are silent" 's/float y = s\.still\[channel\]/float y = 0/'
mutant ear_steps.cu "the last second one frame late" 's/\(tail \? 0 : TAIL\)/(tail ? 0 : TAIL - 1)/'
mutant ear_steps.cu "no row before there is a final frame" 's/ \|\| known <= TAIL;/;/'
mutant ear.c "a rhythm filter begins too early" 's/\(BEFORE - e->before\[i\]\) \* EAR_BANDS/(BEFORE - e->before[i] - (e->before[i] < 63)) * EAR_BANDS/'
exit $((failures > 0))
