/** How the learned ear's remembered columns come about: in a memory, in a stretch of a song, everywhere alike.
 *
 *  A row holds the mean of the newest second of *final* frames, which lag TAIL_S behind the sound, and the *tail*: the frames
 *  since then, heard as if the sound ended there. What is remembered is what a file that ended there would give: the mean of
 *  final rows, for the time that they stand for, and the tail for its own,
 *
 *      remembered = (1 - w) mean(final rows) + w tail,    w = TAIL_S / min(age, time constant)
 *
 *  with the tail alone while no final row speaks of the memory's own time. Where a memory begins within a stream, a row's
 *  final second speaks of it once it lies in it as a whole; where it begins with the stream, there is nothing before. */
#ifndef EMOTRACK_TRACK_COMPOSE_H
#define EMOTRACK_TRACK_COMPOSE_H

#include <stdbool.h>

#include "features/families.h"

/** Seconds that a full tail stands for. */
#define TAIL_S (EAR_LOOK_AHEAD_FRAMES * 0.016)

/** Seconds of sound that a memory has heard after so many rows.
 *  @param hop_s       from row to row
 *  @param from_start  it began with the stream: its first row has then heard a second on the grid of 0.5 s, half a second in
 *                     a tracker */
double heard_s(int64_t rows, double hop_s, bool from_start);

/** Whether the final columns of a row that comes when so much was heard speak of the memory's own time. */
bool finals_count(double heard, bool from_start);

/** w. @param finals  rows whose final columns count  @param time_constant_s  0: none, as long as it lasts */
double tail_share(double heard, int64_t finals, double time_constant_s);

/** What a memory that began with row `first` holds after row `last` - 1: plain means, no change, no time constant.
 *  @param rows        one every 0.5 s, ROW_WIDTH numbers each
 *  @param from_start  the sound begins with row `first`
 *  @param columns     FUNCTIONAL_COUNT or ROW_COLUMNS: how many are wanted
 *  @param out         receives them */
void compose_rows(const float *rows, int first, int last, bool from_start, int columns, float *out);

#endif
