/** `emotrack devices`: inputs that can be listened to, and GPUs. */
#include <stdio.h>

#include "audio/capture.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "commands.h"
#include "model/backend.h"

enum { FORMAT_TEXT, FORMAT_JSON };

/* The GPU that would be used, or why there is none. */
typedef struct gpu {
    bool usable;
    char name[128];
    et_error problem;
} gpu;

static gpu find_gpu(void)
{
    gpu g = {0};
    const backend *found;
    g.usable = backend_load(&found, &g.problem) == ET_OK && found->probe(g.name, sizeof g.name, &g.problem) == ET_OK;
    return g;
}

static void print_text(const capture_list *list, const gpu *g)
{
    printf("Inputs:\n");
    if (capture_list_count(list) == 0) printf("  none: connect a microphone, or start the sound server\n");
    for (size_t i = 0; i < capture_list_count(list); i++) {
        const capture_device *d = capture_list_get(list, i);
        char name[200];
        text_shown(name, sizeof name, d->name);
        printf("%c %3d  %-32s  %-16s  %3u channel%s  %6.0f Hz  %5.1f ms\n", d->is_default ? '*' : ' ', d->index, name,
               d->host_api, d->channels, d->channels == 1 ? " " : "s", d->rate_hz, d->latency_s * 1e3);
    }
    if (capture_list_count(list) > 0) printf("(* the default; channels: at most; rate: its own; latency: its shortest)\n");
    char words[600];
    printf("GPUs:\n");
    if (g->usable)
        printf("    0  %s\n", text_shown(words, sizeof words, g->name));
    else
        printf("  none: %s\n", text_shown(words, sizeof words, g->problem.message));
}

static void print_json(const capture_list *list, const gpu *g)
{
    printf("{\"inputs\":[");
    for (size_t i = 0; i < capture_list_count(list); i++) {
        const capture_device *d = capture_list_get(list, i);
        printf("%s{\"index\":%d,\"name\":", i > 0 ? "," : "", d->index);
        text_write_json(stdout, d->name);
        printf(",\"host_api\":");
        text_write_json(stdout, d->host_api);
        printf(",\"channels\":%u,\"rate_hz\":%.0f,\"latency_s\":%.4f,\"default\":%s}", d->channels, d->rate_hz, d->latency_s,
               d->is_default ? "true" : "false");
    }
    printf("],\"gpus\":[");
    if (g->usable) {
        printf("{\"index\":0,\"name\":");
        text_write_json(stdout, g->name);
        printf("}");
    }
    printf("],\"gpu_problem\":");
    if (g->usable)
        printf("null");
    else
        text_write_json(stdout, g->problem.message);
    printf("}\n");
}

int command_devices(int argc, char **argv)
{
    int format = FORMAT_TEXT;
    const option options[] = {{"format", OPTION_CHOICE, &format, "text|json", "form of the list (text)"}, {NULL}};
    const option_page page = {
        "devices",         "",
        "inputs and GPUs", "emotrack devices --format json",
        options,           "An input's index or name, or a unique part of its name, is what `emotrack live --input` takes."};
    int operands = 0, code = options_parse(&page, argc, argv, &operands);
    if (code != OPTIONS_GO) return code;
    capture_list *list;
    et_error error;
    if (capture_list_create(&list, &error) != ET_OK) return say_failure(&error);
    gpu g = find_gpu();
    if (format == FORMAT_JSON)
        print_json(list, &g);
    else
        print_text(list, &g);
    capture_list_destroy(list);
    return EXIT_DONE;
}
