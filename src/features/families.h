/** Families of columns: the table of what is heard in a stream of sound, and the row that they fill together.
 *
 *      row:   [0, 260)    descriptors  mean and deviation of the last second of 130 contours (functionals.h)
 *             [260, 452)  ear          mean of the last second of final frames (ear.h)
 *             [452, 480)  harmony      running means of the last seconds (harmony.h)
 *      tail:  [480, 672)  ear          the newest frames, heard as if the sound ended there
 *
 *  The first 480 are the columns that a memory remembers and a network knows; the tail is what the memory composes the ear's
 *  columns with (track/memory.h). A row's columns of a family that is not there are 0.
 *
 *  A new family is an entry of the table in families.c and a place in the row. */
#ifndef EMOTRACK_FEATURES_FAMILIES_H
#define EMOTRACK_FEATURES_FAMILIES_H

#include "features/descriptors.h"
#include "features/ear.h"
#include "features/harmony.h"

enum { FAMILY_DESCRIPTORS, FAMILY_EAR, FAMILY_HARMONY, FAMILIES };

/** A set of families: bits 1 << FAMILY_... */
enum {
    WITH_DESCRIPTORS = 1 << FAMILY_DESCRIPTORS,
    WITH_EAR = 1 << FAMILY_EAR,
    WITH_HARMONY = 1 << FAMILY_HARMONY,
    WITH_ALL = (1 << FAMILIES) - 1
};

enum {
    ROW_EAR = FUNCTIONAL_COUNT,
    ROW_HARMONY = ROW_EAR + EAR_COLUMNS,
    ROW_COLUMNS = ROW_HARMONY + HARMONY_COLUMNS,
    ROW_TAIL = ROW_COLUMNS,
    ROW_WIDTH = ROW_TAIL + EAR_COLUMNS,
    ROW_NAME_SIZE = 96
};

/** How a stream's families are made. */
typedef struct family_options {
    descriptors_options descriptors;
    const ear_weights *ear; /**< what the learned ear knows; must outlive it */
    int ear_ahead;          /**< as ear_create's `ahead` */
} family_options;

/** One family. After `create` nothing allocates, locks or calls the system; one thread at a time for each object. */
typedef struct column_family {
    const char *name;
    int first, columns;     /**< in the row */
    int tail, tail_columns; /**< behind ROW_COLUMNS; 0: none */
    int first_hops;         /**< hops of sound until it has a row, beside its look-ahead */

    et_status (*create)(void **out, const family_options *options, et_error *error);
    void (*destroy)(void *self);
    void (*reset)(void *self);
    /** The next hop: 441 samples of mono sound at 44.1 kHz (descriptors: descriptors_hop samples at their rate). */
    void (*push)(void *self, const float *hop, int samples);
    /** The sound ended after `samples` more, less than a hop. @return whether there may be more to hear: call again with 0 */
    bool (*end)(void *self, const float *rest, int samples);
    /** Fills its columns, and its tail, of a whole row as of the newest hop. */
    void (*row)(const void *self, float *row);
    /** What was before the newest hop is no part of the last second; NULL: the family cannot. */
    void (*begin)(void *self);
    /** Seconds that its columns lag behind the sound. */
    double (*look_ahead_s)(const void *self);
} column_family;

extern const column_family family_table[FAMILIES];

/** The set that a text names: one of the names, several with commas, or "all". @return 0 if it names none */
unsigned families_of(const char *text);

/** The other way: "descriptors,ear". @param out  receives at most ROW_NAME_SIZE bytes */
void families_text(unsigned families, char out[ROW_NAME_SIZE]);

/** Family of column 0 .. ROW_WIDTH - 1 of a row. */
int row_family(int column);

/** Name of column 0 .. ROW_WIDTH - 1: a functional's, "ear_1_01", "harmony_majorness", "ear_tail_1_01". */
void row_column_name(int column, char name[ROW_NAME_SIZE]);

/** With which power of the sound's gain a column 0 .. ROW_COLUMNS - 1 scales: energies and flux by the first, powers by the
 *  second, the auditory length by .66; the ear and harmony are free of gain. */
double row_gain_power(int column);

/** The ear of the ear family. */
ear *ear_family_ear(void *self);

/** The newest frame of the descriptors family, if the newest hop brought one, else NULL. */
const descriptor_row *descriptors_family_frame(const void *self);

#endif
