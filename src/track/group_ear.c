#include "track/group_ear.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "track/tracker.h"

/* A batch of the call that is being gathered. */
typedef struct place {
    et_tracker *tracker;
    int batch;
} place;

struct group_ear {
    const ear_backend *device;
    backend_ear *there; /* NULL: the CPU has taken over */
    bool take_over;
    int gathered;
    place *place;     /* there->most */
    et_status status; /* of the device, which nobody takes over from */
};

et_status group_ear_create(group_ear **out, const ear_backend *device, const ear_weights *weights, size_t streams,
                           bool take_over, et_error *error)
{
    *out = NULL;
    group_ear *g = calloc(1, sizeof *g);
    if (!g) return error_set(error, ET_ERROR_MEMORY, "no memory for the ears of %zu streams", streams);
    g->device = device;
    g->take_over = take_over;
    et_status status = device->create(&g->there, weights, (int)streams, error);
    if (status == ET_OK) g->place = calloc((size_t)g->there->most, sizeof *g->place);
    if (status == ET_OK && !g->place)
        status = error_set(error, ET_ERROR_MEMORY, "no memory for the ears of %zu streams", streams);
    if (status != ET_OK) {
        group_ear_destroy(g);
        return status;
    }
    *out = g;
    return ET_OK;
}

void group_ear_destroy(group_ear *g)
{
    if (!g) return;
    if (g->there) g->device->destroy(g->there);
    free(g->place);
    free(g);
}

static void hear_here(place p)
{
    ear_hear(tracker_late_ear(p.tracker), p.batch, tracker_late_row(p.tracker, p.batch));
}

static void take_over(group_ear *g)
{
    g->device->destroy(g->there);
    g->there = NULL;
    for (int i = 0; i < g->gathered; i++) hear_here(g->place[i]);
}

static void run_gathered(group_ear *g, et_error *error)
{
    if (g->gathered == 0) return;
    et_status status = g->device->run(g->there, g->gathered, g->take_over ? NULL : error);
    for (int i = 0; i < g->gathered && status == ET_OK; i++)
        memcpy(tracker_late_row(g->place[i].tracker, g->place[i].batch), g->there->rows[i], sizeof g->there->rows[i]);
    if (status != ET_OK && g->take_over) take_over(g);
    if (status != ET_OK && !g->take_over) g->status = status;
    g->gathered = 0;
}

static void gather(group_ear *g, place p, et_error *error)
{
    if (g->status != ET_OK) return;
    if (!g->there) {
        hear_here(p);
        return;
    }
    int i = g->gathered++;
    g->place[i] = p;
    g->there->known[i] = ear_window(tracker_late_ear(p.tracker), p.batch, g->there->windows[i]);
    if (g->gathered == g->there->most) run_gathered(g, error);
}

et_status group_ear_run(group_ear *g, et_tracker *const *tracker, size_t streams, et_error *error)
{
    if (g->status != ET_OK)
        error_set(error, g->status, "cuda: the GPU that heard these streams has failed; try --device cpu");
    for (size_t s = 0; s < streams; s++)
        for (int batch = 0; batch < ear_waiting(tracker_late_ear(tracker[s])); batch++)
            gather(g, (place){tracker[s], batch}, error);
    run_gathered(g, error);
    for (size_t s = 0; s < streams; s++) tracker_late_understand(tracker[s]);
    return g->status;
}
