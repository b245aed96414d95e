/** A labelled song as a tracker would follow it, on the 0.5 s grid of its rows: memory, preprocessing, frame, window. */
#ifndef EMOTRACK_EVALUATE_SONG_FOLLOW_H
#define EMOTRACK_EVALUATE_SONG_FOLLOW_H

#include "data/song_set.h"
#include "model/model_file.h"
#include "track/memory.h"

/** @param remembered  what the memory holds at row `k`, as networks take it (columns_in numbers) */
typedef void song_listener(void *user, int k, const float *remembered);

/** A song through a memory: tells each row. Rows before row_first are heard, and forgotten when it comes.
 *  @param net, constants, deviation  as memory_create takes them
 *  @return ET_OK; ET_ERROR_MEMORY; ET_ERROR_ARGUMENT (the memory's constants) */
et_status song_remember(const song *s, const network *net, const memory_constants *constants, const float *deviation,
                        song_listener *tell, void *user, et_error *error);

/** The last row that has heard no more than the song's sound up to a time; the first where none has.
 *  @param from  a row that it is not before: 0, or that of an earlier time */
int song_row_at(const song *s, double time_s, int from);

/** What comes of row `k`.
 *  @param remembered  what the memory holds then, as the network takes it (columns_in numbers)
 *  @param answer      what the network says to the window that ends there, its targets in [-1, 1] */
typedef void song_follower(void *user, int k, const float *remembered, const float *answer);

/** Follows a song with one member of a model and tells each row. @return as song_remember */
et_status song_follow(const struct et_model *model, int member, const song *s, song_follower *tell, void *user,
                      et_error *error);

#endif
