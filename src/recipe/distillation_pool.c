#include "recipe/distillation_pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "recipe/preprocessing.h"

enum { BLOCK = 1024 };                               /* points at a time */
static const uint64_t POOL_STEP = (uint64_t)1 << 41; /* a stream of its own */

typedef struct source {
    const network *net;
    const teaching_points *points;
    const training_set *songs;
    const distillation_options *options;
    float *one; /* a point */
} source;

void distillation_pool_free(distillation_pool *p)
{
    free(p->feature);
    free(p->answer);
    *p = (distillation_pool){0};
}

/** What a memory holds of a song at some time: begun with it, or within it. */
static bool draw_memory(const source *s, random_numbers *r, float *out)
{
    const song *of = s->songs->song[random_below(r, s->songs->count)];
    int rows = of->rows - of->row_first;
    float row[LEVEL_MOST];
    if (of->means_only || rows < 2) return false;
    int first = random_uniform(r) < 0.5 ? 0 : random_below(r, rows - 1), last = first + 1 + random_below(r, rows - first);
    song_mean_row(of, of->row_first + first, of->row_first + last, network_configuration(s->net)->columns_in, row);
    network_scaled(s->net, row, out);
    return true;
}

static void draw(const source *s, random_numbers *r, float *out)
{
    size_t columns = (size_t)s->points->columns;
    if (random_uniform(r) < s->options->memory_share && draw_memory(s, r, out)) return;
    memcpy(out, s->points->point + (size_t)random_below(r, s->points->count) * columns, columns * sizeof *out);
}

/** Two draws mixed, and noise. */
static void draw_point(const source *s, random_numbers *r, float *out)
{
    const distillation_options *o = s->options;
    draw(s, r, out);
    draw(s, r, s->one);
    float weight = (float)random_beta(r, o->mix, o->mix), noise = (float)(o->noise * random_uniform(r));
    for (int c = 0; c < s->points->columns; c++) {
        float x = weight * out[c] + (1 - weight) * s->one[c] + noise * (float)random_normal(r);
        out[c] = o->clip > 0 && x < -o->clip ? -o->clip : o->clip > 0 && x > o->clip ? o->clip : x;
    }
}

et_status distillation_pool_create(distillation_pool *out, const network *net, const teacher *t,
                                   const teaching_points *points, const training_set *songs,
                                   const distillation_options *options, int more, uint64_t seed, et_error *error)
{
    size_t columns = (size_t)points->columns, features = (size_t)network_configuration(net)->features;
    int count = options->pool + more;
    float *block = malloc(BLOCK * columns * sizeof *block), *one = malloc(columns * sizeof *one);
    source s = {net, points, songs, options, one};
    *out = (distillation_pool){.count = count,
                               .feature = malloc((size_t)count * features * sizeof *out->feature),
                               .answer = malloc((size_t)count * sizeof *out->answer)};
    et_status status = block && one && out->feature && out->answer
                           ? ET_OK
                           : error_set(error, ET_ERROR_MEMORY, "no memory for a pool of %d points", count);
    random_numbers r = random_stream(seed, RANDOM_SAMPLE, POOL_STEP);
    for (int first = 0; first < count && !status; first += BLOCK) {
        int some = count - first < BLOCK ? count - first : BLOCK;
        for (int i = 0; i < some; i++) draw_point(&s, &r, block + (size_t)i * columns);
        status = teacher_answer(t, block, some, 0, out->answer + first, error);
        preprocessing_project(net, block, some, out->feature + (size_t)first * features);
    }
    free(block), free(one);
    if (status) distillation_pool_free(out);
    return status;
}
