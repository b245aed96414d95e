/** emotrack train: labelled songs to a model. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "cli/progress.h"
#include "commands.h"
#include "train/train_request.h"

/** The two passes over the command line: the first finds recipe and network, whose defaults the second one overrides. */
static int parse(train_request *r, int argc, char **argv)
{
    pipeline_options *c = &r->pipeline;
    network_config *n = &c->network;
    const option options[] = {
        LABELLED_DATA_OPTIONS(r->data),
        {"output", OPTION_TEXT, &r->output, "MODEL", "the model to write, MODEL.safetensors", .letter = 'o'},
        {"song-means", OPTION_TEXT, &r->data.song_means, "FILE",
         "songs known by their means only, rated as the first --data"},
        {"recipe", OPTION_CHOICE, &r->recipe, "music|seed",
         "music: a teacher, then examples; seed: as the reference research code"},
        {"family", OPTION_TEXT, &r->family, "NAMES", "columns of descriptors, ear, harmony, with commas, or all (all)"},
        {"network", OPTION_TEXT, &r->network, "NAME", "one of the ten that `emotrack info` lists (dselfattention)"},
        {"projection", OPTION_CHOICE, &r->projection, "pca|forest|none", "(pca; recipe seed: forest)"},
        {"components", OPTION_INTEGER, &c->components, "N", "of PCA; 0: by --variance (200)", 0, 480},
        {"variance", OPTION_NUMBER, &c->variance, "X", "share of variance that PCA keeps (0.998)", 0.01, 1},
        {"clip", OPTION_NUMBER, &r->clip, "X", "scaled columns end at X deviations; 0: nowhere (2.5)", 0, 100},
        {"absolute", OPTION_FLAG, &r->absolute, NULL, "columns as they are, not relative to the mean RMS energy"},
        {"targets", OPTION_CHOICE, &r->targets, "both|arousal|valence", "what the network answers (both)"},
        {"window", OPTION_INTEGER, &n->window, "N", "frames in a window, 0.5 s apart (8)", 1, 256},
        {"hidden", OPTION_INTEGER, &n->hidden, "N", "units of one direction of an LSTM (24)", 1, 1024},
        {"blocks", OPTION_INTEGER, &n->blocks, "N", "residual blocks (3)", 1, 8},
        {"channels", OPTION_INTEGER, &n->channels, "N", "of one branch (6)", 1, 256},
        {"attention", OPTION_CHOICE, &r->attention, "sequence|last", "last: the reference's odd form (sequence)"},
        {"lag", OPTION_INTEGER, &n->lag, "N", "frames between the window's end and the frame it speaks of (0)", 0, 16},
        {"label-offset", OPTION_NUMBER, &c->windows.label_offset_s, "S", "sound heard beyond a label's time (0)", -10, 10},
        {"dropout", OPTION_NUMBER, &r->dropout, "X", "of the recurrent head (0.1)", 0, 0.95},
        {"memory", OPTION_NUMBER, &c->memory.time_constant_s, "S", "time constant; 0: none (20)", 0, 3600},
        {"change-window", OPTION_NUMBER, &c->memory.change_window_s, "S",
         "stretch that is compared with the memory; 0: deaf (4)", 0, 30},
        {"threshold", OPTION_NUMBER, &c->memory.threshold, "X", "difference at which the memory begins afresh (1.5)", 0,
         100},
        {"teacher", OPTION_CHOICE, &r->teacher, "kernel|none",
         "kernel ridge over song levels, or windows of labels alone (kernel)"},
        {"kernel-width", OPTION_NUMBER, &c->teacher.width, "X", "of the teacher's kernel, over the columns (0.2)", 1e-6,
         100},
        {"ridge", OPTION_NUMBER, &c->teacher.ridge, "X", "of the teacher for a song as a whole (0.5)", 1e-6, 1000},
        {"part-ridge", OPTION_NUMBER, &c->teacher.part_ridge, "X", "for its openings, and as degraded sound (2)", 1e-6,
         1000},
        {"onsets", OPTION_NUMBER, &c->distillation.onset_share, "X",
         "share of windows that drift as first seconds do; 0: openings are not taught either (0.2)", 0, 1},
        {"degrade", OPTION_LIST, &r->degradation, "NAME", "also hear the songs as quiet12, quiet24, laptop, phone or clip6"},
        {"scale", OPTION_CHOICE, &r->scale, "train|all",
         "which songs scaling has seen; all: as the reference has it (train)"},
        {"split", OPTION_CHOICE, &r->split, "song|frame",
         "frame: the reference's, whose test windows overlap training (song)"},
        {"test", OPTION_NUMBER, &r->test, "X", "share of songs that judge (0.2)", 0, 0.9},
        {"validation", OPTION_NUMBER, &r->validation, "X", "share of songs that choose (0.1)", 0, 0.9},
        {"songs", OPTION_TEXT, &r->songs, "FILE", "CSV song,part with part train, validation or test: instead of shares"},
        {"ungrouped", OPTION_FLAG, &r->ungrouped, NULL, "songs of one group may fall on both sides"},
        {"folds", OPTION_INTEGER, &r->folds, "K", "K folds by song, results pooled; no model is written", 2, 1000},
        {"repeats", OPTION_INTEGER, &r->repeats, "N", "of the folds, divided anew each time (1)", 1, 100},
        {"epochs", OPTION_INTEGER, &c->fit.epochs, "N", "50 steps each with a teacher (40)", 1, 100000},
        {"batch", OPTION_INTEGER, &c->batch, "N", "windows in a step (192; recipe seed: 168)", 1, 4096},
        {"rate", OPTION_NUMBER, &c->fit.rate, "X", "highest learning rate (0.003)", 1e-8, 1},
        {"decay", OPTION_NUMBER, &c->fit.optimiser.decay, "X", "weight decay (0.01)", 0, 10},
        {"schedule", OPTION_CHOICE, &r->schedule, "onecycle|cosine|seed|constant", "(onecycle)"},
        {"loss", OPTION_CHOICE, &r->loss, "mse|ccc|mix", "(mse)"},
        {"patience", OPTION_INTEGER, &c->fit.patience, "N", "epochs without a better validation; 0: all epochs (0)", 0,
         100000},
        {"pool", OPTION_INTEGER, &c->distillation.pool, "N", "points that the teacher answers (60000)", 1000, 10000000},
        {"mix", OPTION_NUMBER, &c->distillation.mix, "X", "songs mixed with a weight of Beta(X, X) (0.5)", 0.01, 1},
        {"noise", OPTION_NUMBER, &c->distillation.noise, "X", "largest noise of points in deviations (0.3)", 0, 4},
        {"changes", OPTION_NUMBER, &c->distillation.change_share, "X", "share of windows in which the music changes (0.3)",
         0, 0.8},
        {"seed", OPTION_INTEGER, &r->seed, "N", "of every draw (1)", 0, 2147483647},
        {"ensemble", OPTION_INTEGER, &c->members, "N", "networks in the model (1)", 1, MODEL_MEMBERS_MOST},
        {"device", OPTION_CHOICE, &r->device, "cpu|cuda|auto", "where the networks are trained (cpu)"},
        {"precision", OPTION_CHOICE, &r->precision, "float32|tf32|bf16",
         "of matrix products on a GPU; sums and weights stay float32 (float32)"},
        {"resume", OPTION_FLAG, &r->resume, NULL, "go on from MODEL.checkpoint, to the same bytes"},
        {"plots", OPTION_TEXT, &r->plots, "DIR",
         "SVG: how the losses fell, and answers of validation and test songs against labels"},
        {"name", OPTION_TEXT, &r->name, "NAME", "of the model (its file's name)"},
        {"license", OPTION_TEXT, &r->license, "TEXT", "of the model, kept in it"},
        {"card", OPTION_TEXT, &r->card, "TEXT", "one paragraph about the model, kept in it"},
        {NULL},
    };
    const option_page page = {
        "train",
        "",
        "labelled songs to a model",
        "emotrack train --data DEAM --song-means DEAM/song_means.csv --output mine.safetensors\n"
        "emotrack train --data DEAM --folds 5 --repeats 3",
        options,
        "Besides MODEL: MODEL.checkpoint each epoch (gone at the end) and MODEL.log.csv. Defects of the data are "
        "named by file and line and left out."};
    int code = options_parse(&page, argc, argv, NULL);
    if (code != OPTIONS_GO) return code;
    if (r->data.data.count == 0) return options_wrong(&page, "no --data; name the folder of labelled songs");
    if (!r->output && !r->folds) return options_wrong(&page, "no --output (or --folds, which writes no model)");
    if (r->precision && !r->device)
        return options_wrong(&page, "--precision tf32 and bf16 are for a GPU: add --device cuda or --device auto");
    if (r->family && !(c->families = families_of(r->family)))
        return options_wrong(&page, "--family %s: descriptors, ear, harmony, several with commas, or all", r->family);
    for (int i = 0; i < r->degradation.count; i++) {
        degradation known;
        if (!degradation_named(&known, r->degradation.item[i]))
            return options_wrong(&page, "there is no degradation '%s'; known: quiet12 quiet24 laptop phone clip6",
                                 r->degradation.item[i]);
    }
    return OPTIONS_GO;
}

