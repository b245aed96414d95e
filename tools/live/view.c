#include "live/view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_S 60.0
#define POINT_S .05 /* one point of the history */
#define TRAIL_S 8.0
enum { POINTS = 1200, LEAST_ROWS = 10, LEAST_COLUMNS = 40, WORDS = 5 };

struct live_view {
    et_emotion last;
    bool any;
    et_emotion history[POINTS]; /* the last minute, a ring */
    size_t count;               /* points ever kept */
};

live_view *live_view_create(void)
{
    return calloc(1, sizeof(live_view));
}

void live_view_destroy(live_view *v)
{
    free(v);
}

void live_view_add(live_view *v, const et_emotion *emotion)
{
    const et_emotion *kept = &v->history[(v->count + POINTS - 1) % POINTS];
    if (v->count == 0 || emotion->time_s >= kept->time_s + POINT_S - 1e-6) v->history[v->count++ % POINTS] = *emotion;
    v->last = *emotion;
    v->any = true;
}

static size_t oldest(const live_view *v)
{
    return v->count > POINTS ? v->count - POINTS : 0;
}

/* -1 .. 1 as 0 .. 1 */
static double place(double value)
{
    return .5 + .5 * fmax(-1, fmin(1, value));
}

static void draw_words_of_plane(canvas *c, area frame)
{
    int middle = frame.column + frame.columns / 2, bottom = frame.row + frame.rows - 1,
        right = frame.column + frame.columns - 1;
    canvas_text(c, frame.row, middle - 5, " excited ");
    canvas_text(c, bottom, middle - 3, " calm ");
    canvas_text(c, frame.row + frame.rows / 2, frame.column + 1, "unpleasant ");
    canvas_text(c, frame.row + frame.rows / 2, right - 9, " pleasant");
    canvas_text(c, frame.row + 1, frame.column + 2, "tense");
    canvas_text(c, frame.row + 1, right - 6, "happy");
    canvas_text(c, bottom - 1, frame.column + 2, "sad");
    canvas_text(c, bottom - 1, right - 8, "relaxed");
}

static void draw_plane(const live_view *v, canvas *c, area frame)
{
    area plane = {frame.row + 1, frame.column + 1, frame.rows - 2, frame.columns - 2};
    canvas_frame(c, frame);
    canvas_cross(c, plane);
    draw_words_of_plane(c, frame);
    if (!v->any) return;
    for (size_t i = oldest(v); i < v->count; i++) {
        const et_emotion *e = &v->history[i % POINTS];
        if (e->time_s >= v->last.time_s - TRAIL_S)
            canvas_dot(c, plane, place((double)e->valence), place((double)e->arousal));
    }
    if (isnan(v->last.valence) || isnan(v->last.arousal)) return;
    int column = plane.column + (int)lround(place((double)v->last.valence) * (plane.columns - 1));
    int row = plane.row + (int)lround((1 - place((double)v->last.arousal)) * (plane.rows - 1));
    canvas_sign(c, row, column, 0x25cf, 'O');
}

static double dimension(const et_emotion *e, bool arousal)
{
    return (double)(arousal ? e->arousal : e->valence);
}

static void number_words(char text[16], double value)
{
    if (isnan(value))
        strcpy(text, "--");
    else
        snprintf(text, 16, "%+.2f", value);
}

static void draw_curve(const live_view *v, canvas *c, area frame, bool arousal)
{
    area plot = {frame.row + 1, frame.column + 3, frame.rows - 2, frame.columns - 4};
    area box = {frame.row, frame.column + 2, frame.rows, frame.columns - 2};
    char now[16] = "--";
    canvas_frame(c, box);
    for (int i = 0; i < plot.columns; i++) canvas_sign(c, plot.row + plot.rows / 2, plot.column + i, 0x2504, '-');
    canvas_text(c, plot.row, frame.column, "+1");
    canvas_text(c, plot.row + plot.rows / 2, frame.column + 1, "0");
    canvas_text(c, plot.row + plot.rows - 1, frame.column, "-1");
    if (v->any) number_words(now, dimension(&v->last, arousal));
    canvas_text(c, frame.row, box.column + 2, " %s %s ", arousal ? "arousal" : "valence", now);
    canvas_text(c, frame.row + frame.rows - 1, box.column + box.columns - 14, " last minute ");
    for (size_t i = oldest(v) + 1; i < v->count; i++) {
        const et_emotion *a = &v->history[(i - 1) % POINTS], *b = &v->history[i % POINTS];
        double x0 = 1 - (v->last.time_s - a->time_s) / MINUTE_S, x1 = 1 - (v->last.time_s - b->time_s) / MINUTE_S;
        canvas_stroke(c, plot, x0, place(dimension(a, arousal)), x1, place(dimension(b, arousal)));
    }
}

