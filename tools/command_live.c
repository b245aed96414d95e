/** `emotrack live`: a microphone to emotions, on the terminal as a picture, elsewhere as rows. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio/silence_stderr.h"
#include "base/error.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "commands.h"
#include "live/session.h"

typedef struct request {
    const char *model, *input, *play, *output, *columns, *record, *http, *token;
    double rate_hz, duration_s;
    int channels, step_ms, format, device;
    option_list osc, osc_styles;
    int range, midi_channel;
    const char *gain, *offset, *midi, *controllers;
    double smooth_s, hold_s, decay_s, switch_width;
    bool holds, switches, midi_fine, monitor, latency, keep_existing, quiet;
} request;

static const char *const devices[] = {"cpu", "cuda", "auto"};

static et_status open_rows(live_session *s, const request *r, et_error *error)
{
    output *to;
    et_status status = output_open_growing(&to, r->output, r->keep_existing, error);
    if (status == ET_OK) status = row_writer_create(&s->rows, to, ROWS_MOST_WAITING, error);
    if (status == ET_OK) emotion_header(row_writer_stream(s->rows), s->format, false, s->columns);
    return status;
}

static et_status open_ends(live_session *s, const request *r, et_error *error)
{
    bool rows = !s->picture || r->output != NULL;
    capture *from = s->source.from;
    et_status status = outputs_model(&s->outputs, s->source.model, error);
    if (status == ET_OK) status = emotion_columns_known(s->source.model, s->columns, error);
    if (status == ET_OK && r->record != NULL)
        status = recording_open(&s->record, r->record, capture_rate_hz(from), capture_channels(from), error);
    if (status == ET_OK && rows) status = open_rows(s, r, error);
    return status;
}

/* "G" of both dimensions, or "G,G" of valence and of arousal. */
static bool read_pair(double pair[2], const char *text)
{
    char *end;
    if (text == NULL) return true;
    pair[0] = pair[1] = strtod(text, &end);
    if (end == text || !isfinite(pair[0])) return false;
    if (*end == '\0') return true;
    const char *second = end + 1;
    pair[1] = strtod(second, &end);
    return *(second - 1) == ',' && end != second && *end == '\0' && isfinite(pair[1]);
}

static et_status open_outputs(live_session *s, const request *r, et_error *error)
{
    double controller[2] = {20, 21};
    outputs_options to = {
        .addresses = &r->osc,
        .styles = &r->osc_styles,
        .mapping = {.range = (mapping_range)r->range,
                    .smooth_s = r->smooth_s,
                    .hold_s = r->holds         ? r->hold_s
                              : r->decay_s > 0 ? 0
                                               : -1,
                    .decay_s = r->decay_s,
                    .gain = {1, 1},
                    .switches = r->switches,
                    .switch_width = r->switch_width},
        .midi = {.name = r->midi, .channel = r->midi_channel, .fine = r->midi_fine},
    };
    if (!read_pair(to.mapping.gain, r->gain) || !read_pair(to.mapping.offset, r->offset))
        return error_set(error, ET_ERROR_ARGUMENT,
                         "--gain and --offset take a number, or two as 1.5,2: valence's and arousal's");
    if (!read_pair(controller, r->controllers) || controller[0] != (int)controller[0] ||
        controller[1] != (int)controller[1] || controller[0] == controller[1])
        return error_set(error, ET_ERROR_ARGUMENT, "--cc takes two controllers, as 20,21: valence's and arousal's");
    for (int k = 0; k < 2; k++) to.midi.controller[k] = (int)controller[k];
    return outputs_open(&s->outputs, &to, error);
}

/* The page is there before the sound, so that it can be open when the first answer comes. */
static et_status set_up(live_session *s, const request *r, et_error *error)
{
    s->wanted = (live_source_options){.model = r->model,
                                      .input = r->input,
                                      .play = r->play,
                                      .monitor = r->monitor,
                                      .rate_hz = r->rate_hz,
                                      .channels = (unsigned)r->channels,
                                      .step_ms = (unsigned)r->step_ms,
                                      .device = devices[r->device],
                                      .duration_s = r->duration_s,
                                      .keeps_sound = r->record != NULL || r->http != NULL};
    et_status status = open_outputs(s, r, error);
    if (status != ET_OK) return status;
    s->wanted.harmony = r->http != NULL || s->outputs.takes_more || s->columns & COLUMNS_OF_HARMONY;
    if (r->http != NULL) {
        status = http_open(&s->http, r->http, r->token, error);
        if (status != ET_OK) return status;
        choices_inputs(&s->inputs, &s->wanted);
        choices_models(&s->models, &s->wanted);
        if (!r->quiet) dprintf(s->messages, "emotrack: the page is at %s\n", http_url(s->http));
    }
    status = live_source_open(&s->source, &s->wanted, error);
    return status == ET_OK ? open_ends(s, r, error) : status;
}

