#include "cuda/optimiser.h"

#include <math.h>

#include "cuda/device.h"

static int pieces_of(const network_tensor *t)
{
    return t->trained ? (int)((t->count + ADAM_PIECE - 1) / ADAM_PIECE) : 0;
}

/** Cuts the trained tensors into pieces. @param piece, tensor_begin  NULL: only counts */
static void cut_tensors(const network *net, adam_piece *piece, int *tensor_begin, int *pieces, int *tensors)
{
    *pieces = *tensors = 0;
    for (size_t i = 0; i < net->tensors; i++) {
        const network_tensor *t = &net->tensor[i];
        int many = pieces_of(t);
        if (many == 0) continue;
        if (tensor_begin) tensor_begin[*tensors] = *pieces;
        for (int k = 0; piece && k < many; k++) {
            int done = k * ADAM_PIECE, left = (int)t->count - done;
            piece[*pieces + k] =
                (adam_piece){(int)t->offset + done, left < ADAM_PIECE ? left : ADAM_PIECE, *tensors, t->decay};
        }
        *pieces += many;
        ++*tensors;
    }
    if (tensor_begin) tensor_begin[*tensors] = *pieces;
}

static device_fault send_cut(device_optimiser *o, const network *net, adam_piece *piece, int *begin, cudaStream_t stream)
{
    int pieces, tensors;
    cut_tensors(net, piece, begin, &pieces, &tensors);
    TRY(cudaMemcpyAsync(o->piece, piece, (size_t)pieces * sizeof *piece, cudaMemcpyHostToDevice, stream));
    TRY(cudaMemcpyAsync(o->tensor_begin, begin, ((size_t)tensors + 1) * sizeof *begin, cudaMemcpyHostToDevice, stream));
    return cudaStreamSynchronize(stream);
}

static device_fault make_cut(device_optimiser *o, const network *net, cudaStream_t stream)
{
    adam_piece *piece = NULL;
    int *begin = NULL;
    device_fault fault = cudaMallocHost((void **)&piece, (size_t)o->work.pieces * sizeof *piece);
    if (!fault) fault = cudaMallocHost((void **)&begin, ((size_t)o->work.tensors + 1) * sizeof *begin);
    if (!fault) fault = send_cut(o, net, piece, begin, stream);
    cudaFreeHost(piece);
    cudaFreeHost(begin);
    return fault;
}

device_fault device_optimiser_create(device_optimiser *o, const network *net, const optimiser_options *options,
                                     float *parameters, const float *gradients, cudaStream_t stream)
{
    *o = (device_optimiser){.options = *options};
    int pieces, tensors;
    cut_tensors(net, NULL, NULL, &pieces, &tensors);
    TRY(device_floats(&o->m, net->parameter_count));
    TRY(device_floats(&o->v, net->parameter_count));
    TRY(cudaMalloc((void **)&o->piece, (size_t)pieces * sizeof *o->piece));
    TRY(device_integers(&o->tensor_begin, (size_t)tensors + 1));
    TRY(cudaMalloc((void **)&o->squares, ((size_t)pieces + (size_t)tensors) * sizeof *o->squares));
    o->work = (adam_work){.piece = o->piece,
                          .tensor_begin = o->tensor_begin,
                          .pieces = pieces,
                          .tensors = tensors,
                          .parameters = parameters,
                          .m = o->m,
                          .v = o->v,
                          .gradients = gradients,
                          .piece_square = o->squares,
                          .tensor_square = o->squares + pieces,
                          .beta1 = (float)options->beta1,
                          .beta2 = (float)options->beta2,
                          .epsilon = (float)options->epsilon,
                          .l2 = options->l2 ? (float)options->decay : 0,
                          .clip = options->clip,
                          .clip_each_tensor = options->clip_each_tensor};
    return make_cut(o, net, stream);
}

void device_optimiser_destroy(device_optimiser *o)
{
    device_free(o->m);
    device_free(o->v);
    device_free(o->piece);
    device_free(o->tensor_begin);
    device_free(o->squares);
}

void device_optimiser_count(device_optimiser *o, double rate, step_numbers *out)
{
    const optimiser_options *a = &o->options;
    double t = (double)++o->steps;
    out->step = (float)(rate / (1 - pow(a->beta1, t)));
    out->root = (float)(1 / sqrt(1 - pow(a->beta2, t)));
    out->shrink = a->l2 ? 1 : (float)(1 - rate * a->decay);
}

device_fault device_optimiser_step(const device_optimiser *o, const step_numbers *numbers, step_result *results,
                                   cudaStream_t stream)
{
    adam_work work = o->work;
    work.numbers = numbers;
    work.results = results;
    return adam_step(work, stream);
}
