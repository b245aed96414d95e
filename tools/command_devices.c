/** `emotrack devices`: inputs that can be listened to, and GPUs. */
#include <stdio.h>

#include "audio/capture.h"
#include "commands.h"
#include "options.h"
#include "progress.h"
#include "text.h"

enum { FORMAT_TEXT, FORMAT_JSON };

static const char no_gpu[] = "none: this program is built without CUDA; everything runs on the CPU";

static void print_text(const capture_list *list)
{
    printf("Inputs:\n");
    if (capture_list_count(list) == 0) printf("  none: connect a microphone, or start the sound server\n");
    for (size_t i = 0; i < capture_list_count(list); i++) {
        const capture_device *d = capture_list_get(list, i);
        printf("%c %3d  %-32s  %-16s  %3u channel%s  %6.0f Hz  %5.1f ms\n", d->is_default ? '*' : ' ', d->index, d->name,
               d->host_api, d->channels, d->channels == 1 ? " " : "s", d->rate_hz, d->latency_s * 1e3);
    }
    if (capture_list_count(list) > 0) printf("(* the default; channels: at most; rate: its own; latency: its shortest)\n");
    printf("GPUs:\n  %s\n", no_gpu);
}

static void print_json(const capture_list *list)
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
    printf("],\"gpus\":[],\"gpus_note\":");
    text_write_json(stdout, no_gpu);
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
    if (capture_list_create(&list, &error) != ET_OK) {
        say("%s", error.message);
        return EXIT_FAILED;
    }
    if (format == FORMAT_JSON)
        print_json(list);
    else
        print_text(list);
    capture_list_destroy(list);
    return EXIT_DONE;
}
