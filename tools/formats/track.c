#include "formats/track.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/room.h"

#define LEAST_S 1.0 /* a word that is there for less is none of its own */

void track_add(track *t, const et_emotion *emotion)
{
    et_emotion *rows = room_for_one_more(t->rows, t->count, sizeof *rows);
    t->incomplete |= rows == NULL;
    if (rows == NULL) return;
    t->rows = rows;
    t->rows[t->count++] = *emotion;
}

void track_free(track *t)
{
    free(t->rows);
    *t = (track){0};
}

static double begin_s(const track *t, size_t row)
{
    return row > 0 ? t->rows[row - 1].time_s : 0;
}

/* Stretches of rows with one word, however short. */
static size_t cut(const track *t, const char *(*word)(const et_emotion *), stretch *out)
{
    size_t count = 0;
    for (size_t i = 0; i < t->count; i++) {
        const char *now = word(&t->rows[i]);
        if (count == 0 || strcmp(out[count - 1].word, now) != 0) out[count++] = (stretch){begin_s(t, i), 0, now};
        out[count - 1].to_s = t->rows[i].time_s;
    }
    return count;
}

/* What is too short goes to the one before it. */
static size_t merge(stretch *all, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool small = all[i].to_s - all[i].from_s < LEAST_S - 1e-6;
        if (kept > 0 && (small || strcmp(all[kept - 1].word, all[i].word) == 0))
            all[kept - 1].to_s = all[i].to_s;
        else
            all[kept++] = all[i];
    }
    return kept;
}

size_t track_stretches(const track *t, const char *(*word)(const et_emotion *), stretch **out)
{
    stretch *all = t->count > 0 ? malloc(t->count * sizeof *all) : NULL;
    *out = all;
    if (all == NULL) return 0;
    size_t count = merge(all, cut(t, word, all));
    all[count - 1].to_s = fmax(all[count - 1].to_s, t->duration_s);
    return count;
}

bool track_changes_at(const track *t, size_t row)
{
    const et_emotion *now = &t->rows[row], *before = now - 1;
    return row > 0 && now->context_s < before->context_s - .5f && !((now->flags | before->flags) & ET_FLAG_SILENCE);
}
