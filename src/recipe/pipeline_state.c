#include <stdarg.h>
#include <stdio.h>

#include "recipe/pipeline_internal.h"

int pipeline_first_target(const pipeline *c)
{
    return c->options->targets == ANSWERS_AROUSAL ? TARGET_AROUSAL : TARGET_VALENCE;
}

window_options pipeline_windows(const pipeline *c)
{
    const pipeline_options *o = c->options;
    window_options w = {.batch = o->batch,
                        .label_offset_s = o->label_offset_s,
                        .split_frames = o->split_frames,
                        .label_scale = 1,
                        .seed = o->seed};
    if (c->label_range > 0) w.label_scale = 1 / c->label_range, w.label_shift = -c->label_least / c->label_range;
    return w;
}

void pipeline_tell(const pipeline *c, const char *format, ...)
{
    if (!c->hooks || !c->hooks->tell) return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    c->hooks->tell(c->hooks->user, line);
}
