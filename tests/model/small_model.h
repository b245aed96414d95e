/** A small model for tests of the model file. */
#ifndef TESTS_MODEL_SMALL_MODEL_H
#define TESTS_MODEL_SMALL_MODEL_H

#include "model/model_file.h"

static inline network_config small_model_config(void)
{
    network_config c;
    network_defaults(&c, "dselfattention");
    c.columns = 12;
    c.features = 8;
    c.window = 4;
    c.channels = 3;
    c.blocks = 2;
    c.hidden = 5;
    return c;
}

static inline et_model *small_model(int members)
{
    et_model *model = NULL;
    network_config config = small_model_config();
    if (model_create(&model, &config, members, NULL) != ET_OK) return NULL;
    for (int i = 0; i < members; i++) network_initialise(model->member[i], 10 + (uint64_t)i);
    snprintf(model->name, sizeof model->name, "small");
    model->memory = (memory_constants){.time_constant_s = 12, .change_window_s = 4, .threshold = 1.5, .silence_reset_s = 2};
    model->pitch_lag_frames = 29;
    model->label_offset_s = 0.25;
    json_object_set_new(model->metadata, "card", json_string("A small model for tests, \"quoted\" and \xc3\xbc."));
    json_object_set_new(model->metadata, "training", json_pack("{s:i, s:[s, s]}", "seed", 7, "songs", "1", "2"));
    return model;
}

#endif
