#!/bin/sh
# The bundled music model. Usage: music.sh DATA OUTPUT   (DATA holds deam, deam10 and musifeast17)
exec ${EMOTRACK:-emotrack} train --data "$1/deam" --data "$1/deam10" --data "$1/musifeast17" \
  --test 0 --validation 0 --degrade quiet24 --degrade laptop --degrade phone --degrade clip6 --errors "${0%/*}/music-errors.csv" --name music \
  --license "Research use: trained on DEAM and MUSIFEAST-17, whose sound is free for research only; the learned ear inside is MusiCNN, ISC licence. See models/music.md." \
  --card "Valence and arousal of music in the terms of DEAM's raters, free of the recording's gain. A DSelfAttention over openSMILE's descriptors, the middle layers of MusiCNN and harmony and rhythm, taught by a kernel ridge regression over 1,850 songs. It hears the level of a piece and its changes, little of the course within one. Figures on songs never heard: models/music.md." \
  --output "$2" ${CACHE:+--cache "$CACHE"} ${EPOCHS:+--epochs "$EPOCHS"}
