/** What a group of trackers needs of one: a tracker whose networks are computed with those of others. */
#ifndef EMOTRACK_TRACK_TRACKER_H
#define EMOTRACK_TRACK_TRACKER_H

#include "model/ensemble.h"

/** Frames of a grouped tracker that may wait for the group's answer: a push takes no more than half of them, the other half
 *  is for what a flush brings. */
enum { TRACKER_AHEAD = 256 };

/** As et_tracker_create, which is this with `shared` NULL.
 *  @param shared  computes for this tracker too, as its stream number `stream`; made with tracker_stride, TRACKER_AHEAD */
et_status tracker_create(et_tracker **out, const et_model *model, const et_tracker_options *options, ensemble *shared,
                         int stream, et_error *error);

/** Grid points from one frame of a window to the next, with these options. */
int tracker_stride(const et_model *model, const et_tracker_options *options);

#endif
