/** What a group of trackers needs of one: a tracker whose networks are computed with those of others. */
#ifndef EMOTRACK_TRACK_TRACKER_H
#define EMOTRACK_TRACK_TRACKER_H

#include "features/ear.h"
#include "model/ensemble.h"

/** Frames of a grouped tracker that may wait for the group's answer: a push takes no more than half of them, the other half
 *  is for what a flush brings. */
enum { TRACKER_AHEAD = 256 };

/** As et_tracker_create, which is this with `shared` NULL.
 *  @param shared    computes for this tracker too, as its stream number `stream`; made with tracker_stride, TRACKER_AHEAD
 *  @param late    only with `shared` and a model that has an ear: the ear's layers, and all that needs its columns, wait for
 *                   whoever calls the functions below */
et_status tracker_create(et_tracker **out, const et_model *model, const et_tracker_options *options, ensemble *shared,
                         int stream, bool late, et_error *error);

/** The late ear, whose batches wait; NULL where it is not late. */
ear *tracker_late_ear(et_tracker *t);

/** Where the EAR_ROW numbers of a batch that waits are to be written. */
float *tracker_late_row(et_tracker *t, int batch);

/** All rows of batches that wait are written: the frames that waited go on to memory and networks. */
void tracker_late_understand(et_tracker *t);

/** Grid points from one frame of a window to the next, with these options. */
int tracker_stride(const et_model *model, const et_tracker_options *options);

#endif
