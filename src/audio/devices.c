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

/* Inputs by number: PortAudio's, and behind them the sound server's. */
typedef struct inputs {
    int own; /* PortAudio's devices, outputs among them */
    pulse_list *server;
} inputs;

static et_status gather(inputs *all, et_error *error)
{
    all->own = Pa_GetDeviceCount() > 0 ? Pa_GetDeviceCount() : 0;
    return pulse_list_create(&all->server, error);
}

static int count_of(const inputs *all)
{
    return all->own + all->server->count;
}

/* NULL: no input. */
static const char *name_of(const inputs *all, int i)
{
    if (i < 0 || i >= count_of(all)) return NULL;
    if (i >= all->own) return all->server->source[i - all->own].name;
    return Pa_GetDeviceInfo(i)->maxInputChannels > 0 ? Pa_GetDeviceInfo(i)->name : NULL;
}

static bool has_words(const inputs *all, int i, const char *words)
{
    const char *name = name_of(all, i);
    if (name == NULL) return false;
    return strcasestr(name, words) != NULL ||
           (i >= all->own && strcasestr(all->server->source[i - all->own].description, words) != NULL);
}

/* "0 hw:0, 3 pulse": as many as fit. */
static void list_inputs(const inputs *all, char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < count_of(all) && used < room; i++)
        if (name_of(all, i) != NULL)
            used += (size_t)snprintf(text + used, room - used, "%s%d '%s'", used > 0 ? ", " : "", i, name_of(all, i));
    if (used == 0) snprintf(text, room, "none; connect a microphone or start the sound server");
    if (used >= room) snprintf(text + room - 4, 4, "...");
}

static et_status refuse(const inputs *all, const char *input, const char *why, et_error *error)
{
    char names[360];
    list_inputs(all, names, sizeof names);
    return error_set(error, ET_ERROR_DEVICE, "input '%.80s': %s. Inputs: %s", input, why, names);
}

static et_status find_name(const inputs *all, int *index, const char *input, et_error *error)
{
    int part = -1, parts = 0;
    for (int i = 0; i < count_of(all); i++) {
        const char *name = name_of(all, i);
        if (name != NULL && strcasecmp(name, input) == 0) {
            *index = i;
            return ET_OK;
        }
        if (!has_words(all, i, input)) continue;
        part = i;
        parts++;
    }
    if (parts == 0) return refuse(all, input, "there is none of this name", error);
    if (parts > 1) return refuse(all, input, "several have this in their name; give more of it, or the index", error);
    *index = part;
    return ET_OK;
}

static et_status find(const inputs *all, int *index, const char *input, et_error *error)
{
    if (input == NULL) {
        *index = Pa_GetDefaultInputDevice();
        return name_of(all, *index) != NULL ? ET_OK : refuse(all, "default", "there is no default input", error);
    }
    char *end;
    long number = strtol(input, &end, 10);
    if (input[0] < '0' || input[0] > '9' || *end != '\0') return find_name(all, index, input, error);
    if (number > count_of(all) || name_of(all, (int)number) == NULL)
        return refuse(all, input, "there is none of this index", error);
    *index = (int)number;
    return ET_OK;
}

et_status devices_find(device_choice *choice, const char *input, et_error *error)
{
    inputs all;
    int index = 0;
    et_status status = gather(&all, error);
    if (status != ET_OK) return status;
    status = find(&all, &index, input, error);
    if (status == ET_OK) {
        choice->index = index < all.own ? index : DEVICE_OF_SERVER;
        if (index >= all.own) choice->source = all.server->source[index - all.own];
    }
    pulse_list_destroy(all.server);
    return status;
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

static bool copy_source(capture_device *out, int index, const pulse_source *source)
{
    *out = (capture_device){.index = index,
                            .name = strdup(source->name),
                            .host_api = strdup("PulseAudio"),
                            .channels = source->channels,
                            .rate_hz = source->rate_hz,
                            .latency_s = .01};
    return out->name != NULL && out->host_api != NULL;
}

static et_status copy_devices(capture_list **out, et_error *error)
{
    inputs all;
    et_status status = gather(&all, error);
    if (status != ET_OK) return status;
    capture_list *list = calloc(1, sizeof *list + (size_t)count_of(&all) * sizeof *list->devices);
    bool copied = list != NULL;
    for (int i = 0; i < count_of(&all) && copied; i++) {
        if (name_of(&all, i) == NULL) continue;
        capture_device *place = &list->devices[list->count++];
        copied = i < all.own ? copy_device(place, i) : copy_source(place, i, &all.server->source[i - all.own]);
    }
    pulse_list_destroy(all.server);
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
