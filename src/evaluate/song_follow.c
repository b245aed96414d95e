#include "evaluate/song_follow.h"

#include <stdlib.h>

#include "base/error.h"
#include "evaluate/evaluation.h"

et_status song_remember(const song *s, const network *net, const memory_constants *constants, const float *deviation,
                        song_listener *tell, void *user, et_error *error)
{
    float row[REMEMBERED_MOST];
    memory *m = NULL;
    et_status status = memory_create(&m, constants, net, deviation, network_configuration(net)->frame_step_s, error);
    for (int k = 0; k < s->rows && !status; k++) {
        if (k == s->row_first) memory_reset(m);
        memory_push(m, s->row + (size_t)k * ROW_WIDTH, false, row);
        tell(user, k, row);
    }
    memory_destroy(m);
    return status;
}

int song_row_at(const song *s, double time_s, int from)
{
    while (from + 1 < s->rows && row_end_s(from + 1) <= time_s + 1e-6) from++;
    return from;
}

typedef struct following {
    const song *song;
    const network *net;
    network_work *work;
    float *slots;
    song_follower *tell;
    void *user;
} following;

/* Frames of the window that ends at row k; the earliest of the song stands for what was before. */
static void window_at(const following *f, int k, const float **window)
{
    int frames = network_configuration(f->net)->window, first = k < f->song->row_first ? 0 : f->song->row_first;
    for (int i = 0; i < frames; i++) {
        int at = k - (frames - 1 - i);
        window[i] = f->slots + (size_t)(at < first ? first : at) * network_slot_size(f->net);
    }
}

static void follow_row(void *user, int k, const float *row)
{
    following *f = user;
    float answer[TARGETS];
    const float *window[WINDOW_MOST];
    network_frame(f->net, f->work, row, f->slots + (size_t)k * network_slot_size(f->net));
    window_at(f, k, window);
    network_windows(f->net, f->work, window, 1, answer);
    f->tell(f->user, k, row, answer);
}

et_status song_follow(const struct et_model *model, int member, const song *s, song_follower *tell, void *user,
                      et_error *error)
{
    const network *net = model->member[member];
    following f = {.song = s, .net = net, .tell = tell, .user = user};
    f.slots = malloc((size_t)s->rows * network_slot_size(net) * sizeof *f.slots + 1);
    et_status status =
        f.slots ? network_work_create(&f.work, net, 1, error) : error_set(error, ET_ERROR_MEMORY, "no memory for %s", s->id);
    if (!status) status = song_remember(s, net, &model->memory, model->memory_deviation, follow_row, &f, error);
    network_work_destroy(f.work);
    free(f.slots);
    return status;
}
