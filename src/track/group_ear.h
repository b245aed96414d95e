/** The learned ears of a group of trackers, heard on a device: the batches that wait, of all streams, in as few calls as can be. */
#ifndef EMOTRACK_TRACK_GROUP_EAR_H
#define EMOTRACK_TRACK_GROUP_EAR_H

#include "model/backend.h"

typedef struct group_ear group_ear;

/** @param device     must have been found by backend_load
 *  @param take_over  where the device fails, ears are heard on the CPU from then on
 *  @return ET_OK; ET_ERROR_MEMORY; as ear_backend.create */
et_status group_ear_create(group_ear **out, const ear_backend *device, const ear_weights *weights, size_t streams,
                           bool take_over, et_error *error);
void group_ear_destroy(group_ear *g); /* NULL is allowed */

/** Hears what waits, and lets the trackers understand it.
 *  @param tracker  with late ears   @return ET_OK; ET_ERROR_DEVICE or _MEMORY if the device failed and nobody takes over:
 *  what was not heard, and will not be from then on, is not to be believed */
et_status group_ear_run(group_ear *g, et_tracker *const *tracker, size_t streams, et_error *error);

#endif
