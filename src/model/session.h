/** One network where frames go in and answers come out, on the CPU or on a GPU, and from the one to the other without a gap.
 *
 *  What a frame leaves behind is kept in a numbered slot. On a GPU the slots are there; if it fails and the CPU may take
 *  over, a slot is computed again from its row when a window first asks for it, so that the change costs at most K frames an
 *  answer and no frame is lost. After creation nothing is allocated. One thread at a time. */
#ifndef EMOTRACK_MODEL_SESSION_H
#define EMOTRACK_MODEL_SESSION_H

#include "model/backend.h"

typedef struct session session;

typedef struct session_options {
    int slots;             /**< numbered from 0 */
    int most;              /**< most frames, and most windows, of one call */
    const backend *device; /**< NULL: the CPU */
    const float *rows;     /**< slots x columns_in: the row behind each slot, kept by the caller: the CPU takes over if the
                                device fails; NULL: a failure is final */
} session_options;

et_status session_create(session **out, const network *net, const session_options *options, et_error *error);
void session_destroy(session *a);

/** Frames, then windows (backend.h), in two parts, so that several networks may work on a GPU at a time: what a start
 *  begins, a finish with the same call ends.
 *  @return ET_OK, and never anything else on the CPU; else as backend.session_start and _finish */
et_status session_start(session *a, const backend_call *call, et_error *error);
et_status session_finish(session *a, const backend_call *call, et_error *error);

/** Whether a GPU answers now. */
bool session_on_device(const session *a);

#endif
