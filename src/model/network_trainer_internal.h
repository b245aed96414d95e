/** What a trainer is inside, for the two files that lay it out and run it. */
#ifndef EMOTRACK_MODEL_NETWORK_TRAINER_INTERNAL_H
#define EMOTRACK_MODEL_NETWORK_TRAINER_INTERNAL_H

#include "base/workers.h"
#include "model/network_internal.h"

enum { GRADIENT_LANES = 8, FRAME_CHUNK = 16, WINDOW_CHUNK = 24, SEGMENTS_MOST = LAYERS_MOST };

typedef struct segment {
    int begin, end; /* places in the domain's list */
} segment;

/* Frames, or windows: the layers whose items they are. */
typedef struct domain {
    int layers, layer[LAYERS_MOST], segments;
    segment segment[SEGMENTS_MOST];
    int chunk, most, items, lanes;
} domain;

struct network_trainer {
    network *net;
    workers *workers;
    domain frames, windows;
    const network_batch *batch;
    int preprocessing_done; /* layers that this batch does not need: preprocessing, if it is projected */
    real *value[VALUES_MOST], *d_value[VALUES_MOST], *saved[LAYERS_MOST], *shared[LAYERS_MOST];
    int root[VALUES_MOST];        /* network_root */
    int last_reader[VALUES_MOST]; /* the layer that is first to write d_value */
    /* Values and derivatives that are born and used up while a chunk goes through one phase: a lane has room for a chunk. */
    bool value_passes[VALUES_MOST], d_value_passes[VALUES_MOST];
    size_t value_place[VALUES_MOST], d_value_place[VALUES_MOST], passing_size;
    real *passing[GRADIENT_LANES];
    bool in_slot[VALUES_MOST];
    real *scratch[GRADIENT_LANES], *gradient[GRADIENT_LANES], *gradients;
    double *sums[GRADIENT_LANES];
    size_t most_sums, scratch_size;
    int *use_begin, *use; /* of each frame: the places (window * K + k) that read it */
    int *window_frames;
    real *arena;
    /* the present phase */
    domain *now;
    segment range;
    int sums_layer;
};

static inline int root_of(const network_trainer *t, int v)
{
    return t->root[v];
}

/** Finds segments and places for everything; items and chunks are set.
 *  @return ET_OK; ET_ERROR_LIMIT, ET_ERROR_MEMORY */
et_status network_trainer_lay_out(network_trainer *t, et_error *error);

#endif
