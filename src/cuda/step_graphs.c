#include "cuda/step_graphs.h"

#include <stdlib.h>

bool step_graphs_create(step_graphs *g, int most_frames)
{
    g->most_frames = most_frames;
    g->of_frames = calloc((size_t)most_frames + 1, sizeof *g->of_frames);
    return g->of_frames != NULL;
}

void step_graphs_destroy(step_graphs *g)
{
    for (int i = 0; g->of_frames && i <= g->most_frames; i++)
        if (g->of_frames[i].graph) cudaGraphExecDestroy(g->of_frames[i].graph);
    free(g->of_frames);
}

static device_fault record(step_graphs *g, step_graph *one)
{
    cudaGraph_t graph = NULL;
    TRY(cudaStreamBeginCapture(g->stream, cudaStreamCaptureModeThreadLocal));
    device_fault fault = g->queue(g->self, &one->shape);
    device_fault end = cudaStreamEndCapture(g->stream, &graph);
    if (!fault) fault = end;
    if (!fault) fault = cudaGraphInstantiate(&one->graph, graph, 0);
    if (graph) cudaGraphDestroy(graph);
    g->kept += one->graph != NULL;
    return fault;
}

static bool same_shape(const step_shape *a, const step_shape *b)
{
    return a->frames == b->frames && a->windows == b->windows && a->projected == b->projected && a->chosen == b->chosen;
}

/* Another shape of as many frames takes the place. */
static void forget(step_graphs *g, step_graph *one, const step_shape *shape)
{
    if (one->graph) cudaGraphExecDestroy(one->graph);
    g->kept -= one->graph != NULL;
    *one = (step_graph){.shape = *shape};
}

device_fault step_graphs_run(step_graphs *g, const step_shape *shape)
{
    step_graph *one = &g->of_frames[shape->frames];
    if (!same_shape(&one->shape, shape)) forget(g, one, shape);
    if (!one->graph && one->met && g->kept < STEP_GRAPHS_MOST) TRY(record(g, one));
    one->met = true;
    return one->graph ? (device_fault)cudaGraphLaunch(one->graph, g->stream) : g->queue(g->self, shape);
}
