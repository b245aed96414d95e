/** emotrack tag: valence and arousal of sound files into their own tags. */
#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "audio/sound_file.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "batch/batch.h"
#include "batch/jobs.h"
#include "batch/song_summary.h"
#include "batch/sounds.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "commands.h"
#include "formats/mood.h"
#include "tags/retag.h"

enum { STEP_MS = 500, DIGITS_OF_DIGEST = 16 };

typedef struct request {
    sound_list sounds;
    char *const *files; /* of sounds */
    int count, jobs;
    bool mood, dry_run, remove, resume, quiet;
    const char *model_name, *failed;
    char model_field[sizeof((song_tags *)0)->model];
    et_model *model; /* NULL where tags are removed */
    batch batch;
} request;

/* One song on its way to its tags. */
typedef struct song {
    const request *r;
    const char *path;
    unsigned channels;
    et_tracker *tracker;
    song_summary summary;
    sound_digest digest;
    song_tags old, tags;
    const char *done; /* what became of its tags */
} song;

static et_status song_begin(void *context, double rate_hz, unsigned channels, et_error *error)
{
    song *s = context;
    const et_tracker_options options = {.rate_hz = rate_hz, .channels = channels, .step_ms = STEP_MS, .device = "cpu"};
    et_error why;
    et_status status = et_tracker_create(&s->tracker, s->r->model, &options, &why);
    if (status != ET_OK) return error_set(error, status, "%s: %s", s->path, why.message);
    s->channels = channels;
    return ET_OK;
}

static void take_answers(song *s)
{
    et_emotion emotion;
    while (et_tracker_poll(s->tracker, &emotion)) song_summary_add(&s->summary, &emotion);
}

static et_status song_push(void *context, const float *samples, size_t frames, et_error *error)
{
    song *s = context;
    (void)error;
    sound_digest_add(&s->digest, samples, frames, s->channels);
    while (frames > 0) {
        size_t room = et_tracker_room(s->tracker), now = frames < room ? frames : room;
        et_tracker_push(s->tracker, samples, now);
        samples += now * s->channels;
        frames -= now;
        take_answers(s);
    }
    return ET_OK;
}

/* A model may have one of both alone. */
static void write_number(char *field, size_t room, float mean)
{
    if (!isnan(mean)) snprintf(field, room, "%.6f", (double)mean + 0.0);
}

static et_status find_tags(song *s, et_error *error)
{
    static const sound_visitor visitor = {song_begin, song_push};
    et_status status = sound_visit(s->path, NULL, &visitor, s, error);
    if (status == ET_OK && (status = et_tracker_flush(s->tracker)) != ET_OK)
        error_set(error, status, "%s: %s", s->path, et_status_text(status));
    if (status != ET_OK) return status;
    take_answers(s);
    et_emotion mean = song_summary_mean(&s->summary);
    if (isnan(mean.valence) && isnan(mean.arousal))
        return error_set(error, ET_ERROR_FORMAT, "%s: too short for an answer", s->path);
    write_number(s->tags.valence, sizeof s->tags.valence, mean.valence);
    write_number(s->tags.arousal, sizeof s->tags.arousal, mean.arousal);
    if (s->r->mood) snprintf(s->tags.mood, sizeof s->tags.mood, "%s", mood_word(&mean));
    memcpy(s->tags.model, s->r->model_field, sizeof s->tags.model);
    return ET_OK;
}

static bool is_tagged(const song_tags *t)
{
    return t->valence[0] || t->arousal[0] || t->mood[0] || t->model[0];
}

static et_status remove_tags(song *s, et_error *error)
{
    sound_skip(s->path);
    s->done = "none";
    if (!is_tagged(&s->old)) return ET_OK;
    s->done = "removed";
    if (s->r->dry_run) return ET_OK;
    et_status status = sound_digest_of(&s->digest, s->path, error);
    return status == ET_OK ? retag(s->path, &s->tags, &s->digest, error) : status;
}

/* By this model, with a mood if one is asked for. */
static bool was_done_before(const song *s)
{
    const request *r = s->r;
    return r->resume && (s->old.valence[0] || s->old.arousal[0]) && strcmp(s->old.model, r->model_field) == 0 &&
           !r->mood == !s->old.mood[0];
}

static et_status write_tags(song *s, et_error *error)
{
    if (was_done_before(s)) {
        sound_skip(s->path);
        s->done = "kept";
        s->tags = s->old;
        return ET_OK;
    }
    et_status status = find_tags(s, error);
    if (status != ET_OK) return status;
    s->done = memcmp(&s->old, &s->tags, sizeof s->tags) == 0 ? "kept" : "written";
    return s->r->dry_run || s->done[0] == 'k' ? ET_OK : retag(s->path, &s->tags, &s->digest, error);
}

/* What is no sound at all says so; else `problem` is what is wrong with its tags. */
static et_status why_no_tags(const song *s, et_status problem, et_error *error)
{
    sound_file *sound;
    et_error tags = *error;
    et_status status = sound_file_open(&sound, s->path, NULL, error);
    if (status != ET_OK) return status;
    sound_file_close(sound);
    *error = tags;
    return problem;
}

static et_status do_song(song *s, et_error *error)
{
    if (interrupted()) return ET_ERROR_INTERRUPTED;
    if (strcmp(s->path, "-") == 0)
        return error_set(error, ET_ERROR_ARGUMENT, "standard input has no tags to be written; name files");
    et_status status = tags_read(&s->old, s->path, s->path, error);
    if (status != ET_OK) {
        sound_skip(s->path);
        return why_no_tags(s, status, error);
    }
    return s->r->remove ? remove_tags(s, error) : write_tags(s, error);
}

