/** JAMS and the layers of Sonic Visualiser. */
#include <math.h>

#include "cli/text.h"
#include "formats/track.h"

void write_jams(FILE *stream, const track *t, const track_about *about)
{
    fprintf(stream, "{\"file_metadata\":{\"title\":");
    text_write_json(stream, about->title);
    fprintf(stream,
            ",\"artist\":\"\",\"release\":\"\",\"duration\":%.6f,\"identifiers\":{},\"jams_version\":\"0.3.4\"},"
            "\n\"annotations\":"
            "[{\"namespace\":\"mood_thayer\",\"time\":0,\"duration\":%.6f,\"sandbox\":{\"model_sha256\":\"%s\"},\n"
            "\"annotation_metadata\":{\"curator\":{\"name\":\"\",\"email\":\"\"},\"version\":\"%s\",\"corpus\":\"\","
            "\"annotator\":{},"
            "\"annotation_tools\":\"emotrack, model ",
            t->duration_s, t->duration_s, about->digest, et_version());
    for (const char *c = about->model; *c != '\0'; c++)
        fputc(*c == '"' || *c == '\\' || (unsigned char)*c < ' ' ? '?' : *c, stream);
    fputs("\",\"annotation_rules\":\"\",\"validation\":\"\",\"data_source\":\"program\"},\n\"data\":[", stream);
    double before_s = 0;
    bool any = false;
    for (size_t i = 0; i < t->count; i++) {
        const et_emotion *e = &t->rows[i];
        if (!isnan(e->valence) && !isnan(e->arousal)) {
            fprintf(stream, "%s\n{\"time\":%.3f,\"duration\":%.3f,\"value\":[%.6f,%.6f],\"confidence\":null}",
                    any ? "," : "", before_s, e->time_s - before_s, (double)e->valence, (double)e->arousal);
            any = true;
        }
        before_s = e->time_s;
    }
    fputs("\n]}],\n\"sandbox\":{}}\n", stream);
}

static void write_values(FILE *stream, const track *t, double rate_hz, int id, const char *name, bool arousal)
{
    fprintf(stream,
            "    <model id=\"%d\" name=\"%s\" sampleRate=\"%.0f\" start=\"0\" end=\"%.0f\" type=\"sparse\" dimensions=\"2\" "
            "resolution=\"1\" notifyOnAdd=\"true\" dataset=\"%d\" minimum=\"-1\" maximum=\"1\" units=\"\"/>\n"
            "    <dataset id=\"%d\" dimensions=\"2\">\n",
            id, name, rate_hz, ceil(t->duration_s * rate_hz), id + 1, id + 1);
    for (size_t i = 0; i < t->count; i++) {
        double value = (double)(arousal ? t->rows[i].arousal : t->rows[i].valence);
        if (!isnan(value))
            fprintf(stream, "      <point frame=\"%.0f\" value=\"%.6f\" label=\"\"/>\n", round(t->rows[i].time_s * rate_hz),
                    value);
    }
    fputs("    </dataset>\n", stream);
}

static void write_layer(FILE *stream, int id, int model, const char *name, const char *colour_name, const char *colour)
{
    fprintf(stream,
            "    <layer id=\"%d\" type=\"timevalues\" name=\"%s\" model=\"%d\" plotStyle=\"3\" verticalScale=\"0\" "
            "scaleMinimum=\"-1\" scaleMaximum=\"1\" colourName=\"%s\" colour=\"%s\" darkBackground=\"false\"/>\n",
            id, name, model, colour_name, colour);
}

void write_sonic_visualiser(FILE *stream, const track *t, const track_about *about)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE sonic-visualiser>\n<sv>\n  <data>\n", stream);
    write_values(stream, t, about->rate_hz, 1, "valence", false);
    write_values(stream, t, about->rate_hz, 3, "arousal", true);
    fputs("  </data>\n  <display>\n", stream);
    write_layer(stream, 5, 1, "valence", "Blue", "#0072b2");
    write_layer(stream, 6, 3, "arousal", "Orange", "#d55e00");
    fputs("  </display>\n</sv>\n", stream);
}
