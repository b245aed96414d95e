#include "base/room.h"

#include <stdlib.h>

bool room_for_bytes(size_t bytes)
{
    void *volatile room = malloc(bytes); /* volatile: a compiler may leave out what is freed at once */
    bool there = room != NULL;
    free(room);
    return there;
}

void *room_for_one_more(void *list, size_t count, size_t item_bytes)
{
    bool full = (count & (count - 1)) == 0; /* room is the next power of two */
    return full ? realloc(list, (count ? 2 * count : 1) * item_bytes) : list;
}