static void tear_down(live_session *s)
{
    http_close(s->http);
    live_source_close(&s->source);
    outputs_close(&s->outputs);
    choices_free(&s->inputs);
    choices_free(&s->models);
}

static void complain(const live_session *s, const et_error *error)
{
    char words[1200];
    dprintf(s->messages, "emotrack: %s\n", text_shown(words, sizeof words, error->message));
}

static void summarise(const live_session *s)
{
    char name[200];
    text_shown(name, sizeof name, s->source.from != NULL ? capture_name(s->source.from) : "nothing");
    dprintf(s->messages, "%llu answers from %.2f s of sound of '%s'; %llu frames lost in %llu overruns\n",
            (unsigned long long)s->answers, live_session_heard_s(s), name, (unsigned long long)live_session_lost(s),
            (unsigned long long)live_session_overruns(s));
    if (s->all.both.count > 0) live_times_print(s->messages, "latency", &s->all, s->source.ahead);
}

/* Rows and recording come to their places. @return whether both did */
static bool close_ends(live_session *s, et_error *error)
{
    et_status recorded = recording_close(s->record, error);
    if (recorded != ET_OK) complain(s, error);
    et_status written = s->rows != NULL ? row_writer_close(s->rows, error) : ET_OK;
    if (written != ET_OK) complain(s, error);
    return recorded == ET_OK && written == ET_OK;
}

static int run(live_session *s, const request *r)
{
    et_error error;
    et_status status = set_up(s, r, &error);
    if (status != ET_OK) {
        complain(s, &error);
        recording_close(s->record, NULL);
        row_writer_abandon(s->rows);
        return status == ET_ERROR_ARGUMENT ? EXIT_USAGE : EXIT_FAILED;
    }
    const char *problem = live_engine_priority_problem(s->source.engine);
    if (problem != NULL && !r->quiet) dprintf(s->messages, "emotrack: no real-time priority: %s\n", problem);
    status = live_session_run(s, &error);
    if (status != ET_OK && status != ET_ERROR_INTERRUPTED) complain(s, &error);
    http_close(s->http); /* rows may wait for their reader, and the page would look alive */
    s->http = NULL;
    bool closed = close_ends(s, &error);
    if (!r->quiet) summarise(s);
    if (!closed || s->failed || (status != ET_OK && status != ET_ERROR_INTERRUPTED)) return EXIT_FAILED;
    return status == ET_ERROR_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_DONE;
}

/* Ctrl-C must not break the row that is being written: a write goes on, and the wait for a key comes back all the same. */
static void let_writes_go_on(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action;
        sigaction(signals[i], NULL, &action);
        action.sa_flags |= SA_RESTART;
        sigaction(signals[i], &action, NULL);
    }
}

static int live(const request *r, unsigned columns)
{
    let_writes_go_on();
    live_session s = {.format = (row_format)r->format, .columns = columns, .played = r->play, .reports = r->latency};
    if (r->record != NULL) snprintf(s.record_name, sizeof s.record_name, "%s", r->record);
    bool to_stdout = r->output != NULL && strcmp(r->output, "-") == 0;
    s.picture = isatty(STDOUT_FILENO) && !to_stdout;
    /* PortAudio's thread writes to stderr when its device goes away; our own words take another way. */
    int kept = silence_stderr();
    s.messages = kept >= 0 ? kept : STDERR_FILENO;
    int code = run(&s, r);
    tear_down(&s);
    restore_stderr(kept);
    return code;
}

static const char notes[] =
    "On a terminal there is a picture (q or Ctrl-C ends), elsewhere and with --output there are the rows of annotate. Lost\n"
    "sound counts as silence and its rows are flagged 'lost'. A device that goes away is waited for. OSC:\n"
    "/emotrack/emotion with valence and arousal as two floats, or as --osc-style says, and /emotrack/status with a word:\n"
    "start, stop, lost, back, silence, sound. --gain and its like change what is sent, not the rows.";

