#!/bin/sh
# An example program's rows are those of `emotrack annotate`.
program=$1 emotrack=$2 write_model=$3 sound=$4 library=$5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$write_model" "$folder/test.safetensors" || exit 1
"$emotrack" annotate --model "$folder/test.safetensors" "$sound" |
  awk -F, 'NR > 1 { printf "%.1f %s %s\n", $1, $2, $3 }' >"$folder/expected"
case $program in
*.py) python3 "$program" "$sound" "$folder/test.safetensors" "$library" >"$folder/rows" ;;
*) tail -c +45 "$sound" | "$program" 44100 1 "$folder/test.safetensors" >"$folder/rows" ;;
esac || exit 1
[ "$(wc -l <"$folder/rows")" -gt 5 ] || { echo "$program: only $(wc -l <"$folder/rows") rows"; exit 1; }
diff "$folder/expected" "$folder/rows"
