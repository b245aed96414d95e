/** What did not fit in a data set: each defect is named by file and line and counted, and the rest goes on. */
#ifndef EMOTRACK_DATA_WARNINGS_H
#define EMOTRACK_DATA_WARNINGS_H

#include "emotrack.h"

typedef struct warning_list {
    int count;
    void (*tell)(void *user, const char *line); /**< NULL: counted only */
    void *user;
} warning_list;

/** @param line  of the file, from 1; 0 where the whole file is meant. `problems` may be NULL. */
void warning_found(warning_list *warnings, const char *path, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
