/** emotrack annotate: sound files to emotion curves. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "batch/batch.h"
#include "batch/folder_record.h"
#include "batch/jobs.h"
#include "batch/sounds.h"
#include "cli/emotion_rows.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "commands.h"
#include "formats/formats.h"
#include "plot/chart.h"
#include "plot/plot_annotation.h"

typedef struct request {
    sound_list sounds;
    char *const *files; /* of sounds */
    int count, jobs, step_ms, format, device;
    unsigned more; /* columns beside the usual ones */
    bool resume, keep_existing, quiet;
    const char *output, *output_dir, *raw_text, *model_name, *plot, *plot_dir, *ratings_file, *columns, *failed, *summary;
    int plot_form;
    plot_ratings ratings;
    raw_format raw;
    et_model *model;
    folder_record *record; /* NULL without a folder */
    batch batch;
    atomic_bool *unrecorded; /* said once that the record cannot be written */
} request;

static const char *const devices[] = {"cpu", "cuda", "auto"};

/* One sound on its way to rows. */
typedef struct annotation {
    const request *r;
    int i;
    unsigned channels;
    long rows;
    bool not_finite, lost; /* lost: its rows cannot be written */
    FILE *stream;
    et_tracker *tracker;
    song_summary summary;
    track track;      /* for formats of the whole sound, and pictures */
    envelope outline; /* for pictures */
    double rate_hz;
    uint64_t frames;
} annotation;

static bool has_file_column(const request *r)
{
    return !r->output_dir && (r->count > 1 || r->sounds.listed);
}

static bool draws(const request *r)
{
    return r->plot || r->plot_dir;
}

static et_status annotation_begin(void *context, double rate_hz, unsigned channels, et_error *error)
{
    annotation *a = context;
    const request *r = a->r;
    et_tracker_options options = {.rate_hz = rate_hz,
                                  .channels = channels,
                                  .step_ms = (unsigned)r->step_ms,
                                  .device = devices[r->device],
                                  .harmony = r->more & COLUMNS_OF_HARMONY};
    et_error why;
    et_status status = et_tracker_create(&a->tracker, r->model, &options, &why);
    if (status != ET_OK) return error_set(error, status, "%s: %s", r->files[a->i], why.message);
    a->channels = channels;
    a->rate_hz = rate_hz;
    envelope_begin(&a->outline, rate_hz);
    a->stream = results_begin(r->batch.results, a->i, error);
    return a->stream ? ET_OK : ET_ERROR_FILE;
}

static void write_answers(annotation *a)
{
    et_emotion emotion;
    const request *r = a->r;
    emotion_more more = {.columns = r->more};
    const char *file = has_file_column(r) ? r->files[a->i] : NULL;
    for (; et_tracker_poll_harmony(a->tracker, &emotion, &more.harmony); a->rows++) {
        if (r->more) et_model_error(r->model, (double)emotion.context_s, &more.error[0], &more.error[1]);
        bool whole = format_get(r->format)->write;
        if (whole || draws(r)) track_add(&a->track, &emotion);
        if (!whole) emotion_row(a->stream, (row_format)r->format, file, &emotion, &more);
        if (r->summary) song_summary_add(&a->summary, &emotion);
    }
}

static et_status annotation_push(void *context, const float *samples, size_t frames, et_error *error)
{
    annotation *a = context;
    if (draws(a->r)) envelope_push(&a->outline, samples, frames, a->channels);
    a->frames += frames;
    while (frames > 0) {
        size_t room = et_tracker_room(a->tracker), now = frames < room ? frames : room;
        a->not_finite |= et_tracker_push(a->tracker, samples, now) == ET_ERROR_NOT_FINITE;
        samples += now * a->channels;
        frames -= now;
        write_answers(a);
    }
    et_status status = results_pass(a->r->batch.results, a->i, error);
    a->lost |= status == ET_ERROR_FILE;
    return status;
}

static et_status write_track(annotation *a, et_error *error)
{
    const request *r = a->r;
    const track_about about = {.title = basename(r->files[a->i]),
                               .model = et_model_name(r->model),
                               .digest = et_model_digest(r->model),
                               .rate_hz = a->rate_hz};
    if (a->track.incomplete) return error_set(error, ET_ERROR_MEMORY, "%s: no memory for its answers", r->files[a->i]);
    a->track.duration_s = (double)a->frames / a->rate_hz;
    format_get(r->format)->write(a->stream, &a->track, &about);
    return ET_OK;
}

