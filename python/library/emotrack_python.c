#include "emotrack_python.h"

#include <stdlib.h>

#include "audio/sound_file.h"
#include "base/error.h"
#include "formats/mood.h"
#include "model/model_file.h"
#include "model/onnx.h"

et_status etp_sound_open(etp_sound **sound, const char *path, double *rate_hz, unsigned *channels, int64_t *frames,
                         et_error *error)
{
    et_status status = sound_file_open(sound, path, NULL, error);
    if (status != ET_OK) return status;
    *rate_hz = sound_file_rate_hz(*sound);
    *channels = sound_file_channels(*sound);
    *frames = sound_file_frames(*sound);
    return ET_OK;
}

et_status etp_sound_read(etp_sound *sound, float *samples, size_t frames, size_t *got, et_error *error)
{
    return sound_file_read(sound, samples, frames, got, error);
}

void etp_sound_close(etp_sound *sound)
{
    sound_file_close(sound);
}

static size_t take_answers(et_tracker *tracker, et_emotion *answers, size_t most)
{
    size_t count = 0;
    while (count < most && et_tracker_poll(tracker, &answers[count])) count++;
    return count;
}

et_status etp_tracker_follow(et_tracker *tracker, const void *samples, bool s16, unsigned channels, size_t frames,
                             size_t *taken, et_emotion *answers, size_t most, size_t *count)
{
    et_status worst = ET_OK;
    *taken = 0;
    *count = take_answers(tracker, answers, most);
    while (*taken < frames && *count < most) {
        size_t room = et_tracker_room(tracker), now = frames - *taken < room ? frames - *taken : room;
        et_status status = s16 ? et_tracker_push_s16(tracker, (const int16_t *)samples + *taken * channels, now)
                               : et_tracker_push(tracker, (const float *)samples + *taken * channels, now);
        if (status != ET_OK && status != ET_ERROR_NOT_FINITE) return status;
        if (status != ET_OK) worst = status;
        *taken += now;
        *count += take_answers(tracker, answers + *count, most - *count);
    }
    return worst;
}

void etp_model_sizes(const et_model *model, int *members, int *columns_in, int *window, int *responses)
{
    const network_config *first = network_configuration(model->member[0]);
    *members = model->members;
    *columns_in = first->columns_in;
    *window = first->window;
    *responses = 0;
    for (int i = 0; i < model->members; i++) *responses += network_configuration(model->member[i])->targets;
}

/* One member over all windows; `stride` numbers from one window's answers to the next's. */
static et_status answer_with(const network *net, const float *rows, size_t windows, float *out, int stride, et_error *error)
{
    const network_config *c = network_configuration(net);
    network_work *work;
    et_status status = network_work_create(&work, net, 1, error);
    if (status != ET_OK) return status;
    size_t size = network_slot_size(net);
    float *slots = malloc(sizeof(float) * size * (size_t)c->window);
    const float *slot[WINDOW_MOST];
    for (size_t w = 0; slots && w < windows; w++) {
        for (int k = 0; k < c->window; k++, rows += c->columns_in) {
            network_frame(net, work, rows, slots + size * (size_t)k);
            slot[k] = slots + size * (size_t)k;
        }
        network_windows(net, work, slot, 1, out + w * (size_t)stride);
    }
    status = slots ? ET_OK : error_set(error, ET_ERROR_MEMORY, "no memory for a window of %d frames", c->window);
    free(slots);
    network_work_destroy(work);
    return status;
}

et_status etp_model_networks(const et_model *model, const float *rows, size_t windows, float *out, et_error *error)
{
    int members, columns_in, window, responses;
    etp_model_sizes(model, &members, &columns_in, &window, &responses);
    et_status status = ET_OK;
    for (int i = 0; i < members && status == ET_OK; i++) {
        status = answer_with(model->member[i], rows, windows, out, responses, error);
        out += network_configuration(model->member[i])->targets;
    }
    return status;
}

const char *etp_mood(float valence, float arousal, bool silence)
{
    const et_emotion place = {.valence = valence, .arousal = arousal, .flags = silence ? ET_FLAG_SILENCE : 0};
    return mood_word(&place);
}

et_status etp_model_onnx(const et_model *model, unsigned char **bytes, size_t *size, et_error *error)
{
    return model_to_onnx(model, bytes, size, error);
}

void etp_free(void *bytes)
{
    free(bytes);
}
