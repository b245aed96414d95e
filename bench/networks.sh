#!/bin/sh
# The ten networks under the same folds, each from the labels over time of the same songs alone (no teacher).
# Usage: bench/networks.sh DATA [CACHE]     (DATA holds deam; about an hour on two idle cores)
# Prints a Markdown table: 5 folds by song, all labels pooled. SIZE and EPOCHS may be set.
set -eu
data=$1
cache=${2:-$(mktemp -d)}
emotrack=${EMOTRACK:-build/tools/emotrack}
size=${SIZE:---window 8 --channels 6 --hidden 24 --components 60}
out=$(mktemp)
echo "| network | arousal NSE | r | CCC | valence NSE | r | CCC | seconds |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- |"
for network in dselfattention cnn bilstm cnnbilstm tcnnbilstm scnnbilstm dcnbilstm dwsam dsesam dcbam; do
  begun=$(date +%s)
  "$emotrack" train --data "$data/deam" --cache "$cache" --teacher none --network $network $size --epochs "${EPOCHS:-8}" \
    --rate 0.002 --folds 5 --quiet > "$out"
  awk -v network=$network -v seconds=$(($(date +%s) - begun)) '
    $2 == "all" && $3 == "labels" { target = $1; r[target] = $6; nse[target] = $8; ccc[target] = $9 }
    END { printf "| %s | %s | %s | %s | %s | %s | %s | %d |\n", network, nse["arousal"], r["arousal"], ccc["arousal"],
          nse["valence"], r["valence"], ccc["valence"], seconds }' "$out"
done
