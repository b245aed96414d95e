#!/bin/sh
# emotrack train, evaluate and info as a user calls them: a DEAM folder made here with a missing file, a bad row and a NaN.
# Usage: train.sh EMOTRACK COLUMNS   (COLUMNS: the 260 names, one a line)
emotrack=$1
columns=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
fail() {
  echo "FAILED: $*"
  [ -f "$work/err" ] && cat "$work/err"
  exit 1
}
said() { grep -q -- "$1" "$work/err" || fail "not said: $1"; }

mkdir -p "$work/deam/features" "$work/deam/annotations"
awk -v dir="$work/deam" -v names="$columns" 'BEGIN {
  srand(3)
  header = "frameTime"
  while ((getline line < names) > 0) header = header ";" line
  arousal = dir "/annotations/arousal.csv"; valence = dir "/annotations/valence.csv"
  head = "song_id"
  for (t = 15000; t < 18000; t += 500) head = head ",sample_" t "ms"
  print head > arousal; print head > valence
  for (s = 1; s <= 30; s++) {
    a = 1.2 * rand() - 0.6; v = 1.2 * rand() - 0.6
    la = s; lv = s
    for (t = 0; t < 6; t++) { la = la "," (a + 0.02 * rand()); lv = lv "," (v + 0.02 * rand()) }
    print la > arousal; print lv > valence
    if (s == 4) continue                                 # no features
    file = dir "/features/" s ".csv"
    print header > file
    for (r = 0; r < 36; r++) {
      line = r / 2
      cells = s == 7 && r == 20 ? 100 : 260              # a row too short
      for (c = 0; c < cells; c++)
        line = line ";" (s == 9 && r == 12 && c == 5 ? "nan" : 2 + (c % 2 ? a : v) * (c % 7) / 3 + 0.3 * rand())
      print line > file
    }
    close(file)
  }
}' || fail "the data set could not be made"

small="--window 4 --hidden 4 --channels 2 --blocks 1 --components 8 --batch 24 --epochs 4"
train() { "$emotrack" train --data "$work/deam" $small "$@" 2> "$work/err"; }

train --output "$work/whole.safetensors" > "$work/table" || fail "train gave $?"
said 'arousal.csv:5: song 4 has labels, but neither'
said 'features/7.csv:22: .*the line is too short'
said 'features/9.csv:14: .*not a finite number'
[ "$(grep -c 'deam/' "$work/err")" -eq 3 ] || fail "not three lines about three defects"
grep -q 'deam, test songs' "$work/table" || fail "no table of test songs"
grep -q 'predicts the mean' "$work/table" || fail "no row that predicts the mean"
[ -f "$work/whole.safetensors.checkpoint" ] && fail "the checkpoint was left behind"
[ "$(wc -l < "$work/whole.safetensors.log.csv")" -eq 5 ] || fail "the log has not a row an epoch"

# Where an answer stands among those for the songs that were learned: 101 rising numbers, not all one.
python3 - "$work/whole.safetensors" <<'END' || fail "the metadata are not what they should be"
import json, struct, sys
with open(sys.argv[1], "rb") as f:
    metadata = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))["__metadata__"]
table = json.loads(metadata["percentiles"])
assert json.loads(metadata["training"])["settings"]["data"] == ["deam"], "a model tells where the data lay"
for name in ("valence", "arousal"):
    assert len(table[name]) == 101 and table[name] == sorted(table[name]) and -1 <= table[name][0] < table[name][-1] <= 1, table
END

# Killed again and again, resumed, on another number of threads: the same bytes.
mkdir "$work/again"
for wait in 0.05 0.1 0.2 0.3; do
  "$emotrack" train --data "$work/deam" $small --threads 3 --resume --output "$work/again/whole.safetensors" > /dev/null 2>&1 &
  sleep $wait
  kill -9 $! 2> /dev/null
  wait $! 2> /dev/null
done
train --resume --threads 1 --output "$work/again/whole.safetensors" > /dev/null || fail "resumed run gave $?"
cmp "$work/whole.safetensors" "$work/again/whole.safetensors" || fail "killed and resumed: other bytes"

