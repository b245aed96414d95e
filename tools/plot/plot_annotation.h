/** One sound's emotion as a picture: both curves over the waveform with the flags shaded, and the path on the plane of
 *  valence and arousal. */
#ifndef EMOTRACK_TOOLS_PLOT_PLOT_ANNOTATION_H
#define EMOTRACK_TOOLS_PLOT_PLOT_ANNOTATION_H

#include "emotrack.h"
#include "plot/envelope.h"

/** @param path   the SVG file to write, atomically
 *  @param title  usually the sound's name
 *  @param rows   in order of time; at least one
 *  @param sound  its outline
 *  @return ET_OK; ET_ERROR_ARGUMENT without rows, ET_ERROR_FILE, ET_ERROR_MEMORY */
et_status plot_annotation(const char *path, const char *title, const et_emotion *rows, size_t count, const envelope *sound,
                          et_error *error);

#endif
