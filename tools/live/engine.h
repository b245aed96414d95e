/** The thread of `emotrack live` that computes: microphone to answers, and nothing else. It never waits for a screen or a
 *  disk: answers and sound go through rings to the thread that shows and writes them. */
#ifndef EMOTRACK_TOOLS_LIVE_ENGINE_H
#define EMOTRACK_TOOLS_LIVE_ENGINE_H

#include "audio/capture.h"
#include "emotrack.h"
#include "live/answer_queue.h"

typedef struct live_engine live_engine;

/** Starts the thread. It has the tracker for itself until live_engine_destroy, and the reading of the capture.
 *  @param duration_s  the engine ends by itself when it has heard so much, or so much time has passed; 0: when it is
 *                     stopped, or a played file is at its end
 *  @param keeps_sound whether live_engine_sound will be called
 *  @return ET_OK, ET_ERROR_MEMORY */
et_status live_engine_start(live_engine **out, capture *from, et_tracker *tracker, double duration_s, bool keeps_sound,
                            et_error *error);

/** NULL if the thread has real-time priority, else why it has not. */
const char *live_engine_priority_problem(const live_engine *e);

/** Becomes readable (poll) when there are answers, or when it has ended; live_engine_heed makes it wait for the next. */
int live_engine_descriptor(const live_engine *e);
void live_engine_heed(live_engine *e);

/** The next answer. @return false when there is none now */
bool live_engine_answer(live_engine *e, live_answer *answer);

/** The sound that was heard, in order; for lost frames silence is to be put in.
 *  @param lost  receives frames that were lost at this place (then 0 frames are given) */
size_t live_engine_sound(live_engine *e, float *samples, size_t frames, uint64_t *lost);

/** Frames of the stream so far, lost ones included; those lost; times that frames were lost. */
uint64_t live_engine_frames(const live_engine *e);
uint64_t live_engine_lost(const live_engine *e);
uint64_t live_engine_overruns(const live_engine *e);

/** Asks the engine to hear no more and to flush the tracker. Take answers and sound until it has ended, and once more. */
void live_engine_stop(live_engine *e);

/** Whether it has ended: stopped, the duration is over, or a played file. */
bool live_engine_ended(const live_engine *e);

/** Ends it if need be, and frees; what was not taken is thrown away. NULL is allowed. */
void live_engine_destroy(live_engine *e);

#endif
