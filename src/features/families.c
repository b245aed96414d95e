#include "features/families.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "features/functionals.h"

/* ---- descriptors: contours, and their mean and deviation over the last second ----------------------------------------- */

typedef struct descriptors_family {
    descriptors *contours;
    functionals *second;
    descriptor_row frame; /* the newest */
    bool fresh;           /* it came with the newest hop */
    bool ending;
} descriptors_family;

static void destroy_descriptors(void *self)
{
    descriptors_family *d = self;
    if (!d) return;
    descriptors_destroy(d->contours);
    functionals_destroy(d->second);
    free(d);
}

static et_status create_descriptors(void **out, const family_options *options, et_error *error)
{
    descriptors_family *d = calloc(1, sizeof *d);
    if (!d) return error_set(error, ET_ERROR_MEMORY, "no memory for descriptors");
    et_status status = descriptors_create(&d->contours, &options->descriptors, error);
    if (status == ET_OK) status = functionals_create(&d->second, error);
    if (status != ET_OK) {
        destroy_descriptors(d);
        return status;
    }
    *out = d;
    return ET_OK;
}

static void reset_descriptors(void *self)
{
    descriptors_family *d = self;
    descriptors_reset(d->contours);
    functionals_reset(d->second);
    d->fresh = d->ending = false;
}

static void push_descriptors(void *self, const float *hop, int samples)
{
    descriptors_family *d = self;
    size_t taken;
    d->fresh = false;
    for (size_t at = 0, count = (size_t)samples; at < count; at += taken)
        d->fresh |= descriptors_push(d->contours, hop + at, count - at, &taken, &d->frame);
    if (d->fresh) functionals_push(d->second, d->frame.value);
}

static bool end_descriptors(void *self, const float *rest, int samples)
{
    descriptors_family *d = self;
    if (!d->ending) push_descriptors(d, rest, samples);
    d->ending = true;
    d->fresh = descriptors_flush(d->contours, &d->frame);
    if (d->fresh) functionals_push(d->second, d->frame.value);
    return d->fresh;
}

static void row_of_descriptors(const void *self, float *row)
{
    functionals_get(((const descriptors_family *)self)->second, row);
}

static void begin_descriptors(void *self)
{
    descriptors_family *d = self;
    functionals_reset(d->second);
    if (d->fresh) functionals_push(d->second, d->frame.value);
}

static double descriptors_ahead_s(const void *self)
{
    return (descriptors_look_ahead(((const descriptors_family *)self)->contours) - 1) * 0.01;
}

const descriptor_row *descriptors_family_frame(const void *self)
{
    const descriptors_family *d = self;
    return d->fresh ? &d->frame : NULL;
}

/* ---- the learned ear --------------------------------------------------------------------------------------------------- */

typedef struct ear_family {
    ear *ear;
    int hops; /* up to the first row */
} ear_family;

static void destroy_ear(void *self)
{
    ear_family *e = self;
    if (!e) return;
    ear_destroy(e->ear);
    free(e);
}

static et_status create_ear(void **out, const family_options *options, et_error *error)
{
    if (!options->ear) return error_set(error, ET_ERROR_ARGUMENT, "the learned ear needs its weights");
    ear_family *e = calloc(1, sizeof *e);
    if (!e) return error_set(error, ET_ERROR_MEMORY, "no memory for the learned ear");
    et_status status = ear_create(&e->ear, options->ear, options->ear_ahead, error);
    if (status != ET_OK) {
        free(e);
        return status;
    }
    *out = e;
    return ET_OK;
}

static void reset_ear(void *self)
{
    ear_family *e = self;
    ear_reset(e->ear);
    e->hops = 0;
}

static void push_ear(void *self, const float *hop, int samples)
{
    ear_family *e = self;
    (void)samples;
    ear_push(e->ear, hop);
    if (e->hops < EAR_GRID) e->hops++;
}

/* A sound of less than half a second is heard with silence behind it: it has no row yet. */
static bool end_ear(void *self, const float *rest, int samples)
{
    float hop[EAR_HOP] = {0};
    ear_family *e = self;
    if (samples > 0) memcpy(hop, rest, (size_t)samples * sizeof *rest);
    if (samples == 0 && e->hops == 0) return false;
    for (bool first = true; e->hops < EAR_GRID; first = false) {
        push_ear(e, hop, EAR_HOP);
        if (first) memset(hop, 0, sizeof hop);
    }
    return false;
}

static void row_of_ear(const void *self, float *row)
{
    float both[EAR_ROW];
    ear_row(((const ear_family *)self)->ear, both);
    memcpy(row + ROW_EAR, both, EAR_COLUMNS * sizeof *row);
    memcpy(row + ROW_TAIL, both + EAR_COLUMNS, EAR_COLUMNS * sizeof *row);
}

