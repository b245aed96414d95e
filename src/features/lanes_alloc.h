/** Room for arrays that are worked on eight numbers at a time. */
#ifndef EMOTRACK_FEATURES_LANES_ALLOC_H
#define EMOTRACK_FEATURES_LANES_ALLOC_H

#include <stdlib.h>
#include <string.h>

enum { LANES = 8 };

/** `count` rounded up to whole groups of lanes. */
static inline size_t whole_lanes(size_t count)
{
    return (count + LANES - 1) / LANES * LANES;
}

/** Zeroed room for `count` elements and two groups of lanes more, so that a last, partly used group may be read and written.
 *  NULL if memory is out; free() it. */
static inline void *lanes_alloc(size_t count, size_t element_bytes)
{
    size_t bytes = (whole_lanes(count) + 2 * LANES) * element_bytes;
    bytes = (bytes + 63) / 64 * 64;
    void *room = aligned_alloc(64, bytes);
    if (room != NULL) memset(room, 0, bytes);
    return room;
}

#endif
