/** Many streams, one batch. */
#include <stdlib.h>

#include "base/error.h"
#include "features/families.h"
#include "track/group_ear.h"
#include "track/tracker.h"

enum { STREAMS_MOST = 1 << 20 };

struct et_tracker_group {
    ensemble *ensemble;
    group_ear *ear; /* NULL: each tracker hears by itself */
    size_t streams;
    et_tracker **tracker;
};

/* On the GPU where the networks are, if the model has an ear; what cannot be heard there and may fail is heard here. */
static et_status create_ear(et_tracker_group *g, const et_model *model, const et_tracker_options *options, et_error *error)
{
    const backend *gpu = NULL;
    bool may_fail = backend_may_fail(options->device);
    if (!ensemble_on_device(g->ensemble) || !(model_families(model) & WITH_EAR)) return ET_OK;
    et_status status = backend_named(&gpu, options->device, may_fail ? NULL : error);
    if (status == ET_OK && gpu)
        status = group_ear_create(&g->ear, gpu->ear, model->ear, g->streams, may_fail, may_fail ? NULL : error);
    return may_fail ? ET_OK : status;
}

static et_status create_trackers(et_tracker_group *g, const et_model *model, const et_tracker_options *options,
                                 et_error *error)
{
    for (size_t i = 0; i < g->streams; i++) {
        et_status status = tracker_create(&g->tracker[i], model, options, g->ensemble, (int)i, g->ear != NULL, error);
        if (status != ET_OK) return status;
    }
    return ET_OK;
}

et_status et_tracker_group_create(et_tracker_group **out, const et_model *model, const et_tracker_options *options,
                                  size_t streams, et_error *error)
{
    *out = NULL;
    if (!model || model->members < 1) return error_set(error, ET_ERROR_ARGUMENT, "a group of trackers needs a model");
    if (streams < 1 || streams > STREAMS_MOST)
        return error_set(error, ET_ERROR_ARGUMENT, "%zu streams: there must be 1 .. %d", streams, STREAMS_MOST);
    et_tracker_group *g = calloc(1, sizeof *g);
    if (!g) return error_set(error, ET_ERROR_MEMORY, "no memory for a group of trackers");
    g->streams = streams;
    g->tracker = calloc(streams, sizeof *g->tracker);
    ensemble_options shared = {.stride = tracker_stride(model, options),
                               .streams = (int)streams,
                               .ahead = TRACKER_AHEAD,
                               .device = options->device};
    et_status status = g->tracker ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for %zu trackers", streams);
    if (status == ET_OK) status = ensemble_create(&g->ensemble, model, &shared, error);
    if (status == ET_OK) status = create_ear(g, model, options, error);
    if (status == ET_OK) status = create_trackers(g, model, options, error);
    if (status != ET_OK) {
        et_tracker_group_destroy(g);
        return status;
    }
    *out = g;
    return ET_OK;
}

et_tracker *et_tracker_group_get(et_tracker_group *g, size_t i)
{
    return i < g->streams ? g->tracker[i] : NULL;
}

et_status et_tracker_group_answer(et_tracker_group *g, et_error *error)
{
    et_status heard = g->ear ? group_ear_run(g->ear, g->tracker, g->streams, error) : ET_OK;
    if (heard == ET_OK) return ensemble_run(g->ensemble, error);
    ensemble_give_up(g->ensemble);
    return heard;
}

bool et_tracker_group_on_gpu(const et_tracker_group *g)
{
    return ensemble_on_device(g->ensemble);
}

void et_tracker_group_destroy(et_tracker_group *g)
{
    if (!g) return;
    for (size_t i = 0; i < g->streams && g->tracker; i++) et_tracker_destroy(g->tracker[i]);
    ensemble_destroy(g->ensemble);
    group_ear_destroy(g->ear);
    free(g->tracker);
    free(g);
}
