#include "base/room.h"

#include <stdlib.h>

bool room_for_bytes(size_t bytes)
{
    void *volatile room = malloc(bytes); /* volatile: a compiler may leave out what is freed at once */
    bool there = room != NULL;
    free(room);
    return there;
}
