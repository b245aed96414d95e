/** Steps of one shape, captured: a shape that is met again is recorded, and from then on is one launch.
 *
 *  The first step of a shape runs without being recorded, so that what the runtime and cuBLAS load at a first call is not
 *  loaded into a graph; and a shape that comes once costs nothing. */
#ifndef EMOTRACK_CUDA_STEP_GRAPHS_H
#define EMOTRACK_CUDA_STEP_GRAPHS_H

#include "cuda/step_input.h"

enum { STEP_GRAPHS_MOST = 128 }; /* kept; shapes beyond them are queued kernel by kernel */

typedef struct step_graph {
    step_shape shape;
    bool met;
    cudaGraphExec_t graph; /**< NULL: not recorded */
} step_graph;

typedef struct step_graphs {
    step_graph *of_frames; /**< most_frames + 1: the last shape met with so many frames */
    int most_frames, kept;
    device_fault (*queue)(void *self, const step_shape *shape); /**< queues a step's work */
    void *self;
    cudaStream_t stream;
} step_graphs;

/** @return false without memory */
bool step_graphs_create(step_graphs *g, int most_frames);
void step_graphs_destroy(step_graphs *g);

/** Queues a step: its graph if there is one. */
device_fault step_graphs_run(step_graphs *g, const step_shape *shape);

#endif
