#include "cuda/step_input.h"

#include "cuda/device.h"

size_t step_bytes(const step_sizes *sizes, const step_shape *shape)
{
    size_t frames = (size_t)shape->frames, windows = (size_t)shape->windows, places = windows * (size_t)sizes->window;
    size_t row = shape->projected ? sizes->projected_row : sizes->row;
    return sizeof(step_numbers) + windows * (size_t)sizes->targets * sizeof(float) +
           (2 * places + frames + 1) * sizeof(int) + (shape->chosen ? frames * sizeof(int) : frames * row * sizeof(float));
}

static void *take(char **at, size_t bytes)
{
    void *part = *at;
    *at += bytes;
    return part;
}

step_view step_view_of(void *base, const step_sizes *sizes, const step_shape *shape)
{
    char *at = base;
    size_t frames = (size_t)shape->frames, windows = (size_t)shape->windows, places = windows * (size_t)sizes->window;
    step_view v;
    v.numbers = take(&at, sizeof *v.numbers);
    v.label = take(&at, windows * (size_t)sizes->targets * sizeof *v.label);
    v.window_frames = take(&at, places * sizeof *v.window_frames);
    v.use_begin = take(&at, (frames + 1) * sizeof *v.use_begin);
    v.use = take(&at, places * sizeof *v.use);
    v.chosen = shape->chosen ? (int *)at : NULL;
    v.rows = shape->chosen ? NULL : (float *)at;
    return v;
}

device_fault step_input_create(step_input *s, size_t bytes)
{
    for (int i = 0; i < 2; i++) {
        TRY(cudaMallocHost(&s->here[i], bytes));
        TRY(cudaEventCreateWithFlags(&s->taken[i], cudaEventDisableTiming));
    }
    return cudaMalloc(&s->there, bytes);
}

void step_input_destroy(step_input *s)
{
    for (int i = 0; i < 2; i++) {
        if (s->taken[i]) cudaEventDestroy(s->taken[i]);
        cudaFreeHost(s->here[i]);
    }
    device_free(s->there);
}

device_fault step_input_begin(step_input *s, void **here)
{
    s->turn = !s->turn;
    *here = s->here[s->turn];
    return cudaEventSynchronize(s->taken[s->turn]);
}

device_fault step_input_send(step_input *s, size_t bytes, cudaStream_t stream)
{
    TRY(cudaMemcpyAsync(s->there, s->here[s->turn], bytes, cudaMemcpyHostToDevice, stream));
    return cudaEventRecord(s->taken[s->turn], stream);
}
