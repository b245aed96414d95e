/** A model with random weights and a sound, for tests of the tracker: what counts there is which numbers go where. */
#ifndef EMOTRACK_TESTS_MODEL_MUSIC_MODEL_H
#define EMOTRACK_TESTS_MODEL_MUSIC_MODEL_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/sound_file.h"
#include "base/read_file.h"
#include "features/families.h"
#include "model/model_file.h"

static inline void fill(network *net, const char *name, double (*value)(size_t))
{
    const network_tensor *tensor = network_tensor_find(net, name);
    if (!tensor) abort();
    for (size_t i = 0; i < tensor->count; i++) network_parameters(net)[tensor->offset + i] = (float)value(i);
}

static inline double index_of(size_t i)
{
    return (double)(3 * i + 1);
}
static inline double offset_of(size_t i)
{
    return i % 2 ? 1.0 : -1.0;
}
static inline double deviation_of(size_t i)
{
    return i % 2 ? 1.0 : 50.0;
}
static inline double clip_of(size_t i)
{
    return 2.0 + 0.0 * (double)i;
}

/* Two members of the mission's network, small: 72 columns, windows of 4 frames. */
static inline et_model *music_model(int members)
{
    network_config config;
    et_model *model = NULL;
    et_error error;
    if (!network_defaults(&config, "dselfattention")) abort();
    config.columns_in = 260;
    config.columns = 72;
    config.features = 24;
    config.relative = config.projection = true;
    config.window = 4;
    config.channels = 3;
    config.blocks = 2;
    config.hidden = 8;
    if (model_create(&model, &config, members, &error) != ET_OK) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    for (int i = 0; i < members; i++) {
        network *net = model->member[i];
        network_initialise(net, 7 + (uint64_t)i);
        fill(net, "columns.index", index_of);
        fill(net, "scaling.log_offset", offset_of);
        fill(net, "scaling.deviation", deviation_of);
        fill(net, "scaling.clip", clip_of);
        network_refresh(net);
    }
    model->memory = (memory_constants){.time_constant_s = 12, .change_window_s = 3, .threshold = 1.5, .silence_reset_s = 2};
    model->pitch_lag_frames = 10;
    return model;
}

static inline double all_index_of(size_t i)
{
    return (double)(6 * i + 5);
}
static inline double no_offset_of(size_t i)
{
    return -1.0 + 0.0 * (double)i;
}

/* The same with columns of every family, and an ear. */
static inline et_model *hearing_music_model(int members, const char *ear_path)
{
    et_model *few = music_model(members), *model = NULL;
    network_config config = *network_configuration(few->member[0]);
    et_error error;
    unsigned char *bytes = NULL;
    size_t size;
    config.columns_in = ROW_COLUMNS;
    if (model_create(&model, &config, members, &error) != ET_OK ||
        read_file(ear_path, EAR_FILE_MOST, &bytes, &size, &error) || model_take_ear(model, bytes, size, ear_path, &error)) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    free(bytes);
    for (int i = 0; i < members; i++) {
        network *net = model->member[i];
        network_initialise(net, 7 + (uint64_t)i);
        fill(net, "columns.index", all_index_of);
        fill(net, "scaling.log_offset", no_offset_of);
        fill(net, "scaling.deviation", deviation_of);
        fill(net, "scaling.clip", clip_of);
        network_refresh(net);
    }
    model->memory = few->memory;
    model->pitch_lag_frames = few->pitch_lag_frames;
    model_destroy(few);
    return model;
}

typedef struct sound {
    float *samples;
    size_t frames;
} sound;

/* A mono file of 16-bit samples. */
static inline sound sound_of(const char *path)
{
    sound s = {0};
    sound_file *file;
    et_error error;
    size_t got = 1, room = 60 * 44100;
    if (sound_file_open(&file, path, NULL, &error) != ET_OK) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    s.samples = malloc(sizeof(float) * room);
    for (; got > 0; s.frames += got)
        if (sound_file_read(file, s.samples + s.frames, room - s.frames, &got, &error) != ET_OK) abort();
    sound_file_close(file);
    return s;
}

/* Numbers from 0 up to `below`, the same on every machine (SplitMix64, Steele et al. 2014). */
static inline uint64_t random_below(uint64_t *state, uint64_t below)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (z ^ (z >> 31)) % below;
}

#endif