int command_live(int argc, char **argv)
{
    request r = {.step_ms = 10, .midi_channel = 1};
    const option options[] = {
        {"input", OPTION_TEXT, &r.input, "NAME|INDEX", "input to hear, see emotrack devices (the default one)",
         .letter = 'i'},
        {"rate", OPTION_NUMBER, &r.rate_hz, "HZ", "rate to record at (44100 where offered, else the device's)", 4000,
         768000},
        {"channels", OPTION_INTEGER, &r.channels, "N", "channels to record, mixed to their mean (at most 2)", 1, 256},
        {"model", OPTION_TEXT, &r.model, "FILE|NAME", "a model file, or a bundled one ($EMOTRACK_MODEL, else music)"},
        {"step-ms", OPTION_INTEGER, &r.step_ms, "N", "one answer every N ms, a multiple of 10 (10)", 10, 3600000},
        {"format", OPTION_CHOICE, &r.format, "csv|jsonl", "rows as CSV or as JSON lines (csv)"},
        {"columns", OPTION_TEXT, &r.columns, "LIST", "further columns of rows: error, key, mode, tempo, pulse"},
        {"output", OPTION_TEXT, &r.output, "FILE", "rows to a file, beside the picture (standard output)", .letter = 'o'},
        {"no-clobber", OPTION_FLAG, &r.keep_existing, NULL, "rows do not replace a file that is there"},
        {"duration-s", OPTION_NUMBER, &r.duration_s, "S", "end after S seconds (never)", .01, 1e9},
        {"record", OPTION_TEXT, &r.record, "FILE.wav", "keep what is heard, sample for sample"},
        {"latency", OPTION_FLAG, &r.latency, NULL, "report the latency every 10 s"},
        {"play", OPTION_TEXT, &r.play, "FILE", "hear a sound file at its own pace in the input's place"},
        {"monitor", OPTION_FLAG, &r.monitor, NULL, "with --play: on the loudspeakers too"},
        {"http", OPTION_TEXT, &r.http, "[HOST:]PORT", "serve a page that shows it, and the answers (on 127.0.0.1)"},
        {"http-token", OPTION_TEXT, &r.token, "WORD", "who does not give it may not read; must be there for other HOSTs"},
        {"osc", OPTION_LIST, &r.osc, "HOST:PORT", "send the answers by Open Sound Control; may be given several times"},
        {"osc-style", OPTION_LIST, &r.osc_styles, "STYLE",
         "pair, single, wekinator or full (pair); of all, or one an --osc"},
        {"midi", OPTION_TEXT, &r.midi, "NAME", "send control changes to this MIDI port (a part of its name, or virtual)"},
        {"cc", OPTION_TEXT, &r.controllers, "V,A", "controllers of valence and arousal (20,21)"},
        {"midi-channel", OPTION_INTEGER, &r.midi_channel, "N", "channel of the control changes (1)", 1, 16},
        {"midi-fine", OPTION_FLAG, &r.midi_fine, NULL, "14 bits: the lower seven by the controllers 32 higher"},
        {"range", OPTION_CHOICE, &r.range, "-1..1|0..1|percentile",
         "of what is sent; percentile: by the model's table (-1..1)"},
        {"gain", OPTION_TEXT, &r.gain, "G[,G]", "spread what is sent around the middle, before --offset (1)"},
        {"offset", OPTION_TEXT, &r.offset, "O[,O]", "shift what is sent (0)"},
        {"smooth", OPTION_NUMBER, &r.smooth_s, "S", "smooth what is sent over S seconds (0)", 0, 3600},
        {"switch", OPTION_NUMBER, &r.switch_width, "W", "send only the ends of the range; they change W beyond the middle",
         0, 1, &r.switches},
        {"hold", OPTION_NUMBER, &r.hold_s, "S", "in silence, hold what is sent for S seconds (for ever)", 0, 1e6, &r.holds},
        {"decay", OPTION_NUMBER, &r.decay_s, "S", "in silence, then go to the middle within some S seconds", 0, 3600},
        {"device", OPTION_CHOICE, &r.device, "cpu|cuda|auto", "where the network runs (cpu)"},
        {"quiet", OPTION_FLAG, &r.quiet, NULL, "no summary at the end", .letter = 'q'},
        {NULL},
    };
    const option_page page = {
        "live", "", "a microphone to emotions", "emotrack live\nemotrack live --duration-s 60 > minute.csv", options, notes};
    int operands = 0, code = options_parse(&page, argc, argv, &operands);
    if (code != OPTIONS_GO) return code;
    if (r.step_ms % 10 != 0) return options_wrong(&page, "--step-ms %d: must be a multiple of 10", r.step_ms);
    if (r.play != NULL && (r.input != NULL || r.rate_hz > 0 || r.channels > 0))
        return options_wrong(&page, "--play has the file's own rate and channels, and needs no --input");
    bool maps =
        r.range > 0 || r.gain != NULL || r.offset != NULL || r.smooth_s > 0 || r.holds || r.decay_s > 0 || r.switches;
    if (maps && r.osc.count == 0 && r.midi == NULL)
        return options_wrong(&page, "--range, --gain and the like are for what is sent: they need --osc or --midi");
    if ((r.controllers != NULL || r.midi_fine) && r.midi == NULL)
        return options_wrong(&page, "--cc and --midi-fine need --midi NAME");
    unsigned columns = r.columns != NULL ? emotion_columns(r.columns) : 0;
    if (r.columns != NULL && columns == 0)
        return options_wrong(&page, "--columns is a list of error, key, mode, tempo and pulse with commas between, not '%s'",
                             r.columns);
    if (r.monitor && r.play == NULL) return options_wrong(&page, "--monitor needs --play FILE");
    if (r.token != NULL && r.http == NULL) return options_wrong(&page, "--http-token needs --http");
    return live(&r, columns);
}
