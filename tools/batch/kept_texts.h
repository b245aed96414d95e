/** Copies of texts that live until all of them go: what a record's lines and the names of results are kept in. */
#ifndef EMOTRACK_TOOLS_BATCH_KEPT_TEXTS_H
#define EMOTRACK_TOOLS_BATCH_KEPT_TEXTS_H

typedef struct kept_text kept_text;

/** @param texts  the newest of them; NULL where there is none yet
 *  @return the copy; NULL without memory */
const char *kept_texts_add(kept_text **texts, const char *text);

/** Frees all of them. */
void kept_texts_free(kept_text **texts);

#endif
