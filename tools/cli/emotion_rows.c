#include "cli/emotion_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/text.h"

static const struct {
    const char *asked;
    unsigned bit;
    const char *columns[2];
} more_columns[] = {{"error", COLUMN_ERROR, {"valence_error", "arousal_error"}},
                    {"key", COLUMN_KEY, {"key"}},
                    {"mode", COLUMN_MODE, {"mode"}},
                    {"tempo", COLUMN_TEMPO, {"tempo"}},
                    {"pulse", COLUMN_PULSE, {"pulse"}}};

enum { MORE = sizeof more_columns / sizeof *more_columns, TEXT_SIZE = 24 };

unsigned emotion_columns(const char *text)
{
    unsigned columns = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        unsigned found = 0;
        for (int i = 0; i < MORE; i++)
            if (strlen(more_columns[i].asked) == length && memcmp(more_columns[i].asked, at, length) == 0)
                found = more_columns[i].bit;
        if (!found) return 0;
        columns |= found;
        at += length;
        if (*at == '\0') return columns;
    }
}

et_status emotion_columns_known(const et_model *model, unsigned columns, et_error *error)
{
    if (!(columns & COLUMN_ERROR) || et_model_error(model, 1, NULL, NULL)) return ET_OK;
    return error_set(error, ET_ERROR_UNSUPPORTED,
                     "%s: this model does not know its usual errors; leave out --columns error, or take one that does",
                     et_model_name(model));
}

void emotion_header(FILE *stream, row_format format, bool with_file, unsigned columns)
{
    if (format != ROWS_CSV) return;
    fprintf(stream, "%stime_s,valence,arousal,context_s,level_dbfs,flags", with_file ? "file," : "");
    for (int i = 0; i < MORE; i++)
        for (int k = 0; k < 2 && columns & more_columns[i].bit && more_columns[i].columns[k]; k++)
            fprintf(stream, ",%s", more_columns[i].columns[k]);
    fputc('\n', stream);
}

static const struct {
    uint32_t flag;
    const char *name;
} names[] = {{ET_FLAG_SILENCE, "silence"}, {ET_FLAG_CLIPPED, "clipped"}, {ET_FLAG_LOST, "lost"}, {EMOTION_MARK, "mark"}};

uint32_t emotion_flags(const char *text)
{
    uint32_t flags = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strstr(text, names[i].name)) flags |= names[i].flag;
    return flags;
}

void emotion_flag_names(char text[EMOTION_FLAGS_ROOM], uint32_t flags)
{
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(flags & names[i].flag)) continue;
        if (text[0]) strcat(text, "+");
        strcat(text, names[i].name);
    }
}

/* Six decimals of a number in [-1, 1]; a dimension that the model does not answer is empty in CSV and null in JSON. */
static const char *dimension(char text[16], float value, const char *absent)
{
    if (isnan(value)) return absent;
    snprintf(text, 16, "%.6f", value == 0 ? 0.0 : (double)value);
    return text;
}

/* What a further column says; empty: nothing is known. */
static void more_text(char text[TEXT_SIZE], const emotion_more *more, unsigned bit, int k)
{
    const et_harmony *h = &more->harmony;
    text[0] = '\0';
    if (bit == COLUMN_ERROR && !isnan(more->error[k])) snprintf(text, TEXT_SIZE, "%.3f", (double)more->error[k]);
    if (bit == COLUMN_KEY) snprintf(text, TEXT_SIZE, "%s", et_key_name(h->key));
    if (bit == COLUMN_MODE && h->key >= 0) snprintf(text, TEXT_SIZE, "%.3f", (double)h->majorness);
    if (bit == COLUMN_TEMPO && h->tempo_bpm > 0) snprintf(text, TEXT_SIZE, "%.1f", (double)h->tempo_bpm);
    if (bit == COLUMN_PULSE) snprintf(text, TEXT_SIZE, "%.3f", (double)h->pulse);
}

static void write_more(FILE *stream, row_format format, const emotion_more *more)
{
    for (int i = 0; i < MORE; i++)
        for (int k = 0; k < 2 && more->columns & more_columns[i].bit && more_columns[i].columns[k]; k++) {
            char text[TEXT_SIZE];
            more_text(text, more, more_columns[i].bit, k);
            if (format == ROWS_CSV)
                fprintf(stream, ",%s", text);
            else if (text[0] && more_columns[i].bit == COLUMN_KEY)
                fprintf(stream, ",\"key\":\"%s\"", text);
            else
                fprintf(stream, ",\"%s\":%s", more_columns[i].columns[k], text[0] ? text : "null");
        }
}

void emotion_row(FILE *stream, row_format format, const char *file, const et_emotion *e, const emotion_more *more)
{
    char flags[EMOTION_FLAGS_ROOM], valence[16], arousal[16];
    const char *absent = format == ROWS_CSV ? "" : "null";
    emotion_flag_names(flags, e->flags);
    const char *v = dimension(valence, e->valence, absent), *a = dimension(arousal, e->arousal, absent);
    double level = (double)e->level_dbfs, context = (double)e->context_s;
    if (format == ROWS_CSV) {
        if (file) text_write_csv(stream, file), fputc(',', stream);
        fprintf(stream, "%.3f,%s,%s,%.2f,%.2f,%s", e->time_s, v, a, context, level, flags);
        if (more) write_more(stream, format, more);
        fputc('\n', stream);
        return;
    }
    fputc('{', stream);
    if (file) fputs("\"file\":", stream), text_write_json(stream, file), fputc(',', stream);
    fprintf(stream, "\"time_s\":%.3f,\"valence\":%s,\"arousal\":%s,\"context_s\":%.2f,\"level_dbfs\":%.2f,\"flags\":\"%s\"",
            e->time_s, v, a, context, level, flags);
    if (more) write_more(stream, format, more);
    fputs("}\n", stream);
}