static et_status save_picture(const annotation *a, et_error *error)
{
    static const char *const endings[] = {"svg", "png", "pdf"};
    const request *r = a->r;
    char path[PATH_MAX + 8];
    if (r->plot_dir)
        snprintf(path, sizeof path, "%.2048s/%.2000s.%s", r->plot_dir, folder_record_names(r->record)[a->i],
                 endings[r->plot_form]);
    const plot_ratings *own = r->ratings_file ? &r->ratings : NULL;
    return plot_annotation(r->plot_dir ? path : r->plot, basename(r->files[a->i]), a->track.rows, a->track.count,
                           &a->outline, own, error);
}

static et_status annotation_end(annotation *a, et_error *error)
{
    et_status status = et_tracker_flush(a->tracker);
    if (status != ET_OK) return error_set(error, status, "%s: %s", a->r->files[a->i], et_status_text(status));
    write_answers(a);
    if (format_get(a->r->format)->write) status = write_track(a, error);
    if (status != ET_OK) return status;
    if (a->not_finite)
        say("%s: some samples are not finite numbers; they count as 0 and their rows are flagged 'lost'", a->r->files[a->i]);
    return draws(a->r) ? save_picture(a, error) : ET_OK;
}

/* What a sound that breaks off gave is good; rows that cannot be written are not. */
static sound_state state_of(const annotation *a, et_status status)
{
    if (status == ET_OK) return SOUND_DONE;
    if (status == ET_ERROR_INTERRUPTED) return SOUND_WAITING;
    return a->rows > 0 && !a->lost ? SOUND_CUT_OFF : SOUND_FAILED;
}

static et_status note(const annotation *a, sound_state state, const char *problem)
{
    const request *r = a->r;
    et_error error;
    if (!r->record || state == SOUND_WAITING) return ET_OK;
    et_status status = folder_record_set(r->record, a->i, state, a->rows, problem, &error);
    if (status != ET_OK && !atomic_exchange(r->unrecorded, true)) say("%s", error.message);
    return status;
}

/* A part is written down before its rows appear, a success after: a kill between the two never makes a part look whole. What
 * is lost goes first, so that a full disk has room for the line that says so. */
static et_status finish(annotation *a, et_status status, const char *problem)
{
    et_error error;
    sound_state state = state_of(a, status);
    et_status noted = state == SOUND_CUT_OFF ? note(a, state, problem) : ET_OK;
    bool keep = state == SOUND_DONE || (state == SOUND_CUT_OFF && noted == ET_OK);
    et_status written = results_end(a->r->batch.results, a->i, keep, &error);
    if (written != ET_OK) {
        say("%s", error.message);
        note(a, SOUND_FAILED, error.message);
        return written;
    }
    if (state == SOUND_CUT_OFF) return noted;
    return note(a, state, problem);
}

/* A sound that was done before has its row too, from its result. */
static void report_earlier(const request *r, int i)
{
    char path[PATH_MAX];
    song_summary s = {0};
    et_error error;
    const char *name = folder_record_names(r->record)[i];
    if (!r->summary) return;
    snprintf(path, sizeof path, "%s/%s%s", r->output_dir, name, format_get(r->format)->extension);
    /* A sound that is given twice may not have its result yet: its row comes once. */
    report_end(r->batch.report, i, song_summary_read(&s, path, r->format != ROWS_CSV, &error) == ET_OK ? &s : NULL);
}

static void annotate_sound(void *context, int i)
{
    static const sound_visitor visitor = {annotation_begin, annotation_push};
    const request *r = context;
    annotation a = {.r = r, .i = i};
    et_error error = {ET_OK, ""};
    et_status status = ET_ERROR_INTERRUPTED;
    if (r->record && folder_record_is_done(r->record, i)) {
        sound_skip(r->files[i]);
        results_end(r->batch.results, i, false, NULL);
        report_earlier(r, i);
        return;
    }
    if (!interrupted()) status = sound_visit(r->files[i], r->raw_text ? &r->raw : NULL, &visitor, &a, &error);
    if (status != ET_OK && status != ET_ERROR_INTERRUPTED) say("%s", error.message);
    if (a.stream && status != ET_ERROR_INTERRUPTED && !a.lost) {
        et_error why;
        et_status ended = annotation_end(&a, &why);
        if (ended != ET_OK) say("%s", why.message);
        if (status == ET_OK) status = ended;
    }
    et_status written = finish(&a, status, status == ET_OK ? NULL : error.message);
    if (status == ET_OK && written != ET_OK) snprintf(error.message, sizeof error.message, "its rows cannot be written");
    if (status != ET_ERROR_INTERRUPTED && (status != ET_OK || written != ET_OK))
        report_failed(r->batch.report, i, error.message);
    report_end(r->batch.report, i, status == ET_ERROR_INTERRUPTED ? NULL : &a.summary);
    et_tracker_destroy(a.tracker);
    track_free(&a.track);
}

