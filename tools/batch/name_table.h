/** Numbers by names: an object of jansson's, whose keys may be any bytes without 0. As many as there are files in a folder, each
 *  found at once. One thread. */
#ifndef EMOTRACK_TOOLS_BATCH_NAME_TABLE_H
#define EMOTRACK_TOOLS_BATCH_NAME_TABLE_H

#include <jansson.h>
#include <stdbool.h>

/** @param name  copied   @return the copy, which lives as long as the table; NULL without memory */
static inline const char *name_table_put(json_t *t, const char *name, size_t number)
{
    if (json_object_set_new_nocheck(t, name, json_integer((json_int_t)number)) != 0) return NULL;
    return json_object_iter_key(json_object_iter_at(t, name));
}

/** @return false if the name is not there */
static inline bool name_table_find(const json_t *t, const char *name, size_t *number)
{
    const json_t *found = json_object_get(t, name);
    if (found) *number = (size_t)json_integer_value(found);
    return found != NULL;
}

#endif
