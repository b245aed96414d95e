/** Reads a step's map as a vector: (C, L) -> (1, C L); or a whole window as one signal: (K, C, L) -> (1, K C L). */
#include "model/layer.h"

static et_status step_rule(layer *l, et_error *error)
{
    (void)error;
    l->out = l->in[0];
    l->out.length *= l->out.channels;
    l->out.channels = 1;
    return ET_OK;
}

static et_status window_rule(layer *l, et_error *error)
{
    step_rule(l, error);
    l->out.length *= l->out.steps;
    l->out.steps = 1;
    return ET_OK;
}

const layer_type layer_flatten = {.name = "flatten", .view = true, .rule = step_rule};
const layer_type layer_flatten_window = {.name = "flatten_window", .mixes_frames = true, .view = true, .rule = window_rule};
