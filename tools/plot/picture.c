#include "plot/picture.h"

#include <stdlib.h>

#include "base/error.h"

struct picture {
    envelope sound;
    et_emotion *rows;
    size_t count, room;
};

et_status picture_create(picture **out, double rate_hz, et_error *error)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) return error_set(error, ET_ERROR_MEMORY, "no memory for the picture");
    envelope_begin(&(*out)->sound, rate_hz);
    return ET_OK;
}

void picture_destroy(picture *p)
{
    if (p == NULL) return;
    free(p->rows);
    free(p);
}

void picture_sound(picture *p, const float *samples, size_t frames, unsigned channels)
{
    envelope_push(&p->sound, samples, frames, channels);
}

void picture_answer(picture *p, const et_emotion *emotion)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 1024;
        et_emotion *rows = realloc(p->rows, room * sizeof *rows);
        if (rows == NULL) return;
        p->rows = rows;
        p->room = room;
    }
    p->rows[p->count++] = *emotion;
}

et_status picture_save(const picture *p, const char *path, const char *title, const plot_ratings *own, et_error *error)
{
    return plot_annotation(path, title, p->rows, p->count, &p->sound, own, error);
}
