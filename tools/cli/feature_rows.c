#include "cli/feature_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/shortest_float.h"
#include "cli/text.h"
#include "features/functionals.h"

enum { FRAME_HOPS_BEYOND = 5 /* a window's last frame of 60 ms begins 10 ms before the window's end */ };

struct feature_rows {
    FILE *stream;
    const feature_form *form;
    const char *file, *music_id;
    double hop_s;
    functionals *window;
    int64_t frames, hops, newest_hop;
    float recent[FUNCTIONAL_WINDOW][DESCRIPTOR_ROW]; /* ring by frame number, for the short last window */
    float row[ROW_WIDTH];
    float *array; /* of a NumPy file: all rows */
    size_t count, room;
    char line[(ROW_WIDTH + 1) * (SHORTEST_FLOAT_MOST + 1)];
};

/* Columns of a row of families, and then of their tails. */
static bool is_wanted(const feature_form *form, int column)
{
    return form->families & 1u << row_family(column);
}

static void family_names(FILE *stream, const feature_form *form)
{
    char name[ROW_NAME_SIZE];
    for (int c = 0; c < ROW_WIDTH; c++) {
        if (!is_wanted(form, c)) continue;
        row_column_name(c, name);
        fprintf(stream, ";%s", name);
    }
}

void feature_header(FILE *stream, const feature_form *form, bool with_file)
{
    if (form->npy) return;
    if (form->layout == LAYOUT_PMEMO) {
        fputs("musicId,frameTime", stream);
        for (int i = 0; i < DESCRIPTOR_ROW; i++) fprintf(stream, ",%s_mean", descriptor_name(i));
        for (int i = 0; i < DESCRIPTOR_ROW; i++) fprintf(stream, ",%s_std", descriptor_name(i));
    } else {
        fputs(with_file ? "file;frameTime" : "frameTime", stream);
        if (form->layout == LAYOUT_FRAMES)
            for (int i = 0; i < DESCRIPTOR_ROW; i++) fprintf(stream, ";%s", descriptor_name(i));
        else
            family_names(stream, form);
    }
    fputc('\n', stream);
}

et_status feature_rows_create(feature_rows **out, FILE *stream, const feature_form *form, const char *file,
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
    f->form = form;
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
    free(f->array);
    free(f);
}

/* ---- one row ----------------------------------------------------------------------------------------------------------- */

/* Two decimals are enough at 44.1 kHz; other rates have hops that are no whole number of milliseconds. */
static void write_time(feature_rows *f, int64_t frame)
{
    double time = (double)frame * f->hop_s, tenths = time * 10;
    if (f->form->layout != LAYOUT_FRAMES && fabs(tenths - round(tenths)) < 1e-6)
        fprintf(f->stream, "%.1f", time);
    else
        fprintf(f->stream, "%.6f", time);
}

static bool keep(feature_rows *f, const float *value, int count)
{
    if (f->count + (size_t)count > f->room) {
        size_t room = 2 * f->room + (size_t)count * 64;
        float *more = realloc(f->array, room * sizeof *more);
        if (!more) return false;
        f->array = more, f->room = room;
    }
    memcpy(f->array + f->count, value, (size_t)count * sizeof *value);
    f->count += (size_t)count;
    return true;
}

static bool write_row(feature_rows *f, int64_t first_frame, const float *value, int count)
{
    char separator = f->form->layout == LAYOUT_PMEMO ? ',' : ';', *to = f->line;
    if (f->form->npy) return keep(f, value, count);
    const char *name = f->form->layout == LAYOUT_PMEMO ? f->music_id : f->file;
    if (name) text_write_csv(f->stream, name), fputc(separator, f->stream);
    write_time(f, first_frame);
    for (int i = 0; i < count; i++) {
        *to++ = separator;
        to = shortest_float(to, value[i]);
    }
    *to++ = '\n';
    fwrite(f->line, 1, (size_t)(to - f->line), f->stream);
    return true;
}

static bool write_means(feature_rows *f, int64_t first_frame, const float row[FUNCTIONAL_COUNT])
{
    float ordered[FUNCTIONAL_COUNT];
    for (int d = 0; d < DESCRIPTOR_ROW; d++) {
        ordered[d] = row[functional_mean(d)];
        ordered[DESCRIPTOR_ROW + d] = row[functional_stddev(d)];
    }
    return write_row(f, first_frame, ordered, FUNCTIONAL_COUNT);
}

