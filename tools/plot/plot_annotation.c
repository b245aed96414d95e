#include "plot/plot_annotation.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "plot/chart.h"

enum { PAGE_WIDTH = 1000, PAGE_HEIGHT = 380 };

/* The rows as columns, which is what a chart wants. */
typedef struct columns {
    double *time, *valence, *arousal;
} columns;

static bool columns_from(columns *c, const et_emotion *rows, size_t count)
{
    double *all = malloc(3 * count * sizeof *all);
    if (all == NULL) return false;
    *c = (columns){all, all + count, all + 2 * count};
    for (size_t i = 0; i < count; i++) {
        c->time[i] = rows[i].time_s;
        c->valence[i] = rows[i].valence;
        c->arousal[i] = rows[i].arousal;
    }
    return true;
}

static void draw_waveform(chart *page, const chart_axes *axes, const envelope *sound)
{
    double x[ENVELOPE_BINS], low[ENVELOPE_BINS], high[ENVELOPE_BINS];
    double bin_s = (double)sound->frames_per_bin / sound->rate_hz;
    for (size_t i = 0; i < sound->bins; i++) {
        x[i] = fmin(((double)i + 0.5) * bin_s, axes->x_high);
        low[i] = fmax(sound->low[i], -1);
        high[i] = fmin(sound->high[i], 1);
    }
    chart_area(page, axes, x, low, high, sound->bins, "#e4e4e4");
}

/* One band for each stretch of rows that carry the flag. */
static void draw_flag(chart *page, const chart_axes *axes, const et_emotion *rows, size_t count, uint32_t flag,
                      const char *color)
{
    for (size_t i = 0; i < count; i++) {
        if (!(rows[i].flags & flag)) continue;
        double from = i > 0 ? rows[i - 1].time_s : 0;
        while (i + 1 < count && (rows[i + 1].flags & flag)) i++;
        chart_band(page, axes, from, rows[i].time_s, color, 0.35);
    }
}

static void draw_flags(chart *page, const chart_axes *axes, const et_emotion *rows, size_t count)
{
    static const struct {
        uint32_t flag;
        const char *name, *color;
    } shades[] = {
        {ET_FLAG_SILENCE, "silence", "#9db8cc"}, {ET_FLAG_CLIPPED, "clipped", "#d9a0a0"}, {ET_FLAG_LOST, "lost", "#777777"}};
    uint32_t seen = 0;
    for (size_t i = 0; i < count; i++) seen |= rows[i].flags;
    double x = axes->left + 240;
    for (size_t i = 0; i < sizeof shades / sizeof *shades; i++) {
        if (!(seen & shades[i].flag)) continue;
        draw_flag(page, axes, rows, count, shades[i].flag, shades[i].color);
        chart_legend(page, x, PAGE_HEIGHT - 10, &(chart_style){shades[i].color, 9, NULL, 0.5}, shades[i].name);
        x += 110;
    }
}

/* In the colours of the curves, as points joined by a thin line. */
static void draw_ratings(chart *page, const chart_axes *axes, const plot_ratings *own)
{
    const double *dimensions[2] = {own->valence, own->arousal};
    const chart_style *styles[2] = {&chart_valence, &chart_arousal};
    for (int k = 0; k < 2; k++) {
        chart_style thin = {styles[k]->color, 1, "1.5 2.5", .9}, point = {styles[k]->color, 4, NULL, .9};
        chart_curve(page, axes, own->time_s, dimensions[k], own->count, &thin);
        chart_points(page, axes, own->time_s, dimensions[k], own->count, &point);
    }
    chart_legend(page, axes->left + axes->width - 70, PAGE_HEIGHT - 10, &chart_label, "rated");
}

static void draw_curves(chart *page, const char *title, const columns *c, const et_emotion *rows, size_t count,
                        const envelope *sound, const plot_ratings *own)
{
    double end = fmax(c->time[count - 1], (double)sound->frames / sound->rate_hz);
    chart_axes axes = {.left = 60,
                       .top = 34,
                       .width = 590,
                       .height = 276,
                       .x_low = 0,
                       .x_high = end,
                       .y_low = -1,
                       .y_high = 1,
                       .title = title,
                       .x_label = "time (s)"};
    draw_waveform(page, &axes, sound);
    draw_flags(page, &axes, rows, count);
    chart_draw_axes(page, &axes);
    chart_curve(page, &axes, c->time, c->valence, count, &chart_valence);
    chart_curve(page, &axes, c->time, c->arousal, count, &chart_arousal);
    if (own != NULL) draw_ratings(page, &axes, own);
    chart_legend(page, axes.left, PAGE_HEIGHT - 10, &chart_valence, "valence");
    chart_legend(page, axes.left + 110, PAGE_HEIGHT - 10, &chart_arousal, "arousal");
}

static void draw_plane(chart *page, const columns *c, size_t count)
{
    chart_axes axes = {.left = 710,
                       .top = 34,
                       .width = 276,
                       .height = 276,
                       .x_low = -1,
                       .x_high = 1,
                       .y_low = -1,
                       .y_high = 1,
                       .x_label = "valence",
                       .y_label = "arousal"};
    chart_draw_axes(page, &axes);
    chart_curve(page, &axes, (double[]){-1, 1}, (double[]){0, 0}, 2, &chart_faint);
    chart_curve(page, &axes, (double[]){0, 0}, (double[]){-1, 1}, 2, &chart_faint);
    chart_curve(page, &axes, c->valence, c->arousal, count, &(chart_style){"#444444", 1.2, NULL, 0.8});
    chart_points(page, &axes, c->valence, c->arousal, 1, &(chart_style){"#999999", 9, NULL, 1});
    chart_points(page, &axes, c->valence + count - 1, c->arousal + count - 1, 1, &(chart_style){"#111111", 9, NULL, 1});
    chart_legend(page, axes.left, PAGE_HEIGHT - 10, &(chart_style){"#999999", 7, NULL, 1}, "start");
    chart_legend(page, axes.left + 110, PAGE_HEIGHT - 10, &(chart_style){"#111111", 7, NULL, 1}, "end");
}

et_status plot_annotation(const char *path, const char *title, const et_emotion *rows, size_t count, const envelope *sound,
                          const plot_ratings *own, et_error *error)
{
    if (count == 0) return error_set(error, ET_ERROR_ARGUMENT, "%s: nothing to draw: the sound gave no answer", path);
    columns c;
    if (!columns_from(&c, rows, count)) return error_set(error, ET_ERROR_MEMORY, "%s: out of memory", path);
    chart *page;
    et_status status = chart_create(&page, path, PAGE_WIDTH, PAGE_HEIGHT, error);
    if (status == ET_OK) {
        draw_curves(page, title, &c, rows, count, sound, own);
        draw_plane(page, &c, count);
        status = chart_save(page, error);
    }
    free(c.time);
    return status;
}
