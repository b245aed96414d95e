#include "audio/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <portaudio.h>

#include "audio/capture.h"
#include "audio/silence_stderr.h"
#include "base/error.h"

struct capture_list {
    size_t count;
    capture_device devices[];
};

et_status devices_begin(et_error *error)
{
    silence_handlers(true);
    int kept = silence_stderr();
    PaError failure = Pa_Initialize();
    restore_stderr(kept);
    if (failure == paNoError) return ET_OK;
    silence_handlers(false);
    return error_set(error, ET_ERROR_DEVICE, "PortAudio does not start: %s", Pa_GetErrorText(failure));
}

void devices_end(void)
{
    int kept = silence_stderr();
    Pa_Terminate();
    restore_stderr(kept);
    silence_handlers(false);
}

static bool is_input(int index)
{
    return index >= 0 && index < Pa_GetDeviceCount() && Pa_GetDeviceInfo(index)->maxInputChannels > 0;
}

/* "0 hw:0, 3 pulse": as many as fit. */
static void list_inputs(char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < Pa_GetDeviceCount() && used < room; i++)
        if (is_input(i))
            used +=
                (size_t)snprintf(text + used, room - used, "%s%d '%s'", used > 0 ? ", " : "", i, Pa_GetDeviceInfo(i)->name);
    if (used == 0) snprintf(text, room, "none; connect a microphone or start the sound server");
    if (used >= room) snprintf(text + room - 4, 4, "...");
}

static et_status refuse(const char *input, const char *why, et_error *error)
{
    char inputs[360];
    list_inputs(inputs, sizeof inputs);
    return error_set(error, ET_ERROR_DEVICE, "input '%.80s': %s. Inputs: %s", input, why, inputs);
}

static et_status find_name(int *index, const char *input, et_error *error)
{
    int part = -1, parts = 0;
    for (int i = 0; i < Pa_GetDeviceCount(); i++) {
        if (!is_input(i)) continue;
        const char *name = Pa_GetDeviceInfo(i)->name;
        if (strcasecmp(name, input) == 0) {
            *index = i;
            return ET_OK;
        }
        if (strcasestr(name, input) == NULL) continue;
        part = i;
        parts++;
    }
    if (parts == 0) return refuse(input, "there is none of this name", error);
    if (parts > 1) return refuse(input, "several have this in their name; give more of it, or the index", error);
    *index = part;
    return ET_OK;
}

et_status devices_find(int *index, const char *input, et_error *error)
{
    if (input == NULL) {
        *index = Pa_GetDefaultInputDevice();
        return is_input(*index) ? ET_OK : refuse("default", "there is no default input", error);
    }
    char *end;
    long number = strtol(input, &end, 10);
    if (input[0] < '0' || input[0] > '9' || *end != '\0') return find_name(index, input, error);
    if (number > Pa_GetDeviceCount() || !is_input((int)number)) return refuse(input, "there is none of this index", error);
    *index = (int)number;
    return ET_OK;
}

static bool copy_device(capture_device *out, int index)
{
    const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
    *out = (capture_device){.index = index,
                            .name = strdup(info->name),
                            .host_api = strdup(Pa_GetHostApiInfo(info->hostApi)->name),
                            .channels = (unsigned)info->maxInputChannels,
                            .rate_hz = info->defaultSampleRate,
                            .latency_s = info->defaultLowInputLatency,
                            .is_default = index == Pa_GetDefaultInputDevice()};
    return out->name != NULL && out->host_api != NULL;
}

static et_status copy_devices(capture_list **out, et_error *error)
{
    int count = Pa_GetDeviceCount() > 0 ? Pa_GetDeviceCount() : 0;
    capture_list *list = calloc(1, sizeof *list + (size_t)count * sizeof *list->devices);
    bool copied = list != NULL;
    for (int i = 0; i < count && copied; i++)
        if (is_input(i)) copied = copy_device(&list->devices[list->count++], i);
    if (!copied) {
        capture_list_destroy(list);
        return error_set(error, ET_ERROR_MEMORY, "no memory for the list of inputs");
    }
    *out = list;
    return ET_OK;
}

et_status capture_list_create(capture_list **out, et_error *error)
{
    et_status status = devices_begin(error);
    if (status != ET_OK) return status;
    status = copy_devices(out, error);
    devices_end();
    return status;
}

void capture_list_destroy(capture_list *list)
{
    if (list == NULL) return;
    for (size_t i = 0; i < list->count; i++) {
        free((char *)list->devices[i].name);
        free((char *)list->devices[i].host_api);
    }
    free(list);
}

size_t capture_list_count(const capture_list *list)
{
    return list->count;
}

const capture_device *capture_list_get(const capture_list *list, size_t i)
{
    return &list->devices[i];
}