/* "0:01:23" */
static void clock_words(char text[32], double seconds)
{
    unsigned s = (unsigned)seconds;
    snprintf(text, 32, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

static void draw_title(const live_facts *f, canvas *c)
{
    char time[32];
    clock_words(time, f->heard_s);
    canvas_text(c, 0, 1, "emotrack live   %s   %.40s, %.0f Hz, %u ch", f->model ? f->model : "", f->input ? f->input : "",
                f->rate_hz, f->channels);
    canvas_text(c, 0, canvas_columns(c) - (int)strlen(time) - 10, f->record ? "  * rec  %s " : "         %s ", time);
}

static void draw_level(const live_view *v, canvas *c, int row)
{
    enum { CELLS = 30 };
    double dbfs = v->any ? (double)v->last.level_dbfs : -200;
    int full = (int)lround(fmax(0, fmin(1, 1 + dbfs / 60)) * CELLS);
    canvas_text(c, row, 1, "level   [%*s] %6.1f dBFS", CELLS, "", dbfs);
    for (int i = 0; i < full; i++) canvas_sign(c, row, 10 + i, 0x2588, '#');
    uint32_t flags = v->any ? v->last.flags : 0;
    canvas_text(c, row, 57, "%s%s%s", flags & ET_FLAG_SILENCE ? "SILENCE " : "", flags & ET_FLAG_CLIPPED ? "CLIPPED " : "",
                flags & ET_FLAG_LOST ? "LOST" : "");
}

static void draw_facts(const live_view *v, const live_facts *f, canvas *c, int row)
{
    char valence[16] = "--", arousal[16] = "--";
    if (v->any) number_words(valence, (double)v->last.valence);
    if (v->any) number_words(arousal, (double)v->last.arousal);
    canvas_text(c, row, 1, "valence %s   arousal %s   context %.1f s", valence, arousal,
                v->any ? (double)v->last.context_s : 0);
    draw_level(v, c, row + 1);
    canvas_text(c, row + 2, 1, "latency %.1f ms device+buffer, %.2f computing, p99 %.1f; look-ahead %.0f ms",
                f->buffer_s * 1e3, f->computing_s * 1e3, f->worst_s * 1e3, f->look_ahead_s * 1e3);
    canvas_text(c, row + 3, 1, "lost    %llu frames in %llu overruns", (unsigned long long)f->lost,
                (unsigned long long)f->overruns);
    if (f->message != NULL)
        canvas_text(c, row + 4, 1, "%s", f->message);
    else
        canvas_text(c, row + 4, 1, "q or Ctrl-C ends");
}

void live_view_draw(const live_view *v, const live_facts *facts, canvas *c)
{
    int rows = canvas_rows(c), columns = canvas_columns(c);
    draw_title(facts, c);
    if (rows < LEAST_ROWS || columns < LEAST_COLUMNS) {
        draw_facts(v, facts, c, 1);
        return;
    }
    int picture = rows - 1 - WORDS, left = columns / 2 - 1, upper = picture / 2;
    draw_plane(v, c, (area){1, 1, picture, left - 1});
    draw_curve(v, c, (area){1, left + 1, upper, columns - left - 2}, false);
    draw_curve(v, c, (area){1 + upper, left + 1, picture - upper, columns - left - 2}, true);
    draw_facts(v, facts, c, rows - WORDS);
}
