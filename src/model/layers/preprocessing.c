/** Preprocessing: layers that are fitted and not trained, from a row of functionals to features. A row is (1, columns). */
#include <tgmath.h>

#include "base/error.h"
#include "features/families.h"
#include "model/layer.h"

static void declare_row(layer *l, const char *name, tensor_start start, int columns)
{
    layer_declare(l, name, TENSOR_FITTED, start, columns, 0, 0);
}

/* ---- relative: a column that scales with the power p of the gain is divided by (mean RMS energy)^p ----------------- */

enum { POWER, FLOOR };

static et_status relative_rule(layer *l, et_error *error)
{
    l->out = l->in[0];
    if (l->out.length != FUNCTIONAL_COUNT && l->out.length != ROW_COLUMNS)
        return error_set(error, ET_ERROR_ARGUMENT, "%s: needs rows of %d functionals or of all %d columns, not %d", l->name,
                         FUNCTIONAL_COUNT, ROW_COLUMNS, l->out.length);
    declare_row(l, "power", START_POWERS, l->out.length);
    declare_row(l, "floor", START_RMS_FLOOR, 1);
    return ET_OK;
}

static void relative_forward(const layer *l, const layer_call *c)
{
    int columns = l->out.length;
    const real *power = layer_parameter(l, c, POWER);
    for (int n = 0; n < c->items; n++) {
        const real *x = c->in[0] + (size_t)n * columns;
        real rms = fmax(x[functional_mean(DESCRIPTOR_RMS)], *layer_parameter(l, c, FLOOR)), octaves = log2(rms);
        for (int j = 0; j < columns; j++)
            c->out[(size_t)n * columns + j] = power[j] != 0 ? x[j] * exp2(-power[j] * octaves) : x[j];
    }
}

/* ---- select: some of the columns, in their own order ---------------------------------------------------------------- */

static et_status select_rule(layer *l, et_error *error)
{
    if (l->options.channels < 1 || l->options.channels > l->in[0].length)
        return error_set(error, ET_ERROR_ARGUMENT, "%s: cannot select %d of %d columns", l->name, l->options.channels,
                         l->in[0].length);
    l->out = l->in[0];
    l->out.length = l->options.channels;
    declare_row(l, "index", START_COUNTING, l->out.length);
    return ET_OK;
}

static void select_forward(const layer *l, const layer_call *c)
{
    int in = l->in[0].length, columns = l->out.length;
    const real *index = layer_parameter(l, c, 0);
    for (int n = 0; n < c->items; n++)
        for (int j = 0; j < columns; j++) c->out[(size_t)n * columns + j] = c->in[0][(size_t)n * in + (size_t)index[j]];
}

/* ---- scale: log(x + o) where a column is never negative, standardise, clip ------------------------------------------ */

enum { LOG_OFFSET, MEAN, DEVIATION, CLIP };

static et_status scale_rule(layer *l, et_error *error)
{
    (void)error;
    l->out = l->in[0];
    declare_row(l, "log_offset", START_NO_LOG, l->out.length);
    declare_row(l, "mean", START_ZERO, l->out.length);
    declare_row(l, "deviation", START_ONE, l->out.length);
    declare_row(l, "clip", START_ZERO, l->out.length);
    return ET_OK;
}

static void scale_forward(const layer *l, const layer_call *c)
{
    int columns = l->out.length;
    const real *log_offset = layer_parameter(l, c, LOG_OFFSET), *mean = layer_parameter(l, c, MEAN);
    const real *deviation = layer_parameter(l, c, DEVIATION), *clip = layer_parameter(l, c, CLIP);
    const real least = (real)1e-30;
    for (int n = 0; n < c->items; n++)
        for (int j = 0; j < columns; j++) {
            real x = c->in[0][(size_t)n * columns + j];
            if (log_offset[j] >= 0) x = log(fmax(x + log_offset[j], least));
            x = (x - mean[j]) / deviation[j];
            if (clip[j] > 0) x = fmin(fmax(x, -clip[j]), clip[j]);
            c->out[(size_t)n * columns + j] = x;
        }
}

/* ---- project: principal components, y = W (x - mean) ---------------------------------------------------------------- */

static et_status project_rule(layer *l, et_error *error)
{
    int columns = l->in[0].length, features = l->options.channels;
    if (features < 1 || features > columns)
        return error_set(error, ET_ERROR_ARGUMENT, "%s: cannot make %d features of %d columns", l->name, features, columns);
    l->out = l->in[0];
    l->out.length = features;
    layer_declare(l, "weight", TENSOR_FITTED, START_IDENTITY, features, columns, 0);
    declare_row(l, "mean", START_ZERO, columns);
    return ET_OK;
}

static void project_forward(const layer *l, const layer_call *c)
{
    int columns = l->in[0].length, features = l->out.length;
    const real *weight = layer_parameter(l, c, 0), *mean = layer_parameter(l, c, 1);
    for (int n = 0; n < c->items; n++)
        for (int f = 0; f < features; f++) {
            const real *x = c->in[0] + (size_t)n * columns, *w = weight + (size_t)f * columns;
            real sum = 0;
            for (int j = 0; j < columns; j++) sum += w[j] * (x[j] - mean[j]);
            c->out[(size_t)n * features + f] = sum;
        }
}

const layer_type layer_relative = {.name = "relative", .rule = relative_rule, .forward = relative_forward};
const layer_type layer_select = {.name = "select", .rule = select_rule, .forward = select_forward};
const layer_type layer_scale = {.name = "scale", .rule = scale_rule, .forward = scale_forward};
const layer_type layer_project = {.name = "project", .rule = project_rule, .forward = project_forward};