ear *ear_family_ear(void *self)
{
    return ((ear_family *)self)->ear;
}

static double ear_ahead_s(const void *self)
{
    (void)self;
    return EAR_LOOK_AHEAD_S;
}

/* ---- harmony and rhythm ------------------------------------------------------------------------------------------------ */

static et_status create_harmony(void **out, const family_options *options, et_error *error)
{
    harmony *h = NULL;
    (void)options;
    et_status status = harmony_create(&h, error);
    if (status == ET_OK) *out = h;
    return status;
}

static void destroy_harmony(void *self)
{
    harmony_destroy(self);
}

static void reset_harmony(void *self)
{
    harmony_reset(self);
}

static void push_harmony(void *self, const float *hop, int samples)
{
    (void)samples;
    harmony_push(self, hop);
}

static bool end_harmony(void *self, const float *rest, int samples)
{
    (void)self, (void)rest, (void)samples;
    return false;
}

static void row_of_harmony(const void *self, float *row)
{
    harmony_row(self, row + ROW_HARMONY);
}

static double no_look_ahead(const void *self)
{
    (void)self;
    return 0;
}

/* ---- the table --------------------------------------------------------------------------------------------------------- */

const column_family family_table[FAMILIES] = {
    {"descriptors", 0, FUNCTIONAL_COUNT, 0, 0, 0, create_descriptors, destroy_descriptors, reset_descriptors,
     push_descriptors, end_descriptors, row_of_descriptors, begin_descriptors, descriptors_ahead_s},
    {"ear", ROW_EAR, EAR_COLUMNS, ROW_TAIL, EAR_COLUMNS, EAR_GRID, create_ear, destroy_ear, reset_ear, push_ear, end_ear,
     row_of_ear, NULL, ear_ahead_s},
    {"harmony", ROW_HARMONY, HARMONY_COLUMNS, 0, 0, HARMONY_FIRST_HOPS, create_harmony, destroy_harmony, reset_harmony,
     push_harmony, end_harmony, row_of_harmony, NULL, no_look_ahead},
};

static int find(const char *name, size_t length)
{
    for (int f = 0; f < FAMILIES; f++)
        if (strlen(family_table[f].name) == length && memcmp(family_table[f].name, name, length) == 0) return f;
    return -1;
}

unsigned families_of(const char *text)
{
    unsigned families = 0;
    if (strcmp(text, "all") == 0) return WITH_ALL;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        int f = find(at, length);
        if (f < 0) return 0;
        families |= 1u << f;
        at += length;
        if (*at == '\0') return families;
    }
}

void families_text(unsigned families, char out[ROW_NAME_SIZE])
{
    size_t at = 0;
    out[0] = '\0';
    for (int f = 0; f < FAMILIES; f++)
        if (families & 1u << f)
            at += (size_t)snprintf(out + at, ROW_NAME_SIZE - at, "%s%s", at ? "," : "", family_table[f].name);
}

int row_family(int column)
{
    if (column >= ROW_TAIL) return FAMILY_EAR;
    return column < ROW_EAR ? FAMILY_DESCRIPTORS : column < ROW_HARMONY ? FAMILY_EAR : FAMILY_HARMONY;
}

void row_column_name(int column, char name[ROW_NAME_SIZE])
{
    char heard[EAR_NAME_SIZE];
    const char *text = heard;
    if (column < ROW_EAR)
        text = functional_name(column);
    else if (column >= ROW_TAIL)
        ear_column_name(column - ROW_TAIL + EAR_COLUMNS, heard);
    else if (column < ROW_HARMONY)
        ear_column_name(column - ROW_EAR, heard);
    else
        text = harmony_column_name(column - ROW_HARMONY);
    snprintf(name, ROW_NAME_SIZE, "%s", text);
}

/* A delta, a mean and a deviation scale as their descriptor. */
double row_gain_power(int column)
{
    enum { BAND_LOW = DESCRIPTOR_SPECTRAL, BAND_HIGH = BAND_LOW + 1, FLUX = BAND_LOW + 6, SLOPE = BAND_LOW + 12 };
    if (column >= FUNCTIONAL_COUNT) return 0;
    switch (column / 2 % DESCRIPTOR_COUNT) {
    case DESCRIPTOR_RMS:
    case FLUX: return 1;
    case BAND_LOW:
    case BAND_HIGH:
    case SLOPE: return 2;
    case DESCRIPTOR_AUDITORY_LENGTH: return 0.66; /* the cubic root of a power: 0.33 of 2 */
    default: return 0;
    }
}
