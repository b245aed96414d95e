/** Memory that hears a change: running mean of rows over some ten seconds, begun afresh when the last
 *  seconds differ from it and after silence.
 *
 *  Exponential with a time constant, weights of a plain mean while it is younger than that. A change detector keeps the mean
 *  of the last few seconds; where it differs from the memory by more than a threshold (root mean square over those of the
 *  network's standardised columns that it compares, in within-song deviations of such short means) the memory begins again from the later half of those
 *  seconds. The comparison is made every half second of remembered rows, so that rows every 0.05 s and rows on the 0.5 s grid
 *  decide alike. The learned ear's columns are composed with their tail (compose.h), in the memory and in the last seconds.
 *
 *  Silence is not remembered: the row holds while it lasts, and if it lasted long the next sound begins a new memory. Only a
 *  stream that has been silent from its start remembers silence, until the first sound.
 *
 *  Rows that should not count (the reference RASTA's transient in the first two rows of a file) are not pushed. Double
 *  precision, no sums that could drift. Real-time safe after creation; one thread at a time for each object. */
#ifndef EMOTRACK_TRACK_MEMORY_H
#define EMOTRACK_TRACK_MEMORY_H

#include "model/memory_constants.h"
#include "model/network.h"
#include "track/compose.h"

typedef struct memory memory;

/** Most numbers that a memory gives. */
enum { REMEMBERED_MOST = ROW_COLUMNS };

/** @param net        the network whose standardised columns the change detector compares; must outlive the memory. What it
 *                    takes decides what is remembered: its columns_in is 260 (descriptors) or 480 (all families)
 *  @param deviation  `net`'s chosen columns: within-song deviation of a short mean of each, 0: not compared (NULL: all one)
 *  @param hop_s      time from one push to the next: 0.05 in the tracker, 0.5 on the grid of the data sets
 *  @return ET_OK; ET_ERROR_ARGUMENT (a constant out of its range, or a network that takes other rows), ET_ERROR_MEMORY */
et_status memory_create(memory **out, const memory_constants *constants, const network *net, const float *deviation,
                        double hop_s, et_error *error);
void memory_destroy(memory *m); /* NULL is allowed */
void memory_reset(memory *m);   /* as just created */

/** Takes a row and gives the remembered row.
 *  @param row      ROW_WIDTH numbers (families.h), of which only the 260 descriptors are read where the network takes no more
 *  @param silent   the last second of sound is silence
 *  @param out      receives the network's columns_in numbers */
void memory_push(memory *m, const float *row, bool silent, float *out);

/** What memory_push would give, but nothing is remembered: for rows between two pushes, so that an answer every 10 ms does
 *  not need a push every 10 ms. */
void memory_peek(const memory *m, const float *row, bool silent, float *out);

/** What of a memory hangs on nothing but which of its rows were silent. Begins as zeros; for who hears now what is pushed
 *  later. */
typedef struct memory_silence {
    bool holds_sound; /**< at least one row that was not silence */
    double silent_s;
} memory_silence;

/** Whether a row now would begin a new memory: the first sound, and the first after a long silence. */
bool memory_begins(const memory *m, const memory_silence *s, bool silent);

/** A row is, or will be, pushed. */
void memory_silence_push(const memory *m, memory_silence *s, bool silent);

/** Seconds of sound that the memory holds. */
double memory_age_s(const memory *m);

#endif
