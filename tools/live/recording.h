/** What `live --record` keeps: the samples that were heard, as 32-bit floats in a WAV file (RF64 beyond 4 GB). The file
 *  appears when it is complete; until then it grows under a temporary name beside it, readable at any moment. */
#ifndef EMOTRACK_TOOLS_LIVE_RECORDING_H
#define EMOTRACK_TOOLS_LIVE_RECORDING_H

#include "emotrack.h"

typedef struct recording recording;

/** @return ET_OK; ET_ERROR_FILE (no such folder, no permission, a rate that WAV cannot say), ET_ERROR_MEMORY */
et_status recording_open(recording **out, const char *path, double rate_hz, unsigned channels, et_error *error);

/** Interleaved samples; NULL is silence. @return ET_OK; ET_ERROR_FILE (disk full ...) */
et_status recording_write(recording *r, const float *samples, size_t frames, et_error *error);

/** Completes the file and frees, whatever comes. NULL is allowed. @return ET_OK; ET_ERROR_FILE */
et_status recording_close(recording *r, et_error *error);

#endif