/** Before hours of work: may the model be written where it is wanted? */
static int try_output(const train_request *r)
{
    atomic_file *trial;
    et_error error;
    if (r->folds) return OPTIONS_GO;
    if (atomic_file_create(&trial, r->output, &error) != ET_OK) {
        say("%s", error.message);
        return EXIT_FAILED;
    }
    atomic_file_abandon(trial);
    return OPTIONS_GO;
}

static bool set_defaults(train_request *r)
{
    bool known = r->recipe == RECIPE_SEED ? pipeline_seed_recipe(&r->pipeline, r->network)
                                          : pipeline_defaults(&r->pipeline, r->network);
    pipeline_options *c = &r->pipeline;
    r->projection = (int)c->projection, r->clip = (double)c->clip, r->schedule = (int)c->fit.schedule,
    r->loss = (int)c->fit.loss;
    r->attention = c->network.attention_last, r->dropout = (double)c->network.dropout_head, r->teacher = !c->taught;
    r->split = c->windows.split_frames, r->absolute = !c->network.relative, r->seed = (int)c->seed;
    if (r->recipe == RECIPE_SEED) c->batch = c->windows.batch;
    return known;
}

static void take_choices(train_request *r)
{
    static const char *const devices[] = {"cpu", "cuda", "auto"};
    pipeline_options *c = &r->pipeline;
    c->projection = (projection_kind)r->projection, c->clip = (float)r->clip;
    c->scale_all = r->scale;
    c->fit.schedule = (schedule_kind)r->schedule, c->fit.loss = (loss_kind)r->loss;
    c->network.attention_last = r->attention, c->network.dropout_head = (float)r->dropout, c->taught = !r->teacher;
    c->network.relative = !r->absolute, c->windows.split_frames = r->split, c->windows.batch = c->batch;
    c->network.targets = r->targets == TARGETS_BOTH ? TARGETS : 1;
    c->first_target = r->targets == TARGETS_AROUSAL ? TARGET_AROUSAL : TARGET_VALENCE;
    c->seed = c->fit.seed = c->windows.seed = (uint64_t)r->seed;
    c->fit.threads = r->data.threads;
    c->fit.device = devices[r->device], c->fit.precision = (precision_kind)r->precision;
}

