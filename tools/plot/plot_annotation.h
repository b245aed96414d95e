/** One sound's emotion as a picture: both curves over the waveform with the flags shaded, and the path on the plane of
 *  valence and arousal. */
#ifndef EMOTRACK_TOOLS_PLOT_PLOT_ANNOTATION_H
#define EMOTRACK_TOOLS_PLOT_PLOT_ANNOTATION_H

#include "emotrack.h"
#include "plot/envelope.h"

/** Somebody's own ratings of the sound, drawn over the curves. NaN where there is none. */
typedef struct plot_ratings {
    double *time_s, *valence, *arousal;
    size_t count;
} plot_ratings;

/** Reads a CSV with the columns time_s (or time), valence and arousal, or one of the two.
 *  @return ET_OK, to be freed; ET_ERROR_FORMAT (columns or numbers are missing; which is said), the errors of csv_table_read */
et_status plot_ratings_read(plot_ratings *out, const char *path, et_error *error);
void plot_ratings_free(plot_ratings *ratings);

/** @param path   the file to write, atomically, in the form of its ending (see chart_create)
 *  @param title  usually the sound's name
 *  @param rows   in order of time; at least one
 *  @param sound  its outline
 *  @param own    ratings, or NULL
 *  @return ET_OK; ET_ERROR_ARGUMENT without rows, ET_ERROR_FILE, ET_ERROR_MEMORY */
et_status plot_annotation(const char *path, const char *title, const et_emotion *rows, size_t count, const envelope *sound,
                          const plot_ratings *own, et_error *error);

#endif
