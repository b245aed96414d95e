/* Mirrors lstm.c: the part of a bidirectional LSTM that runs through time.
 *
 * A block follows one direction of a group of windows from the first step to the last, so that the recurrent weights are
 * read once and not once a step. Four neighbouring threads make one unit: thread 4j + g holds row (gate g, unit j) of U in
 * its registers and makes that gate; the four gates meet by shuffles, all four threads carry the cell on, and the state goes
 * through shared memory to the next step, in two places in turn: one meeting of the block a step.
 * Backward runs the same way with thread 4j + g holding column j of gate g's weights.
 * 24, 50 and 100 units (the bundled model's and the defaults) are compiled for registers; any other number reads the weights
 * from the cache. */
#include "cuda/each.h"
#include "cuda/layer.h"
#include "cuda/products.h"

namespace
{
/* Kept of one step of one direction, H numbers each. */
enum { INPUT, FORGET, CELL_INPUT, OUTPUT, CELL, STATE, KEPT };
enum { THREADS_MOST = 1024, REGISTER_THREADS = 416, GROUP = 4 };

struct lstm_arguments {
    const float *x, *forward, *backward; /* x: (items, K, 2, 4H); a direction's U: (4H, H) */
    float *y, *saved;                    /* y: (items, K or 1, 2H); saved: (items, 2, K, 6H), NULL: not kept */
    const float *dy;
    float *d_gates, *before; /* backward: like x; the state before each step, (2, items * K, H) */
    int items, steps, hidden, group;
    bool last;
};

/* A block's work, the same words for forward and backward. */
struct lstm_place {
    const float *weight;
    int direction, first, count, hidden, padded;
    __device__ explicit lstm_place(const lstm_arguments &a)
    {
        direction = (int)blockIdx.y;
        weight = direction == 0 ? a.forward : a.backward;
        first = (int)blockIdx.x * a.group;
        count = a.items - first < a.group ? a.items - first : a.group;
        hidden = a.hidden;
        padded = (hidden + 3) & ~3;
    }
    __device__ int time(const lstm_arguments &a, int s) const { return direction == 0 ? s : a.steps - 1 - s; }
    __device__ size_t gates(const lstm_arguments &a, int w, int t) const
    {
        return (((size_t)(first + w) * (size_t)a.steps + (size_t)t) * 2 + (size_t)direction) * 4 * (size_t)hidden;
    }
    __device__ size_t kept(const lstm_arguments &a, int w, int t) const
    {
        return (((size_t)(first + w) * 2 + (size_t)direction) * (size_t)a.steps + (size_t)t) * KEPT * (size_t)hidden;
    }
    __device__ size_t output(const lstm_arguments &a, int w, int t) const
    {
        size_t row = a.last ? (size_t)(first + w) : (size_t)(first + w) * (size_t)a.steps + (size_t)t;
        return (row * 2 + (size_t)direction) * (size_t)hidden;
    }
};

__device__ __forceinline__ float sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

/* w . v over H numbers; v in shared memory, padded with zeros to a multiple of four. Four sums, so that none waits for the
   one before. */
template <int HIDDEN> __device__ __forceinline__ float dot_registers(const float *w, const float *v)
{
    float a = 0, b = 0, c = 0, d = 0;
    UNROLL
    for (int j = 0; j < (HIDDEN + 3) / 4; j++) {
        float4 four = reinterpret_cast<const float4 *>(v)[j];
        a += w[4 * j] * four.x;
        b += w[4 * j + 1] * four.y;
        c += w[4 * j + 2] * four.z;
        d += w[4 * j + 3] * four.w;
    }
    return (a + b) + (c + d);
}

__device__ __forceinline__ float dot_memory(const float *w, size_t stride, const float *v, int count)
{
    float a = 0;
    for (int j = 0; j < count; j++) a += w[(size_t)j * stride] * v[j];
    return a;
}

/* ---- forward
 * ---------------------------------------------------------------------------------------------------------------- */

/* From this thread's gate to the unit's new state; all four threads get it. @param cell  before, then after the step */
__device__ __forceinline__ float unit_step(const lstm_arguments &a, const lstm_place &b, int w, int t, int j, int g,
                                           float gate, float *cell)
{
    int lane = (int)threadIdx.x % WARP & ~3;
    gate = g == CELL_INPUT ? tanhf(gate) : sigmoid(gate);
    float in = __shfl_sync(WHOLE_WARP, gate, lane), forget = __shfl_sync(WHOLE_WARP, gate, lane + 1);
    float fresh = __shfl_sync(WHOLE_WARP, gate, lane + 2), out = __shfl_sync(WHOLE_WARP, gate, lane + 3);
    *cell = forget * *cell + in * fresh;
    float state = out * tanhf(*cell);
    if (j < b.hidden && a.saved) {
        float *kept = a.saved + b.kept(a, w, t) + j;
        kept[g * b.hidden] = gate;
        if (g < 2) kept[(CELL + g) * b.hidden] = g == 0 ? *cell : state;
    }
    return state;
}

template <int HIDDEN> __global__ void __launch_bounds__(REGISTER_THREADS) lstm_forward_registers(lstm_arguments a)
{
    SHARED(float, states); /* 2 x group x padded */
    lstm_place b(a);
    int j = (int)threadIdx.x / 4, g = (int)threadIdx.x % 4, row = j < HIDDEN ? g * HIDDEN + j : 0;
    float w[(HIDDEN + 3) / 4 * 4], cell[GROUP] = {0, 0, 0, 0};
    UNROLL
    for (int i = 0; i < (HIDDEN + 3) / 4 * 4; i++) w[i] = i < HIDDEN ? b.weight[row * HIDDEN + i] : 0;
    for (int i = (int)threadIdx.x; i < 2 * a.group * b.padded; i += (int)blockDim.x) states[i] = 0;
    __syncthreads();
    for (int s = 0; s < a.steps; s++) {
        const float *before = states + s % 2 * a.group * b.padded;
        float *now = states + (s + 1) % 2 * a.group * b.padded;
        int t = b.time(a, s);
        UNROLL
        for (int k = 0; k < GROUP; k++) {
            if (k >= b.count) break;
            float gate = a.x[b.gates(a, k, t) + (size_t)row] + dot_registers<HIDDEN>(w, before + k * b.padded);
            float state = unit_step(a, b, k, t, j, g, gate, &cell[k]);
            if (j >= HIDDEN || g != 0) continue;
            now[k * b.padded + j] = state;
            if (!a.last || s == a.steps - 1) a.y[b.output(a, k, t) + (size_t)j] = state;
        }
        __syncthreads();
    }
}

/* Any number of units: the block goes through them in rounds, one window at a time; cells in shared memory too. */
__global__ void lstm_forward_memory(lstm_arguments a)
{
    SHARED(float, states); /* 2 x padded, then cells: padded */
    lstm_place b(a);
    int units = (int)blockDim.x / 4, g = (int)threadIdx.x % 4;
    float *cells = states + 2 * b.padded;
    for (int i = (int)threadIdx.x; i < 3 * b.padded; i += (int)blockDim.x) states[i] = 0;
    __syncthreads();
    for (int s = 0; s < a.steps; s++) {
        const float *before = states + s % 2 * b.padded;
        float *now = states + (s + 1) % 2 * b.padded;
        int t = b.time(a, s);
        for (int first = 0; first < b.hidden; first += units) {
            int j = first + (int)threadIdx.x / 4, row = j < b.hidden ? g * b.hidden + j : 0;
            const float *w = b.weight + (size_t)row * (size_t)b.hidden;
            float cell = j < b.hidden ? cells[j] : 0;
            float gate = a.x[b.gates(a, 0, t) + (size_t)row] + dot_memory(w, 1, before, b.hidden);
            float state = unit_step(a, b, 0, t, j, g, gate, &cell);
            if (j >= b.hidden || g != 0) continue;
            cells[j] = cell;
            now[j] = state;
            if (!a.last || s == a.steps - 1) a.y[b.output(a, 0, t) + (size_t)j] = state;
        }
        __syncthreads();
    }
}

/* ---- backward
 * --------------------------------------------------------------------------------------------------------------- */

/* Derivative by this thread's gate before sigmoid or tanh. @param d_cell  of this step's cell, then of the one before */
__device__ __forceinline__ float gate_backward(const lstm_arguments &a, const lstm_place &b, int w, int s, int j, int g,
                                               float d_state, float *d_cell)
{
    int t = b.time(a, s);
    const float *kept = a.saved + b.kept(a, w, t) + j;
    const float *past = s > 0 ? a.saved + b.kept(a, w, b.time(a, s - 1)) + j : nullptr;
    float in = kept[INPUT * b.hidden], forget = kept[FORGET * b.hidden], fresh = kept[CELL_INPUT * b.hidden];
    float out = kept[OUTPUT * b.hidden], squashed = tanhf(kept[CELL * b.hidden]);
    float before = past ? past[CELL * b.hidden] : 0;
    if (!a.last || s == a.steps - 1) d_state += a.dy[b.output(a, w, t) + (size_t)j];
    float d = *d_cell + d_state * out * (1 - squashed * squashed);
    if (g == 3)
        a.before[((size_t)b.direction * (size_t)a.items * (size_t)a.steps + (size_t)(b.first + w) * (size_t)a.steps +
                  (size_t)t) *
                     (size_t)b.hidden +
                 (size_t)j] = past ? past[STATE * b.hidden] : 0;
    *d_cell = d * forget;
    if (g == INPUT) return d * fresh * in * (1 - in);
    if (g == FORGET) return d * before * forget * (1 - forget);
    if (g == CELL_INPUT) return d * in * (1 - fresh * fresh);
    return d_state * squashed * out * (1 - out);
}

/* Sum over the four threads of a unit. */
__device__ __forceinline__ float unit_sum(float x)
{
    x += __shfl_xor_sync(WHOLE_WARP, x, 1);
    return x + __shfl_xor_sync(WHOLE_WARP, x, 2);
}

template <int HIDDEN> __global__ void __launch_bounds__(REGISTER_THREADS) lstm_backward_registers(lstm_arguments a)
{
    SHARED(float, d_gates); /* 2 x group x 4 x padded */
    lstm_place b(a);
    int j = (int)threadIdx.x / 4, g = (int)threadIdx.x % 4, size = 4 * b.padded;
    float w[(HIDDEN + 3) / 4 * 4], d_cell[GROUP] = {0, 0, 0, 0}, d_state[GROUP] = {0, 0, 0, 0};
    UNROLL
    for (int i = 0; i < (HIDDEN + 3) / 4 * 4; i++)
        w[i] = i < HIDDEN && j < HIDDEN ? b.weight[(g * HIDDEN + i) * HIDDEN + j] : 0;
    for (int i = (int)threadIdx.x; i < 2 * a.group * size; i += (int)blockDim.x) d_gates[i] = 0;
    __syncthreads();
    for (int s = a.steps - 1; s >= 0; s--) {
        float *now = d_gates + s % 2 * a.group * size;
        UNROLL
        for (int k = 0; k < GROUP; k++) {
            if (k >= b.count || j >= HIDDEN) break;
            float d = gate_backward(a, b, k, s, j, g, d_state[k], &d_cell[k]);
            now[k * size + g * b.padded + j] = d;
            a.d_gates[b.gates(a, k, b.time(a, s)) + (size_t)(g * HIDDEN + j)] = d;
        }
        __syncthreads();
        UNROLL
        for (int k = 0; k < GROUP; k++) {
            if (k >= b.count) break;
            d_state[k] = unit_sum(dot_registers<HIDDEN>(w, now + k * size + g * b.padded));
        }
    }
}

__global__ void lstm_backward_memory(lstm_arguments a)
{
    SHARED(float, d_gates); /* 2 x 4 x padded, then d_cell and d_state: padded each */
    lstm_place b(a);
    int units = (int)blockDim.x / 4, g = (int)threadIdx.x % 4, size = 4 * b.padded;
    float *d_cells = d_gates + 2 * size, *d_states = d_cells + b.padded;
    for (int i = (int)threadIdx.x; i < 2 * size + 2 * b.padded; i += (int)blockDim.x) d_gates[i] = 0;
    __syncthreads();
    for (int s = a.steps - 1; s >= 0; s--) {
        float *now = d_gates + s % 2 * size;
        for (int first = 0; first < b.hidden; first += units) {
            int j = first + (int)threadIdx.x / 4;
            float d_cell = j < b.hidden ? d_cells[j] : 0, d_state = j < b.hidden ? d_states[j] : 0;
            __syncwarp(WHOLE_WARP); /* all four have read before one writes */
            if (j >= b.hidden) continue;
            float d = gate_backward(a, b, 0, s, j, g, d_state, &d_cell);
            now[g * b.padded + j] = d;
            a.d_gates[b.gates(a, 0, b.time(a, s)) + (size_t)(g * b.hidden + j)] = d;
            if (g == 0) d_cells[j] = d_cell;
        }
        __syncthreads();
        for (int first = 0; first < b.hidden; first += units) {
            int j = first + (int)threadIdx.x / 4, column = j < b.hidden ? j : 0;
            const float *w = b.weight + (size_t)g * (size_t)b.hidden * (size_t)b.hidden + (size_t)column;
            float d_state = unit_sum(dot_memory(w, (size_t)b.hidden, now + g * b.padded, b.hidden));
            if (j < b.hidden && g == 0) d_states[j] = d_state;
        }
        __syncthreads();
    }
}

/* ---- the layer
 * ---------------------------------------------------------------------------------------------------------------- */

enum { SMALL_BATCH = 128 }; /* up to so many windows each has a block of its own */

lstm_arguments arguments(const layer *l, const device_call *c)
{
    int hidden = l->out.channels / 2;
    bool registers = hidden == 24 || hidden == 50 || hidden == 100;
    lstm_arguments a = {};
    a.x = c->in[0];
    a.y = c->out;
    a.forward = device_parameter(l, c, 0);
    a.backward = device_parameter(l, c, 1);
    a.saved = c->saved;
    a.dy = c->d_out;
    a.d_gates = c->d_in[0];
    a.before = c->scratch;
    a.items = c->items;
    a.steps = l->in[0].steps;
    a.hidden = hidden;
    a.group = registers && c->items > SMALL_BATCH ? GROUP : 1;
    a.last = l->options.last;
    return a;
}

device_fault run(void (*kernel)(lstm_arguments), const lstm_arguments &a, size_t shared_floats, cudaStream_t stream)
{
    int threads = (4 * a.hidden + WARP - 1) / WARP * WARP;
    if (threads > THREADS_MOST) threads = THREADS_MOST;
    dim3 grid((unsigned)((a.items + a.group - 1) / a.group), 2);
    return launch(kernel, grid, dim3((unsigned)threads), shared_floats * sizeof(float), stream, a);
}

device_fault forward(const layer *l, const device_call *c)
{
    lstm_arguments a = arguments(l, c);
    auto padded = (size_t)((a.hidden + 3) & ~3), group = (size_t)a.group;
    if (a.hidden == 24) return run(lstm_forward_registers<24>, a, 2 * group * padded, c->stream);
    if (a.hidden == 50) return run(lstm_forward_registers<50>, a, 2 * group * padded, c->stream);
    if (a.hidden == 100) return run(lstm_forward_registers<100>, a, 2 * group * padded, c->stream);
    return run(lstm_forward_memory, a, 3 * padded, c->stream);
}

/* U's gradient: sum over windows and steps of (derivative by the gates) (state before)'. */
device_fault backward(const layer *l, const device_call *c)
{
    lstm_arguments a = arguments(l, c);
    auto hidden = (size_t)a.hidden, padded = (hidden + 3) & ~(size_t)3, group = (size_t)a.group;
    if (a.hidden == 24)
        TRY(run(lstm_backward_registers<24>, a, 8 * group * padded, c->stream));
    else if (a.hidden == 50)
        TRY(run(lstm_backward_registers<50>, a, 8 * group * padded, c->stream));
    else if (a.hidden == 100)
        TRY(run(lstm_backward_registers<100>, a, 8 * group * padded, c->stream));
    else
        TRY(run(lstm_backward_memory, a, 10 * padded, c->stream));
    int rows = a.items * a.steps;
    for (size_t d = 0; d < 2; d++)
        TRY(product(c->blas, 4 * a.hidden, a.hidden, rows, {a.d_gates + 4 * d * hidden, 8 * hidden, true},
                    {a.before + d * (size_t)rows * hidden, hidden, false}, 0, device_gradient(l, c, (int)d), hidden));
    return 0;
}

size_t scratch(const layer *l, int items, bool training)
{
    return training ? (size_t)items * (size_t)l->in[0].steps * (size_t)l->out.channels : 0;
}
} // namespace

extern "C" const device_layer device_lstm = {"lstm", forward, backward, scratch, true};