static int cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 64 ? 64 : (int)n;
}

/** Parses a copy of the command line, which parsing reorders. */
static int parse_copy(train_request *r, int argc, char **argv)
{
    char **copy = malloc(((size_t)argc + 1) * sizeof *copy);
    if (!copy) return EXIT_FAILED;
    memcpy(copy, argv, (size_t)argc * sizeof *copy);
    copy[argc] = NULL;
    r->data.data.count = r->degradation.count = 0;
    int code = parse(r, argc, copy);
    free(copy);
    return code;
}

int command_train(int argc, char **argv)
{
    train_request r = {.network = "dselfattention", .test = 0.2, .validation = 0.1, .repeats = 1};
    r.data.threads = cores();
    pipeline_defaults(&r.pipeline, r.network);
    int code = parse_copy(&r, argc, argv);
    if (code != OPTIONS_GO) return code;
    if (!set_defaults(&r)) {
        fprintf(stderr, "emotrack train: there is no network '%s'; known:", r.network);
        for (const char *const *name = network_names(); *name; name++) fprintf(stderr, " %s", *name);
        fprintf(stderr, "\n");
        return EXIT_USAGE;
    }
    code = parse_copy(&r, argc, argv);
    if (code == OPTIONS_GO) code = try_output(&r);
    if (code != OPTIONS_GO) return code;
    take_choices(&r);
    openblas_set_num_threads(1); /* sums in one order, whatever the machine */
    et_error error = {0};
    ear_weights *weights = NULL;
    r.data.families = r.pipeline.families;
    if (r.data.families & WITH_EAR &&
        (bundled_ear_find(r.ear, sizeof r.ear, &error) || ear_weights_load(&weights, r.ear, &error))) {
        say("%s", error.message);
        return EXIT_FAILED;
    }
    r.data.ear = weights;
    labelled_data d, degraded[DEGRADATIONS_MOST] = {{.count = 0}};
    code = labelled_data_read(&d, &r.data, "none", r.pipeline.pitch_lag_frames, &error);
    data_options again = r.data;
    again.song_means = NULL;
    for (int i = 0; i < r.degradation.count && i < DEGRADATIONS_MOST && code == OPTIONS_GO; i++)
        code = labelled_data_read(&degraded[i], &again, r.degradation.item[i], r.pipeline.pitch_lag_frames, &error);
    if (code == OPTIONS_GO) code = r.folds ? train_folds(&d, degraded, &r) : train_model(&d, degraded, &r);
    for (int i = 0; i < DEGRADATIONS_MOST; i++) labelled_data_free(&degraded[i]);
    labelled_data_free(&d);
    ear_weights_destroy(weights);
    return code;
}
