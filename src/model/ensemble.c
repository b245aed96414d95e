#include "model/ensemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { TARGETS = 2 }; /* TARGET_VALENCE, TARGET_AROUSAL */

typedef struct member {
    const network *net;
    network_work *work;
    float *ring; /* length x slot_size */
    size_t slot_size;
    int targets, only; /* with one target: which */
} member;

struct ensemble {
    int members, window, stride, length;
    int64_t frames;
    const float **slots; /* window: pointers into a ring, oldest first */
    member member[MODEL_MEMBERS_MOST];
};

static et_status create_member(ensemble *e, const et_model *model, int i, et_error *error)
{
    member *m = &e->member[i];
    const network *net = m->net = model->member[i];
    m->targets = network_configuration(net)->targets;
    m->only = model->target[i];
    m->slot_size = network_slot_size(net);
    m->ring = malloc(sizeof(float) * m->slot_size * (size_t)e->length);
    if (!m->ring) return error_set(error, ET_ERROR_MEMORY, "no memory for %d frames of a window", e->length);
    return network_work_create(&m->work, net, 1, error);
}

et_status ensemble_create(ensemble **out, const et_model *model, int stride, et_error *error)
{
    *out = NULL;
    ensemble *e = calloc(1, sizeof *e);
    if (!e) return error_set(error, ET_ERROR_MEMORY, "no memory for the networks");
    const network_config *config = network_configuration(model->member[0]);
    e->members = model->members;
    e->window = config->window;
    e->stride = stride;
    e->length = (config->window - 1) * stride + 1;
    e->slots = malloc(sizeof(float *) * (size_t)e->window);
    et_status status = e->slots ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for a window");
    for (int i = 0; i < e->members && status == ET_OK; i++) status = create_member(e, model, i, error);
    if (status != ET_OK) {
        ensemble_destroy(e);
        return status;
    }
    *out = e;
    return ET_OK;
}

void ensemble_destroy(ensemble *e)
{
    if (!e) return;
    for (int i = 0; i < e->members; i++) {
        network_work_destroy(e->member[i].work);
        free(e->member[i].ring);
    }
    free(e->slots);
    free(e);
}

void ensemble_reset(ensemble *e)
{
    e->frames = 0;
}

static float *slot(const ensemble *e, const member *m, int64_t frame)
{
    return m->ring + (size_t)(frame % e->length) * m->slot_size;
}

void ensemble_frame(ensemble *e, const float *row)
{
    for (int i = 0; i < e->members; i++) {
        member *m = &e->member[i];
        network_frame(m->net, m->work, row, slot(e, m, e->frames));
    }
    e->frames++;
}

/* The window that ends with the newest frame, oldest first; the earliest frame for what lies before it. */
static void gather(ensemble *e, const member *m)
{
    int64_t newest = e->frames - 1, earliest = newest % e->stride;
    for (int k = 0; k < e->window; k++) {
        int64_t frame = newest - (int64_t)(e->window - 1 - k) * e->stride;
        e->slots[k] = slot(e, m, frame < earliest ? earliest : frame);
    }
}

/* Mean over the members that answer a target. */
void ensemble_answer(ensemble *e, float *valence, float *arousal)
{
    float sum[TARGETS] = {0}, out[TARGETS];
    int count[TARGETS] = {0};
    for (int i = 0; i < e->members; i++) {
        const member *m = &e->member[i];
        gather(e, m);
        network_windows(m->net, m->work, e->slots, 1, out);
        for (int r = 0; r < m->targets; r++) {
            int target = m->targets == 1 ? m->only : r;
            sum[target] += out[r];
            count[target]++;
        }
    }
    *valence = count[TARGET_VALENCE] ? sum[TARGET_VALENCE] / (float)count[TARGET_VALENCE] : NAN;
    *arousal = count[TARGET_AROUSAL] ? sum[TARGET_AROUSAL] / (float)count[TARGET_AROUSAL] : NAN;
}
