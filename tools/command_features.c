/** emotrack features: sound files to the acoustic descriptors of ComParE and their functionals. */
#include <limits.h>
#include <stdlib.h>

#include "base/error.h"
#include "batch/batch.h"
#include "batch/jobs.h"
#include "batch/result_names.h"
#include "batch/sounds.h"
#include "cli/feature_rows.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "commands.h"
#include "features/feature_stream.h"
#include "model/model_file.h"

enum { RATE_NATIVE, RATE_44100 };
enum { FORMAT_CSV, FORMAT_NPY };

typedef struct request {
    sound_list sounds;
    char *const *files; /* of sounds */
    const char *const *names;
    int count, jobs, layout, voicing, pitch_lag, rate, format;
    bool frames, keep_existing, quiet;
    feature_form form;
    const char *family;
    ear_weights *ear;
    const char *output, *output_dir, *raw_text, *failed;
    raw_format raw;
    batch batch;
} request;

static const char *extension_of(const request *r)
{
    return r->form.npy ? ".npy" : ".csv";
}

/* One sound on its way to rows. */
typedef struct extraction {
    const request *r;
    int i;
    unsigned channels;
    FILE *stream;
    feature_stream *sound;
    feature_rows *rows;
    size_t not_finite;
    bool lost; /* its rows cannot be written */
    bool no_memory;
} extraction;

static bool has_file_column(const request *r)
{
    return !r->output_dir && (r->count > 1 || r->sounds.listed);
}

static et_status extraction_begin(void *context, double rate_hz, unsigned channels, et_error *error)
{
    extraction *x = context;
    x->channels = channels;
    x->stream = results_begin(x->r->batch.results, x->i, error);
    if (!x->stream) return ET_ERROR_FILE;
    bool alone = x->r->form.families == WITH_DESCRIPTORS;
    bool native = alone && x->r->rate == RATE_NATIVE && rate_hz >= 8000 && rate_hz <= 192000;
    feature_stream_options options = {.rate_hz = rate_hz,
                                      .channels = channels,
                                      .families = x->r->form.families,
                                      .ear = x->r->ear,
                                      .pitch_lag_frames = x->r->pitch_lag,
                                      .voicing_delta = x->r->voicing ? VOICING_DELTA_REFERENCE : VOICING_DELTA_SANE,
                                      .rasta_start = RASTA_START_REFERENCE,
                                      .native = native};
    et_status status = feature_stream_create(&x->sound, &options, error);
    if (status != ET_OK) return status;
    const char *file = has_file_column(x->r) ? x->r->files[x->i] : NULL;
    double hop_s = feature_stream_hop_s(x->sound);
    return feature_rows_create(&x->rows, x->stream, &x->r->form, file, x->r->names[x->i], hop_s, error);
}

static void extract(extraction *x)
{
    while (feature_stream_next(x->sound)) x->no_memory |= !feature_rows_next(x->rows, x->sound);
}

static et_status extraction_push(void *context, const float *samples, size_t frames, et_error *error)
{
    extraction *x = context;
    size_t block = feature_stream_block(x->sound);
    for (size_t at = 0; at < frames; at += block) {
        size_t now = frames - at < block ? frames - at : block;
        x->not_finite += feature_stream_push(x->sound, samples + at * x->channels, now);
        extract(x);
    }
    if (x->no_memory) return error_set(error, ET_ERROR_MEMORY, "%s: no memory for its rows", x->r->files[x->i]);
    et_status status = results_pass(x->r->batch.results, x->i, error);
    x->lost |= status == ET_ERROR_FILE;
    return status;
}

static void extraction_end(extraction *x)
{
    while (feature_stream_flush(x->sound)) extract(x);
    feature_stream_end(x->sound, false);
    extract(x);
    if (!feature_rows_end(x->rows)) x->no_memory = true;
    if (x->not_finite) say("%s: %zu samples are not finite numbers and count as 0", x->r->files[x->i], x->not_finite);
}

static void extract_sound(void *context, int i)
{
    static const sound_visitor visitor = {extraction_begin, extraction_push};
    const request *r = context;
    extraction x = {.r = r, .i = i};
    et_error error;
    et_status status = ET_ERROR_INTERRUPTED;
    if (r->keep_existing && r->output_dir && results_is_there(r->batch.results, i)) {
        sound_skip(r->files[i]);
        results_end(r->batch.results, i, false, NULL);
        return;
    }
    if (!interrupted()) status = sound_visit(r->files[i], r->raw_text ? &r->raw : NULL, &visitor, &x, &error);
    if (status != ET_OK && status != ET_ERROR_INTERRUPTED) say("%s", error.message);
    bool ended = x.rows && status != ET_ERROR_INTERRUPTED && !x.lost;
    if (ended) extraction_end(&x);
    if (ended && x.no_memory && status == ET_OK) {
        status = error_set(&error, ET_ERROR_MEMORY, "%s: no memory for its rows", r->files[i]);
        say("%s", error.message);
    }
    et_status written = results_end(r->batch.results, i, ended, &error);
    if (written != ET_OK) say("%s", error.message);
    if (status != ET_ERROR_INTERRUPTED && (status != ET_OK || written != ET_OK))
        report_failed(r->batch.report, i, error.message);
    feature_rows_destroy(x.rows);
    feature_stream_destroy(x.sound);
}

static void header(FILE *stream, void *context)
{
    const request *r = context;
    feature_header(stream, &r->form, has_file_column(r));
}

static int extract_all(request *r)
{
    r->batch = (batch){.what = "features",
                       .sounds = &r->sounds,
                       .to = {.output = r->output,
                              .output_dir = r->output_dir,
                              .extension = extension_of(r),
                              .names = r->names,
                              .keep_existing = r->keep_existing,
                              .header = header,
                              .context = r},
                       .failed = r->failed,
                       .jobs = r->jobs,
                       .quiet = r->quiet,
                       .task = extract_sound,
                       .context = r};
    return batch_run(&r->batch);
}

