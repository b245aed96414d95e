#!/bin/sh
# The bundled speech model. Usage: speech.sh DATA OUTPUT   (DATA holds tava)
exec ${EMOTRACK:-emotrack} train --data "$1/tava" --test 0 --validation 0 --kernel-width 0.003 --ridge 1 --onsets 0 --name speech \
  --degrade quiet24 --degrade laptop --degrade phone --degrade clip6 \
  --license "Trained on The Test of Auditory-Vocal Affect (TAVA). See models/speech.md." \
  --card "Valence and arousal of acted English speech, free of the recording's gain. A small DSelfAttention taught by a kernel ridge regression over 304 sentences of 19 speakers. Arousal is heard well, valence weakly. Figures on speakers never heard: models/speech.md." \
  --output "$2" ${CACHE:+--cache "$CACHE"} ${EPOCHS:+--epochs "$EPOCHS"}
