#include "data/splits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"

/** The distinct names in order, and the shuffled place of each. */
typedef struct places {
    const char **name;
    int *place;
    int count;
} places;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void places_free(places *p)
{
    free(p->name);
    free(p->place);
}

static et_status places_draw(places *p, const char *const *key, int n, uint64_t seed, random_purpose purpose,
                             et_error *error)
{
    size_t room = n > 0 ? (size_t)n : 1;
    *p = (places){.name = malloc(room * sizeof *p->name), .place = malloc(room * sizeof *p->place)};
    if (!p->name || !p->place) {
        places_free(p);
        return error_set(error, ET_ERROR_MEMORY, "no memory for the names of %d songs", n);
    }
    for (int i = 0; i < n; i++) p->name[i] = key[i];
    qsort(p->name, (size_t)n, sizeof *p->name, by_name);
    for (int i = 0; i < n; i++)
        if (i == 0 || strcmp(p->name[i], p->name[p->count - 1]) != 0) p->name[p->count++] = p->name[i];
    for (int i = 0; i < p->count; i++) p->place[i] = i;
    random_numbers r = random_stream(seed, purpose, 0);
    random_shuffle(&r, p->place, p->count);
    return ET_OK;
}

static int place_of(const places *p, const char *key)
{
    const char **found = bsearch(&key, p->name, (size_t)p->count, sizeof *p->name, by_name);
    return p->place[found - p->name];
}

et_status split_shares(part *out, const char *const *key, int n, double test, double validation, uint64_t seed,
                       et_error *error)
{
    if (!(test >= 0 && validation >= 0 && test + validation < 1))
        return error_set(error, ET_ERROR_ARGUMENT,
                         "shares of test %g and validation %g: each at least 0, together less than 1", test, validation);
    places p;
    et_status status = places_draw(&p, key, n, seed, RANDOM_SPLIT, error);
    if (status) return status;
    int tests = (int)lround(test * p.count), validations = (int)lround(validation * p.count);
    if (test > 0 && tests == 0) tests = 1;
    if (validation > 0 && validations == 0) validations = 1;
    if (tests + validations >= p.count && n > 0)
        status =
            error_set(error, ET_ERROR_ARGUMENT,
                      "%d songs or groups cannot be divided into training, validation %g and test %g: give more songs, or "
                      "smaller shares",
                      p.count, validation, test);
    for (int i = 0; i < n && !status; i++) {
        int place = place_of(&p, key[i]);
        out[i] = place < tests ? PART_TEST : place < tests + validations ? PART_VALIDATION : PART_TRAIN;
    }
    places_free(&p);
    return status;
}

et_status split_folds(int *out, const char *const *key, int n, int folds, uint64_t seed, et_error *error)
{
    if (folds < 2) return error_set(error, ET_ERROR_ARGUMENT, "%d folds: at least 2", folds);
    places p;
    et_status status = places_draw(&p, key, n, seed, RANDOM_FOLD, error);
    if (status) return status;
    if (p.count < folds)
        status = error_set(error, ET_ERROR_ARGUMENT, "%d songs or groups are too few for %d folds", p.count, folds);
    for (int i = 0; i < n && !status; i++) out[i] = place_of(&p, key[i]) % folds;
    places_free(&p);
    return status;
}

part split_frame(uint64_t seed, const char *song, int label)
{
    uint64_t name = DIGEST_START;
    name = digest_bytes(digest_bytes(name, song, strlen(song)), &label, sizeof label);
    random_numbers r = random_stream(seed, RANDOM_SPLIT, name);
    double chance = random_uniform(&r);
    return chance < 0.6 ? PART_TRAIN : chance < 0.8 ? PART_VALIDATION : PART_TEST;
}