static bool write_families(feature_rows *f, int64_t first_frame)
{
    float wanted[ROW_WIDTH];
    int count = 0;
    for (int c = 0; c < ROW_WIDTH; c++)
        if (is_wanted(f->form, c)) wanted[count++] = f->row[c];
    return write_row(f, first_frame, wanted, count);
}

static bool write_window(feature_rows *f, int64_t first_frame)
{
    functionals_get(f->window, f->row);
    return f->form->layout == LAYOUT_PMEMO ? write_means(f, first_frame, f->row) : write_families(f, first_frame);
}

/* ---- all rows ---------------------------------------------------------------------------------------------------------- */

static bool completes(int64_t frames)
{
    return frames >= FUNCTIONAL_WINDOW && frames % FUNCTIONAL_HOP == 0;
}

static bool push_frame(feature_rows *f, const float frame[DESCRIPTOR_ROW])
{
    if (f->form->layout == LAYOUT_FRAMES) return write_row(f, f->frames++, frame, DESCRIPTOR_ROW);
    memcpy(f->recent[f->frames++ % FUNCTIONAL_WINDOW], frame, sizeof f->recent[0]);
    functionals_push(f->window, frame);
    return !completes(f->frames) || write_window(f, f->frames - FUNCTIONAL_WINDOW);
}

/* The descriptors' look-ahead is less than the half second between rows: the other families' columns wait for them in `row`. */
static bool push_hop(feature_rows *f, const feature_stream *sound)
{
    f->hops++;
    if (!completes(f->hops - FRAME_HOPS_BEYOND)) return true;
    feature_stream_columns(sound, f->form->families & ~(unsigned)WITH_DESCRIPTORS, f->row);
    if (f->form->families & WITH_DESCRIPTORS) return true;
    return write_families(f, f->hops - FRAME_HOPS_BEYOND - FUNCTIONAL_WINDOW);
}

bool feature_rows_next(feature_rows *f, const feature_stream *sound)
{
    const descriptor_row *frame = feature_stream_frame(sound);
    bool is_hop = feature_stream_hop(sound) != f->newest_hop; /* at the end frames come without hops */
    f->newest_hop = feature_stream_hop(sound);
    bool good = !is_hop || push_hop(f, sound);
    return good && (!frame || push_frame(f, frame->value));
}

static bool write_short_window(feature_rows *f)
{
    int64_t first = f->frames / FUNCTIONAL_HOP * FUNCTIONAL_HOP - FUNCTIONAL_HOP;
    if (first < 0) return true;
    functionals_reset(f->window);
    for (int64_t i = first; i < f->frames; i++) functionals_push(f->window, f->recent[i % FUNCTIONAL_WINDOW]);
    return write_window(f, first);
}

static int columns_of(const feature_form *form)
{
    int columns = 0;
    for (int c = 0; c < ROW_WIDTH; c++) columns += is_wanted(form, c);
    return form->layout == LAYOUT_FRAMES ? DESCRIPTOR_ROW : columns;
}

/* NumPy's format 1.0: magic, length of the header, a Python literal padded to 64 bytes, the numbers. */
static void write_array(const feature_rows *f)
{
    enum { PREFIX = 10, ALIGNED = 64 };
    char header[256];
    size_t columns = (size_t)columns_of(f->form);
    int length = snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }",
                          f->count / columns, columns);
    int padded = (PREFIX + length + ALIGNED) / ALIGNED * ALIGNED - PREFIX;
    const unsigned char prefix[PREFIX] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)padded, 0};
    fwrite(prefix, 1, PREFIX, f->stream);
    fprintf(f->stream, "%-*s\n", padded - 1, header);
    if (f->count > 0) fwrite(f->array, sizeof *f->array, f->count, f->stream);
}

bool feature_rows_end(feature_rows *f)
{
    bool good = f->form->layout != LAYOUT_PMEMO || write_short_window(f);
    if (good && f->form->npy) write_array(f);
    return good;
}
