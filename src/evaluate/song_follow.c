#include "evaluate/song_follow.h"

#include <stdlib.h>

#include "base/error.h"
#include "track/memory.h"

/* Frames of the window that ends at row k; the earliest of the song stands for what was before. */
static void window_at(const song *s, const network *net, const float *slots, int k, const float **window)
{
    int frames = network_configuration(net)->window, first = k < s->row_first ? 0 : s->row_first;
    for (int i = 0; i < frames; i++) {
        int at = k - (frames - 1 - i);
        window[i] = slots + (size_t)(at < first ? first : at) * network_slot_size(net);
    }
}

et_status song_follow(const struct et_model *model, int member, const song *s, song_follower *tell, void *user,
                      et_error *error)
{
    const network *net = model->member[member];
    network_work *work = NULL;
    memory *m = NULL;
    size_t slot = network_slot_size(net);
    float *slots = malloc((size_t)s->rows * slot * sizeof *slots + 1), row[REMEMBERED_MOST], answer[TARGETS];
    const float *window[WINDOW_MOST];
    et_status status =
        slots ? network_work_create(&work, net, 1, error) : error_set(error, ET_ERROR_MEMORY, "no memory for %s", s->id);
    if (!status)
        status =
            memory_create(&m, &model->memory, net, model->memory_deviation, network_configuration(net)->frame_step_s, error);
    for (int k = 0; k < s->rows && !status; k++) {
        if (k == s->row_first) memory_reset(m);
        memory_push(m, s->row + (size_t)k * ROW_WIDTH, false, row);
        network_frame(net, work, row, slots + (size_t)k * slot);
        window_at(s, net, slots, k, window);
        network_windows(net, work, window, 1, answer);
        tell(user, k, row, answer);
    }
    memory_destroy(m);
    network_work_destroy(work);
    free(slots);
    return status;
}
