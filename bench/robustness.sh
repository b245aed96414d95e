#!/bin/sh
# What worse sound costs: a model that has not heard the test songs, on those songs clean, degraded and as MP3 at 64 kbit/s.
# Usage: bench/robustness.sh DATA [CACHE]    (DATA holds deam, deam10 and musifeast17; some ten minutes)
# Trains without 40% of the songs of each set (seed 1), then evaluates those through the tracker. Prints a Markdown table. The encoder is
# lame, or ffmpeg; where both are missing lame is installed (sudo only if not root).
set -eu
data=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=${2:-$work/cache}
emotrack=${EMOTRACK:-build/tools/emotrack}
model=$work/held_out.safetensors

command -v lame > /dev/null || command -v ffmpeg > /dev/null ||
  $([ "$(id -u)" = 0 ] || echo sudo) apt-get install -y lame > /dev/null
encode() { # SOUND OUTPUT
  if command -v lame > /dev/null; then
    lame --silent -b 64 "$1" "$2"
  else
    ffmpeg -nostdin -loglevel error -i "$1" -b:a 64k "$2"
  fi
}
mkdir -p "$work/mp3/MEMD_audio"
ln -s "$(cd "$data/deam/annotations" && pwd)" "$work/mp3/annotations"
for sound in "$data"/deam/MEMD_audio/*; do
  name=$(basename "$sound")
  encode "$sound" "$work/mp3/MEMD_audio/${name%.*}.mp3"
done

"$emotrack" train --data "$data/deam" --data "$data/deam10" --data "$data/musifeast17" --cache "$cache" \
  --test 0.4 --validation 0 --epochs "${EPOCHS:-20}" --degrade quiet24 --degrade laptop --degrade phone --degrade clip6 \
  --quiet --output "$model" > /dev/null
evaluate() { # NAME OPTIONS...
  sound=$1
  shift
  "$emotrack" evaluate --model "$model" "$@" --format csv --quiet --predictions "$model.csv" --output "$model.table"
  awk -F, -v sound="$sound" '
    NR == FNR { if ($2 == "labels" && $3 == "model") { nse[$1] = $9; r[$1] = $7 } next }
    FNR > 1 { valence += $5; arousal += $7; n++ }
    END { printf "| %s | %.3f | %.3f | %.3f | %.3f | %+.3f | %+.3f |\n", sound, nse["arousal"], r["arousal"], nse["valence"],
          r["valence"], arousal / n, valence / n }' "$model.table" "$model.csv"
}
echo "| sound | arousal NSE | r | valence NSE | r | mean arousal | mean valence |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
for degradation in none quiet12 quiet24 laptop phone clip6; do
  evaluate $degradation --data "$data/deam" --degrade $degradation
done
evaluate "MP3 at 64 kbit/s" --data "$work/mp3"
