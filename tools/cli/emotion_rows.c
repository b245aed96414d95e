#include "cli/emotion_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/text.h"

void emotion_header(FILE *stream, row_format format, bool with_file)
{
    if (format == ROWS_CSV)
        fprintf(stream, "%stime_s,valence,arousal,context_s,level_dbfs,flags\n", with_file ? "file," : "");
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

void emotion_row(FILE *stream, row_format format, const char *file, const et_emotion *e)
{
    char flags[EMOTION_FLAGS_ROOM], valence[16], arousal[16];
    const char *absent = format == ROWS_CSV ? "" : "null";
    emotion_flag_names(flags, e->flags);
    const char *v = dimension(valence, e->valence, absent), *a = dimension(arousal, e->arousal, absent);
    double level = (double)e->level_dbfs, context = (double)e->context_s;
    if (format == ROWS_CSV) {
        if (file) text_write_csv(stream, file), fputc(',', stream);
        fprintf(stream, "%.3f,%s,%s,%.2f,%.2f,%s\n", e->time_s, v, a, context, level, flags);
        return;
    }
    fputc('{', stream);
    if (file) fputs("\"file\":", stream), text_write_json(stream, file), fputc(',', stream);
    fprintf(stream,
            "\"time_s\":%.3f,\"valence\":%s,\"arousal\":%s,\"context_s\":%.2f,\"level_dbfs\":%.2f,\"flags\":\"%s\"}\n",
            e->time_s, v, a, context, level, flags);
}
