#include "batch/name_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct place {
    const char *name; /* NULL: free */
    uint64_t hash;
    size_t number;
} place;

struct name_table {
    place *places;
    size_t room, count; /* room: a power of two, more than half of it free */
};

/* FNV-1a */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = 14695981039346656037u;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return hash;
}

static place *place_of(const name_table *t, const char *name, uint64_t hash)
{
    for (size_t i = hash & (t->room - 1);; i = (i + 1) & (t->room - 1)) {
        place *p = &t->places[i];
        if (!p->name || (p->hash == hash && strcmp(p->name, name) == 0)) return p;
    }
}

name_table *name_table_create(void)
{
    enum { FIRST_ROOM = 64 };
    name_table *t = calloc(1, sizeof *t);
    if (t) t->places = calloc(FIRST_ROOM, sizeof *t->places);
    if (t && t->places) {
        t->room = FIRST_ROOM;
        return t;
    }
    free(t);
    return NULL;
}

void name_table_destroy(name_table *t)
{
    if (!t) return;
    free(t->places);
    free(t);
}

static bool grow(name_table *t)
{
    name_table larger = {calloc(t->room * 2, sizeof(place)), t->room * 2, t->count};
    if (!larger.places) return false;
    for (size_t i = 0; i < t->room; i++)
        if (t->places[i].name) *place_of(&larger, t->places[i].name, t->places[i].hash) = t->places[i];
    free(t->places);
    *t = larger;
    return true;
}

bool name_table_put(name_table *t, const char *name, size_t number)
{
    if (t->count * 2 >= t->room && !grow(t)) return false;
    uint64_t hash = hash_of(name);
    place *p = place_of(t, name, hash);
    t->count += p->name == NULL;
    *p = (place){name, hash, number};
    return true;
}

size_t *name_table_find(const name_table *t, const char *name)
{
    place *p = place_of(t, name, hash_of(name));
    return p->name ? &p->number : NULL;
}
