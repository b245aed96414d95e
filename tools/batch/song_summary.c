#include "batch/song_summary.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/emotion_rows.h"
#include "cli/text.h"

enum { HAPPY, TENSE, SAD, RELAXED, QUARTERS };

static const char *const quarter_names[QUARTERS] = {"happy", "tense", "sad", "relaxed"};

static double rounded(double value, double steps)
{
    return rint(value * steps) / steps;
}

static int quarter_of(double valence, double arousal)
{
    if (arousal >= 0) return valence >= 0 ? HAPPY : TENSE;
    return valence >= 0 ? RELAXED : SAD;
}

void song_summary_add(song_summary *s, const et_emotion *row)
{
    song_sums *t = row->flags & ET_FLAG_SILENCE ? &s->silent : &s->heard;
    double v = rounded((double)row->valence, 1e6), a = rounded((double)row->arousal, 1e6);
    t->rows++;
    t->power += pow(10, rounded((double)row->level_dbfs, 100) / 10);
    if (!isnan(v)) t->valence += v, t->valence_square += v * v, t->valence_rows++;
    if (!isnan(a)) t->arousal += a, t->arousal_square += a * a, t->arousal_rows++;
    if (!isnan(v) && !isnan(a)) t->quarter[quarter_of(v, a)]++;
    s->seconds = row->time_s;
    s->flags |= row->flags;
}

et_emotion song_summary_mean(const song_summary *s)
{
    const song_sums *t = s->heard.rows > 0 ? &s->heard : &s->silent;
    return (et_emotion){.valence = t->valence_rows ? (float)(t->valence / (double)t->valence_rows) : NAN,
                        .arousal = t->arousal_rows ? (float)(t->arousal / (double)t->arousal_rows) : NAN,
                        .flags = t == &s->silent ? ET_FLAG_SILENCE : 0};
}

/* ---- rows that are there already -------------------------------------------------------------------------------------- */

enum { TIME, VALENCE, AROUSAL, LEVEL, FLAGS, COLUMNS };

static const char *const column_names[COLUMNS] = {"time_s", "valence", "arousal", "level_dbfs", "flags"};

static void add_texts(song_summary *s, const char *const text[COLUMNS])
{
    et_emotion row = {.flags = emotion_flags(text[FLAGS])};
    const char *v = text[VALENCE], *a = text[AROUSAL];
    row.time_s = strtod(text[TIME], NULL);
    row.valence = *v ? strtof(v, NULL) : NAN;
    row.arousal = *a ? strtof(a, NULL) : NAN;
    row.level_dbfs = strtof(text[LEVEL], NULL);
    song_summary_add(s, &row);
}

/* Fields of our own CSV, whose numbers and flags are never quoted. @return their number */
static int split(char *line, char *fields[64])
{
    int count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *field; count < 64 && (field = strsep(&line, ","));) fields[count++] = field;
    return count;
}

static bool add_csv_line(song_summary *s, char *line, int place[COLUMNS], bool head)
{
    char *fields[64];
    const char *text[COLUMNS];
    int count = split(line, fields);
    for (int c = 0; c < COLUMNS; c++) {
        for (int i = 0; head && i < count; i++)
            if (strcmp(fields[i], column_names[c]) == 0) place[c] = i;
        if (place[c] < 0 || place[c] >= count) return false;
        text[c] = fields[place[c]];
    }
    if (!head) add_texts(s, text);
    return true;
}

static bool add_json_line(song_summary *s, const char *line)
{
    char room[COLUMNS][32];
    const char *text[COLUMNS];
    json_t *o = json_loads(line, 0, NULL);
    for (int c = 0; c < COLUMNS; c++) {
        const json_t *value = json_object_get(o, column_names[c]);
        room[c][0] = '\0';
        if (json_is_number(value)) snprintf(room[c], sizeof room[c], "%.9g", json_number_value(value));
        if (json_is_string(value)) snprintf(room[c], sizeof room[c], "%s", json_string_value(value));
        text[c] = room[c];
    }
    bool good = json_is_object(o);
    json_decref(o);
    if (good) add_texts(s, text);
    return good;
}

et_status song_summary_read(song_summary *s, const char *path, bool json, et_error *error)
{
    FILE *file = fopen(path, "re");
    if (!file) return error_set(error, ET_ERROR_FILE, "%s: cannot be read: %s", path, strerror(errno));
    char *line = NULL;
    size_t room = 0;
    int place[COLUMNS] = {-1, -1, -1, -1, -1};
    bool good = true;
    for (long number = 0; good && getline(&line, &room, file) >= 0; number++)
        good = json ? add_json_line(s, line) : add_csv_line(s, line, place, number == 0);
    free(line);
    fclose(file);
    return good ? ET_OK : error_set(error, ET_ERROR_FORMAT, "%s: not rows of annotate", path);
}

/* ---- writing ---------------------------------------------------------------------------------------------------------- */

void song_summary_header(FILE *stream)
{
    fputs("file,seconds,rows,valence_mean,valence_deviation,arousal_mean,arousal_deviation,quarter,happy,tense,sad,relaxed,"
          "level_dbfs,flags,error\n",
          stream);
}

static void write_moments(FILE *stream, double sum, double square, long rows)
{
    if (rows == 0) {
        fputs(",,", stream);
        return;
    }
    double mean = sum / (double)rows, variance = square / (double)rows - mean * mean;
    fprintf(stream, ",%.6f,%.6f", mean + 0.0, sqrt(variance > 0 ? variance : 0));
}

void song_summary_row(FILE *stream, const char *file, const song_summary *s, const char *error)
{
    const song_sums *t = s->heard.rows > 0 ? &s->heard : &s->silent;
    char flags[EMOTION_FLAGS_ROOM];
    long both = 0;
    for (int q = 0; q < QUARTERS; q++) both += t->quarter[q];
    text_write_csv(stream, file);
    fprintf(stream, ",%.3f,%ld", s->seconds, s->heard.rows + s->silent.rows);
    write_moments(stream, t->valence, t->valence_square, t->valence_rows);
    write_moments(stream, t->arousal, t->arousal_square, t->arousal_rows);
    fprintf(stream, ",%s", both ? quarter_names[quarter_of(t->valence, t->arousal)] : "");
    for (int q = 0; q < QUARTERS; q++)
        if (both)
            fprintf(stream, ",%.4f", (double)t->quarter[q] / (double)both);
        else
            fputc(',', stream);
    if (t->rows > 0)
        fprintf(stream, ",%.2f", 10 * log10(t->power / (double)t->rows));
    else
        fputc(',', stream);
    emotion_flag_names(flags, s->flags);
    fprintf(stream, ",%s,", flags);
    if (error) text_write_csv(stream, error);
    fputc('\n', stream);
}
