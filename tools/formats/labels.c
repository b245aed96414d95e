/** Audacity's labels, Praat's tiers, captions: words and numbers over time. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "formats/mood.h"
#include "formats/track.h"

void write_audacity(FILE *stream, const track *t, const track_about *about)
{
    (void)about;
    stretch *all;
    size_t count = track_stretches(t, mood_quarter, &all);
    for (size_t i = 0; i < count; i++) fprintf(stream, "%.6f\t%.6f\t%s\n", all[i].from_s, all[i].to_s, all[i].word);
    for (size_t i = 0; i < t->count; i++)
        if (track_changes_at(t, i)) fprintf(stream, "%.6f\t%.6f\tchange\n", t->rows[i].time_s, t->rows[i].time_s);
    free(all);
}

static double end_of(const track *t)
{
    return t->count > 0 ? fmax(t->duration_s, t->rows[t->count - 1].time_s) : t->duration_s;
}

static void begin_tier(FILE *stream, int number, const char *class, const char *name, double end_s, const char *kind,
                       size_t count)
{
    fprintf(stream,
            "    item [%d]:\n        class = \"%s\"\n        name = \"%s\"\n        xmin = 0\n        xmax = %.6f\n"
            "        %s: size = %zu\n",
            number, class, name, end_s, kind, count);
}

static void write_points(FILE *stream, const track *t, int number, const char *name, bool arousal)
{
    size_t count = 0;
    for (size_t i = 0; i < t->count; i++) count += !isnan(arousal ? t->rows[i].arousal : t->rows[i].valence);
    begin_tier(stream, number, "TextTier", name, end_of(t), "points", count);
    for (size_t i = 0, point = 1; i < t->count; i++) {
        double value = (double)(arousal ? t->rows[i].arousal : t->rows[i].valence);
        if (isnan(value)) continue;
        fprintf(stream, "        points [%zu]:\n            number = %.6f\n            mark = \"%.6f\"\n", point++,
                t->rows[i].time_s, value);
    }
}

void write_textgrid(FILE *stream, const track *t, const track_about *about)
{
    (void)about;
    stretch *all;
    size_t count = track_stretches(t, mood_quarter, &all);
    fprintf(stream,
            "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\nxmin = 0\nxmax = %.6f\ntiers? <exists>\nsize = "
            "3\nitem []:\n",
            end_of(t));
    begin_tier(stream, 1, "IntervalTier", "quarter", end_of(t), "intervals", count);
    for (size_t i = 0; i < count; i++)
        fprintf(stream,
                "        intervals [%zu]:\n            xmin = %.6f\n            xmax = %.6f\n            text = \"%s\"\n",
                i + 1, all[i].from_s, all[i].to_s, all[i].word);
    free(all);
    write_points(stream, t, 2, "valence", false);
    write_points(stream, t, 3, "arousal", true);
}

static void write_clock(FILE *stream, double seconds)
{
    int64_t ms = llround(seconds * 1e3);
    fprintf(stream, "%02" PRId64 ":%02d:%02d.%03d", ms / 3600000, (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
            (int)(ms % 1000));
}

void write_webvtt(FILE *stream, const track *t, const track_about *about)
{
    (void)about;
    stretch *all;
    size_t count = track_stretches(t, mood_word, &all);
    fputs("WEBVTT\n", stream);
    for (size_t i = 0; i < count; i++) {
        if (all[i].word[0] == '\0') continue;
        fputc('\n', stream);
        write_clock(stream, all[i].from_s);
        fputs(" --> ", stream);
        write_clock(stream, all[i].to_s);
        fprintf(stream, "\n%s\n", all[i].word);
    }
    free(all);
}
