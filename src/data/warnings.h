/** What did not fit in a data set: each defect is named by file and line and counted, and the rest goes on. */
#ifndef EMOTRACK_DATA_WARNINGS_H
#define EMOTRACK_DATA_WARNINGS_H

#include "emotrack.h"

/** Defects that come by the hundred where they come at all: the first is named, the others are counted. */
typedef enum warning_kind {
    WARNING_LABEL_OUTSIDE, /**< a label outside its range */
    WARNING_NOT_A_NUMBER,  /**< a label that is none */
    WARNING_NO_VALENCE,    /**< a song that only the file of arousal has */
    WARNING_NO_AROUSAL,    /**< a song that only the file of valence has */
    WARNING_LABEL_TWICE,   /**< a second label of one time */
    WARNING_NO_SOUND,      /**< a line, or a song, whose sound is not there */
    WARNING_NO_LABELS,     /**< a line of a song without labels */
    WARNING_KINDS
} warning_kind;

typedef struct warning_group {
    int count, line;
    char path[512], first[256];
} warning_group;

typedef struct warning_list {
    int count;
    void (*tell)(void *user, const char *line); /**< NULL: counted only */
    void *user;
    warning_group group[WARNING_KINDS];
} warning_list;

/** @param line  of the file, from 1; 0 where the whole file is meant. `warnings` may be NULL. */
void warning_found(warning_list *warnings, const char *path, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** The same, told by warning_groups_end. The text goes before "left out" or what else is done with it. */
void warning_grouped(warning_list *warnings, warning_kind kind, const char *path, int line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/** Tells, in a line for each kind, what was found since the last call. */
void warning_groups_end(warning_list *warnings);

#endif
