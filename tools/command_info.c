/** emotrack info: what a model is; without one, what this program is. */
#include <cblas.h>
#include <fftw3.h>
#include <jansson.h>
#include <portaudio.h>
#include <sndfile.h>
#include <soxr.h>
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "commands.h"
#include "data/song_features.h"
#include "model/model_json.h"

enum { FORMAT_TEXT, FORMAT_JSON };

static json_t *json_of_program(void)
{
    json_t *o = json_pack("{ss si si}", "version", et_version(), "feature_version", FEATURE_VERSION, "model_format_version",
                          MODEL_FORMAT_VERSION);
    json_object_set_new(
        o, "features",
        json_string("65 descriptors of ComParE and their deltas every 10 ms; 260 functionals of the last second"));
    json_object_set_new(o, "libraries",
                        json_pack("{ss ss ss ss ss ss}", "libsndfile", sf_version_string(), "libsoxr", soxr_version(),
                                  "FFTW", fftwf_version, "OpenBLAS", openblas_get_config(), "jansson", jansson_version_str(),
                                  "PortAudio", Pa_GetVersionText()));
    json_t *names = json_array();
    for (const char *const *name = network_names(); *name; name++) json_array_append_new(names, json_string(*name));
    json_object_set_new(o, "networks", names);
    json_object_set_new(o, "devices", json_pack("[s]", "cpu"));
    return o;
}

static void print_program(void)
{
    json_t *o = json_of_program(), *value;
    const char *key;
    printf("emotrack %s\n", et_version());
    printf("features   version %d: %s\n", FEATURE_VERSION, json_string_value(json_object_get(o, "features")));
    printf("networks  ");
    for (const char *const *name = network_names(); *name; name++) printf(" %s", *name);
    printf("\nmodels     format version %d and below\ndevices    cpu (see: emotrack devices)\nlibraries\n",
           MODEL_FORMAT_VERSION);
    json_object_foreach(json_object_get(o, "libraries"), key, value) printf("  %-10s %s\n", key, json_string_value(value));
    json_decref(o);
}

static size_t trained_parameters(const et_model *model)
{
    size_t sum = 0;
    for (int m = 0; m < model->members; m++) sum += network_trained_count(model->member[m]);
    return sum;
}

/** The model's metadata with what the model itself stands for. */
static json_t *json_of_model(const et_model *model)
{
    const network *net = model->member[0];
    json_t *o = json_deep_copy(model->metadata);
    json_object_set_new(o, "name", json_string(model->name));
    json_object_set_new(o, "digest", json_string(model->digest));
    json_object_set_new(o, "network", json_string(network_configuration(net)->network));
    json_object_set_new(o, "config", json_of_config(network_configuration(net)));
    json_object_set_new(o, "memory", json_of_memory(&model->memory));
    json_object_set_new(o, "members", json_integer(model->members));
    json_object_set_new(o, "parameters", json_integer((json_int_t)trained_parameters(model)));
    json_object_set_new(o, "context_s", json_real(et_model_context_s(model)));
    json_object_set_new(o, "pitch_lag_frames", json_integer(model->pitch_lag_frames));
    json_object_set_new(o, "label_offset_s", json_real(model->label_offset_s));
    json_object_set_new(o, "label_range", json_pack("[ff]", (double)model->label_low, (double)model->label_high));
    return o;
}

static const char *text_of(const json_t *o, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(o, key));
    return text ? text : otherwise;
}

/* Words of the model's file are a stranger's. */
static void show(const char *format, const char *text)
{
    const char *place = strstr(format, "%s");
    fwrite(format, 1, (size_t)(place - format), stdout);
    text_write_shown(stdout, text, "\n\t");
    fputs(place + 2, stdout);
}

