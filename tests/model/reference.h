/** Reads what reference/make_reference.py wrote, and draws the same numbers as it does. */
#ifndef TESTS_MODEL_REFERENCE_H
#define TESTS_MODEL_REFERENCE_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/real.h"

enum { RECORDS_MOST = 400 };

typedef struct record {
    char name[96];
    int count;
    double *value;
} record;

typedef struct reference {
    int records;
    record record[RECORDS_MOST];
} reference;

/** Gives false (and says so) if the file is missing or cut off. */
static inline bool reference_read(reference *r, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/network/%s.ref", TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    r->records = 0;
    if (!file) {
        fprintf(stderr, "%s: cannot be opened\n", path);
        return false;
    }
    int32_t length = 0;
    bool good = true;
    while (good && fread(&length, 4, 1, file) == 1) {
        record *now = &r->record[r->records++];
        int32_t count = 0;
        good = length < 96 && r->records < RECORDS_MOST && fread(now->name, 1, (size_t)length, file) == (size_t)length &&
               fread(&count, 4, 1, file) == 1;
        now->name[good ? length : 0] = '\0';
        now->count = count;
        now->value = malloc((size_t)count * sizeof *now->value);
        good = good && fread(now->value, 8, (size_t)count, file) == (size_t)count;
    }
    fclose(file);
    if (!good) fprintf(stderr, "%s: is cut off\n", path);
    return good;
}

static inline void reference_free(reference *r)
{
    for (int i = 0; i < r->records; i++) free(r->record[i].value);
}

static inline const record *reference_find(const reference *r, const char *name)
{
    for (int i = 0; i < r->records; i++)
        if (strcmp(r->record[i].name, name) == 0) return &r->record[i];
    return NULL;
}

/** Numbers in [-1, 1) by name and place. */
static inline double draw_by_name(const char *name, size_t place)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    uint64_t z = h + (place + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) / 4503599627370496.0 - 1.0;
}

/** What a parameter of that name is in the reference. */
static inline double draw_parameter(const char *name, size_t place)
{
    const char *dot = strrchr(name, '.'), *kind = dot ? dot + 1 : name;
    double u = draw_by_name(name, place);
    return strcmp(kind, "scale") == 0 || strcmp(kind, "variance") == 0 ? 1 + 0.2 * u : 0.4 * u;
}

/** Compares with a record; difference relative to the record's largest number, or to 0.02 where all are smaller (the bias in
 *  front of a batch norm has no gradient but rounding). Says the worst on failure. */
static inline bool reference_agrees(const reference *r, const char *name, const real *value, double tolerance)
{
    const record *expected = reference_find(r, name);
    if (!expected) {
        fprintf(stderr, "%s: not in the reference\n", name);
        return false;
    }
    double largest = 0.02, worst = 0;
    int place = 0;
    for (int i = 0; i < expected->count; i++) {
        largest = fmax(largest, fabs(expected->value[i]));
        double off = fabs((double)value[i] - expected->value[i]);
        if (!(off <= worst)) {
            worst = off;
            place = i;
        }
    }
    if (worst / largest <= tolerance) return true;
    fprintf(stderr, "%s[%d] is %.10g, PyTorch has %.10g: off by %.2g of the largest, %.0g allowed\n", name, place,
            (double)value[place], expected->value[place], worst / largest, tolerance);
    return false;
}

#endif
