#include "live/mapping.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "model/model_file.h"

static const char *const names[2] = {"valence", "arousal"};

static et_status read_list(float *values, int *count, const json_t *list, const char *model, et_error *error)
{
    size_t size = json_array_size(list);
    bool good = size >= 2 && size <= PERCENTILES_MOST;
    for (size_t i = 0; good && i < size; i++) {
        const json_t *number = json_array_get(list, i);
        values[i] = (float)json_number_value(number);
        good = json_is_number(number) && isfinite(values[i]) && (i == 0 || values[i] >= values[i - 1]);
    }
    if (!good || (*count != 0 && *count != (int)size))
        return error_set(error, ET_ERROR_FORMAT,
                         "model %.60s: its metadata \"percentiles\" is no rising table of 2 to %d numbers", model,
                         PERCENTILES_MOST);
    *count = (int)size;
    return ET_OK;
}

et_status percentiles_read(percentiles *p, const et_model *model, et_error *error)
{
    const json_t *table = json_object_get(model->metadata, "percentiles");
    p->count = 0;
    if (table == NULL)
        return error_set(
            error, ET_ERROR_UNSUPPORTED,
            "model %.60s has no table of where its answers stand: take --range 0..1, with --gain to spread them",
            model->name);
    et_status status = ET_OK;
    for (int k = 0; k < 2 && status == ET_OK; k++)
        status = read_list(p->value[k], &p->count, json_object_get(table, names[k]), model->name, error);
    if (status != ET_OK) p->count = 0;
    return status;
}

double percentiles_rank(const percentiles *p, int dimension, double value)
{
    const float *table = p->value[dimension];
    int low = 0, high = p->count - 1;
    if (!(value > (double)table[low])) return 0;
    if (value >= (double)table[high]) return 1;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (value >= (double)table[middle])
            low = middle;
        else
            high = middle;
    }
    double part = (value - (double)table[low]) / ((double)table[high] - (double)table[low]);
    return (low + part) / (p->count - 1);
}

/* How much of the answer is left after so much silence. */
static double held(const mapping *m, double silence_s)
{
    const mapping_options *o = &m->options;
    if (o->hold_s < 0 || silence_s <= o->hold_s) return 1;
    return o->decay_s > 0 ? exp(-(silence_s - o->hold_s) / o->decay_s) : 0;
}

static double limited(double value)
{
    return value < -1 ? -1 : value > 1 ? 1 : value;
}

/* NaN stays NaN. */
static double switched(mapping *m, int k, bool again)
{
    double width = again ? 0 : m->options.switch_width, value = m->value[k];
    if (m->on[k] ? value < -width : value > width) m->on[k] = !m->on[k];
    return isnan(value) ? value : m->on[k] ? 1 : -1;
}

void mapping_step(mapping *m, const et_emotion *e, float mapped[2])
{
    const mapping_options *o = &m->options;
    bool again = !m->begun || e->time_s <= m->time_s;
    double step_s = again ? 0 : e->time_s - m->time_s;
    if (again || !(e->flags & ET_FLAG_SILENCE)) m->silent_since_s = e->time_s;
    double left = held(m, e->time_s - m->silent_since_s);
    double part = again || o->smooth_s <= 0 ? 1 : 1 - exp(-step_s / o->smooth_s);
    for (int k = 0; k < 2; k++) {
        double value = (double)(k == 0 ? e->valence : e->arousal);
        if (m->table.count > 0 && !isnan(value)) value = 2 * percentiles_rank(&m->table, k, value) - 1;
        value = limited(value * left * o->gain[k] + o->offset[k]);
        m->value[k] = again || isnan(m->value[k]) ? value : m->value[k] + part * (value - m->value[k]);
        double sent = o->switches ? switched(m, k, again) : m->value[k];
        mapped[k] = (float)(o->range == MAPPING_FULL ? sent : (sent + 1) / 2);
    }
    m->begun = true;
    m->time_s = e->time_s;
}