static void write_row(const song *s, FILE *stream)
{
    text_write_csv(stream, s->path);
    fprintf(stream, ",%s,%s,%s,%s\n", s->done, s->tags.valence, s->tags.arousal, s->tags.mood);
}

static void tag_song(void *context, int i)
{
    const request *r = context;
    song s = {.r = r, .path = r->files[i]};
    et_error error = {ET_OK, ""};
    et_status status = do_song(&s, &error);
    FILE *stream = status == ET_OK ? results_begin(r->batch.results, i, &error) : NULL;
    if (stream) write_row(&s, stream);
    if (status != ET_OK && status != ET_ERROR_INTERRUPTED) {
        say("%s", error.message);
        report_failed(r->batch.report, i, error.message);
    }
    results_end(r->batch.results, i, true, NULL);
    et_tracker_destroy(s.tracker);
}

static void header(FILE *stream, void *context)
{
    (void)context;
    fputs("file,tags,valence,arousal,mood\n", stream);
}

/* What killed runs have left beside the sounds. */
static void sweep(const request *r)
{
    size_t last = 0;
    for (int i = 0; i < r->count; i++) {
        const char *path = r->files[i], *slash = strrchr(path, '/');
        size_t folder = slash ? (size_t)(slash - path) : 0;
        if (i == 0 || folder != last || strncmp(path, r->files[i - 1], folder) != 0) atomic_file_sweep(path);
        last = folder;
    }
}

static int tag_all(request *r)
{
    if (!r->dry_run) sweep(r);
    r->batch = (batch){.what = "tag",
                       .sounds = &r->sounds,
                       .to = {.header = header, .context = r},
                       .failed = r->failed,
                       .jobs = r->jobs,
                       .quiet = r->quiet,
                       .task = tag_song,
                       .context = r};
    return batch_run(&r->batch);
}

/* Letters that every kind of tag takes. */
static void name_model(request *r)
{
    snprintf(r->model_field, sizeof r->model_field, "%.60s %.*s", et_model_name(r->model), DIGITS_OF_DIGEST,
             et_model_digest(r->model));
    for (char *c = r->model_field; *c; c++)
        if (!isascii((unsigned char)*c) || !isprint((unsigned char)*c)) *c = '_';
}

static int tag(request *r)
{
    et_error error;
    if (sounds_are_not(r->failed, r->files, r->count, &error) != ET_OK) return say_failure(&error);
    if (!tags_built()) {
        say("this emotrack is built without TagLib (libtag1-dev) and writes no tags");
        return EXIT_FAILED;
    }
    if (!r->remove) {
        if (et_model_create(&r->model, r->model_name, &error) != ET_OK) return say_failure(&error);
        name_model(r);
    }
    int code = tag_all(r);
    et_model_destroy(r->model);
    return code;
}

int command_tag(int argc, char **argv)
{
    sound_list_options listing = {0};
    request r = {.jobs = jobs_processors()};
    const option options[] = {
        {"model", OPTION_TEXT, &r.model_name, "FILE|NAME", "a model file, or a bundled one ($EMOTRACK_MODEL, else music)"},
        {"mood", OPTION_FLAG, &r.mood, NULL, "a word for the song's place on the plane too, e.g. calm"},
        {"remove", OPTION_FLAG, &r.remove, NULL, "takes out what this command has written"},
        {"dry-run", OPTION_FLAG, &r.dry_run, NULL, "says what would be done and changes nothing", .letter = 'n'},
        {"resume", OPTION_FLAG, &r.resume, NULL, "files that have this model's tags are not done again"},
        {"failed", OPTION_TEXT, &r.failed, "FILE", "JSON lines: which sounds failed, and why"},
        SOUND_LIST_OPTIONS(listing),
        {"jobs", OPTION_INTEGER, &r.jobs, "N", "sounds at once (number of cores)", 1, 256, .letter = 'j'},
        {"quiet", OPTION_FLAG, &r.quiet, NULL, "no progress bar", .letter = 'q'},
        {NULL},
    };
    const option_page page = {
        "tag",
        "FILE|DIR|LIST...",
        "valence and arousal of sound files into their own tags",
        "emotrack tag --dry-run --mood song.mp3\nemotrack tag --mood --resume music\nemotrack tag --remove music",
        options,
        "Fields: EMOTRACK_VALENCE and EMOTRACK_AROUSAL (means of the song, as annotate --summary has them), EMOTRACK_MODEL; "
        "with\n"
        "--mood EMOTRACK_MOOD, and the field that players show (TMOO, MOOD), unless it holds somebody else's word. The "
        "sound is\n"
        "decoded before and after: a file whose samples would change stays as it is. A row of CSV says what became of each\n"
        "file's tags: written, kept (they were there), removed, none (there was nothing to remove).\n" SOUND_LIST_NOTES};
    int operands, code = options_parse(&page, argc, argv, &operands);
    if (code == OPTIONS_GO && r.remove && (r.mood || r.resume || r.model_name))
        code = options_wrong(&page, "--remove takes out all fields and goes with no --mood, --resume or --model");
    if (code == OPTIONS_GO) code = sound_list_from(&r.sounds, &listing, &page, argv, operands);
    r.files = r.sounds.path, r.count = r.sounds.count;
    if (code == OPTIONS_GO) code = tag(&r);
    sound_list_free(&r.sounds);
    return code;
}
