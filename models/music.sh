#!/bin/sh
# The bundled music model. Usage: music.sh DATA OUTPUT   (DATA holds deam and musifeast17)
exec ${EMOTRACK:-emotrack} train --data "$1/deam" --song-means "$1/deam/song_means.csv" --data "$1/musifeast17" \
  --test 0 --validation 0 --degrade quiet24 --degrade laptop --degrade phone --degrade clip6 --name music \
  --license "Research use: trained on DEAM and MUSIFEAST-17, whose sound is free for research only. See models/music.md." \
  --card "Valence and arousal of music in the terms of DEAM's raters, free of the recording's gain. A small DSelfAttention taught by a kernel ridge regression over 2,062 song levels. It hears the level of a piece and its changes, little of the course within one. Figures on songs never heard: models/music.md." \
  --output "$2" ${CACHE:+--cache "$CACHE"} ${EPOCHS:+--epochs "$EPOCHS"}
