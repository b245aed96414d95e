# A small picture of `emotrack annotate`'s rows: valence (v) and arousal (a) over time, * where they meet.
function cell(value) { return int((1 - value) / 2 * (height - 1) + 0.5) }
BEGIN { FS = ","; height = 15; width = 64 }
NR > 1 { time[++n] = $1; valence[n] = $2; arousal[n] = $3 }
END {
  if (n == 0) exit 1
  columns = n < width ? n : width
  wide = int(width / columns)
  for (c = 0; c < columns * wide; c++) {
    i = 1 + int(c / wide * n / columns)
    v = cell(valence[i]); a = cell(arousal[i])
    picture[v, c] = "v"; picture[a, c] = v == a ? "*" : "a"
  }
  for (y = 0; y < height; y++) {
    label = y == 0 ? "+1" : y == height - 1 ? "-1" : y == (height - 1) / 2 ? " 0" : "  "
    line = ""
    for (c = 0; c < columns * wide; c++) line = line ((y, c) in picture ? picture[y, c] : y == (height - 1) / 2 ? "-" : " ")
    print label " |" line
  }
  end = sprintf("%.1f s", time[n])
  printf "   0%*s\n", columns * wide, end
  print "   v valence (unpleasant -1 .. 1 pleasant)   a arousal (calm -1 .. 1 excited)   * both"
}
