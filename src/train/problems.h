/** What did not fit in a data set: each defect is named by file and line and counted, and the rest goes on. */
#ifndef EMOTRACK_TRAIN_PROBLEMS_H
#define EMOTRACK_TRAIN_PROBLEMS_H

#include "emotrack.h"

typedef struct problem_list {
    int count;
    void (*tell)(void *user, const char *line); /**< NULL: counted only */
    void *user;
} problem_list;

/** @param line  of the file, from 1; 0 where the whole file is meant. `problems` may be NULL. */
void problem_found(problem_list *problems, const char *path, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
