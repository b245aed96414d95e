#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "recipe/pipeline.h"

/* Every number that decides the outcome, as text: no padding, no threads, no paths. */
static uint64_t digest_options(uint64_t d, const pipeline_options *o)
{
    const network_config *n = &o->network;
    char text[2048];
    int size = snprintf(
        text, sizeof text,
        "%s %s %d %d %d %g %d %d %d %d %d %d %d %d %d %u %g %g|%d %d %g %g %g|%d %g %g %g %g %g %g|%g %g %g %g %g %g %d "
        "%g|%d %g "
        "%d %g %g|"
        "%d %d %d %g %g %g %g %g %d %g %d %d|%d %d %d|%g %g %g %g %d|%d %llu",
        EMOTRACK_VERSION, n->network, n->relative, n->window, n->channels, n->frame_step_s, n->blocks, n->k1, n->k2,
        n->hidden, n->heads, n->key_channels, n->attention_last, n->targets, n->lag, o->families, (double)n->dropout_branch,
        (double)n->dropout_head, o->projection, o->components, o->variance, o->forest_threshold, (double)o->clip, o->taught,
        o->teacher.width, o->teacher.linear, o->teacher.own_offset, o->teacher.own_shape, o->teacher.ridge,
        o->teacher.part_ridge, o->distillation.mix, o->distillation.noise, o->distillation.drift,
        o->distillation.change_share, o->distillation.still_share, o->distillation.memory_share, o->distillation.pool,
        (double)o->distillation.clip, o->windows.batch, o->windows.label_offset_s, o->windows.split_frames,
        o->windows.label_scale, o->windows.label_shift, o->fit.epochs, o->fit.loss, o->fit.schedule, o->fit.rate,
        o->fit.optimiser.beta1, o->fit.optimiser.beta2, o->fit.optimiser.epsilon, o->fit.optimiser.decay,
        o->fit.optimiser.l2, o->fit.optimiser.clip, o->fit.optimiser.clip_each_tensor, o->fit.patience, o->batch, o->members,
        o->first_target, o->memory.time_constant_s, o->memory.change_window_s, o->memory.threshold,
        o->memory.silence_reset_s, o->memory.deviation, o->pitch_lag_frames, (unsigned long long)o->seed);
    return digest_bytes(d, text, (size_t)size);
}

/* The stages that can be switched, and how scaling is fitted. */
static uint64_t digest_stages(uint64_t d, const pipeline_options *o)
{
    char text[512];
    int size = snprintf(text, sizeof text, "%g|%d %d|%d %d %d %d", o->distillation.onset_share, o->fit.validations,
                        o->fit.precision, o->scaling, o->on_frames, o->scale_all, o->scale_labels);
    return digest_bytes(d, text, (size_t)size);
}

static uint64_t digest_classes(uint64_t d, const dataset *datasets, int count)
{
    for (int k = 0; k < count; k++)
        for (int i = 0; i < datasets[k].set->songs; i++) {
            const song *s = &datasets[k].set->song[i];
            int numbers[3] = {datasets[k].scale, datasets[k].part ? (int)datasets[k].part[i] : 0, s->rows};
            d = digest_bytes(d, s->id, strlen(s->id) + 1);
            d = digest_bytes(d, numbers, sizeof numbers);
            d = digest_bytes(d, s->label, (size_t)s->labels * sizeof *s->label);
            d = digest_bytes(d, s->row, (size_t)s->rows * ROW_WIDTH * sizeof *s->row);
        }
    return d;
}

uint64_t pipeline_digest(const dataset *datasets, int count, const dataset *degraded, int degraded_count,
                         const pipeline_options *options)
{
    return digest_classes(digest_classes(digest_stages(digest_options(DIGEST_START, options), options), datasets, count),
                          degraded, degraded_count);
}
