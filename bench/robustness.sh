#!/bin/sh
# What worse sound costs: a model that has not heard the test songs, on those songs clean and damaged.
# Usage: bench/robustness.sh DATA [CACHE]    (DATA holds deam and musifeast17; some minutes)
# Trains without 40% of the songs (seed 1), then judges those through the tracker. Prints a Markdown table.
set -eu
data=$1
cache=${2:-$(mktemp -d)}
emotrack=${EMOTRACK:-build/tools/emotrack}
model=$(mktemp -d)/held_out.safetensors
"$emotrack" train --data "$data/deam" --song-means "$data/deam/song_means.csv" --data "$data/musifeast17" --cache "$cache" \
  --test 0.4 --validation 0 --epochs "${EPOCHS:-20}" --damage quiet24 --damage laptop --damage phone --damage clip6 \
  --quiet --output "$model" > /dev/null
echo "| sound | arousal NSE | r | valence NSE | r | mean arousal | mean valence |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
for damage in none quiet12 quiet24 laptop phone clip6; do
  "$emotrack" evaluate --model "$model" --data "$data/deam" --damage $damage --format csv --quiet --predictions "$model.csv" \
    --output "$model.table"
  awk -F, -v sound=$damage '
    NR == FNR { if ($2 == "labels" && $3 == "model") { nse[$1] = $9; r[$1] = $7 } next }
    FNR > 1 { valence += $5; arousal += $7; n++ }
    END { printf "| %s | %.3f | %.3f | %.3f | %.3f | %+.3f | %+.3f |\n", sound, nse["arousal"], r["arousal"], nse["valence"],
          r["valence"], arousal / n, valence / n }' "$model.table" "$model.csv"
done