/* Gives each result its name. */
static int extract_named(request *r)
{
    et_error error;
    if (sounds_are_not(r->output, r->files, r->count, &error) != ET_OK) return say_failure(&error);
    result_names *naming = result_names_create(extension_of(r));
    const char **names = naming ? result_names_give_all(naming, r->sounds.relative, r->count) : NULL;
    r->names = names;
    int code = EXIT_FAILED;
    if (names)
        code = extract_all(r);
    else
        say("no memory for %d sounds", r->count);
    free(names);
    result_names_destroy(naming);
    return code;
}

static int load_ear(request *r)
{
    et_error error;
    char path[PATH_MAX + 128];
    if (!(r->form.families & WITH_EAR)) return OPTIONS_GO;
    if (bundled_ear_find(path, sizeof path, &error) == ET_OK && ear_weights_load(&r->ear, path, &error) == ET_OK)
        return OPTIONS_GO;
    return say_failure(&error);
}

static int check(const option_page *page, request *r)
{
    et_error error;
    if (r->output && r->output_dir) return options_wrong(page, "--output and --output-dir exclude each other");
    if (r->raw_text && raw_format_parse(&r->raw, r->raw_text, &error) != ET_OK)
        return options_wrong(page, "%s", error.message);
    if (r->frames) r->layout = LAYOUT_FRAMES;
    unsigned families = families_of(r->family);
    if (!families)
        return options_wrong(page, "--family is descriptors, ear, harmony, some of them with commas, or all; not '%s'",
                             r->family);
    if (families != WITH_DESCRIPTORS && r->layout != LAYOUT_DEAM)
        return options_wrong(page, "--frames and --layout pmemo hold descriptors only");
    r->form = (feature_form){(feature_layout)r->layout, families, r->format == FORMAT_NPY};
    return OPTIONS_GO;
}

int command_features(int argc, char **argv)
{
    sound_list_options listing = {0};
    request r = {.family = "descriptors", .pitch_lag = 29, .jobs = jobs_processors()};
    const option options[] = {
        {"layout", OPTION_CHOICE, &r.layout, "deam|pmemo", "260 functionals every 0.5 s as the data set has them (deam)"},
        {"family", OPTION_TEXT, &r.family, "LIST", "columns: descriptors, ear, harmony, or all (descriptors)"},
        {"format", OPTION_CHOICE, &r.format, "csv|npy", "text, or NumPy arrays of float32, rows x columns (csv)"},
        {"frames", OPTION_FLAG, &r.frames, NULL, "the 130 descriptors every 10 ms instead"},
        {"voicing-delta", OPTION_CHOICE, &r.voicing, "sane|reference", "deltas of pitch and voice (sane)"},
        {"pitch-lag", OPTION_INTEGER, &r.pitch_lag, "N", "frames of look-ahead of the pitch decision, 0 .. 29 (29)", 0, 29},
        {"rate", OPTION_CHOICE, &r.rate, "native|44100", "rate at which frames are cut (native)"},
        {"failed", OPTION_TEXT, &r.failed, "FILE", "JSON lines: which sounds failed, and why"},
        SOUND_LIST_OPTIONS(listing),
        {"raw", OPTION_TEXT, &r.raw_text, "ENCODING:RATE:CHANNELS", "the input is bare samples, e.g. s16le:44100:2"},
        {"output", OPTION_TEXT, &r.output, "FILE", "one file for all (standard output)", .letter = 'o'},
        {"output-dir", OPTION_TEXT, &r.output_dir, "DIR", "DIR/NAME.csv (or .npy) for each sound"},
        {"no-clobber", OPTION_FLAG, &r.keep_existing, NULL, "an output that is there is not replaced"},
        {"jobs", OPTION_INTEGER, &r.jobs, "N", "sounds at once (number of cores)", 1, 256, .letter = 'j'},
        {"quiet", OPTION_FLAG, &r.quiet, NULL, "no progress bar", .letter = 'q'},
        {NULL},
    };
    const option_page page = {
        "features",
        "FILE|DIR|LIST...",
        "sound files to acoustic descriptors (ComParE, as DEAM and PMEmo use them), the learned ear's columns, harmony",
        "emotrack features song.mp3 > song.csv\nemotrack features --frames --output-dir contours songs/*.flac",
        options,
        "FILE is anything that libsndfile reads, and FFmpeg where emotrack-ffmpeg is installed, or - for standard input.\n"
        "Models are trained on sound at 44.1 kHz; sound at another rate gives other descriptors unless --rate 44100\n"
        "resamples it. frameTime is the start of the window in s. The ear's columns and harmony stand in the same rows, as\n"
        "of the end of its last frame; their sound is always resampled.\n"
        "A NumPy file holds one sound: rows are 0.5 s apart (--frames: 10 ms).\n" SOUND_LIST_NOTES};
    int operands, code = options_parse(&page, argc, argv, &operands);
    if (code == OPTIONS_GO) code = check(&page, &r);
    if (code == OPTIONS_GO) code = sound_list_from(&r.sounds, &listing, &page, argv, operands);
    r.files = r.sounds.path, r.count = r.sounds.count;
    if (code == OPTIONS_GO && r.format == FORMAT_NPY && r.count > 1 && !r.output_dir)
        code = options_wrong(&page, "a NumPy file holds one sound: give --output-dir DIR");
    if (code == OPTIONS_GO) code = load_ear(&r);
    if (code == OPTIONS_GO) code = extract_named(&r);
    ear_weights_destroy(r.ear);
    sound_list_free(&r.sounds);
    return code;
}
