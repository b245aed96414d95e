/** What the Python package calls beside emotrack.h: sound files, a push that gives its answers at once, and a network alone.
 *
 *  One shared library in the package (`_emotrack.so`) holds these and all of emotrack.h. Its callers are `python/emotrack` only:
 *  the two change together, and no version is promised. Errors and threads are as in emotrack.h. */
#ifndef EMOTRACK_PYTHON_H
#define EMOTRACK_PYTHON_H

#include "emotrack.h"

typedef struct sound_file etp_sound;

/** Opens a sound file (see sound_file_open in audio/sound_file.h).
 *  @param sound     receives the file; closed with etp_sound_close
 *  @param rate_hz   receives its rate   @param channels  receives its channels
 *  @param frames    receives the frames that its header announces, -1 where it does not say */
ET_API et_status etp_sound_open(etp_sound **sound, const char *path, double *rate_hz, unsigned *channels, int64_t *frames,
                                et_error *error);

/** Reads up to `frames` frames of interleaved floats. @param got  receives their number, 0 with ET_OK at the end */
ET_API et_status etp_sound_read(etp_sound *sound, float *samples, size_t frames, size_t *got, et_error *error);

ET_API void etp_sound_close(etp_sound *sound);

/** Pushes as much as there is room for and takes the answers out, until all is pushed or `answers` is full.
 *  @param samples   floats, or 16-bit integers if `s16`; `frames` times the tracker's `channels`, interleaved
 *  @param taken     receives the frames pushed
 *  @param answers   room for `most` answers (1 or more)   @param count  receives their number
 *  @return ET_OK; ET_ERROR_NOT_FINITE, with all work done; ET_ERROR_MEMORY */
ET_API et_status etp_tracker_follow(et_tracker *tracker, const void *samples, bool s16, unsigned channels, size_t frames,
                                    size_t *taken, et_emotion *answers, size_t most, size_t *count);

/** Sizes of a model's networks. @param members,columns_in,window,responses  receive them; responses of all members together */
ET_API void etp_model_sizes(const et_model *model, int *members, int *columns_in, int *window, int *responses);

/** What the networks of a model answer, without memory, range of labels or mean over members.
 *  @param rows  windows x window x columns_in numbers, oldest frame first
 *  @param out   windows x responses numbers, member by member
 *  @return ET_OK; ET_ERROR_MEMORY */
ET_API et_status etp_model_networks(const et_model *model, const float *rows, size_t windows, float *out, et_error *error);

/** A model as an ONNX file (model/onnx.h). @param bytes  receives them; freed with etp_free */
ET_API et_status etp_model_onnx(const et_model *model, unsigned char **bytes, size_t *size, et_error *error);
ET_API void etp_free(void *bytes);

/** The word for a place on the plane of valence and arousal (tools/formats/mood.h). Static. */
ET_API const char *etp_mood(float valence, float arousal, bool silence);

#endif
