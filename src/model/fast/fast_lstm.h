/** LSTM through time: a step of a few windows at once, the four gates of VECTOR_FLOATS units in registers, products and pointwise
 *  work in one go. Recurrent weights are packed (block of units, k, gate, unit). Layouts of `saved` as in the reference, with
 *  H rounded up to whole vectors. */
#ifndef EMOTRACK_MODEL_FAST_FAST_LSTM_H
#define EMOTRACK_MODEL_FAST_FAST_LSTM_H

#include "base/product.h"
#include "model/network_internal.h"

enum { KEEP_INPUT, KEEP_FORGET, KEEP_CELL_INPUT, KEEP_OUTPUT, KEEP_CELL, KEEP_STATE, KEEP_COUNT };

INLINE int lstm_hidden(const layer *l)
{
    return l->out.channels / 2;
}

INLINE int lstm_padded(const layer *l)
{
    return (lstm_hidden(l) + VECTOR_FLOATS - 1) / VECTOR_FLOATS * VECTOR_FLOATS;
}

static size_t lstm_packed_size(const layer *l)
{
    return 2 * ((size_t)lstm_padded(l) * 4 * (size_t)lstm_hidden(l) + panels_size(lstm_hidden(l), 4 * lstm_hidden(l)));
}

/* Packed weights of a direction: for the step forward; for backward, panels of U. */
INLINE const float *lstm_forward_weights(const layer *l, const layer_call *c, int direction)
{
    return c->packed + (size_t)direction * (lstm_packed_size(l) / 2);
}

INLINE const float *lstm_backward_weights(const layer *l, const layer_call *c, int direction)
{
    return lstm_forward_weights(l, c, direction) + (size_t)lstm_padded(l) * 4 * (size_t)lstm_hidden(l);
}

static void lstm_pack(const layer *l, const float *parameters, float *packed)
{
    int hidden = lstm_hidden(l), padded = lstm_padded(l);
    for (int direction = 0; direction < 2; direction++) {
        const float *u = parameters + l->tensor[direction].offset;
        float *to = packed + (size_t)direction * (lstm_packed_size(l) / 2);
        for (int block = 0; block < padded; block += VECTOR_FLOATS)
            for (int k = 0; k < hidden; k++)
                for (int g = 0; g < 4; g++)
                    for (int j = block; j < block + VECTOR_FLOATS; j++)
                        *to++ = j < hidden ? u[((size_t)g * hidden + j) * hidden + k] : 0;
        pack_panels(u, hidden, 1, hidden, 4 * hidden, to);
    }
}

/* What a step of one direction works on. */
typedef struct lstm_step {
    int hidden, padded;
    bool training; /* backward will want all that is kept; else two steps take turns */
    const float *weights;
    const float *x; /* (window, 4H) */
    ptrdiff_t x_window;
    const float *before; /* kept numbers of the step before; NULL at the beginning */
    float *now;          /* (window, KEEP_COUNT, padded) */
    ptrdiff_t kept_window;
    float *y; /* (window, H) */
    ptrdiff_t y_window;
} lstm_step;

INLINE void lstm_finish(const lstm_step *s, int block, int window, const vec gate[4])
{
    float *now = s->now + window * s->kept_window + block;
    vec in = sigmoid_vec(gate[0]), forget = sigmoid_vec(gate[1]), cell_input = tanh_vec(gate[2]), out = sigmoid_vec(gate[3]);
    vec cell = in * cell_input;
    if (s->before) cell = forget * load(s->before + window * s->kept_window + KEEP_CELL * s->padded + block) + cell;
    vec state = out * tanh_vec(cell);
    if (s->training) {
        store(now + KEEP_INPUT * s->padded, in);
        store(now + KEEP_FORGET * s->padded, forget);
        store(now + KEEP_CELL_INPUT * s->padded, cell_input);
        store(now + KEEP_OUTPUT * s->padded, out);
    }
    store(now + KEEP_CELL * s->padded, cell);
    store(now + KEEP_STATE * s->padded, state);
    store_some(s->y + window * s->y_window + block, state, s->hidden - block);
}