# The settings that stand beside a model make it again; what the line says goes before them.
mkdir "$work/config"
again() { "$emotrack" train --config "$work/whole.safetensors.config.json" --output "$work/config/whole.safetensors" "$@" 2> "$work/err"; }
again > /dev/null || fail "the settings of a model gave $?"
cmp "$work/whole.safetensors" "$work/config/whole.safetensors" || fail "the settings of a model: other bytes"
cmp "$work/whole.safetensors.config.json" "$work/config/whole.safetensors.config.json" || fail "the settings of a model: other settings"
again --seed 2 --epochs 1 > /dev/null || fail "settings and a line gave $?"
grep -q '"seed": 2' "$work/config/whole.safetensors.config.json" || fail "the file went before the line"
grep -q '"hidden": 4' "$work/config/whole.safetensors.config.json" || fail "the file was not read"
for wrong in '{"hiden": 4}' '{"hidden": 0}' '{"hidden": [4]}' '{"hidden": "x"}' '{"data": 3' '[]' '{"absolute": 1}'; do
  echo "$wrong" > "$work/wrong.json"
  "$emotrack" train --config "$work/wrong.json" --data "$work/deam" --output "$work/x" 2> "$work/err" && fail "settings $wrong were taken"
  [ -s "$work/err" ] || fail "settings $wrong: nothing is said"
done

"$emotrack" evaluate --model "$work/whole.safetensors" --data "$work/deam" --format json > "$work/json" 2> "$work/err" || fail "evaluate gave $?"
grep -q '"left_out": 23' "$work/json" || fail "training songs were not left out: $(cat "$work/json")"
grep -q '"songs": 6' "$work/json" || fail "test songs were not judged"
"$emotrack" info "$work/whole.safetensors" | grep -q 'deam (deam): 20 songs trained on, 3 chose, 6 tested' || fail "info does not say the split"

# A song that stands in two sets of the same raters falls to the same part in both.
cp -r "$work/deam" "$work/deam-again"
train --data "$work/deam-again" --epochs 1 --output "$work/twice.safetensors" > /dev/null || fail "two sets gave $?"
"$emotrack" evaluate --model "$work/twice.safetensors" --data "$work/deam" --format json > "$work/json" 2> "$work/err" || fail "evaluate gave $?"
grep -q '"left_out": 23' "$work/json" || fail "two sets of the same songs are divided apart: $(cat "$work/json")"

train --folds 3 --errors "$work/errors.csv" --output "$work/none" > "$work/table" || fail "folds gave $?"
grep -q 'deam, 3 folds, repeat 1, dselfattention' "$work/table" || fail "no pooled table"
[ -f "$work/none" ] && fail "folds wrote a model"

# What the folds err by goes into a model that has no songs left out.
[ "$(cat "$work/errors.csv" | wc -l)" -eq 6 ] || fail "the folds left no table of usual errors: $(cat "$work/errors.csv")"
train --errors "$work/errors.csv" --test 0 --validation 0 --output "$work/errs.safetensors" > /dev/null || fail "usual errors gave $?"
grep -aq '"errors"' "$work/errs.safetensors" || grep -aq 'errors' "$work/errs.safetensors" || fail "the model has no usual errors"
train --errors "$work/deam/annotations/arousal.csv" --output "$work/x" > /dev/null && fail "another table was taken for usual errors"
said 'no column context_s'

grep -q 'within songs' "$work/table" || fail "no row within songs"
grep -q "songs' level after 5 s" "$work/table" || fail "no row of the first seconds"

# Windows of one song on both sides: every line of every table and log says so.
leak='split by frame: test windows overlap training windows'
train --recipe seed --network cnnbilstm --epochs 2 --output "$work/seed.safetensors" > "$work/table" || fail "recipe seed gave $?"
grep -q 'deam, test windows' "$work/table" || fail "no table of test windows"
[ "$(grep -c '[0-9]$' "$work/table")" -eq 0 ] || fail "a row of figures does not say that windows overlap"
grep -q "($leak)" "$work/table" || fail "the table does not say that windows overlap"
[ "$(grep -c "$leak" "$work/seed.safetensors.log.csv")" -eq 2 ] || fail "the log does not say that windows overlap"
evaluate() { "$emotrack" evaluate --model "$work/seed.safetensors" --data "$work/deam" --include-training-songs --quiet "$@" 2> "$work/err"; }
evaluate --per-song --predictions "$work/predictions" > "$work/table" || fail "evaluate gave $?"
[ "$(grep -c '[0-9]$' "$work/table")" -eq 0 ] || fail "a row of evaluate's figures does not say that windows overlap"
evaluate --format json | grep -q "\"note\": \"training songs included; $leak\"" || fail "the JSON does not say that windows overlap"
evaluate --format csv > "$work/csv"
evaluate --format csv --per-song > "$work/per-song.csv"
for csv in csv per-song.csv predictions; do
  tail -n +2 "$work/$csv" | grep -vq "$leak" && fail "a row of $csv does not say that windows overlap"
done
train --network nosuch --output "$work/x" && fail "an unknown network was taken"
said 'known: dselfattention'
"$emotrack" train --output "$work/x" 2> "$work/err" && fail "no --data was taken"
"$emotrack" train --data "$work/none" --output "$work/x" 2> "$work/err" && fail "a missing folder was taken"
said 'no such data set'
echo "all held"