static void header(FILE *stream, void *context)
{
    const request *r = context;
    if (!format_get(r->format)->write) emotion_header(stream, (row_format)r->format, has_file_column(r), r->more);
}

static int annotate_all(request *r, const char *extension)
{
    r->batch = (batch){.what = "annotate",
                       .sounds = &r->sounds,
                       .to = {.output = r->output,
                              .output_dir = r->output_dir,
                              .extension = extension,
                              .names = r->record ? folder_record_names(r->record) : NULL,
                              .keep_existing = r->keep_existing,
                              .header = header,
                              .context = r},
                       .failed = r->failed,
                       .summary = r->summary,
                       .jobs = r->jobs,
                       .quiet = r->quiet,
                       .task = annotate_sound,
                       .context = r};
    return batch_run(&r->batch);
}

static int annotate_into_folder(request *r, const char *extension)
{
    et_error error;
    char options[256];
    snprintf(options, sizeof options, "step_ms=%d format=%s%s%s%s%s", r->step_ms, extension + 1,
             r->columns ? " columns=" : "", r->columns ? r->columns : "", r->raw_text ? " raw=" : "",
             r->raw_text ? r->raw_text : "");
    folder_run run = {.folder = r->output_dir,
                      .extension = extension,
                      .model_name = et_model_name(r->model),
                      .model_digest = et_model_digest(r->model),
                      .options = options,
                      .sounds = r->files,
                      .relative = r->sounds.relative,
                      .count = r->count,
                      .resume = r->resume,
                      .keep_existing = r->keep_existing};
    if (folder_record_open(&r->record, &run, &error) != ET_OK) return say_failure(&error);
    int skipped = 0;
    for (int i = 0; i < r->count; i++) skipped += folder_record_is_done(r->record, i);
    if (skipped > 0 && (r->resume || r->keep_existing) && !r->quiet)
        say("%d of %d %s", skipped, r->count,
            r->keep_existing ? "results are there already and stay" : "sounds were done before");
    int code = annotate_all(r, extension);
    folder_record_close(r->record);
    return code;
}

static int annotate(request *r)
{
    et_error error;
    atomic_bool unrecorded = false;
    const char *extension = format_get(r->format)->extension;
    r->unrecorded = &unrecorded;
    const char *const outputs[] = {r->output, r->plot, r->failed, r->summary};
    et_status status = ET_OK;
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs && status == ET_OK; i++)
        status = sounds_are_not(outputs[i], r->files, r->count, &error);
    if (status == ET_OK && r->ratings_file) status = plot_ratings_read(&r->ratings, r->ratings_file, &error);
    if (status == ET_OK && r->plot_dir) status = output_folder(r->plot_dir, &error);
    if (status == ET_OK) status = et_model_create(&r->model, r->model_name, &error);
    if (status == ET_OK) status = emotion_columns_known(r->model, r->more, &error);
    int code = EXIT_FAILED;
    if (status != ET_OK)
        code = say_failure(&error);
    else
        code = r->output_dir ? annotate_into_folder(r, extension) : annotate_all(r, extension);
    et_model_destroy(r->model);
    plot_ratings_free(&r->ratings);
    return code;
}

static int check(const option_page *page, request *r)
{
    et_error error;
    if (r->step_ms % 10 != 0) return options_wrong(page, "--step-ms is a multiple of 10, not %d", r->step_ms);
    if (r->output && r->output_dir) return options_wrong(page, "--output and --output-dir exclude each other");
    if (format_get(r->format)->write && !r->output_dir && r->count > 1)
        return options_wrong(page, "this --format is a file for each sound: give --output-dir DIR");
    if (r->summary && r->output_dir && (r->resume || r->keep_existing) && format_get(r->format)->write)
        return options_wrong(page, "--summary reads what was done before: with --resume, from --format csv or jsonl only");
    if (r->resume && !r->output_dir) return options_wrong(page, "--resume needs --output-dir, whose record it reads");
    if (r->plot && !chart_is_named(r->plot))
        return options_wrong(page, "--plot %s: its name says what it is: .svg, .png or .pdf", r->plot);
    if (r->plot && r->plot_dir) return options_wrong(page, "--plot and --plot-dir exclude each other");
    if (r->plot_dir && !r->output_dir) return options_wrong(page, "--plot-dir needs --output-dir, whose names it takes");
    if (r->ratings_file && !r->plot) return options_wrong(page, "--ratings are drawn by --plot");
    if (r->columns && format_get(r->format)->write) return options_wrong(page, "--columns goes with --format csv or jsonl");
    if (r->columns && !(r->more = emotion_columns(r->columns)))
        return options_wrong(page, "--columns is a list of error, key, mode, tempo and pulse with commas between, not '%s'",
                             r->columns);
    if (r->plot && (r->count > 1 || r->sounds.listed))
        return options_wrong(page, "--plot draws one sound, named by its file");
    if (r->raw_text && raw_format_parse(&r->raw, r->raw_text, &error) != ET_OK)
        return options_wrong(page, "%s", error.message);
    return OPTIONS_GO;
}

