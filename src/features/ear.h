/** The learned ear: 192 numbers that the middle layers of a network trained to tag music hear in the last second of sound
 *  (MusiCNN; sources in ear_weights.h). Free of the sound's gain by a running mean square, taken for all frames of a half
 *  second at its end: a sentence's first frames are then not scaled by what hardly began.
 *
 *  Sound comes in hops of 10 ms and is heard in frames of 16 ms. A frame's numbers need 73 frames (1.2 s) to its right: from
 *  then on they are *final*. Every 50th hop the newest frames, which lack them, are computed as if the sound ended there:
 *  the *tail*. All work of a half second but the spectra is done at that hop, as one batch.
 *
 *  An ear may leave its layers to somebody else, who hears many ears at a time (a GPU): then batches wait. A batch's row hangs
 *  on a window of frames alone, so whoever has the window can give the row, and the ear itself can at any time.
 *
 *  After creation nothing is allocated, no lock is taken and the system is not called. One thread at a time for each ear. */
#ifndef EMOTRACK_FEATURES_EAR_H
#define EMOTRACK_FEATURES_EAR_H

#include "features/ear_mel.h"
#include "features/ear_weights.h"

enum {
    EAR_HOP = 441,              /* samples at 44.1 kHz                                   */
    EAR_GRID = 50,              /* hops from one row to the next                         */
    EAR_COLUMNS = 192,          /* three middle layers of 64                             */
    EAR_ROW = 2 * EAR_COLUMNS,  /* columns of final frames, then the same of the tail    */
    EAR_LOOK_AHEAD_FRAMES = 73, /* of 16 ms, that a final frame needs to its right       */
    EAR_WINDOW = 208, /* newest frames that a row hangs on: 73 of the tail, 63 final ones, 72 to the left of these */
    EAR_NAME_SIZE = 16
};

/** Seconds that the final columns lag behind the sound: 73 frames, half a frame's width, the resampler. */
#define EAR_LOOK_AHEAD_S (EAR_LOOK_AHEAD_FRAMES * 0.016 + 0.016 + 0.0015)

typedef struct ear ear;

/** @param out      receives the ear; the caller destroys it
 *  @param weights  shared, must outlive the ear
 *  @param ahead    0: its layers are computed in ear_push. More: they wait for others, at most so many batches
 *  @return ET_OK; ET_ERROR_MEMORY */
et_status ear_create(ear **out, const ear_weights *weights, int ahead, et_error *error);
void ear_destroy(ear *e);

/** As just created. */
void ear_reset(ear *e);

/** Takes the next 10 ms.
 *  @param hop  mono at 44.1 kHz, full scale +-1. Not finite counts as 0; beyond +-1,000 is cut */
void ear_push(ear *e, const float hop[EAR_HOP]);

/** The row as of the newest multiple of 50 hops; all zeros before the first.
 *  @param out  192 means over the last second (63 frames) of final frames, fewer at the start; copies of the tail before
 *  there is one. Then 192 means over the tail, at most 73 frames, fewer at the start */
void ear_row(const ear *e, float out[EAR_ROW]);

/** Batches that wait, numbered from 0; no more than `ahead`. */
int ear_waiting(const ear *e);

/** The window of a batch that waits: rows of ear_mel_logarithm, the newest last.
 *  @return how many of them, the last ones, lie in the sound; the others are left alone */
int ear_window(const ear *e, int batch, float out[EAR_WINDOW][EAR_BANDS]);

/** The row of a batch that waits, computed here; of one after the other in less time than from its window. */
void ear_hear(ear *e, int batch, float out[EAR_ROW]);

/** All batches that wait were heard. */
void ear_forget(ear *e);

/** Seconds that the tail of the row stands for: 73 frames of 16 ms, fewer at the start, 0 before the first row. */
double ear_tail_s(const ear *e);

/** @param column  0 .. 191: "ear_1_01" .. "ear_3_64"; 192 .. 383: "ear_tail_1_01" .. "ear_tail_3_64" */
void ear_column_name(int column, char name[EAR_NAME_SIZE]);

#endif
