/* The command line of `emotrack train`: options of its own, and the table of settings (recipe/settings.h). */
#include "train/train_request.h"

#include <string.h>

#include "batch/jobs.h"
#include "cli/config.h"
#include "recipe/settings.h"

enum { SETTINGS_MOST = 80, OPTIONS_MOST = SETTINGS_MOST + 48 };

/** What the options point into. */
typedef struct line {
    const char *text[SETTINGS_MOST];
    bool flag[SETTINGS_MOST], given[OPTIONS_MOST];
    option option[OPTIONS_MOST + 1];
    int count, settings; /**< options; those of them, from the first, that may stand in a file of settings */
    json_t *words;
} line;

/* Its room outlives the request, whose texts may point into it. */
static line the_line;

static void add(line *l, const option *more)
{
    for (; more->name; more++) l->option[l->count++] = *more;
}

/** The options that may stand in a file of settings: of the data, then the table's. */
static void add_settings(line *l, train_request *r)
{
    const option data[] = {
        LABELLED_DATA_OPTIONS(r->data),
        {"song-means", OPTION_TEXT, &r->data.song_means, "FILE",
         "songs known by their means only, rated as the first --data"},
        {"degrade", OPTION_LIST, &r->degradation, "NAME", "also hear the songs as quiet12, quiet24, laptop, phone or clip6"},
        {"test", OPTION_NUMBER, &r->test, "X", "share of songs that test (0.2)", 0, 0.9},
        {"validation", OPTION_NUMBER, &r->validation, "X", "share of songs that choose the best epoch (0.1)", 0, 0.9},
        {"songs", OPTION_TEXT, &r->songs, "FILE", "CSV song,part with part train, validation or test: instead of shares"},
        {"errors", OPTION_TEXT, &r->errors, "FILE",
         "usual errors by seconds heard: folds write the table, training keeps it in the model"},
        {"ungrouped", OPTION_FLAG, &r->ungrouped, NULL, "songs of one group may fall on both sides"},
        {NULL},
    };
    add(l, data);
    for (int i = 0; settings_table[i].name; i++) {
        const setting *s = &settings_table[i];
        bool flag = s->kind == SETTING_FLAG || s->kind == SETTING_UNLESS;
        l->option[l->count++] = (option){.name = s->name,
                                         .kind = flag ? OPTION_FLAG : OPTION_TEXT,
                                         .value = flag ? (void *)&l->flag[i] : (void *)&l->text[i],
                                         .argument = s->words,
                                         .help = s->help};
    }
    l->settings = l->count;
    for (int i = 0; i < l->settings; i++) {
        static const char *const elsewhere[] = {"cache", "threads", "quiet"};
        bool belongs = true;
        for (size_t k = 0; k < sizeof elsewhere / sizeof *elsewhere; k++)
            belongs &= strcmp(l->option[i].name, elsewhere[k]) != 0;
        if (belongs) l->option[i].given = &l->given[i];
    }
}

static void add_others(line *l, train_request *r)
{
    const option others[] = {
        {"output", OPTION_TEXT, &r->output, "MODEL", "the model to write, MODEL.safetensors", .letter = 'o'},
        {"config", OPTION_TEXT, &r->config, "FILE", "settings that the line does not give, as in MODEL.config.json"},
        {"folds", OPTION_INTEGER, &r->folds, "K", "K folds by song, results pooled; no model is written", 2, 1000},
        {"repeats", OPTION_INTEGER, &r->repeats, "N", "of the folds, divided anew each time (1)", 1, 100},
        {"device", OPTION_CHOICE, &r->device, "cpu|cuda|auto", "where the networks are trained (cpu)"},
        {"resume", OPTION_FLAG, &r->resume, NULL, "go on from MODEL.checkpoint, to the same bytes"},
        {"name", OPTION_TEXT, &r->name, "NAME", "of the model (its file's name)"},
        {"license", OPTION_TEXT, &r->license, "TEXT", "of the model, kept in it"},
        {"card", OPTION_TEXT, &r->card, "TEXT", "one paragraph about the model, kept in it"},
        {NULL},
    };
    add(l, others);
}

static int check(const option_page *page, const train_request *r)
{
    if (r->data.data.count == 0) return options_wrong(page, "no --data; name the folder of labelled songs");
    if (!r->output && !r->folds) return options_wrong(page, "no --output (or --folds, which writes no model)");
    if (r->pipeline.fit.precision && !r->device)
        return options_wrong(page, "--precision tf32 and bf16 are for a GPU: add --device cuda or --device auto");
    if (r->degradation.count > DEGRADATIONS_MOST)
        return options_wrong(page, "--degrade: at most %d are taken", DEGRADATIONS_MOST);
    for (int i = 0; i < r->degradation.count; i++) {
        degradation known;
        et_error error;
        if (degradation_find(&known, r->degradation.item[i], &error) != ET_OK)
            return options_wrong(page, "%s", error.message);
    }
    return OPTIONS_GO;
}

/** The settings' texts become the pipeline's options. */
static int apply(const option_page *page, line *l, train_request *r)
{
    et_error error;
    const option *first = l->option + l->settings - settings_count();
    for (int i = 0; settings_table[i].name; i++)
        if (first[i].kind == OPTION_FLAG && *first[i].given) l->text[i] = l->flag[i] ? "true" : "false";
    if (settings_apply(&r->pipeline, l->text, &error)) return options_wrong(page, "%s", error.message);
    static const char *const devices[] = {"cpu", "cuda", "auto"};
    r->pipeline.fit.threads = r->data.threads;
    r->pipeline.fit.device = devices[r->device];
    r->settings = config_values(l->option, l->settings - settings_count());
    json_t *table = settings_json(&r->pipeline);
    if (r->settings && table) json_object_update(r->settings, table);
    json_decref(table);
    return check(page, r);
}

int train_request_read(train_request *r, int argc, char **argv)
{
    line *l = &the_line;
    *l = (line){.count = 0};
    *r = (train_request){.test = 0.2, .validation = 0.1, .repeats = 1, .data = {.threads = jobs_processors()}};
    add_settings(l, r);
    add_others(l, r);
    const option_page page = {
        "train",
        "",
        "labelled songs to a model",
        "emotrack train --data DEAM --output mine.safetensors\n"
        "emotrack train --data DEAM --folds 5 --repeats 3\n"
        "emotrack train --config mine.safetensors.config.json --seed 2 --output another.safetensors",
        l->option,
        "Besides MODEL: MODEL.config.json (all settings, as --config takes them), MODEL.checkpoint each epoch (gone at the "
        "end)\n"
        "and MODEL.log.csv. Defects of the data are named by file and line and left out.",
    };
    int code = options_parse(&page, argc, argv, NULL);
    if (code == OPTIONS_GO && r->config) code = config_read(&page, r->config, &l->words);
    if (code == OPTIONS_GO) code = apply(&page, l, r);
    if (code != OPTIONS_GO) train_request_free(r);
    return code;
}

void train_request_free(train_request *r)
{
    json_decref(r->settings);
    json_decref(the_line.words);
    r->settings = the_line.words = NULL;
}
