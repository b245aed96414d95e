/** Room in memory. */
#ifndef EMOTRACK_BASE_ROOM_H
#define EMOTRACK_BASE_ROOM_H

#include <stdbool.h>
#include <stddef.h>

/** Asked before something is called that ends the process, or crashes, where memory is short: FFTW's planner, and libsoxr.
 *  What other threads take in between cannot be seen. @return whether so many bytes were to be had, in one piece, just now */
bool room_for_bytes(size_t bytes);

/** Room behind a list for one more item: it doubles where it must.
 *  @param count  items that it holds, all of them added one by one
 *  @return the list, perhaps elsewhere; NULL without memory: the old one stays as it is */
void *room_for_one_more(void *list, size_t count, size_t item_bytes);

#endif
