/** Whether memory is there before something is called that ends the process, or crashes, where it is not: FFTW's planner,
 *  and libsoxr. What other threads take in between cannot be seen. */
#ifndef EMOTRACK_BASE_ROOM_H
#define EMOTRACK_BASE_ROOM_H

#include <stdbool.h>
#include <stddef.h>

/** @return whether so many bytes were to be had, in one piece, just now */
bool room_for_bytes(size_t bytes);

#endif