static void print_training(const json_t *training)
{
    size_t k;
    json_t *one;
    json_array_foreach(json_object_get(training, "songs"), k, one)
    {
        show(k ? "           %s" : "trained on %s", text_of(one, "name", "?"));
        show(" (%s)", text_of(one, "layout", "?"));
        printf(": %zu songs trained on, %zu chose, %zu tested\n", json_array_size(json_object_get(one, "train")),
               json_array_size(json_object_get(one, "validation")), json_array_size(json_object_get(one, "test")));
    }
    if (json_is_true(json_object_get(training, "interrupted"))) printf("           training was interrupted\n");
    const char *split = text_of(training, "split", NULL);
    if (split) show("split      %s\n", split);
}

static void print_metrics(const json_t *all)
{
    const char *on, *target;
    json_t *table, *m;
    json_object_foreach((json_t *)all, on, table)
    {
        json_object_foreach(table, target, m) if (json_is_object(m) && json_is_number(json_object_get(m, "rmse")))
        {
            show("%s", target);
            show(" %s: ", on);
            printf("RMSE %.3f, r %.3f, CCC %.3f, NSE %.3f\n", json_number_value(json_object_get(m, "rmse")),
                   json_number_value(json_object_get(m, "r")), json_number_value(json_object_get(m, "ccc")),
                   json_number_value(json_object_get(m, "nse")));
        }
    }
}

static void print_networks(const et_model *model)
{
    printf("network    %s, ", network_configuration(model->member[0])->network);
    if (model->members == 1) {
        printf("1 network of %zu trained parameters\n", trained_parameters(model));
        return;
    }
    printf("%d networks of ", model->members);
    for (int m = 0; m < model->members; m++)
        printf("%s%zu", m == 0 ? "" : m + 1 < model->members ? ", " : " and ", network_trained_count(model->member[m]));
    printf(" trained parameters, %zu in all\n", trained_parameters(model));
}

static void print_model(const et_model *model)
{
    const network_config *c = network_configuration(model->member[0]);
    show("model      %s\n", model->name);
    printf("digest     %s\n", model->digest);
    print_networks(model);
    printf("           %d columns%s, %d features, window of %d frames %g s apart, C %d, H %d, N %d\n", c->columns,
           c->relative ? " relative to the mean RMS energy" : "", c->features, c->window, c->frame_step_s, c->channels,
           c->hidden, c->blocks);
    if (model->memory.time_constant_s > 0)
        printf("memory     %g s, begun afresh when the last %g s differ by %g deviations, and after %g s of silence\n",
               model->memory.time_constant_s, model->memory.change_window_s, model->memory.threshold,
               model->memory.silence_reset_s);
    printf("context    %g s of sound stand behind a full answer\n", et_model_context_s(model));
    print_training(json_object_get(model->metadata, "training"));
    print_metrics(json_object_get(model->metadata, "metrics"));
    show("license    %s\n", text_of(model->metadata, "license", "not stated"));
    const char *card = text_of(model->metadata, "card", NULL);
    if (card) show("\n%s\n", card);
}

static int print_json(json_t *o)
{
    json_dumpf(o, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(o);
    return EXIT_DONE;
}

int command_info(int argc, char **argv)
{
    int format = FORMAT_TEXT, operands = 0;
    const option options[] = {{"format", OPTION_CHOICE, &format, "text|json", "(text)"}, {NULL}};
    const option_page page = {"info",
                              "[MODEL]",
                              "what a model is; without one, this program",
                              "emotrack info music\nemotrack info --format json",
                              options,
                              "MODEL is a file or the name of a bundled model."};
    int code = options_parse(&page, argc, argv, &operands);
    if (code != OPTIONS_GO) return code;
    if (operands > 1) return options_wrong(&page, "one model at a time: '%s' is too much", argv[1]);
    if (operands == 0 && format == FORMAT_JSON) return print_json(json_of_program());
    if (operands == 0) {
        print_program();
        return EXIT_DONE;
    }
    et_model *model;
    et_error error;
    if (et_model_create(&model, argv[0], &error)) return say_failure(&error);
    if (format == FORMAT_JSON)
        print_json(json_of_model(model));
    else
        print_model(model);
    et_model_destroy(model);
    return EXIT_DONE;
}
