/** What the learned ear knows: the weights of MusiCNN's front and middle layers (Pons and Serra, "musicnn: pre-trained
 *  convolutional neural networks for music audio tagging", ISMIR late-breaking 2019; models/ear.md). Never changes once it
 *  is created: any number of ears and threads share one. */
#ifndef EMOTRACK_FEATURES_EAR_WEIGHTS_H
#define EMOTRACK_FEATURES_EAR_WEIGHTS_H

#include <stddef.h>

#include "emotrack.h"

enum { EAR_FILE_MOST = 1 << 24 }; /* bytes */

typedef struct ear_weights ear_weights;

/** Reads a file as models/make_ear.py writes it.
 *  @param out  receives the weights; the caller destroys them, after the last ear that uses them
 *  @return ET_OK; ET_ERROR_FILE, ET_ERROR_LIMIT (larger than any ear), ET_ERROR_TRUNCATED, ET_ERROR_FORMAT (a tensor is
 *  missing, unknown, of another shape, or holds a number that no weight can be), ET_ERROR_MEMORY */
et_status ear_weights_load(ear_weights **out, const char *path, et_error *error);

/** The same from memory. @param bytes  stay the caller's   @param path  for messages */
et_status ear_weights_parse(ear_weights **out, const void *bytes, size_t size, const char *path, et_error *error);
void ear_weights_destroy(ear_weights *w);

/** SHA-256 of the whole file, 64 hexadecimal digits. Lives as long as the weights. */
const char *ear_weights_digest(const ear_weights *w);

#endif