int command_annotate(int argc, char **argv)
{
    int threads = jobs_processors();
    sound_list_options listing = {0};
    request r = {.step_ms = 500};
    const option options[] = {
        {"model", OPTION_TEXT, &r.model_name, "FILE|NAME", "a model file, or a bundled one ($EMOTRACK_MODEL, else music)"},
        {"step-ms", OPTION_INTEGER, &r.step_ms, "N", "one row every N ms, a multiple of 10 (500)", 10, 3600000},
        {"format", OPTION_CHOICE, &r.format, FORMAT_WORDS, "rows, or what an editor opens, see docs/formats.md (csv)"},
        {"columns", OPTION_TEXT, &r.columns, "LIST", "further columns of rows: error, key, mode, tempo, pulse"},
        {"output", OPTION_TEXT, &r.output, "FILE", "one file for all (standard output)", .letter = 'o'},
        {"output-dir", OPTION_TEXT, &r.output_dir, "DIR", "DIR/NAME.csv for each sound, and DIR/emotrack.jsonl"},
        {"resume", OPTION_FLAG, &r.resume, NULL, "sounds that are complete in DIR are not done again"},
        {"no-clobber", OPTION_FLAG, &r.keep_existing, NULL, "an output that is there is not replaced"},
        {"plot", OPTION_TEXT, &r.plot, "FILE", "a picture, .svg, .png or .pdf: curves over the waveform, path on the plane"},
        {"plot-dir", OPTION_TEXT, &r.plot_dir, "DIR", "a picture of each sound, named as in --output-dir"},
        {"plot-form", OPTION_CHOICE, &r.plot_form, "svg|png|pdf", "of the pictures in --plot-dir (svg)"},
        {"ratings", OPTION_TEXT, &r.ratings_file, "FILE.csv",
         "with --plot: own ratings over the curves (time_s,valence,arousal)"},
        {"summary", OPTION_TEXT, &r.summary, "FILE", "CSV with a row for each sound: means, quarter of the plane, errors"},
        {"failed", OPTION_TEXT, &r.failed, "FILE", "JSON lines: which sounds failed, and why"},
        SOUND_LIST_OPTIONS(listing),
        {"raw", OPTION_TEXT, &r.raw_text, "ENCODING:RATE:CHANNELS", "the input is bare samples, e.g. s16le:44100:2"},
        {"jobs", OPTION_INTEGER, &r.jobs, "N", "sounds at once (number of cores)", 1, 256, .letter = 'j'},
        {"threads", OPTION_INTEGER, &threads, "N", "threads in all (number of cores)", 1, 256},
        {"device", OPTION_CHOICE, &r.device, "cpu|cuda|auto", "where the network runs (cpu)"},
        {"quiet", OPTION_FLAG, &r.quiet, NULL, "no progress bar", .letter = 'q'},
        {NULL},
    };
    const option_page page = {
        "annotate",
        "FILE|DIR|LIST...",
        "sound files to emotion curves",
        "emotrack annotate song.mp3 > song.csv\nemotrack annotate --output-dir curves --resume songs/*.flac\n"
        "emotrack annotate --output-dir curves --summary songs.csv --failed failed.jsonl --shard 3/100 library",
        options,
        "FILE is anything that libsndfile reads, and FFmpeg where emotrack-ffmpeg is installed, or - for standard input.\n"
        "Columns: time_s (end of the sound that the answer has heard), valence and arousal in [-1, 1], context_s (seconds "
        "of\n"
        "sound behind the answer), level_dbfs (RMS of the last second), flags (silence, clipped, lost). With several sounds "
        "in\n"
        "one output a first column says the file.\n" SOUND_LIST_NOTES};
    int operands, code = options_parse(&page, argc, argv, &operands);
    if (code == OPTIONS_GO) code = sound_list_from(&r.sounds, &listing, &page, argv, operands);
    r.files = r.sounds.path, r.count = r.sounds.count;
    if (code == OPTIONS_GO) code = check(&page, &r);
    if (r.jobs == 0 || r.jobs > threads) r.jobs = threads;
    if (code == OPTIONS_GO) code = annotate(&r);
    sound_list_free(&r.sounds);
    return code;
}