INLINE void lstm_tile(const lstm_step *s, int windows, int first, int block)
{
    vec gate[TILE_ROWS][4];
#pragma GCC unroll 6
    for (int i = 0; i < windows; i++)
#pragma GCC unroll 4
        for (int g = 0; g < 4; g++) gate[i][g] = load(s->x + (first + i) * s->x_window + g * s->hidden + block);
    const float *weight = s->weights + (ptrdiff_t)block * 4 * s->hidden;
    const float *state = s->before ? s->before + first * s->kept_window + KEEP_STATE * s->padded : NULL;
    for (int k = 0; state && k < s->hidden; k++, weight += 4 * VECTOR_FLOATS) {
        vec row[4];
#pragma GCC unroll 4
        for (int g = 0; g < 4; g++) row[g] = load(weight + g * VECTOR_FLOATS);
#pragma GCC unroll 6
        for (int i = 0; i < windows; i++)
#pragma GCC unroll 4
            for (int g = 0; g < 4; g++) gate[i][g] = state[i * s->kept_window + k] * row[g] + gate[i][g];
    }
#pragma GCC unroll 6
    for (int i = 0; i < windows; i++) lstm_finish(s, block, first + i, gate[i]);
}

/* Tiles of as many windows as the registers hold: 4 vectors each. */
enum { LSTM_ROWS = VECTOR_FLOATS == 16 ? 6 : 2 };

static void lstm_run_step(const lstm_step *s, int windows)
{
    for (int block = 0; block < s->padded; block += VECTOR_FLOATS)
        for (int first = 0; first < windows; first += LSTM_ROWS)
            switch (windows - first < LSTM_ROWS ? windows - first : LSTM_ROWS) {
#if defined(__AVX512F__)
            case 6: lstm_tile(s, 6, first, block); break;
            case 5: lstm_tile(s, 5, first, block); break;
            case 4: lstm_tile(s, 4, first, block); break;
            case 3: lstm_tile(s, 3, first, block); break;
#endif
            case 2: lstm_tile(s, 2, first, block); break;
            default: lstm_tile(s, 1, first, block);
            }
}

static void lstm_forward(const layer *l, const layer_call *c)
{
    int hidden = lstm_hidden(l), steps = l->in[0].steps;
    lstm_step s = {.hidden = hidden,
                   .training = c->training,
                   .padded = lstm_padded(l),
                   .x_window = (ptrdiff_t)steps * 8 * hidden,
                   .y_window = (ptrdiff_t)l->out.steps * 2 * hidden};
    ptrdiff_t kept = (ptrdiff_t)KEEP_COUNT * s.padded;
    int kept_steps = c->training ? steps : 2;
    s.kept_window = 2 * kept_steps * kept;
    for (int direction = 0; direction < 2; direction++) {
        s.weights = lstm_forward_weights(l, c, direction);
        s.before = NULL;
        for (int k = 0; k < steps; k++) {
            int t = direction == 0 ? k : steps - 1 - k;
            s.x = c->in[0] + ((ptrdiff_t)t * 2 + direction) * 4 * hidden;
            s.now = c->saved + ((ptrdiff_t)direction * kept_steps + (c->training ? t : k % 2)) * kept;
            s.y = c->out + (ptrdiff_t)(l->options.last ? 0 : t) * 2 * hidden + direction * hidden;
            lstm_run_step(&s, c->items);
            s.before = s.now;
        }
    }
}

/* ---- backward ------------------------------------------------------------------------------------------------------- */

/* Working room of a direction: derivatives by the gates (step, window, 4H); states before (step, window, padded);
 * derivatives by state and cell (window, padded). */
typedef struct lstm_room {
    float *d_gates, *states, *d_state, *d_cell;
} lstm_room;

