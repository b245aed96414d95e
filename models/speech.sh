#!/bin/sh
# The bundled speech model. Usage: speech.sh DATA OUTPUT   (DATA holds tava)
exec ${EMOTRACK:-emotrack} train --data "$1/tava" --family descriptors,ear --test 0 --validation 0 --ridge 0.3 --kernel-width 0.4 \
  --degrade quiet24 --degrade laptop --degrade phone --degrade clip6 --errors "${0%/*}/speech-errors.csv" --name speech \
  --license "Trained on The Test of Auditory-Vocal Affect (TAVA); the learned ear inside is MusiCNN, ISC licence. See models/speech.md." \
  --card "Valence and arousal of acted English speech, free of the recording's gain. A DSelfAttention over openSMILE's descriptors and the middle layers of MusiCNN, taught by a kernel ridge regression over 304 sentences of 19 speakers. Arousal is heard well, valence moderately. Figures on speakers never heard: models/speech.md." \
  --output "$2" ${CACHE:+--cache "$CACHE"} ${EPOCHS:+--epochs "$EPOCHS"}
