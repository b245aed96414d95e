#include "cli/feature_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/text.h"

struct feature_rows {
    FILE *stream;
    feature_layout layout;
    const char *file, *music_id;
    double hop_s;
    functionals *window;
    int64_t frames;
    float recent[FUNCTIONAL_WINDOW][DESCRIPTOR_ROW]; /* ring by frame number, for the short last window */
};

void feature_header(FILE *stream, feature_layout layout, bool with_file)
{
    if (layout == LAYOUT_PMEMO) {
        fputs("musicId,frameTime", stream);
        for (int i = 0; i < DESCRIPTOR_ROW; i++) fprintf(stream, ",%s_mean", descriptor_name(i));
        for (int i = 0; i < DESCRIPTOR_ROW; i++) fprintf(stream, ",%s_std", descriptor_name(i));
    } else {
        int columns = layout == LAYOUT_FRAMES ? DESCRIPTOR_ROW : FUNCTIONAL_COUNT;
        fputs(with_file ? "file;frameTime" : "frameTime", stream);
        for (int i = 0; i < columns; i++)
            fprintf(stream, ";%s", layout == LAYOUT_FRAMES ? descriptor_name(i) : functional_name(i));
    }
    fputc('\n', stream);
}

et_status feature_rows_create(feature_rows **out, FILE *stream, feature_layout layout, const char *file,
                              const char *music_id, double hop_s, et_error *error)
{
    feature_rows *f = calloc(1, sizeof *f);
    if (!f) return error_set(error, ET_ERROR_MEMORY, "no memory for rows of features");
    et_status status = functionals_create(&f->window, error);
    if (status != ET_OK) {
        free(f);
        return status;
    }
    f->stream = stream;
    f->layout = layout;
    f->file = file;
    f->music_id = music_id;
    f->hop_s = hop_s;
    *out = f;
    return ET_OK;
}

void feature_rows_destroy(feature_rows *f)
{
    if (!f) return;
    functionals_destroy(f->window);
    free(f);
}

/* Two decimals are enough at 44.1 kHz; other rates have hops that are no whole number of milliseconds. */
static void write_time(feature_rows *f, int64_t frame)
{
    double time = (double)frame * f->hop_s, tenths = time * 10;
    if (f->layout != LAYOUT_FRAMES && fabs(tenths - round(tenths)) < 1e-6)
        fprintf(f->stream, "%.1f", time);
    else
        fprintf(f->stream, "%.6f", time);
}

static void write_window(feature_rows *f, int64_t first_frame)
{
    float row[FUNCTIONAL_COUNT];
    functionals_get(f->window, row);
    if (f->layout == LAYOUT_PMEMO) {
        text_write_csv(f->stream, f->music_id);
        fputc(',', f->stream);
        write_time(f, first_frame);
        for (int d = 0; d < DESCRIPTOR_ROW; d++) fprintf(f->stream, ",%.9g", (double)row[functional_mean(d)]);
        for (int d = 0; d < DESCRIPTOR_ROW; d++) fprintf(f->stream, ",%.9g", (double)row[functional_stddev(d)]);
    } else {
        if (f->file) text_write_csv(f->stream, f->file), fputc(';', f->stream);
        write_time(f, first_frame);
        for (int i = 0; i < FUNCTIONAL_COUNT; i++) fprintf(f->stream, ";%.9g", (double)row[i]);
    }
    fputc('\n', f->stream);
}

static void write_frame(feature_rows *f, const float *frame)
{
    if (f->file) text_write_csv(f->stream, f->file), fputc(';', f->stream);
    write_time(f, f->frames);
    for (int i = 0; i < DESCRIPTOR_ROW; i++) fprintf(f->stream, ";%.9g", (double)frame[i]);
    fputc('\n', f->stream);
}

void feature_rows_push(feature_rows *f, const float frame[DESCRIPTOR_ROW])
{
    if (f->layout == LAYOUT_FRAMES) {
        write_frame(f, frame);
        f->frames++;
        return;
    }
    memcpy(f->recent[f->frames % FUNCTIONAL_WINDOW], frame, sizeof f->recent[0]);
    functionals_push(f->window, frame);
    f->frames++;
    if (f->frames >= FUNCTIONAL_WINDOW && f->frames % FUNCTIONAL_HOP == 0) write_window(f, f->frames - FUNCTIONAL_WINDOW);
}

void feature_rows_end(feature_rows *f)
{
    if (f->layout != LAYOUT_PMEMO) return;
    int64_t first = f->frames / FUNCTIONAL_HOP * FUNCTIONAL_HOP - FUNCTIONAL_HOP;
    if (first < 0) return;
    functionals_reset(f->window);
    for (int64_t i = first; i < f->frames; i++) functionals_push(f->window, f->recent[i % FUNCTIONAL_WINDOW]);
    write_window(f, first);
}