/* Derivatives by one window's gates at one step. */
INLINE void lstm_back_gates(int hidden, int padded, const float *now, const float *before, const float *dy, float *d_state,
                            float *d_cell, float *d_gates)
{
    for (int j = 0; j < padded; j += VECTOR_FLOATS) {
        vec in = load(now + KEEP_INPUT * padded + j), forget = load(now + KEEP_FORGET * padded + j);
        vec cell_input = load(now + KEEP_CELL_INPUT * padded + j), out = load(now + KEEP_OUTPUT * padded + j);
        vec squashed = tanh_vec(load(now + KEEP_CELL * padded + j)), dh = load(d_state + j);
        if (dy) dh += load(dy + j);
        vec d = load(d_cell + j) + dh * out * (1.0f - squashed * squashed);
        vec cell_before = before ? load(before + KEEP_CELL * padded + j) : all(0);
        int count = hidden - j;
        store_some(d_gates + j, d * cell_input * in * (1.0f - in), count);
        store_some(d_gates + hidden + j, d * cell_before * forget * (1.0f - forget), count);
        store_some(d_gates + 2 * hidden + j, d * in * (1.0f - cell_input * cell_input), count);
        store_some(d_gates + 3 * hidden + j, dh * squashed * out * (1.0f - out), count);
        store(d_cell + j, d * forget);
    }
}

static void lstm_back_direction(const layer *l, const layer_call *c, int direction, const lstm_room *room)
{
    int hidden = lstm_hidden(l), padded = lstm_padded(l), steps = l->in[0].steps, items = c->items, gates = 4 * hidden;
    ptrdiff_t kept = (ptrdiff_t)KEEP_COUNT * padded;
    memset(room->d_state, 0, 2 * (size_t)items * (size_t)padded * sizeof(float));
    for (int k = steps - 1; k >= 0; k--) {
        int t = direction == 0 ? k : steps - 1 - k, back = direction == 0 ? -1 : 1;
        float *d_gates = room->d_gates + (ptrdiff_t)k * items * gates;
        for (int n = 0; n < items; n++) {
            const float *now = c->saved + (((ptrdiff_t)n * 2 + direction) * steps + t) * kept,
                        *before = k > 0 ? now + back * kept : NULL;
            const float *dy =
                c->d_out + ((ptrdiff_t)n * l->out.steps + (l->options.last ? 0 : t)) * 2 * hidden + direction * hidden;
            if (l->options.last && k < steps - 1) dy = NULL;
            float *gate = d_gates + (ptrdiff_t)n * gates;
            lstm_back_gates(hidden, padded, now, before, dy, room->d_state + (ptrdiff_t)n * padded,
                            room->d_cell + (ptrdiff_t)n * padded, gate);
            float *dx = c->d_in[0] + (((ptrdiff_t)n * steps + t) * 2 + direction) * gates;
            for (int g = 0; g < gates; g += VECTOR_FLOATS)
                store_some(dx + g, load(gate + g) + load_unless(c->fresh[0], dx + g), gates - g);
            if (before)
                memcpy(room->states + ((ptrdiff_t)k * items + n) * padded, before + KEEP_STATE * padded, (size_t)padded * 4);
        }
        memset(room->d_state, 0, (size_t)items * (size_t)padded * sizeof(float));
        if (k > 0)
            multiply(&(product){.rows = items,
                                .columns = hidden,
                                .depth = gates,
                                .a = d_gates,
                                .a_row = gates,
                                .a_depth = 1,
                                .b = lstm_backward_weights(l, c, direction),
                                .b_depth = TILE_COLUMNS,
                                .b_panel = (ptrdiff_t)gates * TILE_COLUMNS,
                                .c = room->d_state,
                                .c_row = padded});
    }
    multiply(&(product){.rows = gates,
                        .columns = hidden,
                        .depth = (steps - 1) * items,
                        .a = room->d_gates + (ptrdiff_t)items * gates,
                        .a_row = 1,
                        .a_depth = gates,
                        .b = room->states + (ptrdiff_t)items * padded,
                        .b_depth = padded,
                        .b_panel = TILE_COLUMNS,
                        .c = layer_gradient(l, c, direction),
                        .c_row = hidden});
}

static void lstm_backward(const layer *l, const layer_call *c)
{
    ptrdiff_t steps = (ptrdiff_t)l->in[0].steps * c->items, padded = lstm_padded(l);
    lstm_room room = {.d_gates = c->scratch};
    room.states = room.d_gates + steps * 4 * lstm_hidden(l);
    room.d_state = room.states + steps * padded;
    room.d_cell = room.d_state + c->items * padded;
    for (int direction = 0; direction < 2; direction++) lstm_back_direction(l, c, direction, &room);
}

#endif
