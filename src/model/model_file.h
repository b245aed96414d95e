/** The model file: safetensors with everything that the tracker needs (see docs/model-file.md).
 *
 *  Read through a bounded parser, as if an enemy had written it; written under a temporary name and renamed. */
#ifndef EMOTRACK_MODEL_MODEL_FILE_H
#define EMOTRACK_MODEL_MODEL_FILE_H

#include <jansson.h>

#include "model/memory.h"
#include "model/network.h"

enum { MODEL_FORMAT_VERSION = 1, MODEL_MEMBERS_MOST = 32 };

/** What the public `et_model` is. Members of an ensemble share config, memory and front layers in kind. */
struct et_model {
    char name[64];
    char digest[65]; /**< SHA-256 of the file, hexadecimal; empty until saved or loaded */
    int members;
    network *member[MODEL_MEMBERS_MOST];
    memory_constants memory;
    float *memory_deviation;     /**< `columns` numbers, or NULL */
    int pitch_lag_frames;        /**< of the descriptors that it was trained on */
    float label_low, label_high; /**< range of the training labels, -1 and 1 */
    double label_offset_s;
    json_t *metadata; /**< the other fields of __metadata__: training, metrics, license, card ... */
};

/** An empty model with `members` networks of one configuration. */
et_status model_create(et_model **out, const network_config *config, int members, et_error *error);
void model_destroy(et_model *model);

/** Reads a file. Every length, offset, overlap, dtype, shape, duplicate, missing or extra tensor, NaN, contradiction of the
 *  metadata and newer version is found and named. */
et_status model_load(et_model **out, const char *path, et_error *error);

/** The same from memory (the fuzz target). */
et_status model_parse(et_model **out, const void *bytes, size_t size, const char *path, et_error *error);

/** Writes the file atomically. The same model gives the same bytes. */
et_status model_save(et_model *model, const char *path, et_error *error);

#endif
