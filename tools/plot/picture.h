/** Gathers what a picture of one annotation needs while the sound passes by: the rows and the sound's outline. */
#ifndef EMOTRACK_TOOLS_PLOT_PICTURE_H
#define EMOTRACK_TOOLS_PLOT_PICTURE_H

#include "emotrack.h"
#include "plot/plot_annotation.h"

typedef struct picture picture;

et_status picture_create(picture **out, double rate_hz, et_error *error);
void picture_destroy(picture *p);

/** The sound, in blocks as it comes: interleaved. */
void picture_sound(picture *p, const float *samples, size_t frames, unsigned channels);

/** An answer. Rows that find no memory are left out of the picture. */
void picture_answer(picture *p, const et_emotion *emotion);

/** Writes the file. @param own  ratings, or NULL   @return as plot_annotation */
et_status picture_save(const picture *p, const char *path, const char *title, const plot_ratings *own, et_error *error);

#endif
