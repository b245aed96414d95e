/** The model file: safetensors with everything that the tracker needs (see docs/model-file.md).
 *
 *  Read through a bounded parser, as if an enemy had written it; written under a temporary name and renamed. */
#ifndef EMOTRACK_MODEL_MODEL_FILE_H
#define EMOTRACK_MODEL_MODEL_FILE_H

#include <jansson.h>

#include "features/ear_weights.h"
#include "model/memory_constants.h"
#include "model/network.h"
#include "model/targets.h"

/** Version 2 holds the learned ear; a model without it is written as version 1. */
enum { MODEL_FORMAT_VERSION = 2, MODEL_MEMBERS_MOST = 32 };

/** Times of the table of usual errors. */
enum { MODEL_ERRORS = 6 };
extern const double model_error_context_s[MODEL_ERRORS]; /* 1, 2, 3, 5, 10, 20 */

/** What the public `et_model` is. A model answers with the mean over its members for each target: an ensemble, or a pair of
 *  networks with one response each. Members agree in rows, columns and window; other sizes may differ. */
struct et_model {
    char name[64];
    char digest[65]; /**< SHA-256 of the file, hexadecimal; empty until saved or loaded */
    int members;
    network *member[MODEL_MEMBERS_MOST];
    int target[MODEL_MEMBERS_MOST]; /**< of a member with R = 1: TARGET_...; members with R = 2 answer both */
    bool has_errors;
    float errors[MODEL_ERRORS][2]; /**< RMSE of an answer with so much context on songs not heard in training, valence and
                                      arousal: what the trainer's folds showed (et_model_error) */
    memory_constants memory;
    float *memory_deviation;     /**< `columns` numbers, or NULL */
    int pitch_lag_frames;        /**< of the descriptors that it was trained on */
    float label_low, label_high; /**< what network answers of -1 and 1 stand for: -1 and 1 (see model_answer) */
    double label_offset_s;
    ear_weights *ear;        /**< what the ear knows, where its columns are used; else NULL */
    unsigned char *ear_file; /**< the file that it was read from, which the model's file holds */
    size_t ear_size;
    json_t *metadata; /**< the other fields of __metadata__: training, metrics, license, card ... (never NULL). A string is
                           written as it is, anything else as JSON text; text that is JSON comes back as JSON */
};

/** A network's answer on the scale of labels: -1 becomes label_low, 1 label_high; then within [-1, 1]. The same number where
 *  the range is -1 to 1. */
float model_answer(const et_model *model, float answer);

/** An empty model with `members` networks of one configuration: parameters zero, memory zero (none), targets TARGET_VALENCE,
 *  labels -1 to 1, no name. */
et_status model_create(et_model **out, const network_config *config, int members, et_error *error);

/** Families whose columns the networks read: WITH_... (features/families.h). */
unsigned model_families(const et_model *model);

/** The ear's file becomes the model's. @param bytes  copied   @param path  for messages
 *  @return ET_OK; ET_ERROR_MEMORY, else as ear_weights_parse */
et_status model_take_ear(et_model *model, const void *bytes, size_t size, const char *path, et_error *error);

/** NULL is allowed. */
void model_destroy(et_model *model);

/** Reads a file. Every length, offset, overlap, dtype, shape, duplicate, missing or extra tensor, NaN, contradiction of the
 *  metadata and newer version is found and named.
 *  @return ET_OK; ET_ERROR_FILE (with the system's reason), _TRUNCATED, _FORMAT, _VERSION, _LIMIT, _MEMORY */
et_status model_load(et_model **out, const char *path, et_error *error);

/** The same from memory (the fuzz target). */
et_status model_parse(et_model **out, const void *bytes, size_t size, const char *path, et_error *error);

/** Writes the file atomically and sets `digest`. The same model gives the same bytes.
 *  @return ET_OK; ET_ERROR_FILE, _MEMORY; ET_ERROR_NOT_FINITE (a tensor that no reader would accept, named) */
et_status model_save(et_model *model, const char *path, et_error *error);

/** Where the learned ear is bundled with the program, for training: a trained model holds its own.
 *  @return ET_OK; ET_ERROR_FILE (not installed) */
et_status bundled_ear_find(char *path, size_t size, et_error *error);

#endif
