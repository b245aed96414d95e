/** Numbers by names: as many as there are files in a folder, each found at once. One thread. */
#ifndef EMOTRACK_TOOLS_BATCH_NAME_TABLE_H
#define EMOTRACK_TOOLS_BATCH_NAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct name_table name_table;

/** @return NULL if memory ran out */
name_table *name_table_create(void);
/** NULL is allowed. */
void name_table_destroy(name_table *t);

/** @param name  any bytes without 0; kept, not copied: it must stay until the table goes   @return false without memory */
bool name_table_put(name_table *t, const char *name, size_t number);

/** @return the number, for writing over; NULL if the name is not there */
size_t *name_table_find(const name_table *t, const char *name);

#endif
