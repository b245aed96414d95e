/* The golden files: descriptors and functionals of openSMILE 3.0.2, each file at its own rate. */
#include "reference.h"

enum { NAMED = 3 /* differences told a file */ };

/* `padded`: last rows that the reference makes up in its own way. `flat`: isolated clicks have numerically flat spectra,
 * whose skewness, roll-off, extrema and pitch candidates are rounding noise. */
typedef struct golden {
    const char *name;
    size_t padded;
    bool flat;
} golden;

static const golden files[] = {
    {"clicks_44k", 8, true}, {"corner_44k", 8, false},  {"forced_44k", 40, false}, {"music_22k", 8, false},
    {"music_44k", 8, false}, {"pink_44k", 8, false},    {"speech_16k", 8, false},  {"speech_44k", 8, false},
    {"sweep_44k", 8, false}, {"twotone_44k", 8, false}, {"vibrato_16k", 8, false}, {"vibrato_44k", 8, false},
    {"white_44k", 8, false},
};
enum { FILES = sizeof files / sizeof files[0] };

static bool is_noise(const golden *g, size_t d)
{
    d %= DESCRIPTOR_COUNT;
    return g->flat && (d == DESCRIPTOR_F0 || d == DESCRIPTOR_VOICING || (d >= DESCRIPTOR_SPECTRAL && d < DESCRIPTOR_MFCC));
}

/* 1e-3 of the column's largest value; slopes and deviations of contours that stand still are rounding of the contour's own
 * value, of which 1e-5 is allowed. */
static double allowed(const table *reference, size_t column, size_t level_column)
{
    return fmax(1e-3 * largest(reference, column), 1e-5 * largest(reference, level_column));
}

static void compare(const golden *g, const char *what, const table *ours, const table *reference, size_t rows,
                    const char *(*name)(int), size_t (*descriptor)(size_t), size_t (*level)(size_t))
{
    char text[1000] = "";
    size_t wrong = 0, used = 0;
    for (size_t c = 0; c < reference->columns; c++) {
        if (is_noise(g, descriptor(c))) continue;
        double limit = allowed(reference, c, level(c));
        for (size_t r = 0; r < rows; r++) {
            double a = table_row(ours, r)[c], b = table_row(reference, r)[c];
            if (fabs(a - b) <= limit) continue;
            if (wrong++ < NAMED)
                used += (size_t)snprintf(text + used, sizeof text - used, "\n  %s, %s %zu, %s: %g, reference %g (+- %g)",
                                         g->name, what, r, name((int)c), a, b, limit);
        }
    }
    if (wrong > 0) fail_msg("%zu values differ:%s", wrong, text);
}

static size_t itself(size_t c)
{
    return c;
}
static size_t contour(size_t c)
{
    return c % DESCRIPTOR_COUNT;
}
static size_t descriptor_of(size_t c)
{
    return c / 2;
}
static size_t mean_of_contour(size_t c)
{
    return (size_t)functional_mean((int)(c / 2 % DESCRIPTOR_COUNT));
}

static table describe_golden(const golden *g)
{
    char path[500];
    snprintf(path, sizeof path, "%s/golden/audio/%s.wav", TEST_DATA, g->name);
    sound s = sound_load(path);
    if (s.count == 0) fail_msg("%s: cannot be read", path);
    descriptors_options options = reference_options(s.rate_hz);
    table rows = describe_sound(&s, &options, NULL, 0);
    free(s.sample);
    return rows;
}

/* Returns false if there is no such table. */
static bool check_descriptors(const golden *g, const table *rows, const char *folder, bool whole)
{
    char path[500];
    snprintf(path, sizeof path, "%s/lld/%s.csv", folder, g->name);
    table reference = table_load(path, DESCRIPTOR_ROW);
    if (reference.rows == 0) return false;
    if (whole) assert_int_equal(rows->rows, reference.rows);
    size_t last = rows->rows - g->padded;
    compare(g, "frame", rows, &reference, reference.rows < last ? reference.rows : last, descriptor_name, itself, contour);
    table_free(&reference);
    return true;
}

static void descriptors_are_the_references(void **state)
{
    const golden *g = *state;
    table rows = describe_golden(g);
    bool known = check_descriptors(g, &rows, SHARED_DATA "/golden", true);
    known = check_descriptors(g, &rows, TEST_DATA "/golden", false) || known;
    table_free(&rows);
    if (!known) skip(); /* reference rows of this file are not kept here */
}

static void functionals_are_the_references(void **state)
{
    const golden *g = *state;
    char path[500];
    snprintf(path, sizeof path, "%s/golden/func/%s.csv", TEST_DATA, g->name);
    table reference = table_load(path, FUNCTIONAL_COUNT), rows = describe_golden(g), ours = half_seconds(&rows);
    assert_int_equal(ours.rows, reference.rows);
    size_t whole = (rows.rows - g->padded - FUNCTIONAL_WINDOW) / FUNCTIONAL_HOP + 1;
    compare(g, "window", &ours, &reference, whole, functional_name, descriptor_of, mean_of_contour);
    table_free(&reference);
    table_free(&rows);
    table_free(&ours);
}

int main(void)
{
    static char names[2 * FILES][64];
    struct CMUnitTest tests[2 * FILES];
    for (size_t i = 0; i < 2 * FILES; i++) {
        bool rows = i < FILES;
        snprintf(names[i], sizeof names[i], "%s of %s", rows ? "descriptors" : "functionals", files[i % FILES].name);
        tests[i] = (struct CMUnitTest){.name = names[i], .initial_state = (void *)&files[i % FILES]};
        tests[i].test_func = rows ? descriptors_are_the_references : functionals_are_the_references;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
