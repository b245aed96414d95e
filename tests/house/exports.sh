#!/bin/sh
# Both libraries show et_* and nothing else.
shared=$1 static=$2 nm=$3
failed=0
for symbols in "$("$nm" -D --defined-only "$shared" | awk '{print $3}')" \
  "$("$nm" --defined-only --extern-only "$static" 2>/dev/null | awk 'NF == 3 {print $3}')"; do
  [ -n "$symbols" ] || { echo "no symbol at all in $shared or $static"; failed=1; }
  strange=$(printf '%s\n' "$symbols" | grep -v '^et_')
  [ -z "$strange" ] || { echo "exported without the prefix et_:"; echo "$strange"; failed=1; }
done
exit $failed
